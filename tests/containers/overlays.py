"""The overlays of ``deploy/compose``: integrators on the broker, and two of every process."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from amqp import Message
from amqp.exceptions import AccessRefused, AMQPError, ConnectionForced

from shared.cli.api import Api
from shared.runtime.rabbit import BROKER_ERRORS, connect
from tests.containers.compare_demo import differences
from tests.containers.stack import ADMINISTRATOR, HEALTHY_S, OURS, SERVICES, Stack, assert_sound, impulso, is_sound
from tests.figures import IN_FULL
from tests.waiting import until

INTEGRATOR = "alcaldia"
QUEUE = f"integrator.{INTEGRATOR}.casos"
CASES, SEED = 4 if IN_FULL else 2, 7


@pytest.fixture(scope="module")
def wide(stack: Stack) -> Stack:
    """The stack with both overlays, after the tests of the plain one."""
    stack.use("integrators", "replicas")
    stack.compose("up", "--detach", "--no-build", "--wait", seconds=HEALTHY_S)
    stack.until_healthy("two of each are healthy")
    return stack


@pytest.fixture(scope="module")
def address(wide: Stack) -> Callable[[str], str]:
    """The integrator's address of the broker, from outside, with a password."""
    password = wide.add_integrator(INTEGRATOR)
    place = f"localhost:{wide.amqps_port}/impulso?cafile={wide.secrets_folder / 'ca.crt'}"
    return lambda given="": f"amqps://{INTEGRATOR}:{given or password}@{place}"


def _demonstrate(stack: Stack, folder: Path, seed: int, cases: int = CASES) -> None:
    """Journeys through the proxy that end as on the embedded host."""
    demo = ("demo", "--cases", str(cases), "--seed", str(seed))
    password = stack.secrets()["admin_password"]
    here = stack.impulso(*demo, user=ADMINISTRATOR, password=password, seconds=600)
    assert differences(impulso(*demo, "--data", str(folder / "var"), seconds=600), here) == []


def test_an_integrator_receives_public_events_in_a_queue_of_its_own(
    wide: Stack, address: Callable[..., str], tmp_path: Path
) -> None:
    connection = connect(address())
    try:
        channel = connection.channel()
        channel.queue_declare(QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
        for service in SERVICES:
            channel.queue_bind(QUEUE, f"{service}.public", "#")
        _demonstrate(wide, tmp_path, SEED)
        got: list[dict[str, Any]] = []

        def read() -> bool:
            while (message := channel.basic_get(QUEUE, no_ack=True)) is not None:
                got.append(json.loads(message.body))
            return {"intake", "profiling"} <= {one["source"].rpartition(":")[2] for one in got}

        until(read, "public events of several services are in the queue", 30)
    finally:
        connection.close()


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(
            lambda channel: channel.queue_bind(QUEUE, "intake.events", "#"), id="binding an internal exchange"
        ),
        pytest.param(lambda channel: channel.basic_get("reporting.follows.intake"), id="reading a follower's queue"),
        pytest.param(lambda channel: channel.queue_purge("reporting.follows.intake"), id="emptying a follower's queue"),
        pytest.param(lambda channel: channel.queue_delete("intake.public.stream"), id="deleting a stream"),
        pytest.param(lambda channel: channel.queue_declare("casos"), id="a queue of another name"),
        pytest.param(
            lambda channel: channel.queue_declare("integrator.otro.casos"), id="a queue of another integrator"
        ),
        pytest.param(lambda channel: channel.exchange_declare("intake.more", "topic"), id="an exchange"),
        pytest.param(lambda channel: _publish(channel, "intake.public"), id="publishing to a public exchange"),
        pytest.param(lambda channel: _publish(channel, "intake.events"), id="publishing to an internal exchange"),
        pytest.param(lambda channel: _publish(channel, "nameko-rpc"), id="calling a service"),
        pytest.param(lambda channel: _publish(channel, "", QUEUE), id="publishing to a queue"),
    ],
)
def test_an_integrator_may_do_nothing_else(address: Callable[..., str], attempt: Callable[[Any], object]) -> None:
    connection = connect(address())
    try:
        own = connection.channel()
        own.queue_declare(QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
        with pytest.raises(AccessRefused):
            attempt(connection.channel())
    finally:
        connection.close()


def _publish(channel: Any, exchange: str, key: str = "CandidateIdentified.v1") -> None:
    channel.confirm_select()
    channel.basic_publish(Message("{}"), exchange, key)
    channel.connection.drain_events(timeout=5)


def test_a_wrong_password_or_no_tls_opens_nothing(wide: Stack, address: Callable[..., str]) -> None:
    with pytest.raises((AMQPError, ConnectionForced)):
        connect(address("wrong"))
    with pytest.raises(BROKER_ERRORS):
        connect(address().partition("?")[0].replace("amqps", "amqp"))


def _consumers(stack: Stack) -> dict[str, Counter[bool]]:
    """How many active and how many waiting consumers each follower's queue has."""
    said = stack.compose(
        "exec",
        "-T",
        "rabbitmq",
        "rabbitmqctl",
        "--quiet",
        "--formatter",
        "json",
        "list_consumers",
        "-p",
        "impulso",
        "queue_name",
        "active",
    )
    found: dict[str, Counter[bool]] = {}
    for one in json.loads(said):
        if ".follows." in one["queue_name"]:
            found.setdefault(one["queue_name"], Counter())[bool(one["active"])] += 1
    return found


def test_of_two_replicas_both_serve_and_one_follows(wide: Stack) -> None:
    replicas = wide.replicas()
    assert {name: len(replicas[name]) for name in OURS} == dict.fromkeys(OURS, 2)
    assert wide.unhealthy() == set()

    def one_of_two() -> bool:
        queues = _consumers(wide)
        return len(queues) > 5 and all(each == {True: 1, False: 1} for each in queues.values())

    until(one_of_two, "every follower's queue has one active reader and one that waits", 60)


def test_a_replica_that_is_killed_is_not_missed(wide: Stack, administrator: Api, tmp_path: Path) -> None:
    for name in OURS:
        # The first is the one that came first, so the one that follows.
        wide.docker("kill", wide.replicas()[name][0]["Id"])
    until(lambda: is_sound(wide, administrator), "the others follow", 60)
    _demonstrate(wide, tmp_path, int(uuid4().int % 1000) + 100, CASES // 2)
    assert_sound(wide, administrator)
    wide.compose("up", "--detach", "--no-build", "--wait", seconds=HEALTHY_S)
    wide.until_healthy("two of each again")
