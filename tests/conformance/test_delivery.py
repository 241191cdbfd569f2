"""What delivery promises, whatever carries the events: each one once, in the order of its case.

The suite is run for every row of `worlds.TRANSPORTS`; no transport has tests of its own here.
"""

from __future__ import annotations

import threading

import pytest

from shared.delivery.errors import Held
from shared.delivery.follower import State
from tests.conformance.worlds import World
from tests.counting import NO_DEFECTS, case
from tests.waiting import until

TEN_CASES = list(range(10))


def arrives(world: World) -> None:
    until(lambda: world.arrived, "the position reaches the head")


def test_events_take_effect_once_and_in_the_order_of_their_case(world: World) -> None:
    world.start()
    deciders = [threading.Thread(target=world.count, args=([number, number + 5] * 15,)) for number in range(5)]
    for decider in deciders:
        decider.start()
    for decider in deciders:
        decider.join()
    arrives(world)
    assert world.defects() == NO_DEFECTS
    assert world.parking.events() == []
    assert world.telemetry.of("counter")["lag"] >= 0


def test_events_decided_while_nobody_followed_are_taken_up_from_the_position(world: World) -> None:
    world.start()
    world.count(TEN_CASES)
    arrives(world)
    world.stop()
    world.open()
    world.count(TEN_CASES * 3)
    assert not world.arrived
    world.start()
    arrives(world)
    assert world.defects() == NO_DEFECTS


def test_a_follower_that_starts_years_later_reads_the_log_from_the_beginning(world: World) -> None:
    world.open()
    world.count(TEN_CASES * 12)
    world.start()
    arrives(world)
    assert world.defects() == NO_DEFECTS


def test_a_repeated_or_late_copy_changes_nothing(world: World) -> None:
    world.start()
    world.count(TEN_CASES * 3)
    arrives(world)
    before = world.position
    for after in (0, 7, 3):
        world.repeat(after, 20)
    until(lambda: world.telemetry.of("counter")["duplicate"] >= 60, "the copies were seen and dropped")
    assert world.position == before
    world.count(TEN_CASES)
    arrives(world)
    assert world.defects() == NO_DEFECTS


def test_an_event_that_is_lost_in_transit_is_pulled_not_dropped(world: World) -> None:
    world.start()
    world.lose(lambda sequence: sequence % 5 in (2, 3))
    world.count(TEN_CASES * 6)
    arrives(world)
    assert world.defects() == NO_DEFECTS


def test_a_lost_last_message_is_noticed_without_a_next_one(world: World) -> None:
    world.start()
    world.count(TEN_CASES)
    arrives(world)
    last = world.deciding.log.head()
    world.lose(lambda sequence: sequence > last)
    world.count([1])
    until(lambda: world.arrived, "the follower learns of an event that no message told it", seconds=5)
    assert world.defects() == NO_DEFECTS


def test_an_event_that_cannot_be_applied_holds_its_own_case_and_no_other(world: World) -> None:
    world.open()
    world.dislike((case(3), 2))
    world.count(TEN_CASES * 4)
    world.start()
    arrives(world)
    parked = world.parking.events("counter")
    assert {event.subject for event in parked} == {case(3)}
    assert (parked[0].error_code, parked[0].attempts) == ("INDIGESTIBLE", 1)
    assert [event.attempts for event in parked[1:]] == [0] * (len(parked) - 1)
    assert world.defects()["lost"] == len(parked)
    assert "Quintero" not in repr([event.envelope for event in parked])


def test_a_parked_case_goes_on_in_order_once_its_cause_is_mended(world: World) -> None:
    world.open()
    world.dislike((case(3), 2))
    world.count(TEN_CASES * 4)
    world.start()
    arrives(world)
    assert world.parking.retry("counter", case(3)).applied == 0
    assert world.parking.events("counter")[0].attempts == 2
    world.dislike()
    done = world.parking.retry("counter", case(3))
    assert done.failing is None
    until(lambda: world.parking.events("counter") == [], "nothing waits any more")
    world.count(TEN_CASES)
    arrives(world)
    assert world.defects() == NO_DEFECTS


def test_what_waits_behind_a_discarded_event_is_taken_up_again(world: World) -> None:
    world.open()
    world.dislike((case(3), 4))
    world.count([3] * 4 + [4] * 4)
    world.count([5])
    world.start()
    arrives(world)
    poison = world.parking.events("counter")[0]
    world.parking.discard("counter", poison.sequence, by="9f1c", reason="registrado dos veces en el origen")
    assert world.parking.explain("counter", poison.sequence)[0].reason == "registrado dos veces en el origen"
    until(lambda: world.parking.events("counter") == [], "the case flows again")
    assert world.defects()["lost"] == 1


