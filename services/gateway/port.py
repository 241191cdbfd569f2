"""The client port: how the gateway reaches the services, whatever carries the call.

`InProcessPort` serves the embedded host. A broker adapter implements the same protocol for containers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, Literal, Protocol, TypeVar

import anyio

Method = Literal["command", "query", "feed", "health"]
Answer = dict[str, Any]
T = TypeVar("T")

DEADLINE_S = 2.0
FILE_DEADLINE_S = 30.0
"""Seconds that one piece of a file may take."""
PIECE = 1024 * 1024
"""Bytes of one piece: files never travel whole."""


class PortError(Exception):
    """A call that brought no answer; ``retry_after_s`` says when it is worth trying again."""

    retry_after_s = 2

    def __init__(self, service: str) -> None:
        super().__init__(f"{type(self).__name__}: {service}")
        self.service = service


class ServiceUnavailable(PortError):
    """The service, or what carries calls to it, is away or full. The call was not handled."""


class DeadlineExceeded(PortError):
    """No answer within the deadline. A command may have been handled: only its own key may repeat it."""


class ServicePort(Protocol):
    """What every adapter promises: an answer of the service, or a `PortError` within the deadline."""

    async def call(self, service: str, method: Method, payload: Answer, deadline_s: float = DEADLINE_S) -> Answer:
        """The service's answer: ``{"ok": …}`` or ``{"refusal": …}`` (feed: its own shape)."""

    async def upload(self, service: str, head: Answer, pieces: AsyncIterator[bytes]) -> Answer:
        """Store a file piece by piece (each at most 1 MiB) with the service that will own it."""

    async def download(self, service: str, head: Answer) -> tuple[Answer, AsyncIterator[bytes]]:
        """A file of the service: its answer, and the pieces (none when it refuses)."""


class ServiceDesk(Protocol):
    """The host-neutral front of one service, as the embedded host runs it: plain blocking calls."""

    def command(self, payload: Answer) -> Answer: ...

    def query(self, payload: Answer) -> Answer: ...

    def feed(self, payload: Answer) -> Answer: ...

    def health(self, payload: Answer) -> Answer: ...

    def store(self, head: Answer, pieces: Iterator[bytes]) -> Answer: ...

    def fetch(self, head: Answer) -> tuple[Answer, Iterator[bytes]]: ...


class InProcessPort:
    """Runs the desks in a bounded pool of threads.

    ``threads`` calls run at once and ``waiting`` more may queue; a further one is refused at once, so that a
    slow disk shows as 503 and not as memory that grows.
    """

    def __init__(self, desks: Mapping[str, ServiceDesk], *, threads: int = 8, waiting: int = 128) -> None:
        self._desks = dict(desks)
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="port")
        self._room = threads + waiting
        self._inside = 0

    async def call(self, service: str, method: Method, payload: Answer, deadline_s: float = DEADLINE_S) -> Answer:
        desk = self._desk(service)
        return await self._run(service, partial(getattr(desk, method), payload), deadline_s)

    async def upload(self, service: str, head: Answer, pieces: AsyncIterator[bytes]) -> Answer:
        desk = self._desk(service)

        def next_pieces() -> Iterator[bytes]:
            while (piece := anyio.from_thread.run(anext, pieces, None)) is not None:
                yield piece

        # A thread of anyio's own, because the consumer has to come back to the loop for every piece.
        return await anyio.to_thread.run_sync(lambda: desk.store(head, next_pieces()))

    async def download(self, service: str, head: Answer) -> tuple[Answer, AsyncIterator[bytes]]:
        answer, pieces = await self._run(service, partial(self._desk(service).fetch, head), FILE_DEADLINE_S)

        async def stream() -> AsyncIterator[bytes]:
            while True:
                piece = await self._run(service, partial(next, pieces, None), FILE_DEADLINE_S)
                if piece is None:
                    return
                yield piece

        return answer, stream()

    def close(self) -> None:
        """Let the calls that run finish, start no other."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _desk(self, service: str) -> ServiceDesk:
        try:
            return self._desks[service]
        except KeyError:
            raise ServiceUnavailable(service) from None

    async def _run(self, service: str, work: Callable[[], T], deadline_s: float) -> T:
        if self._inside >= self._room:
            raise ServiceUnavailable(service)
        ends = time.monotonic() + deadline_s

        def within_deadline() -> T:
            # What waited past its deadline must not start: its caller has been told to try again.
            if time.monotonic() >= ends:
                raise DeadlineExceeded(service)
            return work()

        self._inside += 1
        # The thread works for the same request.
        future = asyncio.get_running_loop().run_in_executor(self._pool, copy_context().run, within_deadline)
        future.add_done_callback(self._leave)
        try:
            return await asyncio.wait_for(asyncio.shield(future), deadline_s)
        except TimeoutError:
            raise DeadlineExceeded(service) from None

    def _leave(self, future: asyncio.Future[Any]) -> None:
        self._inside -= 1
        if not future.cancelled():
            future.exception()  # seen, so that an abandoned call is not reported as never retrieved


class JoinedPort:
    """The gateway's own commands and queries in-process, every other service through ``others``."""

    def __init__(self, own: ServicePort, others: ServicePort, name: str = "gateway") -> None:
        self._own, self._others, self._name = own, others, name

    def _to(self, service: str) -> ServicePort:
        return self._own if service == self._name else self._others

    async def call(self, service: str, method: Method, payload: Answer, deadline_s: float = DEADLINE_S) -> Answer:
        return await self._to(service).call(service, method, payload, deadline_s)

    async def upload(self, service: str, head: Answer, pieces: AsyncIterator[bytes]) -> Answer:
        return await self._to(service).upload(service, head, pieces)

    async def download(self, service: str, head: Answer) -> tuple[Answer, AsyncIterator[bytes]]:
        return await self._to(service).download(service, head)
