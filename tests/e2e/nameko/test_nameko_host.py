"""The nameko host as it runs in containers: real processes, RabbitMQ and PostgreSQL between them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from amqp import Message as AmqpMessage

from shared.runtime.rabbit import connect
from shared.runtime.topology import DEAD, declare_follower, events_exchange
from tests.counting import NO_DEFECTS, defects
from tests.processes import ROOT, Cluster, cluster
from tests.waiting import until


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
    assert "BlockingWaits: 5 consultas de 0.3 s tardaron" in done.stderr


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
