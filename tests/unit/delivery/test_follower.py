"""The three-way rule, and what a follower does when it must wait, stop or park."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.contracts.envelope import Envelope
from shared.delivery.errors import Away, Diverged, NotParked, Unreadable, is_away
from shared.delivery.feed import Feed, FeedPage
from shared.delivery.follower import Follower, State
from shared.delivery.inbox import ApplicationInbox
from shared.delivery.message import Beacon, Message, decode, encode
from shared.delivery.telemetry import Counts
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from tests.counting import NO_DEFECTS, WATCHER, case, count, defects, note, receipts
from tests.waiting import until


class CountingFeed:
    """The counter's feed; counts how often it is asked, and may be away."""

    def __init__(self, counter: Assembled) -> None:
        self._feed = Feed(counter.application.log, counter.publication)
        self.asked = 0
        self.away = False

    def page(self, after: int, limit: int, known_hash: str, known_epoch: str) -> FeedPage:
        self.asked += 1
        if self.away:
            raise ConnectionRefusedError
        return self._feed.page(after, limit, known_hash, known_epoch)

    def messages(self) -> list[Message]:
        return self._feed.page(0, 1000).messages


class Scene:
    def __init__(self, counter: Assembled, watcher: Assembled) -> None:
        self.counter = counter
        self.watcher = watcher
        self.feed = CountingFeed(counter)
        self.counts = Counts()
        self.follower = Follower("counter", self.feed, watcher.inbox, telemetry=self.counts)

    @property
    def position(self) -> int:
        return self.watcher.inbox.position("counter").position

    def count(self, cases: Sequence[int]) -> list[Message]:
        count(self.counter.application, cases)
        return self.feed.messages()

    def defects(self) -> dict[str, int]:
        return defects(self.counter.application, self.watcher.application)  # type: ignore[arg-type]


@pytest.fixture
def scene(counter: Assembled, watcher: Assembled) -> Scene:
    return Scene(counter, watcher)


def test_what_is_next_in_line_is_applied_without_asking_the_upstream(scene: Scene) -> None:
    messages = scene.count([1, 2, 3] * 3)
    scene.follower.receive(messages[:5])
    scene.follower.receive(messages[5:])
    assert scene.feed.asked == 0
    assert scene.defects() == NO_DEFECTS


def test_a_duplicate_is_dropped_without_asking_the_upstream(scene: Scene) -> None:
    messages = scene.count([1, 2])
    scene.follower.receive(messages)
    scene.follower.receive(messages)
    scene.follower.receive(messages[::-1])
    assert scene.feed.asked == 0
    assert scene.counts.of("counter")["duplicate"] == 2 * len(messages)
    assert scene.defects() == NO_DEFECTS


def test_a_hole_is_pulled_up_to_the_head(scene: Scene) -> None:
    messages = scene.count([1, 2, 3])
    scene.follower.receive([messages[0], messages[4]])
    assert scene.position == len(messages)
    assert scene.counts.of("counter")["pulled"] == len(messages) - 1
    assert scene.defects() == NO_DEFECTS


def test_messages_in_any_order_take_effect_in_the_order_of_the_log(scene: Scene) -> None:
    messages = scene.count([1, 2, 3] * 4)
    scene.follower.receive(messages[::-1])
    assert scene.defects() == NO_DEFECTS


def test_a_beacon_beyond_the_position_is_pulled_and_one_at_it_is_not(scene: Scene) -> None:
    messages = scene.count([1])
    epoch = messages[0].epoch
    scene.follower.receive([Beacon("counter", epoch, 2)])
    assert scene.position == 2
    asked = scene.feed.asked
    scene.follower.receive([Beacon("counter", epoch, 2)])
    assert scene.feed.asked == asked


