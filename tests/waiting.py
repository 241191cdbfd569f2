"""Waiting for a condition instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object], what: str, seconds: float = 20.0, *, every: float = 0.01) -> None:
    """Return as soon as ``condition`` holds, looking ``every`` so many seconds: less often where a look costs much.

    Raises `AssertionError` naming ``what`` after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(every)
