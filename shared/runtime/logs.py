"""Logs: one JSON object a line in containers, words on a terminal. No personal value reaches a log call.

Every line that is written while a request is worked for carries its id; a line about several requests lists theirs. The
text of an exception never comes out, whoever logs it: it may quote anything, a name or a number included.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

from shared.tracing.passage import current

EXTRA = ("service", "upstream", "first", "last", "events", "parked", "request_ids")
"""What of a standard log record's extras becomes a field of its line."""
PLACES = 6
"""Lines of a traceback that are told, the innermost last."""
Line = MutableMapping[str, Any]


class Out(io.TextIOBase):
    """Standard error as it is when a line is written: a program may exchange it, or close the one that was.

    ``instead`` takes the lines, while there is one; loggers that are known already go there, too.
    """

    instead: TextIO | None = None

    def write(self, text: str) -> int:
        return (self.instead or sys.stderr).write(text)

    def flush(self) -> None:
        (self.instead or sys.stderr).flush()


OUT = Out()


def configure(level: str | None = None, *, as_json: bool = True) -> None:
    """Send structlog and the standard library's logging to standard error in one shape.

    ``level``: default IMPULSO_LOG_LEVEL, else INFO. As JSON an error that nobody caught is a line like any other.
    """
    chosen = getattr(logging, (level or os.environ.get("IMPULSO_LOG_LEVEL") or "INFO").upper(), logging.INFO)
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        with_request,
        without_text,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(chosen),
        logger_factory=structlog.PrintLoggerFactory(OUT),
        # Asked anew at each line: what wrote before this call heeds it too, whatever level it first wrote at.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(OUT)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=EXTRA), first_line, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(chosen)
    # Their lines name hosts, queues and SQL; what matters of them our own lines say.
    for name in ("httpx", "httpcore", "alembic", "uvicorn", "kombu", "amqp", "aio_pika", "urllib3"):
        logging.getLogger(name).setLevel(max(chosen, logging.WARNING))
    # It writes whole messages into its errors, of calls that found nobody for one; we report those ourselves.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    if as_json:
        sys.excepthook = _uncaught
        threading.excepthook = _uncaught_in_thread


def with_request(_logger: Any, _method: str, line: Line) -> Line:
    """Add the id of the request that is worked for, and its trace."""
    here = current()
    if here.request_id:
        line.setdefault("request_id", here.request_id)
    if here.traceparent:
        line.setdefault("trace_id", here.trace_id)
    return line


def without_text(_logger: Any, _method: str, line: Line) -> Line:
    """Of an exception only its kind and where it was raised."""
    given = line.pop("exc_info", None)
    line.pop("stack_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
        line["places"] = places(error.__traceback__)
    return line


def first_line(_logger: Any, _method: str, line: Line) -> Line:
    """Of a message of another package its first line: asyncio's go on with what an abandoned task held."""
    line["event"] = str(line["event"]).partition("\n")[0]
    return line


def places(trace: TracebackType | None) -> list[str]:
    """Where an exception came through: file and line, the innermost last."""
    found = []
    while trace is not None:
        file = "/".join(trace.tb_frame.f_code.co_filename.split("/")[-2:])
        found.append(f"{file}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-PLACES:]


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("impulso").critical("uncaught", exc_info=(kind, error, trace))


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        _uncaught(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
