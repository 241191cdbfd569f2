"""What operators do to services that run as processes: pause, and make a read model anew while all goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, assemble
from shared.runtime.rebuild import rebuild
from shared.runtime.rebuilding import Rebuilding
from tests.counting import NO_DEFECTS, count, defects
from tests.processes import Cluster, cluster
from tests.tallies import SERVICES, rows
from tests.waiting import until

TALLYING = {"COUNTING_SERVICES": "tests.tallies:SERVICES", "TALLIES_BATCH": "2", "COUNTING_PAUSE": "0.01"}


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path) as made:
        yield made


def looked_at(around: Cluster, service: str) -> Assembled:
    """The service in this process, which only looks and asks: the work is done by the others."""
    return assemble(SERVICES[service], around.place(service), MasterKey.load(around.master), None, create=True)


def progress(rebuilding: Rebuilding) -> dict[str, Any]:
    found = rebuilding.progress()
    assert found is not None
    return found


def test_a_service_that_is_killed_amid_a_rebuild_ends_it_when_it_is_back_while_it_goes_on_deciding(
    around: Cluster,
) -> None:
    with closing(looked_at(around, "counter")) as counter:
        count(counter.application, list(range(10)) * 200)
        # Decided more slowly than made anew, whatever the machine does beside: else it would end in one closed piece.
        slowly = {
            **TALLYING,
            "TALLIES_BATCH": "10",
            "COUNTING_AT_ONCE": "1",
            "COUNTING_PAUSE": "0.1",
            "TALLIES_PAUSE": "0.002",
        }
        process = around.process("counter", **slowly, COUNTING_TARGET="100000")
        rebuilding = Rebuilding(counter, {})
        rebuilding.begin(by="9f1c", reason="proyección corregida")
        until(lambda: progress(rebuilding)["done"] > 50, "it is under way", 60)
        process.kill()
        reached = progress(rebuilding)
        assert reached["state"] == "running"
        process.start()
        until(lambda: progress(rebuilding)["state"] != "running", "it ends", 120)
        ended, head = progress(rebuilding), counter.application.log.head()
        assert ended["state"] == "done" and ended["done"] >= reached["done"]
        until(lambda: counter.application.log.head() > head, "it goes on deciding", 60)
        assert process.terminate(20) == 0
        beside = rows(counter.application)
        rebuild(counter.application, SERVICES["counter"])
        assert rows(counter.application) == beside


def test_a_pause_holds_every_process_and_a_reader_is_made_anew_over_the_broker(around: Cluster) -> None:
    with closing(looked_at(around, "counter")) as counter, closing(looked_at(around, "watcher")) as watcher:
        around.process("counter", **TALLYING, COUNTING_TARGET="100000")
        replicas = [around.process("watcher", **TALLYING) for _ in range(2)]

        def position() -> int:
            return watcher.inbox.position("counter").position

        until(lambda: position() > 50, "events flow", 90)
        watcher.inbox.set_paused("counter", True, by="9f1c", reason="mantenimiento")
        stood, applied = position(), defects(counter.application, watcher.application)
        head = counter.application.log.head()
        until(lambda: counter.application.log.head() > head + 50, "the upstream goes on", 60)
        states = [replica.health()["followers"]["counter"]["state"] for replica in replicas]
        assert "paused" in states
        assert position() == stood
        now = defects(counter.application, watcher.application)
        assert {**now, "behind": 0} == {**applied, "behind": 0}
        watcher.inbox.set_paused("counter", False, by="9f1c")
        until(lambda: position() > stood, "it goes on", 30)
        rebuilding = Rebuilding(watcher, {})
        rebuilding.begin(by="9f1c")
        until(lambda: progress(rebuilding)["state"] != "running", "the reader is made anew", 120)
        assert progress(rebuilding)["state"] == "done", progress(rebuilding)
        # One that decides nothing any more, and still answers for its log.
        around.processes[0].terminate(20)
        around.process("counter", **TALLYING)
        until(lambda: position() == counter.application.log.head(), "all arrives", 60)
        assert {**defects(counter.application, watcher.application), "disorder": 0} == NO_DEFECTS
        assert watcher.inbox.parking.events() == []
