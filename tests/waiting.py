"""Waiting for a condition instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 6
"""How many times as long as on a machine of its own a test waits before it gives up: on a slow one beside other work,
what takes longer is no fault, and a deadline is there to end what will never come."""


def until(condition: Callable[[], object], what: str, seconds: float = 20.0, *, every: float = 0.01) -> None:
    """Return as soon as ``condition`` holds, looking ``every`` so many seconds: less often where a look costs much.

    Raises `AssertionError` naming ``what`` after ``seconds`` times `PATIENCE`.
    """
    within(condition, what, seconds * PATIENCE, every=every)


def within(condition: Callable[[], object], what: str, seconds: float, *, every: float = 0.01) -> None:
    """`until`, where the ``seconds`` are what is promised: not one more."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(every)
