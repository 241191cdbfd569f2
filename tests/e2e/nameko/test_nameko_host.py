"""The nameko host as it runs in containers: real processes, RabbitMQ and PostgreSQL between them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from amqp import Message as AmqpMessage
from sqlalchemy.engine import make_url

from shared.audit.keys import Kind, Signer
from shared.audit.merkle import leaf_hash
from shared.audit.presenting import last_cosigned
from shared.audit.witness import divergences_of
from shared.delivery.errors import Away
from shared.runtime.rabbit import connect
from shared.runtime.rpc_feed import RpcFeed
from shared.runtime.topology import DEAD, declare_follower, events_exchange
from tests.counting import NO_DEFECTS, defects
from tests.processes import ROOT, Cluster, cluster
from tests.waiting import until, within
from tests.wires import wires


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path) as made:
        yield made


def test_events_flow_between_processes_by_message_and_the_feed_stands_by(around: Cluster) -> None:
    counter, watcher = around.assembled("counter"), around.assembled("watcher")
    follower = around.process("watcher")
    until(lambda: "Connected to" in follower.said, "the follower is there", 40)
    around.process("counter", COUNTING_TARGET="600")
    until(lambda: watcher.inbox.position("counter").position >= 600, "everything arrives", 90)
    until(
        lambda: watcher.inbox.position("counter").position == counter.application.log.head(), "the position is the head"
    )
    assert defects(counter.application, watcher.application) == NO_DEFECTS
    counts = follower.health()["followers"]["counter"]
    assert counts["state"] == "following"
    assert counts["applied"] == watcher.inbox.position("counter").position
    # What is pulled came while the queue was not consumed yet, or in a pull between two batches.
    assert counts["pulled"] < counts["applied"]
    counter.close()
    watcher.close()


def test_two_replicas_seal_one_log_once(around: Cluster) -> None:
    counter = around.assembled("counter")
    sealed = counter.sealing.sealed_log
    for _ in range(2):
        around.process("counter", COUNTING_TARGET="300", IMPULSO_SEAL_EVERY="0.05")
    until(lambda: counter.application.log.head() >= 300, "events are recorded", 60)
    until(lambda: (last := sealed.last()) is not None and last.size == counter.application.log.head(), "sealed", 30)
    last = sealed.last()
    assert last is not None and last.number > 1
    # Gives `SealBroken` unless every hash is there once, at its place.
    assert sealed.frontier(last).root == last.root
    leaf = leaf_hash(counter.application.log.entries(last.size - 1, 1)[0].leaf)
    assert sealed.nodes(last.size)(0, last.size - 1) == leaf
    assert all("AUDIT_" not in process.said for process in around.processes)
    counter.close()


def test_what_replicas_seal_a_witness_cosigns_over_the_broker_also_after_it_was_killed(around: Cluster) -> None:
    signer = Signer("impulso/counter", bytes.fromhex("5e" * 32))
    cosigner = Signer("impulso/witness", b"w" * 32, Kind.WITNESS)
    pinned = around.folder / "log_keys"
    pinned.write_text(f"{signer.verifier.text}\n{cosigner.verifier.text}\n", "utf-8")
    log = around.assembled("counter").application.log
    asked = {"IMPULSO_WITNESS": "watcher", "IMPULSO_SEAL_EVERY": "0.05"}
    held = {"IMPULSO_WITNESS_KEY": "77" * 32, "IMPULSO_LOG_KEYS_FILE": str(pinned)}
    witness = around.process("watcher", **asked, **held)
    for _ in range(2):
        around.process("counter", COUNTING_TARGET="300", **asked)

    def cosigned() -> int:
        last = last_cosigned(log)
        return 0 if last is None else last.size

    until(lambda: cosigned() > 0, "the first checkpoint is cosigned", 60)
    witness.kill()
    witness.start()
    until(lambda: log.head() >= 300, "events are recorded", 60)
    until(lambda: cosigned() == log.head(), "the last checkpoint is cosigned", 60)
    last = last_cosigned(log)
    assert last is not None
    assert [each.key for each in last.note.verify([signer.verifier, cosigner.verifier])][1] == cosigner.verifier
    with around.assembled("watcher").application.database.read() as connection:
        assert divergences_of(connection) == []


def test_sigterm_drains_within_ten_seconds(around: Cluster) -> None:
    counter, watcher = around.assembled("counter"), around.assembled("watcher")
    around.process("watcher")
    around.process("counter", COUNTING_TARGET="100000")
    until(lambda: watcher.inbox.position("counter").position > 200, "events flow", 60)
    assert [process.terminate(10) for process in around.processes] == [0, 0]
    assert all("did not drain" not in process.said for process in around.processes)
    found = defects(counter.application, watcher.application)
    assert (found["twice"], found["disorder"]) == (0, 0)
    counter.close()
    watcher.close()


def test_bytes_that_nobody_can_read_go_to_the_dead_letters_and_events_flow_on(around: Cluster) -> None:
    watcher = around.assembled("watcher")
    follower = around.process("watcher")
    until(lambda: "Connected to" in follower.said, "the follower is there", 40)
    with connect(around.broker) as connection:
        channel = connection.channel()
        # What the process said came from its RPC consumer; its follower may be a moment behind.
        declare_follower(channel, "watcher", "counter")
        for body in (b"\xff\xfe nothing", b"[]", b'{"specversion":"1.0"}'):
            channel.basic_publish(AmqpMessage(body), events_exchange("counter"), "Counted.v1")
        until(lambda: channel.queue_declare(DEAD, passive=True).message_count == 3, "three dead letters")
    around.process("counter", COUNTING_TARGET="50")
    until(lambda: watcher.inbox.position("counter").position >= 50, "events flow on", 40)
    watcher.close()


def test_a_service_that_follows_waits_for_its_database_and_parks_nothing(around: Cluster) -> None:
    watcher = around.assembled("watcher")
    follower = around.process("watcher")
    around.process("counter", COUNTING_TARGET="400", COUNTING_PAUSE="0.002")
    until(lambda: watcher.inbox.position("counter").position > 50, "events flow", 60)
    with watcher.application.database.write() as connection:
        # A lock on the position is what an unreachable or stopped database looks like: nothing commits.
        connection.exec_driver_sql("LOCK TABLE tracking IN ACCESS EXCLUSIVE MODE")
        stood = connection.exec_driver_sql("SELECT position FROM tracking").scalar_one()
        until(lambda: follower.health()["status"] == "ok", "the process lives on while it waits")
    until(lambda: watcher.inbox.position("counter").position >= 400 > stood, "it goes on by itself", 40)
    assert watcher.inbox.parking.events() == []
    watcher.close()


def test_a_process_whose_queries_would_block_each_other_refuses_to_start(around: Cluster) -> None:
    program = (
        "import psycopg, sys\n"
        "from shared.runtime import green\n"
        "from shared.eventstore.database import Database\n"
        "green._too_late.clear()\n"
        "green.verify(Database(sys.argv[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, around.databases["counter"]], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "BlockingWaits" in done.stderr and "se bloquean unas a otras" in done.stderr


def test_a_missing_setting_is_named_and_nothing_starts(around: Cluster) -> None:
    process = around.process("counter", IMPULSO_AMQP_URL="")
    until(lambda: not process.alive, "the process gives up", 40)
    assert process.running is not None and process.running.returncode == 2
    assert "Falta la variable IMPULSO_AMQP_URL" in process.said


def test_a_service_that_nobody_follows_relays_all_the_same(around: Cluster) -> None:
    watcher = around.assembled("watcher")
    process = around.process("watcher")
    around.process("counter", COUNTING_TARGET="50")
    until(lambda: watcher.application.log.head() > 50, "the watcher decides", 60)
    until(lambda: process.health()["relay"]["published"] == watcher.application.log.head(), "all is published", 20)
    watcher.close()


def test_a_service_is_ready_once_all_it_needs_answers_and_tells_what_does_not(around: Cluster) -> None:
    watcher = around.assembled("watcher")
    process = around.process("watcher")
    url = process.url()

    def ready() -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{url}/healthz/ready", timeout=60).json()
        return found

    until(lambda: ready()["status"] == "ok", "the service is ready", 40)
    assert ready()["checks"].keys() == {"database", "triggers", "read_model", "followers", "broker"}
    with watcher.application.database.write() as connection:
        connection.exec_driver_sql("LOCK TABLE view_schema IN ACCESS EXCLUSIVE MODE")
        away = httpx.get(f"{url}/healthz/ready", timeout=60)
        assert (away.status_code, away.json()["checks"]["database"]["ok"]) == (503, False)
        assert httpx.get(f"{url}/healthz/live", timeout=60).status_code == 200
    until(lambda: ready()["status"] == "ok", "it is ready again")
    watcher.close()


def test_a_service_that_waits_for_its_database_lives_and_is_not_ready(around: Cluster) -> None:
    nobody_listens = "postgresql+psycopg://watcher:very-secret@127.0.0.1:9/watcher"
    url = around.process("watcher", IMPULSO_DATABASE_URL=nobody_listens).url()
    assert httpx.get(f"{url}/healthz/live", timeout=60).status_code == 200

    def reason() -> str:
        answer = httpx.get(f"{url}/healthz/ready", timeout=60)
        assert answer.status_code == 503
        return str(answer.json()["checks"]["start"]["reason"])

    until(lambda: "OperationalError" in reason() or "ConnectionTimeout" in reason(), "the reason is told")
    assert "very-secret" not in reason()


def test_a_service_tells_its_figures_on_its_internal_port(around: Cluster) -> None:
    watcher = around.assembled("watcher")
    process = around.process("watcher")
    around.process("counter", COUNTING_TARGET="50")
    until(lambda: watcher.inbox.position("counter").position >= 50, "events flow", 60)
    url = process.url()

    def told(line: str) -> bool:
        return line in httpx.get(f"{url}/metrics", timeout=60).text.splitlines()

    until(lambda: told('impulso_follower_lag_events{service="watcher",upstream="counter"} 0.0'), "nothing is left")
    assert told('impulso_check_ok{check="broker",service="watcher"} 1.0')
    until(lambda: told('impulso_relay_backlog_events{service="watcher"} 0.0'), "all is confirmed")
    watcher.close()


def test_a_feed_answers_whoever_asks_it_at_the_same_time(around: Cluster) -> None:
    """A follower pulls from it while a person has that follower adopt another epoch."""
    around.process("counter", COUNTING_TARGET="50")
    with closing(RpcFeed(around.broker, "counter")) as feed:

        def head() -> int:
            with suppress(Away):
                return feed.page(0, 1, "", "").head
            return 0

        until(lambda: head() >= 50, "the feed has all of it", 90)
        with ThreadPoolExecutor(4) as several:
            pages = [*several.map(lambda after: feed.page(after, 5, "", ""), range(20))]
    assert [page.messages[0].sequence for page in pages] == [*range(1, 21)]


def test_calls_are_answered_as_soon_as_the_broker_is_back_however_long_it_was_away(around: Cluster) -> None:
    broker = make_url(around.broker)
    with wires() as laid, closing(RpcFeed(around.broker, "counter")) as feed:
        line = laid.lay(broker.host or "", broker.port or 5672)
        through = broker.set(port=line.port).render_as_string(hide_password=False)
        process = around.process("counter", COUNTING_TARGET="0", IMPULSO_AMQP_URL=through)

        def answers() -> bool:
            with suppress(Away):
                return feed.page(0, 1, "", "").service == "counter"
            return False

        until(answers, "it answers", 90)
        line.cut()
        until(lambda: process.said.count("Error connecting to broker") >= 8, "it has tried again and again", 60)
        line.mend()
        within(answers, "it answers again", 20)