def test_a_consumer_stopped_at_any_moment_goes_on_where_its_effects_ended(world: World) -> None:
    for _ in range(4):
        world.start()
        world.count(TEN_CASES * 3)
        world.stop()
    world.start()
    arrives(world)
    assert world.defects() == NO_DEFECTS


def test_competing_consumers_apply_each_event_once(world: World) -> None:
    world.start(consumers=3)
    world.count(TEN_CASES * 10)
    arrives(world)
    assert world.defects() == NO_DEFECTS
    assert world.parking.events() == []


def test_a_broker_that_loses_everything_costs_no_event(world: World) -> None:
    world.start()
    world.count(TEN_CASES * 2)
    world.wipe()
    world.count(TEN_CASES * 2)
    arrives(world)
    world.wipe()
    world.count(TEN_CASES * 2)
    until(lambda: world.arrived, "everything arrives after the second loss", seconds=30)
    assert world.defects() == NO_DEFECTS


def test_an_upstream_restored_from_an_old_backup_and_grown_again_stops_its_followers(world: World) -> None:
    world.start()
    world.count(TEN_CASES)
    arrives(world)
    world.stop()
    backup = world.backup()
    world.start()
    world.count(TEN_CASES)
    arrives(world)
    stood = world.position
    world.stop()
    world.restore(backup)
    world.open()
    world.count([number + 20 for number in TEN_CASES * 3])
    world.start()
    until(lambda: world.followers[0].state is State.STOPPED, "the follower notices another past")
    assert "dejó de seguir a counter" in world.followers[0].explanation
    assert world.position == stood


def test_a_follower_goes_on_under_a_new_epoch_only_when_told_to(world: World) -> None:
    world.start()
    world.count(TEN_CASES)
    arrives(world)
    world.stop()
    world.open()
    epoch = world.deciding.log.begin_epoch()
    world.count(TEN_CASES)
    world.start()
    until(lambda: world.followers[0].state is State.STOPPED, "the follower notices the new epoch")
    assert epoch[:8] in world.followers[0].explanation
    stood = world.position.position
    world.followers[0].adopt()
    arrives(world)
    assert world.position.position > stood
    assert world.defects() == NO_DEFECTS


def test_nothing_is_applied_between_a_pause_and_the_resume(world: World) -> None:
    """Three consumers race, and commands go on: what the pause found applied when it answered is all there is."""
    world.start(consumers=3)
    counting = threading.Thread(target=world.count, args=(TEN_CASES * 12,))
    counting.start()
    until(lambda: world.position.position > 20, "events are being applied")
    inbox = world.watchers[0].inbox
    for turn in range(3):
        assert inbox.set_paused("counter", True, by="9f1c", reason="se cambia una regla")
        stood, applied = world.position.position, world.applied()
        world.count([20 + turn])
        until(lambda: State.PAUSED in {one.state for one in world.followers}, "a follower meets the pause")
        assert (world.position.position, world.applied()) == (stood, applied)
        assert inbox.set_paused("counter", False, by="9f1c")
        until(lambda stood=stood: world.position.position > stood, "it goes on")
    counting.join()
    arrives(world)
    assert world.defects() == NO_DEFECTS
    assert world.parking.events() == []


def test_a_pause_outlives_a_restart_and_costs_no_event(world: World) -> None:
    world.start()
    world.count(TEN_CASES)
    arrives(world)
    world.watchers[0].inbox.set_paused("counter", True, by="9f1c", reason="mantenimiento")
    stood = world.position.position
    world.count(TEN_CASES)
    world.stop()
    world.open()
    world.count(TEN_CASES)
    world.start()
    until(lambda: world.followers[0].state is State.PAUSED, "the follower is held")
    world.count(TEN_CASES)
    assert world.position.position == stood
    assert world.defects()["behind"] >= 30
    world.watchers[0].inbox.set_paused("counter", False, by="9f1c")
    arrives(world)
    assert world.defects() == NO_DEFECTS


def test_parked_events_of_a_paused_follower_wait_too(world: World) -> None:
    world.open()
    world.dislike((case(3), 2))
    world.count(TEN_CASES * 3)
    world.start()
    arrives(world)
    world.dislike()
    inbox = world.watchers[0].inbox
    inbox.set_paused("counter", True, by="9f1c", reason="mantenimiento")
    waiting = [event.sequence for event in world.parking.events()]
    with pytest.raises(Held):
        world.parking.retry("counter", case(3))
    assert [event.sequence for event in world.parking.events()] == waiting
    assert world.parking.events()[0].attempts == 1
    inbox.set_paused("counter", False, by="9f1c")
    assert world.parking.retry("counter", case(3)).failing is None
    until(lambda: world.parking.events("counter") == [], "nothing waits any more")
    assert world.defects() == NO_DEFECTS
