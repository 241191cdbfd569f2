"""Log lines: one JSON object each, with the request that is worked for, and never the text of an exception."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
from typing import Any

import structlog

from shared.tracing.passage import entered

TEXT = "Encarnación Bustamante 1098765432"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def _lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_every_line_of_a_request_carries_its_id_and_trace(written: io.StringIO) -> None:
    with entered("the-request", TRACE):
        structlog.get_logger("impulso.test").info("one", service="intake")
        logging.getLogger("shared.delivery.relay").info("two", extra={"service": "intake", "request_ids": ["a"]})
    logging.getLogger("shared.delivery.relay").info("three")
    one, two, three = _lines(written)
    assert (one["request_id"], two["request_id"]) == ("the-request", "the-request")
    assert one["trace_id"] == two["trace_id"] == TRACE[3:35]
    assert (two["service"], two["request_ids"], two["level"]) == ("intake", ["a"], "info")
    assert "request_id" not in three


def test_of_an_exception_its_kind_and_place_are_told_and_its_text_is_not(written: io.StringIO) -> None:
    try:
        raise ValueError(TEXT)
    except ValueError as error:
        logging.getLogger("other.package").exception("it failed")
        logging.getLogger("other.package").error("it failed", exc_info=error, extra={"person": TEXT})
        structlog.get_logger("impulso.test").error("it failed", exc_info=True)
    found = _lines(written)
    assert [line["error"] for line in found] == ["ValueError"] * 3
    assert all(line["places"][-1].startswith("runtime/test_logs.py:") for line in found)
    assert TEXT not in written.getvalue() and "1098765432" not in written.getvalue()


def test_what_nobody_caught_is_a_line_like_any_other(written: io.StringIO) -> None:
    def fails() -> None:
        raise ValueError(TEXT)

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    try:
        fails()
    except ValueError:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    assert [(line["event"], line["error"]) for line in _lines(written)] == [("uncaught", "ValueError")] * 2
    assert "1098765432" not in written.getvalue()


def test_a_task_that_nobody_waited_for_tells_nothing_of_what_it_held(written: io.StringIO) -> None:
    async def fails() -> None:
        raise ValueError(TEXT)

    async def forget() -> None:
        task = asyncio.get_running_loop().create_task(fails())
        await asyncio.wait([task])
        asyncio.get_running_loop().call_exception_handler(
            {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
        )

    asyncio.run(forget())
    assert "Task exception was never retrieved" in written.getvalue()
    assert "1098765432" not in written.getvalue()
