"""A TCP line that a test can cut, darken or slow: between a process and its broker, or its database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_PIECE = 65_536
_GRACE_S = 5.0


class Wire:
    """A line from a port of its own to ``host:port``; whole at first. Its methods may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: str, port: int) -> None:
        self._loop = loop
        self._to = (host, port)
        self._whole = True
        self._delay = 0.0
        self._light = asyncio.Event()
        self._light.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def lay(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Every connection is reset, and every new one, until `mend`."""
        self._loop.call_soon_threadsafe(self._cut)

    def darken(self) -> None:
        """Nothing arrives any more in either direction, and nobody is told, until `mend`: then it all arrives."""
        self._loop.call_soon_threadsafe(self._light.clear)

    def slow(self, seconds: float) -> None:
        """Each piece of up to 64 KiB takes ``seconds`` longer."""
        self._loop.call_soon_threadsafe(setattr, self, "_delay", seconds)

    def lead(self, port: int) -> None:
        """New connections go to that port of the same host; those that stand stay where they are."""
        self._loop.call_soon_threadsafe(setattr, self, "_to", (self._to[0], port))

    def mend(self) -> None:
        """Whole, light and fast again."""
        self._loop.call_soon_threadsafe(self._mend)

    def _cut(self) -> None:
        self._whole = False
        for writer in self._open:
            writer.transport.abort()

    def _mend(self) -> None:
        self._whole, self._delay = True, 0.0
        self._light.set()

    async def _connected(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        far_out: asyncio.StreamWriter | None = None
        self._open.add(near_out)
        try:
            if self._whole:
                await self._light.wait()
                far_in, far_out = await asyncio.open_connection(*self._to)
                self._open.add(far_out)
                await asyncio.gather(self._carry(near_in, far_out), self._carry(far_in, near_out))
        except OSError:
            # The far end is away, or either end hung up: so does this.
            pass
        finally:
            for writer in filter(None, (near_out, far_out)):
                self._open.discard(writer)
                writer.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(_PIECE):
            await self._light.wait()
            if self._delay:
                await asyncio.sleep(self._delay)
            target.write(piece)
            await target.drain()
        # One end said goodbye; the other hears it.
        target.close()


class Wires:
    """All the wires of a test, carried by one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def lay(self, host: str, port: int) -> Wire:
        """A new wire to ``host:port``."""
        wire = Wire(self._loop, host, port)
        self._done(wire.lay())
        return wire

    def close(self) -> None:
        async def end() -> None:
            mine = asyncio.current_task()
            # A connection that was being made takes a look of the loop to become a task: until none is left.
            while tasks := [task for task in asyncio.all_tasks() if task is not mine]:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

        with suppress(TimeoutError):
            self._done(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_GRACE_S)

    def _done(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_GRACE_S)


@contextmanager
def wires() -> Iterator[Wires]:
    """Wires that are gone afterwards."""
    made = Wires()
    try:
        yield made
    finally:
        made.close()
