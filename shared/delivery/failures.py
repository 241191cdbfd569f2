"""Why an event could not be applied, in words that hold no one's data."""

from __future__ import annotations

import traceback

from shared.catalogue.refusals import Refusal
from shared.delivery.ports import Failure


def failure_of(cause: BaseException) -> Failure:
    """A stable code and the innermost line of ours. The message stays out: it could quote a person's value."""
    code = cause.code if isinstance(cause, Refusal) else type(cause).__name__
    frames = list(traceback.extract_tb(cause.__traceback__))
    if not frames:
        return Failure(code, "")
    ours = [frame for frame in frames if "/lib/python" not in frame.filename]
    frame = (ours or frames)[-1]
    module = "/".join(frame.filename.split("/")[-3:])
    return Failure(code, f"{module}:{frame.lineno} {frame.name}")


def brief(error: BaseException) -> str:
    """What went wrong in one line for the log. The rest of a database's message holds statements and values."""
    first = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first[:160]}"
