"""The sample subscriber of the integration guide, against a real broker, the real relay and a real gateway; and against
the test kit, which stands in for all of them."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from kombu import Connection

from services.gateway.hosting import local_system
from shared.catalogue.catalogue import Catalogue
from shared.cli.api import Api
from shared.cli.system import add_account, install_office
from shared.contracts.channels import public_exchange, public_stream
from shared.contracts.kit import FeedServer, Rehearsal, deliver, rehearse
from shared.delivery.relay import Relay, RelayCursor
from shared.runtime.clock import today
from shared.runtime.rabbit import RabbitPublisher
from tests import brokers
from tests.waiting import until

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
LINES = 40
QUEUE = "integrator.sample.copy"


def example(name: str) -> ModuleType:
    """A program of docs/examples, as it stands there."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Subscriber: Any = example("subscriber").Subscriber
replay: Any = example("replay").replay


@pytest.fixture
def broker() -> Iterator[str]:
    with brokers.virtual_host() as url:
        yield url


class Office:
    """The whole system over HTTP, with intake's log relayed to a broker."""

    def __init__(self, system: Any, broker: str) -> None:
        self.system, self.broker = system, broker
        self.intake = system.host.services["intake"]
        with Api(system.url) as admin:
            admin.log_in("admin", system.accesses()["admin"])
            made = add_account(admin, "integrador", "Integrador", ("integration_client",))
            self.token = self.logged_in("integrador", made["password"])
        self.api = Api(system.url).log_in("coordinacion", system.accesses()["coordinacion"])
        self.publisher = RabbitPublisher(broker, "intake", [])
        self.relay = self._relay("broker")

    def logged_in(self, login: str, password: str) -> str:
        with Api(self.system.url) as api:
            return str(api.log_in(login, password).authorization).removeprefix("Bearer ")

    def _relay(self, name: str) -> Relay:
        log, publication = self.intake.application.log, self.intake.publication
        cursor = RelayCursor(self.intake.application.database, name)
        return Relay(log, publication, self.publisher, cursor)

    def happens(self, count: int = 1) -> None:
        """So many public events, and others between them; all are relayed."""
        for _ in range(count):
            self.api.act(
                "/api/calls/open-call",
                {
                    "code": f"C-{uuid4().hex[:8]}",
                    "name": "Convocatoria",
                    "service": "technical_assistance",
                    "specifications": Catalogue.load().text("ESPECIFICACION-PR-156", today()).body,
                    "product_types": ["textile"],
                    "routes": ["strengthening"],
                    "opens_on": "2026-01-01",
                    "closes_on": "2027-12-31",
                    "executor_kind": "ipes_team",
                },
            )
        self.relay.drain()

    def relay_again(self) -> None:
        """Everything once more: a relay that has forgotten how far it was."""
        self._relay(uuid4().hex).drain()

    def public(self) -> list[str]:
        """Ids of every public event, from the feed."""
        with Api(self.system.url) as api:
            api._client.headers["Authorization"] = f"Bearer {self.token}"
            return [one["id"] for one in api.get("/api/events/intake", limit=1000)["events"]]

    def subscriber(self, file: Path) -> Any:
        return Subscriber(QUEUE, "intake", self.system.url, self.token, str(file))

    def close(self) -> None:
        self.api.close()
        self.publisher.close()


@pytest.fixture
def office(tmp_path: Path, broker: str) -> Iterator[Office]:
    with local_system(tmp_path / "var") as system:
        install_office(system)
        made = Office(system, broker)
        yield made
        made.close()


def consume(subscriber: Any, broker: str, done: Callable[[], bool], what: str) -> None:
    """Let the subscriber take messages until ``done``."""
    with Connection(broker) as connection, connection.Consumer(subscriber.queue, on_message=subscriber.received):

        def looked() -> bool:
            try:
                connection.drain_events(timeout=0.05)
            except TimeoutError:
                return done()
            return done()

        until(looked, what, 30)


def bind(subscriber: Any, broker: str) -> None:
    """The subscriber's own queue stands, and nobody reads it yet."""
    with Connection(broker) as connection:
        subscriber.queue(connection.channel()).declare()


def waiting(subscriber: Any, broker: str) -> int:
    with Connection(broker) as connection:
        return int(subscriber.queue(connection.channel()).queue_declare(passive=True).message_count)


def held(subscriber: Any) -> list[str]:
    rows = subscriber.db.execute("SELECT sequence FROM copy ORDER BY sequence").fetchall()
    return [f"intake:{int(sequence)}" for (sequence,) in rows]


