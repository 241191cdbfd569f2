"""The audit itself: what is lost, doubled, out of order, from another past or recorded backwards does not escape it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from tests.chaos.audit import Findings, audit
from tests.counting import SERVICES, CounterApplication, count
from tests.databases import database_url
from tests.processes import Cluster

CASES = [0, 1, 2] * 8


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Cluster]:
    """Some dozens of events, all applied as they should be."""
    with ExitStack() as stack:
        databases = {name: stack.enter_context(database_url("postgresql", tmp_path)) for name in SERVICES}
        made = Cluster(tmp_path, "amqp://nobody-asks", databases)
        counter, watcher = made.assembled("counter"), made.assembled("watcher")
        count(cast(CounterApplication, counter.application), CASES)
        Follower("counter", Feed(counter.application.log, counter.publication), watcher.inbox).pull()
        counter.close()
        watcher.close()
        yield made


def seen(around: Cluster) -> Findings:
    return audit(around.databases["counter"], around.databases["watcher"])


def tamper(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_what_was_applied_as_it_should_be_shows_nothing(around: Cluster) -> None:
    assert seen(around) == Findings()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM receipts WHERE sequence = 9", {"lost"}),
        (
            "INSERT INTO receipts SELECT 9999, sequence, subject, case_version FROM receipts WHERE sequence = 9",
            {"twice"},
        ),
        (
            "UPDATE receipts SET place = CASE place WHEN 4 THEN -13 ELSE -4 END WHERE place IN (4, 13)",
            {"disorder"},
        ),
        ("UPDATE receipts SET subject = gen_random_uuid() WHERE sequence = 9", {"foreign"}),
        ("INSERT INTO receipts VALUES (9999, 9999, gen_random_uuid(), 1)", {"foreign"}),
        ("UPDATE tracking SET position = position - 1 WHERE upstream = 'counter'", {"behind"}),
    ],
)
def test_a_receipt_or_a_position_that_was_tampered_with_is_found(
    around: Cluster, statement: str, found: set[str]
) -> None:
    tamper(around.databases["watcher"], statement)
    assert found <= {name for name, number in seen(around).as_dict().items() if number}


@pytest.mark.parametrize(
    ("service", "statement", "found"),
    [
        ("counter", "DELETE FROM events WHERE id = 9", "holes"),
        ("counter", "UPDATE events SET recorded_at = recorded_at - 3600000000 WHERE id = 9", "clock_back"),
        ("watcher", "DELETE FROM events WHERE topic = 'watcher.Mirrored' AND id % 5 = 0", "effects"),
    ],
)
def test_a_log_that_was_tampered_with_is_found(around: Cluster, service: str, statement: str, found: str) -> None:
    tamper(around.databases[service], "ALTER TABLE events DISABLE TRIGGER ALL", statement)
    assert seen(around).as_dict()[found] > 0
