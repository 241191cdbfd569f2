"""Asking something that may never answer: a network that swallows packets keeps a database call for minutes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class NoAnswer(Exception):
    """Nothing came within the limit. Its text is Spanish and names nothing but seconds."""


class Patience(Generic[T]):
    """Asks in a thread of its own and waits ``limit_s`` seconds; never a second thread beside one that still waits."""

    def __init__(self, ask: Callable[[], T], limit_s: float) -> None:
        self._ask = ask
        self._limit = limit_s
        self._busy = threading.Lock()

    def answer(self) -> T:
        """What is answered. Raises `NoAnswer`, and what the question raises."""
        if not self._busy.acquire(blocking=False):
            raise NoAnswer("no ha respondido a la pregunta anterior")
        answers: list[T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                answers.append(self._ask())
            except Exception as error:
                errors.append(error)
            finally:
                self._busy.release()

        thread = threading.Thread(target=run, name="asking", daemon=True)
        thread.start()
        thread.join(self._limit)
        if errors:
            raise errors[0]
        if not answers:
            raise NoAnswer(f"no respondió en {self._limit:g} s")
        return answers[0]