def test_it_is_no_longer_than_it_may_be_and_the_guide_shows_it_as_it_is() -> None:
    code = (EXAMPLES / "subscriber.py").read_text("utf-8")
    assert len([line for line in code.splitlines() if line.strip()]) <= LINES
    guide = (EXAMPLES.parent / "integration.md").read_text("utf-8")
    for name in ("subscriber.py", "replay.py"):
        shown = guide.split(f"<!-- examples/{name} -->\n```python\n")[1].split("```")[0]
        assert shown == (EXAMPLES / name).read_text("utf-8"), f"docs/integration.md: put examples/{name} in anew"


def test_a_subscriber_holds_every_public_event_once_whatever_the_broker_does(office: Office, tmp_path: Path) -> None:
    """EVT-4: as they happen, after a purge, repeated, from any place, and after a restore."""
    subscriber = office.subscriber(tmp_path / "copy.db")
    office.happens(2)
    bind(subscriber, office.broker)
    subscriber.repair()
    assert held(subscriber) == office.public()

    office.happens(3)
    asked = Counted(subscriber)
    consume(subscriber, office.broker, lambda: len(held(subscriber)) == 5, "what happens is taken")
    assert held(subscriber) == office.public() and asked.times == 0

    office.happens(3)
    with Connection(office.broker) as connection:
        assert connection.channel().queue_purge(subscriber.queue.name) == 3
    office.happens(1)
    consume(subscriber, office.broker, lambda: len(held(subscriber)) == 9, "the hole is noticed and filled")
    assert held(subscriber) == office.public() and asked.times == 1

    office.relay_again()
    assert waiting(subscriber, office.broker) == 9
    consume(subscriber, office.broker, lambda: waiting(subscriber, office.broker) == 0, "every repetition is read")
    assert held(subscriber) == office.public() and asked.times == 1

    later = office.subscriber(tmp_path / "later.db")
    place = int(office.public()[3].partition(":")[2])
    later.repair(place)
    assert held(later) == office.public()[4:]
    later.repair(0)
    assert held(later) == office.public()

    former = subscriber.place()[0]
    office.intake.application.log.begin_epoch()
    office.happens(1)
    consume(subscriber, office.broker, lambda: len(held(subscriber)) == 10, "the restore is noticed")
    epochs = {epoch for (epoch,) in subscriber.db.execute("SELECT epoch FROM copy")}
    assert held(subscriber) == office.public() and len(epochs) == 1 and former not in epochs


class Counted:
    """How often a subscriber asked the feed."""

    def __init__(self, subscriber: Any) -> None:
        self.times = 0
        repair = subscriber.repair

        def counted(*place: int) -> None:
            self.times += 1
            repair(*place)

        subscriber.repair = counted


def test_a_stream_replays_from_the_first_event_and_from_any_offset(office: Office) -> None:
    """EVT-4: every public event that the broker still keeps, to any number of readers."""
    office.happens(4)
    everything = replayed(office.broker, "first", 4)
    assert [event["id"] for _, event in everything] == office.public()
    offset = everything[2][0]
    again = replayed(office.broker, offset, 2)
    assert [event["id"] for _, event in again] == office.public()[2:]
    assert [event["previous"] for _, event in again] == [one["sequence"] for _, one in everything[1:3]]
    office.relay_again()
    assert [one["id"] for _, one in replayed(office.broker, "first", 8)] == office.public() * 2


def replayed(broker: str, offset: Any, count: int) -> list[tuple[int, Any]]:
    found: list[tuple[int, Any]] = []
    with Connection(broker) as connection:
        replay(connection, "intake", offset, lambda place, event: found.append((place, event)))

        def looked() -> bool:
            if len(found) < count:
                try:
                    connection.drain_events(timeout=0.1)
                except TimeoutError:
                    return False
            return len(found) >= count

        until(looked, f"{count} events of the stream")
    return found


def rehearsals() -> dict[str, Rehearsal]:
    return {
        "normal": rehearse("intake", 20),
        "gaps": rehearse("assistance", 60, gaps=15),
        "duplicates": rehearse("inventory", 40, duplicates=20),
        "restored": rehearse("intake", 30, restored=True),
        "everything at once": rehearse("profiling", 60, gaps=10, duplicates=10, restored=True, seed=7),
    }


