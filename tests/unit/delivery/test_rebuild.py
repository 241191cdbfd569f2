"""A reader that is made anew from nothing ends where it was, whoever follows meanwhile and whatever is parked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.contracts.envelope import Envelope
from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.delivery.inbox import ApplicationInbox
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.rebuild import rebuild
from tests.counting import NO_DEFECTS, WATCHER, Indigestible, case, count, defects, note, receipts
from tests.databases import DIALECTS, blocked, database_url
from tests.waiting import until


def taste(app: Any, unit: UnitOfWork, event: Envelope) -> None:
    """Write the event down, or refuse what `distaste` names."""
    if (event.subject, event.sequence) in app.distaste:
        raise Indigestible(number=event.sequence)
    note(app, unit, event)


READER = replace(WATCHER, reactions={"*": taste}, only_reads=True)


@contextmanager
def reader(dialect: str, folder: Path, master: MasterKey) -> Iterator[Assembled]:
    with database_url(dialect, folder) as url:
        place = Place(url, f"sqlite:///{folder / 'reader-keys.db'}", folder / "files")
        made = assemble(READER, place, master, None, create=True)
        yield made
        made.close()


def follower_of(counter: Assembled, inbox: ApplicationInbox) -> Follower:
    return Follower("counter", Feed(counter.application.log, counter.publication), inbox)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_follower_in_hand_leaves_nothing_behind_in_a_reader_that_is_made_anew(
    dialect: str, tmp_path: Path, counter: Assembled, master: MasterKey
) -> None:
    count(counter.application, [1, 2, 3])
    applying, go_on = threading.Event(), threading.Event()

    def slow(app: Any, unit: UnitOfWork, event: Envelope) -> None:
        note(app, unit, event)

        def hold(_connection: sa.Connection) -> None:
            applying.set()
            assert go_on.wait(60)

        unit.write(hold)

    with reader(dialect, tmp_path, master) as watcher, ThreadPoolExecutor(2) as pool:
        following = pool.submit(follower_of(counter, ApplicationInbox(watcher.application, {"*": slow})).tick)
        assert applying.wait(60)
        anew = pool.submit(rebuild, watcher.application, READER)
        if dialect == "postgresql":
            until(lambda: blocked(watcher.application.database.url), "the rebuild waits for the follower")
        go_on.set()
        anew.result()
        following.result()
        follower_of(counter, watcher.inbox).tick()
        assert defects(counter.application, watcher.application) == NO_DEFECTS
        assert watcher.inbox.parking.events() == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_was_parked_is_tried_anew_and_what_was_discarded_stays_so(
    dialect: str, tmp_path: Path, counter: Assembled, master: MasterKey
) -> None:
    count(counter.application, [1, 2, 3] * 3)
    with reader(dialect, tmp_path, master) as watcher:
        app: Any = watcher.application
        firsts = {entry.originator_id: entry.sequence for entry in reversed(counter.application.log.entries(0, 100))}
        app.distaste = {(case(number), firsts[case(number)]) for number in (1, 2, 3)}
        follower = follower_of(counter, watcher.inbox)
        follower.tick()
        # The first case is mended, the second given up, the third still waits.
        parking = watcher.inbox.parking
        app.distaste.discard((case(1), firsts[case(1)]))
        parking.retry("counter", case(1))
        parking.discard("counter", firsts[case(2)], by="ana", reason="repetido en papel")
        follower.tick()

        def shown() -> tuple[set[int], list[int], list[int]]:
            with app.database.read() as connection:
                applied = set(connection.scalars(sa.select(receipts.c.sequence)))
            waiting = [event.sequence for event in parking.events()]
            return applied, waiting, [event.sequence for event in parking.events(status="discarded")]

        before = shown()
        assert before[2] == [firsts[case(2)]]
        rebuild(app, READER)
        follower.tick()
        assert follower.position.position == counter.application.log.head()
        assert shown() == before
        app.distaste.clear()
        parking.retry("counter", case(3))
        assert {**defects(counter.application, app), "disorder": 0} == {**NO_DEFECTS, "lost": 1}


def test_a_consumer_that_still_lives_in_the_former_epoch_applies_nothing_of_it(
    counter: Assembled, watcher: Assembled
) -> None:
    count(counter.application, [1, 2])
    stale, rival = follower_of(counter, watcher.inbox), follower_of(counter, watcher.inbox)
    stale.tick()
    former = counter.application.log.epoch()
    counter.application.log.begin_epoch()
    rival.adopt()
    count(counter.application, [3])
    feed = Feed(counter.application.log, counter.publication)
    real = feed.page(stale.position.position).messages[0]
    lost = replace(real, envelope=replace(real.envelope, epoch=former, entry_hash="0" * 64, subject=case(9)))
    stale.receive([lost])
    position = watcher.inbox.position("counter")
    assert position.epoch == counter.application.log.epoch()
    assert position.entry_hash == counter.application.log.entry_hash(position.position)
    assert defects(counter.application, watcher.application) == NO_DEFECTS
