"""Several pieces of background work on one thread, each in its own time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

Look = Callable[[], float]
"""Does what is to be done now; the seconds until it wants to look again, 0 for at once."""


def take_turns(looks: Sequence[Look], stop: threading.Event) -> None:
    """Let each look when it wants to, until ``stop`` is set. One that waits long holds up none of the others."""
    due = [0.0] * len(looks)
    while not stop.is_set():
        for number, look in enumerate(looks):
            if due[number] <= time.monotonic() and not stop.is_set():
                due[number] = time.monotonic() + look()
        stop.wait(max(0.0, min(due) - time.monotonic()))
