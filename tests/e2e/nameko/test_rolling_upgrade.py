"""Two releases side by side on PostgreSQL and RabbitMQ: what a process of the former one does after `migrate`."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from shared.eventstore.database import Database
from shared.eventstore.errors import ReadModelReplaced, StoreUnavailable
from shared.eventstore.metadata import Meta
from shared.runtime import migrate
from shared.runtime.assembly import Assembled
from tests.counting import Mirror, Tally
from tests.counting_next import SERVICES, receipts_next
from tests.processes import Process, cluster
from tests.waiting import until


def numbers(service: Assembled, kind: type, upto: int) -> Counter[Any]:
    """What the service's own events of that kind say, as far as entry ``upto``."""
    mapper: Any = service.application.mapper
    entries = (entry for entry in service.application.log.entries(0, 1_000_000) if entry.sequence <= upto)
    opened = (mapper.open(entry)[0] for entry in entries)
    return Counter((event.originator_id, event.number) for event in opened if isinstance(event, kind))


def ready(process: Process) -> httpx.Response:
    return httpx.get(f"{process.url()}/healthz/ready", timeout=60)


def test_a_former_release_writes_nothing_into_newer_tables_and_the_next_one_loses_nothing(tmp_path: Path) -> None:
    with cluster(tmp_path) as around:
        counter, watcher = around.assembled("counter"), around.assembled("watcher")
        around.process("counter", COUNTING_TARGET="100000", COUNTING_PAUSE="0.02")
        former = around.process("watcher", IMPULSO_CREATE_TABLES="0")
        until(lambda: watcher.inbox.position("counter").position > 50, "the former release follows", 180)

        owner = Database(around.databases["watcher"], pool_size=2)
        assert migrate.make_views(owner, SERVICES["watcher"].application.views, "watcher")

        def rows() -> int:
            with owner.read() as connection:
                return connection.execute(sa.select(sa.func.count()).select_from(receipts_next)).scalar_one()

        until(lambda: ready(former).status_code == 503, "the former release says that it is not ready", 60)
        assert "versión" in ready(former).json()["checks"]["read_model"]["reason"]
        stood, head = watcher.inbox.position("counter").position, counter.application.log.head()
        until(lambda: counter.application.log.head() > head + 50, "its upstream goes on", 120)
        assert (watcher.inbox.position("counter").position, rows()) == (stood, 0)
        with pytest.raises(ReadModelReplaced), watcher.application.database.write():
            pass
        with pytest.raises(StoreUnavailable):
            watcher.application.transact(
                Meta(happened_on=date(2026, 10, 15)), lambda unit: unit.write(lambda _connection: None)
            )
        with pytest.raises(ReadModelReplaced):
            watcher.application.database.look()

        following = around.process(
            "watcher", COUNTING_SERVICES="tests.counting_next:SERVICES", IMPULSO_CREATE_TABLES="0"
        )
        goal = counter.application.log.head()
        until(lambda: watcher.inbox.position("counter").position >= goal, "the next release has caught up", 180)
        assert following.alive and former.alive
        for process in around.processes:
            process.kill()
        reached = watcher.inbox.position("counter").position
        decided = numbers(counter, Tally.Counted, reached)
        assert decided == numbers(watcher, Mirror.Mirrored, watcher.application.log.head())
        assert watcher.inbox.parking.events() == []
        with owner.read() as connection:
            releases = connection.execute(sa.select(receipts_next.c.release, receipts_next.c.sequence)).all()
        # One row for every entry that the next release applied, none of the former's.
        assert sorted(row.sequence for row in releases) == list(range(stood + 1, reached + 1))
        for service in (counter, watcher):
            service.close()
        owner.close()
