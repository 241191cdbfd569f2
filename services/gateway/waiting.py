"""Clients that wait for a service's next event: how many may, and what wakes them.

However many wait for a service, one look at its head is made for all of them, at once when a commit prompts it and
else at a bounded rate (docs/decisions/0015).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from services.gateway.port import Answer, PortError, ServicePort
from services.gateway.problems import Problem

MOST = 64
"""Clients that may wait at once. After a commit each of them asks for a page: that must not crowd out the others."""
MOST_EACH = 8
"""Of one account; the five services and one to spare."""
LOOK_S = 0.5
"""Seconds between two looks at a head that nothing prompted."""
LONGEST_S = 30.0
"""Seconds that a request for a page may wait."""


@dataclass
class _Line:
    """Those who wait for one service."""

    head: int | None = None
    """As of the last look; None: not looked yet."""
    waiting: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    prompt: asyncio.Event = field(default_factory=asyncio.Event)
    looking: asyncio.Task[None] | None = None


class Waiting:
    """One gateway's waiting room. Everything but `ring` belongs to the loop that serves."""

    def __init__(self, port: ServicePort, *, most: int = MOST, most_each: int = MOST_EACH) -> None:
        self.longest_s = LONGEST_S
        self.closed = False
        self._port = port
        self._most, self._most_each = most, most_each
        self._lines: dict[str, _Line] = {}
        self._places: Counter[UUID] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextlib.contextmanager
    def place(self, person: UUID) -> Iterator[None]:
        """A place in the room while the block runs. Raises `Problem` 503 when there is none."""
        if self.closed or self._places.total() >= self._most or self._places[person] >= self._most_each:
            raise Problem(
                503,
                "TOO_MANY_WAITING",
                "Ya hay demasiados clientes en espera de eventos. Reintente en 5 segundos, o pregunte sin «wait».",
                headers={"Retry-After": "5"},
            )
        self._places[person] += 1
        try:
            yield
        finally:
            self._places[person] -= 1
            if not self._places[person]:
                del self._places[person]

    async def moved(self, service: str, head: int, seconds: float) -> bool:
        """Wait until the service's log stands elsewhere than at ``head``; False when it did not within ``seconds``."""
        self._loop = asyncio.get_running_loop()
        line = self._lines.setdefault(service, _Line())
        line.waiting += 1
        if line.looking is None:
            line.looking = asyncio.create_task(self._look(service, line))
        try:
            async with asyncio.timeout(max(seconds, 0)):
                while line.head in (None, head) and not self.closed:
                    await line.moved.wait()
            return not self.closed
        except TimeoutError:
            return False
        finally:
            line.waiting -= 1
            if not line.waiting:
                line.looking.cancel()
                self._lines.pop(service, None)

    def ring(self, service: str) -> None:
        """Something was committed there: look now. From any thread."""
        line, loop = self._lines.get(service), self._loop
        if line is not None and loop is not None:
            # A loop that has just been closed has nobody left to wake.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(line.prompt.set)

    def close(self) -> None:
        """Nobody waits any more: a stop must not last as long as the longest wait. From any thread."""
        self.closed = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        for line in self._lines.values():
            line.moved.set()

    async def _look(self, service: str, line: _Line) -> None:
        while True:
            line.prompt.clear()
            head = await self._head(service)
            if head is not None and head != line.head:
                line.head = head
                moved, line.moved = line.moved, asyncio.Event()
                moved.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await line.prompt.wait()

    async def _head(self, service: str) -> int | None:
        try:
            answer: Answer = await self._port.call(service, "health", {}, 1.0)
        except PortError:
            return None
        head = answer.get("ok", {}).get("head")
        return head if isinstance(head, int) else None
