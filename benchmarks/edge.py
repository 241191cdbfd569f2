"""The gateway under 50 users at once, and beside 200 slow clients: ``python -m benchmarks.edge [--url URL …]``.

Without ``--url`` the processes that the containers run are started on this machine (`benchmarks.installation`); with it
any system is measured, the containers for one, as an account that may record field days. Each user has a connection of
its own and asks, waits for the answer, asks again: a page of the calls, or a command that stores an event.

Then 200 clients open a connection and send a request one byte at a time, while five users go on asking: how much later
are those answered than without the slow ones? The two alternate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks.installation import Installation, containers_alike, embedded
from shared.cli.api import Api
from shared.runtime.clock import today
from tests.figures import record

Ask = Callable[["Line"], Awaitable[bool]]
"""Asks once; whether the answer was what was asked for, and not the «try again» of a system with too much to do."""
SLOW_BYTE_S = 0.5
"""Seconds between two bytes of a slow client."""


class Line:
    """One connection that is kept, and just enough of HTTP: a client that works would take the processor from both."""

    def __init__(self, url: str, authorization: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._authorization = authorization
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        """The status of the answer, once all of it has come."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        content = b"" if body is None else json.dumps(body).encode()
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self._host}",
            f"Authorization: {self._authorization}",
            f"Content-Length: {len(content)}",
        ]
        if body is not None:
            head += ["Content-Type: application/json", f"Idempotency-Key: {uuid4()}"]
        self._writer.write("\r\n".join([*head, "", ""]).encode() + content)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in answer.split(b"\r\n")[1:] if b": " in line)
        await self._reader.readexactly(int(fields.get(b"content-length", b"0")))
        if fields.get(b"connection") == b"close":
            self.close()
        return int(answer.split(b" ", 2)[1])

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


@dataclass
class Load:
    """What users got: the milliseconds until each answer, and how many were told to try again."""

    times: list[float] = field(default_factory=list)
    put_off: int = 0

    def shape(self, seconds: float) -> dict[str, float]:
        times = sorted(self.times)
        return {
            "answers_per_second": round(len(times) / seconds, 1),
            "p50_ms": round(statistics.median(times), 1),
            "p99_ms": round(times[min(int(len(times) * 0.99), len(times) - 1)], 1),
            "put_off": self.put_off,
        }


async def under(users: int, seconds: float, line: Callable[[], Line], ask: Ask, load: Load) -> None:
    """Let ``users`` ask for about ``seconds``, and note what they get in ``load``."""
    deadline = time.perf_counter() + seconds

    async def use() -> None:
        mine = line()
        while time.perf_counter() < deadline:
            began = time.perf_counter()
            if await ask(mine):
                load.times.append((time.perf_counter() - began) * 1e3)
            else:
                load.put_off += 1
        mine.close()

    await asyncio.gather(*(use() for _ in range(users)))


class Slow:
    """Clients that hold a connection each and send a request one byte at a time, for as long as the block lasts."""

    def __init__(self, url: str, clients: int) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._clients = parts.hostname or "", parts.port or 80, clients
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Slow:
        self._tasks = [asyncio.create_task(self._drip()) for _ in range(self._clients)]
        await asyncio.sleep(SLOW_BYTE_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _drip(self) -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection(self._host, self._port)
                for byte in b"POST /api/session HTTP/1.1\r\nHost: slow\r\nContent-Length: 100000\r\n\r\n" + b"x" * 1000:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(SLOW_BYTE_S)
            except OSError:
                # The server may tire of it: that is its right. The next one comes.
                await asyncio.sleep(SLOW_BYTE_S)


def asks(person: str) -> dict[str, Ask]:
    """What a user asks: a query and a command."""

    def held(status: int) -> bool:
        assert status in (200, 201, 429, 503, 504), status
        return status < 300

    async def query(line: Line) -> bool:
        return held(await line.send("GET", "/api/calls"))

    async def command(line: Line) -> bool:
        body = {
            "held_on": today().isoformat(),
            "place": "Plaza de los Mártires",
            "locality": "14",
            "team": [person],
            "characterisations": [f"CAR-{uuid4().hex[:12]}"],
            "happened_on": today().isoformat(),
        }
        return held(await line.send("POST", "/api/field-days/record-field-day", body))

    return {"query": query, "command": command}


async def loaded(users: int, seconds: float, line: Callable[[], Line], both: dict[str, Ask]) -> dict[str, Any]:
    """What so many ``users`` get who all ask the same, for each of ``both``."""
    found: dict[str, dict[str, float]] = {}
    for name, ask in both.items():
        await under(users, min(seconds, 2.0), line, ask, Load())
        load = Load()
        await under(users, seconds, line, ask, load)
        found[name] = load.shape(seconds)
        print(f"{users} users, {name}: {found[name]}", flush=True)
    return found


async def measure(url: str, authorization: str, person: str, chosen: argparse.Namespace) -> dict[str, Any]:
    def line() -> Line:
        return Line(url, authorization)

    both = asks(person)
    found = await loaded(chosen.users, chosen.seconds, line, both)
    alone, beside = Load(), Load()
    for _ in range(chosen.rounds):
        await under(5, chosen.seconds / 3, line, both["query"], alone)
        async with Slow(url, chosen.slow):
            await under(5, chosen.seconds / 3, line, both["query"], beside)
    span = chosen.rounds * chosen.seconds / 3
    without, among = alone.shape(span), beside.shape(span)
    return {
        "under_load": found,
        "without_slow_clients": without,
        "beside_slow_clients": among,
        "later_ms": {key: round(among[key] - without[key], 1) for key in ("p50_ms", "p99_ms")},
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="of a system that runs; without it one is started")
    parser.add_argument("--embedded", action="store_true", help="start the embedded system instead of the services")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--slow", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each load")
    parser.add_argument("--rounds", type=int, default=3, help="with and without slow clients")
    chosen = parser.parse_args(arguments)
    with ExitStack() as stack:
        if chosen.url:
            system = Installation(chosen.url, chosen.user, chosen.password)
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            start = embedded if chosen.embedded else containers_alike
            system = stack.enter_context(start(folder / "system"))
        with Api(system.url) as api:
            api.log_in(system.user, system.password)
            person = str(api.get("/api/me")["person"])
            found = asyncio.run(measure(system.url, str(api.authorization), person, chosen))
    started = "the embedded system" if chosen.embedded else "processes on this machine"
    where = "a running system" if chosen.url else started
    record("edge", on=where, users=chosen.users, slow_clients=chosen.slow, **found)


if __name__ == "__main__":
    main()