@pytest.mark.parametrize("rehearsal", rehearsals().values(), ids=rehearsals())
def test_a_consumer_passes_the_rehearsal_without_our_system(rehearsal: Rehearsal, broker: str, tmp_path: Path) -> None:
    with FeedServer(rehearsal) as server:
        subscriber = Subscriber(QUEUE, rehearsal.service, server.url, "any", str(tmp_path / "copy.db"))
        declared = rehearse(rehearsal.service, 1)
        deliver(declared, broker)
        bind(subscriber, broker)
        deliver(rehearsal, broker, server)
        consume(subscriber, broker, lambda: waiting(subscriber, broker) == 0, "every delivery is read")
    rows = subscriber.db.execute("SELECT sequence, epoch, type FROM copy ORDER BY sequence").fetchall()
    final = [one.to_dict() for one in rehearsal.final]
    assert rows == [(one["sequence"], one["epoch"], one["type"]) for one in final]


def test_a_consumer_that_ignores_gaps_or_repetitions_or_restores_does_not_pass() -> None:
    """The kit would be worthless if it let them through."""
    for faults in ({"gaps": 5}, {"duplicates": 5}, {"restored": True}):
        rehearsal = rehearse("intake", 40, **faults)  # type: ignore[arg-type]
        naive = [one.id for one in rehearsal.delivered]
        assert naive != [one.id for one in rehearsal.final], faults


def test_a_rehearsal_is_lawful_and_the_same_again() -> None:
    rehearsal = rehearse("assistance", 80, gaps=7, duplicates=9, restored=True, seed=3)
    assert rehearsal == rehearse("assistance", 80, gaps=7, duplicates=9, restored=True, seed=3)
    assert [len(log) for log in rehearsal.happened] == [40, 40]
    for log in rehearsal.happened:
        before = 0
        for event in log:
            assert event.previous == before < event.sequence
            before = event.sequence
        assert len({event.epoch for event in log}) == 1
    delivered = [(one.epoch, one.sequence) for one in rehearsal.delivered]
    assert len(delivered) == 2 * (40 - 7 + 9)
    assert len(set(delivered)) == 2 * (40 - 7)
    assert all((log[-1].epoch, log[-1].sequence) in delivered for log in rehearsal.happened)


def impulso(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shared.cli.main", "contracts", "emit", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=EXAMPLES.parents[1])


def test_the_command_emits_to_the_terminal_to_a_file_and_to_a_broker(broker: str, tmp_path: Path) -> None:
    shown = impulso("intake", "--count", "7", "--duplicates", "2")
    events = [json.loads(line) for line in shown.stdout.splitlines()]
    assert shown.returncode == 0 and len(events) == 9 and len({one["id"] for one in events}) == 7
    done = impulso("intake", "--count", "7", "--file", str(tmp_path / "e.jsonl"), "--broker", broker, "--json")
    assert json.loads(done.stdout)["delivered"] == len((tmp_path / "e.jsonl").read_text().splitlines()) == 7
    assert [event["source"] for _, event in replayed(broker, "first", 7)] == ["urn:impulso:intake"] * 7
    assert impulso("nadie").returncode == 2
    assert impulso("intake", "--broker", "amqp://guest:guest@127.0.0.1:1//").returncode == 4


def test_the_command_serves_a_feed_until_it_is_stopped(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shared.cli.main", "contracts", "emit", "intake", "--count", "250", "--port", "0"]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True, cwd=EXAMPLES.parents[1])
    assert process.stdout is not None
    try:
        told = ""
        while not told.rstrip().endswith("}"):
            told += process.stdout.readline()
        subscriber = Subscriber(QUEUE, "intake", json.loads(told)["feed"], "any", str(tmp_path / "copy.db"))
        subscriber.repair()
        assert len(held(subscriber)) == 250
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.stdout.close()


def test_exchange_and_stream_stand_before_the_first_event_is_published(broker: str) -> None:
    """Else the first events would be nowhere: the stream is bound by whoever publishes."""
    publisher = RabbitPublisher(broker, "intake", [])
    publisher.publish([])
    name = broker.rsplit("/", 1)[1]
    listed = brokers.control("list_queues", "-p", name, "name", "type", "arguments")
    (line,) = [one for one in listed.splitlines() if one.startswith(public_stream("intake"))]
    assert "stream" in line and "x-max-age" in line and "x-max-length-bytes" in line
    bound = brokers.control("list_bindings", "-p", name, "source_name", "destination_name", "routing_key")
    assert [public_exchange("intake"), public_stream("intake"), "#"] in [one.split("\t") for one in bound.splitlines()]
    publisher.close()
