"""What a process tells of itself: the figures declared, no other, with labels from closed lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.contracts.envelope import Envelope
from shared.delivery.follower import Follower
from shared.delivery.telemetry import Counts, Measure
from shared.eventstore.metadata import Meta
from shared.privacy.keys import MasterKey
from shared.runtime import metrics
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.health import Readiness
from shared.runtime.instruments import Instruments, Watched
from tests.counting import SERVICES


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Assembled]:
    made = assemble(
        SERVICES["watcher"], Place.under(tmp_path), MasterKey.create(tmp_path / "master.key"), None, create=True
    )
    yield made
    made.close()


def told(instruments: Instruments) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by its name and its labels' values, in the order of their declaration."""
    found: dict[tuple[str, tuple[str, ...]], float] = {}
    labels = {series: one.labels for one in metrics.DECLARED for series in one.series}
    for family in text_string_to_metric_families(instruments.exposition().decode()):
        for sample in family.samples:
            names = labels.get(sample.name, tuple(sample.labels))
            values = [*(sample.labels[name] for name in names)]
            values += [sample.labels["le"]] if "le" in sample.labels and "le" not in names else []
            found[sample.name, tuple(values)] = sample.value
    return found


def used() -> Instruments:
    """Instruments of which each was used once."""
    instruments = Instruments()
    instruments.command("intake", "OpenCall", "refused", 0.02)
    instruments.refused("intake", "FIELD_INVALID")
    instruments.call("intake", "command", 0.03, "deadline")
    instruments.request("GET", "/api/cases", 200, 0.04)
    instruments.access("login_failed")
    instruments.breakers(lambda: {"broker": True, "intake": False})
    return instruments


def test_whatever_is_told_is_declared_and_whatever_is_declared_is_told(watcher: Assembled) -> None:
    instruments = used()
    follower = Follower("counter", _nothing(), watcher.inbox)
    followers = {"counter": follower}
    instruments.watch(Watched(watcher, Readiness(watcher, followers), followers, relayed=True))
    declared = {series for one in metrics.DECLARED for series in one.series}
    names = {name for name, _ in told(instruments) if not name.startswith("process_")}
    assert names == {name for name in declared if not name.startswith("process_")}
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total"} <= {name for name, _ in told(instruments)}


def test_a_follower_tells_how_far_and_how_long_it_stands_behind(watcher: Assembled) -> None:
    follower, telemetry, instruments = Follower("counter", _nothing(), watcher.inbox), Counts(), Instruments()
    recorded = datetime.now(UTC) - timedelta(seconds=60)
    follower.backlog.begins(Envelope("counter", "Counted", uuid4(), 1, recorded, date.today(), "e", uuid4()), 40)
    telemetry.count("counter", Measure.APPLIED, 7)
    followers = {"counter": follower}
    instruments.watch(Watched(watcher, Readiness(watcher, followers), followers, telemetry))
    found = told(instruments)
    between = ("watcher", "counter")
    assert found["impulso_follower_lag_events", between] == 40
    assert 60 <= found["impulso_follower_age_seconds", between] < 120
    assert found["impulso_events_applied_total", between] == 7
    assert found["impulso_follower_state", (*between, "following")] == 1
    assert found["impulso_follower_state", (*between, "stopped")] == 0
    assert found["impulso_parked_events", between] == 0


def test_the_size_of_a_group_is_that_of_the_units_of_work_that_shared_a_transaction(watcher: Assembled) -> None:
    application = watcher.application
    meta = Meta(date(2026, 3, 2))

    def decide(unit: Any) -> None:
        unit.claim("number", uuid4().hex, uuid4())

    for _ in range(3):
        application.transact(meta, decide)
    instruments = Instruments()
    instruments.watch(Watched(watcher, Readiness(watcher, {}), relayed=True))
    found = told(instruments)
    assert found["impulso_commit_group_size_count", ("watcher",)] == 3
    assert found["impulso_commit_group_size_bucket", ("watcher", "1.0")] == 3
    assert found["impulso_commit_group_size_sum", ("watcher",)] == 3
    assert found["impulso_relay_backlog_events", ("watcher",)] == application.log.head()


def test_a_database_that_is_away_leaves_its_figures_out_and_is_told(watcher: Assembled) -> None:
    with watcher.application.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE view_schema RENAME TO gone")
    instruments = Instruments()
    instruments.watch(Watched(watcher, Readiness(watcher, {}), relayed=True))
    found = told(instruments)
    assert found["impulso_check_ok", ("watcher", "database")] == 0
    assert ("impulso_log_head_events", ("watcher",)) not in found


def test_no_label_takes_what_a_client_sent() -> None:
    instruments = Instruments()
    instruments.request("1020304050", "-", 400, 0.01)
    assert b"1020304050" not in instruments.exposition()
    assert told(instruments)["impulso_http_requests_total", ("OTHER", "-", "400")] == 1


def _nothing() -> Any:
    return None
