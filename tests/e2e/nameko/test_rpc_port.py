"""The gateway's port over the broker, against a real service process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date
from typing import Any, TypeVar
from uuid import uuid4

import aio_pika
import httpx
import pytest

from services.gateway.port import DeadlineExceeded, ServiceUnavailable
from services.gateway.rpc_port import RPC_EXCHANGE, RabbitPort
from services.gateway.tokens import TokenIssuer
from services.gateway.waiting import Waiting
from shared.delivery.errors import Away
from shared.runtime.folds import FIGURES, Asked, question
from shared.runtime.rpc_feed import ask
from tests import brokers
from tests.counting import count
from tests.processes import Cluster, Process, cluster
from tests.waiting import until

T = TypeVar("T")
ISSUER = TokenIssuer.generate()


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("port"), "sqlite") as made:
        keys = made.folder / "keys.json"
        ISSUER.write_public_keys(keys)
        process = made.process("counter", IMPULSO_TOKEN_KEYS_FILE=str(keys))
        until(lambda: "Connected to" in process.said, "the service is there", 40)
        yield made


@pytest.fixture
def counter(around: Cluster) -> Process:
    return around.processes[0]


def through(url: str, counter: Process, work: Callable[[RabbitPort], Awaitable[T]]) -> T:
    async def run() -> T:
        port = RabbitPort(url, lambda _service: counter.url())
        try:
            return await work(port)
        finally:
            await port.close()

    return asyncio.run(run())


def token() -> str:
    return ISSUER.issue("counter", uuid4(), (), channel="api")


def test_a_call_brings_the_service_s_answer(around: Cluster, counter: Process) -> None:
    async def work(port: RabbitPort) -> None:
        health = await port.call("counter", "health", {})
        assert health["ok"]["status"] == "ok"
        page = await port.call("counter", "feed", {"after": 0, "limit": 10})
        assert page["verdict"] == "ok"
        refused = await port.call("counter", "command", {"command": "Anything", "token": "nonsense"})
        assert "refusal" in refused

    through(around.broker, counter, work)


def test_a_service_asks_another_for_its_counts(around: Cluster, counter: Process) -> None:
    """REP-4: over the broker, without a token; who does not answer is away."""
    asked = question(FIGURES, [Asked(date(2026, 10, 1), date(2026, 10, 31), 0)])
    assert ask(around.broker, "counter", "figures", asked) == {"answers": [[]]}
    with pytest.raises(Away, match="nobody"):
        ask(around.broker, "nobody", "figures", asked)


def test_many_calls_share_one_connection(around: Cluster, counter: Process) -> None:
    async def work(port: RabbitPort) -> None:
        answers = await asyncio.gather(*(port.call("counter", "health", {}, 10) for _ in range(100)))
        assert {answer["ok"]["status"] for answer in answers} == {"ok"}

    through(around.broker, counter, work)


def test_a_service_that_is_not_there_is_known_at_once(around: Cluster, counter: Process) -> None:
    async def work(port: RabbitPort) -> None:
        began = time.monotonic()
        with pytest.raises(ServiceUnavailable):
            await port.call("nobody", "health", {})
        assert time.monotonic() - began < 1

    through(around.broker, counter, work)


def test_without_a_broker_the_call_fails_at_once_and_the_next_does_not_even_try(counter: Process) -> None:
    async def work(port: RabbitPort) -> None:
        with pytest.raises(ServiceUnavailable):
            await port.call("counter", "health", {})
        began = time.monotonic()
        with pytest.raises(ServiceUnavailable):
            await port.call("counter", "health", {})
        assert time.monotonic() - began < 0.05

    through("amqp://guest:guest@127.0.0.1:1/none", counter, work)


def test_an_answer_that_does_not_come_ends_with_the_deadline(around: Cluster, counter: Process) -> None:
    async def work(port: RabbitPort) -> None:
        silent = await aio_pika.connect(around.broker)
        channel = await silent.channel()
        exchange = await channel.declare_exchange(RPC_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue("rpc-silent", auto_delete=True)
        await queue.bind(exchange, "silent.*")
        for _ in range(5):
            with pytest.raises(DeadlineExceeded):
                await port.call("silent", "command", {}, 0.1)
        with pytest.raises(ServiceUnavailable):
            # Five in a row: the breaker is open, nothing is sent.
            await port.call("silent", "command", {}, 5)
        await silent.close()

    through(around.broker, counter, work)


def test_a_service_refuses_a_call_whose_deadline_has_passed(around: Cluster, counter: Process) -> None:
    async def work(_port: RabbitPort) -> None:
        connection = await aio_pika.connect(around.broker)
        channel = await connection.channel()
        exchange = await channel.declare_exchange(RPC_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        replies = await channel.declare_queue(exclusive=True)
        await replies.bind(exchange, "late-caller")
        late = aio_pika.Message(
            json.dumps({"args": [{}], "kwargs": {}}).encode(),
            content_type="application/json",
            content_encoding="utf-8",
            reply_to="late-caller",
            headers={"nameko.deadline": int(time.time() * 1000) - 1_000},
        )
        await exchange.publish(late, "counter.health")
        async with replies.iterator(timeout=5) as answers:
            answer = json.loads((await anext(answers)).body)
        assert answer["result"]["refusal"]["code"] == "DEADLINE_EXCEEDED"
        await connection.close()

    through(around.broker, counter, work)


def test_a_file_goes_and_comes_back_in_pieces(around: Cluster, counter: Process) -> None:
    content = b"%PDF-1.7\n" + bytes(range(256)) * 10_000
    sent: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 1024 * 1024):
            sent.append(len(content[start : start + 1024 * 1024]))
            yield content[start : start + 1024 * 1024]

    async def work(port: RabbitPort) -> None:
        stored = await port.upload("counter", {"token": token(), "name": "acta de Ñáñez.pdf"}, pieces())
        assert stored["ok"]["size"] == len(content)
        answer, back = await port.download("counter", {"token": token(), "id": stored["ok"]["id"]})
        assert answer["ok"]["name"] == "acta de Ñáñez.pdf"
        assert b"".join([piece async for piece in back]) == content
        refused, nothing = await port.download("counter", {"token": "nonsense", "id": stored["ok"]["id"]})
        assert refused["refusal"]["status"] == 401
        assert [piece async for piece in nothing] == []

    through(around.broker, counter, work)
    assert len(sent) == 3


def test_a_port_finds_the_services_again_after_the_broker_lost_everything(around: Cluster, counter: Process) -> None:
    async def work(port: RabbitPort) -> None:
        assert (await port.call("counter", "health", {}))["ok"]["status"] == "ok"
        await asyncio.to_thread(brokers.wipe, around.broker)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                assert (await port.call("counter", "health", {}))["ok"]["status"] == "ok"
                return
            except (ServiceUnavailable, DeadlineExceeded):
                await asyncio.sleep(0.2)
        raise AssertionError("the port did not recover")

    through(around.broker, counter, work)


def test_paths_of_the_internal_port_are_few(counter: Process) -> None:
    base = counter.url()
    assert httpx.get(f"{base}/healthz").json()["service"] == "counter"
    assert httpx.get(f"{base}/elsewhere").status_code == 404
    assert httpx.post(f"{base}/files", headers={"X-Impulso-Head": "!!"}, content=b"x").status_code == 400


def test_who_waits_for_an_event_is_woken_by_what_another_process_committed(around: Cluster, counter: Process) -> None:
    """EVT-4: nothing prompts the gateway in containers; one look for all who wait finds that the head has moved."""
    assembled = around.assembled("counter")
    looked: list[str] = []

    class Watched:
        def __init__(self, port: RabbitPort) -> None:
            self.port = port

        async def call(self, service: str, method: Any, payload: Any, deadline_s: float = 2.0) -> Any:
            looked.append(method)
            return await self.port.call(service, method, payload, deadline_s)

    async def work(port: RabbitPort) -> None:
        room = Waiting(Watched(port))  # type: ignore[arg-type]
        head = assembled.application.log.head()
        waiting = [asyncio.create_task(room.moved("counter", head, 20)) for _ in range(20)]
        while not looked:
            await asyncio.sleep(0.01)
        before = len(looked)
        await asyncio.to_thread(count, assembled.application, [1])
        assert await asyncio.gather(*waiting) == [True] * 20
        assert len(looked) - before < 20 and not room._lines
        assert await room.moved("counter", assembled.application.log.head(), 0.2) is False

    try:
        through(around.broker, counter, work)
    finally:
        assembled.close()