def test_a_message_of_another_past_under_the_next_number_is_not_applied(scene: Scene) -> None:
    messages = scene.count([1, 2])
    scene.follower.receive(messages[:2])
    forged = replace(messages[2], prior_hash="0" * 64)
    scene.follower.receive([forged])
    # The feed decided: the real entry, not the message, took effect.
    assert scene.counts.of("counter")["pulled"] == len(messages) - 2
    assert scene.defects() == NO_DEFECTS


def test_a_message_of_another_epoch_stops_the_follower_with_a_clear_word(scene: Scene) -> None:
    scene.follower.receive(scene.count([1]))
    scene.counter.application.log.begin_epoch()
    grown = scene.count([1])
    with pytest.raises(Diverged, match="dejó de seguir a counter"):
        scene.follower.receive(grown[2:])
    assert scene.follower.state is State.STOPPED
    assert scene.position == 2


def test_another_entry_under_an_applied_number_is_noticed_although_it_looks_like_a_duplicate(scene: Scene) -> None:
    messages = scene.count([1])
    scene.follower.receive(messages)
    with scene.counter.application.database.write() as connection:
        # What a restore of an old backup looks like from here, short of restoring one.
        connection.execute(sa.text("DROP TRIGGER events_refuse_update"))
        connection.execute(sa.text("UPDATE events SET recorded_at = recorded_at + 1 WHERE id = 2"))
    with pytest.raises(Diverged):
        scene.follower.receive(scene.feed.messages()[1:])


def test_an_upstream_that_is_away_is_waited_for(scene: Scene) -> None:
    messages = scene.count([1, 2])
    scene.feed.away = True
    with pytest.raises(Away):
        scene.follower.receive(messages[2:])
    assert scene.follower.state is State.WAITING
    assert scene.watcher.inbox.parking.events() == []
    scene.feed.away = False
    scene.follower.receive(messages[2:])
    assert scene.defects() == NO_DEFECTS


def test_a_rival_s_progress_is_found_out_and_nothing_is_applied_twice(scene: Scene) -> None:
    messages = scene.count([1, 2, 3] * 3)
    rival = Follower("counter", scene.feed, scene.watcher.inbox)
    scene.follower.receive(messages[:2])
    assert rival.position.position == 2
    scene.follower.receive(messages[2:6])
    rival.receive(messages[2:])
    scene.follower.receive(messages[6:])
    assert scene.defects() == NO_DEFECTS


def test_a_consumer_restored_from_an_old_backup_catches_up(
    scene: Scene, watcher: Assembled, master: MasterKey, tmp_path: Path
) -> None:
    scene.follower.receive(scene.count([1, 2, 3])[:3])
    watcher.close()
    shutil.copytree(tmp_path / "watcher", tmp_path / "backup")
    grown = assemble(WATCHER, Place.under(tmp_path / "watcher"), master, None, create=True)
    Follower("counter", scene.feed, grown.inbox).tick()
    grown.close()
    restored = assemble(WATCHER, Place.under(tmp_path / "backup"), master, None, create=True)
    assert restored.inbox.position("counter").position == 3
    Follower("counter", scene.feed, restored.inbox).tick()
    assert defects(scene.counter.application, restored.application) == NO_DEFECTS  # type: ignore[arg-type]
    restored.close()


def test_a_poison_in_a_batch_is_found_and_parked_alone(scene: Scene) -> None:
    messages = scene.count([number % 9 for number in range(90)])
    scene.watcher.application.distaste = {(case(4), 3)}  # type: ignore[attr-defined]
    scene.follower.receive(messages)
    parked = scene.watcher.inbox.parking.events()
    assert {event.subject for event in parked} == {case(4)}
    assert [event.attempts for event in parked] == [1] + [0] * (len(parked) - 1)
    assert "tests/counting.py" in parked[0].error_place
    assert scene.position == len(messages)
    event, behind = scene.watcher.inbox.parking.explain("counter", parked[0].sequence)
    assert (event.error_code, len(behind)) == ("INDIGESTIBLE", len(parked) - 1)


