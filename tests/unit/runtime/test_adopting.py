"""An operator lets a service follow an upstream that was restored: only if its log still holds what was applied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from shared.delivery.errors import Diverged
from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.operations import HistoryDiverged, Operations, UpstreamAway
from shared.runtime.rebuilding import Rebuilding
from shared.runtime.rpc_feed import RpcFeed
from tests.counting import COUNTER, WATCHER, count

ANA: Any = SimpleNamespace(person=UUID(int=7), roles=("operations",))


def made(folder: Path, definition: Any) -> Assembled:
    folder.mkdir(exist_ok=True)
    path = folder / "master.key"
    master = MasterKey.load(path) if path.exists() else MasterKey.create(path)
    return assemble(definition, Place.under(folder / definition.name), master, None, create=True)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Assembled]:
    service = made(tmp_path, COUNTER)
    count(service.application, [0, 1, 2])
    yield service
    service.close()


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Assembled]:
    service = made(tmp_path, WATCHER)
    yield service
    service.close()


def adopt(watcher: Assembled, follower: Follower) -> dict[str, Any]:
    operations = Operations(watcher, {"counter": follower}, Rebuilding(watcher, {}))
    return operations.answer("operations.adopt", {"upstream": "counter"}, ANA)


def test_a_log_that_holds_what_was_applied_is_followed_under_its_new_epoch(
    counter: Assembled, watcher: Assembled
) -> None:
    follower = Follower("counter", Feed(counter.application.log, counter.publication), watcher.inbox)
    follower.tick()
    epoch = counter.application.log.begin_epoch()
    with pytest.raises(Diverged):
        follower.tick()
    assert adopt(watcher, follower)["epoch"] == epoch
    count(counter.application, [0])
    assert follower.tick() == 1


def test_a_log_that_lacks_what_was_applied_is_refused(counter: Assembled, watcher: Assembled, tmp_path: Path) -> None:
    Follower("counter", Feed(counter.application.log, counter.publication), watcher.inbox).tick()
    empty = made(tmp_path / "empty", COUNTER)
    follower = Follower("counter", Feed(empty.application.log, empty.publication), watcher.inbox)
    with pytest.raises(HistoryDiverged):
        adopt(watcher, follower)
    empty.close()


def test_an_upstream_that_does_not_answer_is_said_to_be_away_and_nothing_changes(watcher: Assembled) -> None:
    nobody_listens = "amqp://guest:guest@127.0.0.1:9/none"
    with pytest.raises(UpstreamAway):
        adopt(watcher, Follower("counter", RpcFeed(nobody_listens, "counter"), watcher.inbox))
    assert watcher.inbox.position("counter").epoch == ""
