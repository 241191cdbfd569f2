"""The in-process port keeps its bounds: a full pool refuses at once, a late call ends at its deadline."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from services.gateway.port import DeadlineExceeded, InProcessPort, JoinedPort, ServiceUnavailable

pytestmark = pytest.mark.anyio


class Desk:
    """A desk whose queries wait until they are let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.started = 0

    def query(self, payload: dict[str, Any]) -> dict[str, Any]:
        self.started += 1
        assert self.go.wait(60)
        return {"ok": payload}

    def command(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {"ok": payload}

    feed = health = command

    def store(self, head: dict[str, Any], pieces: Iterator[bytes]) -> dict[str, Any]:
        return {"ok": {"size": sum(map(len, pieces))}}

    def fetch(self, head: dict[str, Any]) -> tuple[dict[str, Any], Iterator[bytes]]:
        return {"ok": head}, iter([b"a", b"b"])


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.go.set()


async def test_a_call_gets_the_desks_answer_and_an_unknown_service_is_unavailable(desk: Desk) -> None:
    port = JoinedPort(InProcessPort({"gateway": desk}), InProcessPort({"intake": desk}))
    assert await port.call("gateway", "command", {"a": 1}) == {"ok": {"a": 1}}
    assert await port.call("intake", "health", {}) == {"ok": {}}
    with pytest.raises(ServiceUnavailable):
        await port.call("nowhere", "command", {})


async def test_a_late_call_ends_at_its_deadline_and_what_still_waits_never_starts(desk: Desk) -> None:
    port = InProcessPort({"x": desk}, threads=1, waiting=5)
    with pytest.raises(DeadlineExceeded):
        await port.call("x", "query", {}, 0.05)
    with pytest.raises(DeadlineExceeded):
        await port.call("x", "query", {}, 0.05)
    desk.go.set()
    assert await port.call("x", "query", {"b": 2}) == {"ok": {"b": 2}}
    assert desk.started == 2


async def test_a_full_port_refuses_at_once(desk: Desk) -> None:
    port = InProcessPort({"x": desk}, threads=1, waiting=1)
    refused = 0

    async def ask() -> None:
        nonlocal refused
        try:
            await port.call("x", "query", {}, 5)
        except ServiceUnavailable:
            refused += 1
            if refused == 3:
                desk.go.set()

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(ask)
    assert refused == 3


async def test_files_pass_in_pieces_both_ways(desk: Desk) -> None:
    port = InProcessPort({"x": desk})

    async def pieces():
        for _ in range(3):
            yield b"x" * 1000

    assert await port.upload("x", {}, pieces()) == {"ok": {"size": 3000}}
    head, stream = await port.download("x", {"id": "1"})
    assert head == {"ok": {"id": "1"}} and [piece async for piece in stream] == [b"a", b"b"]
