"""Logs: one JSON object a line in containers, words on a terminal. No personal value reaches a log call."""

from __future__ import annotations

import logging
import os
import sys

import structlog


def configure(level: str | None = None, *, as_json: bool = True) -> None:
    """Send structlog and the standard library's logging to standard error in one shape.

    ``level``: default IMPULSO_LOG_LEVEL, else INFO.
    """
    chosen = getattr(logging, (level or os.environ.get("IMPULSO_LOG_LEVEL") or "INFO").upper(), logging.INFO)
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(chosen),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(chosen)
    # Their lines name hosts, queues and SQL; what matters of them our own lines say.
    for name in ("httpx", "httpcore", "alembic", "uvicorn", "kombu", "amqp", "aio_pika", "aiormq"):
        logging.getLogger(name).setLevel(max(chosen, logging.WARNING))