def test_parked_events_are_never_settled_twice(scene: Scene) -> None:
    messages = scene.count([1] * 3)
    scene.watcher.application.distaste = {(case(1), 1)}  # type: ignore[attr-defined]
    scene.follower.receive(messages)
    scene.watcher.application.distaste = set()  # type: ignore[attr-defined]
    parking = scene.watcher.inbox.parking
    assert parking.retry("counter", case(1)).applied == 3
    with pytest.raises(NotParked):
        parking.retry("counter", case(1))
    with pytest.raises(NotParked):
        parking.discard("counter", 2, by="x", reason="tarde")
    assert scene.defects() == NO_DEFECTS


def test_discarding_needs_a_reason(scene: Scene) -> None:
    with pytest.raises(ValueError, match="motivo"):
        scene.watcher.inbox.parking.discard("counter", 1, by="x", reason="  ")


def test_a_reaction_that_reads_sees_what_the_events_before_it_wrote(counter: Assembled, watcher: Assembled) -> None:
    """In one transaction it would read the state before the batch, and decide on it."""
    seen: list[int] = []

    def look_and_note(app: Any, unit: UnitOfWork, event: Envelope) -> None:
        seen.append(unit.query(lambda connection: connection.scalar(sa.select(sa.func.count(receipts.c.place)))) or 0)
        note(app, unit, event)

    inbox = ApplicationInbox(watcher.application, {"*": look_and_note})
    scene = Scene(counter, watcher)
    Follower("counter", scene.feed, inbox).receive(scene.count([1, 2, 3]))
    # What is cut off runs again: the last look of each counts.
    assert [seen[at] for at in range(1, len(seen), 2)] == [0, 1, 2, 3, 4, 5][: len(seen) // 2]
    assert seen[-1] == 5


def test_what_a_reaction_decides_names_its_cause(scene: Scene) -> None:
    scene.follower.receive(scene.count([1]))
    log, mapper = scene.watcher.application.log, scene.watcher.application.mapper
    event, meta = mapper.open(log.entries(0, 10)[-1])
    assert type(event).__name__ == "Mirrored"
    assert (meta.causation_id, meta.happened_on) == ("counter:2", date(2026, 10, 15))
    assert isinstance(meta, Meta)


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"{}", b'{"beacon":1}', b'{"beacon":"c","epoch":"e","head":"x"}']
)
def test_bytes_that_are_no_message_are_refused_as_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body)


def test_a_message_and_a_beacon_survive_the_journey(scene: Scene) -> None:
    message = scene.count([1])[0]
    assert decode(encode(message)) == message
    beacon = Beacon("counter", "e", 3)
    assert decode(encode(beacon)) == beacon


def test_only_what_waiting_may_mend_is_waited_for(watcher: Assembled) -> None:
    assert is_away(ConnectionResetError())
    assert not is_away(KeyError("x"))
    with pytest.raises(sa.exc.OperationalError) as missing, watcher.application.database.read() as connection:
        connection.execute(sa.text("SELECT * FROM nowhere"))
    assert not is_away(missing.value)


def test_a_prompted_follower_pulls_and_leaves_its_own_database_to_the_periodic_look(
    counter: Assembled, watcher: Assembled, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, asked = watcher.inbox, Counter[str]()
    for name in ("position", "release"):
        real = getattr(inbox, name)

        def counted(upstream: str, real: Any = real, name: str = name) -> Any:
            asked[name] += 1
            return real(upstream)

        monkeypatch.setattr(inbox, name, counted)
    both: Any = (counter.application, watcher.application)
    follower, stop, wake = Follower("counter", CountingFeed(counter), inbox), threading.Event(), threading.Event()
    thread = threading.Thread(target=follower.run, args=(stop, wake), kwargs={"every": 600.0})
    thread.start()
    try:
        for number in range(1, 6):
            count(counter.application, [number])
            wake.set()
            until(lambda: defects(*both) == NO_DEFECTS, "it has followed")
    finally:
        stop.set()
        wake.set()
        thread.join(60)
    assert asked == {"position": 1, "release": 1}
