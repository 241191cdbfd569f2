"""The relay: never skips, never forgets, and may safely do everything twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from shared.delivery.errors import Away
from shared.delivery.message import Beacon, Message, unpack
from shared.delivery.ports import Outgoing
from shared.delivery.relay import Reached, Relay, RelayCursor
from shared.runtime.assembly import Assembled
from tests.counting import count
from tests.waiting import until


class Shelf:
    """A broker that keeps what it confirmed, and confirms nothing while it is ``away``."""

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []
        self.beacons: list[Beacon] = []
        self.away = False

    def publish(self, batch: Sequence[Outgoing]) -> None:
        if self.away:
            # It may have taken some before it went: the relay cannot know, and must not care.
            self.taken += batch[:3]
            raise Away("away")
        self.taken += batch

    def beacon(self, beacon: Beacon) -> None:
        self.beacons.append(beacon)

    def sequences(self, exchange: str = "events") -> list[int]:
        return [int(message["sequence"]) for one in self.taken if one.exchange == exchange for message in several(one)]


def several(one: Outgoing) -> list[dict[str, Any]]:
    """The messages in one publication."""
    body = json.loads(one.body)
    return body if isinstance(body, list) else [body]


def relay_of(counter: Assembled, shelf: Shelf, batch: int = 500) -> Relay:
    cursor = RelayCursor(counter.application.database)
    return Relay(counter.application.log, counter.publication, shelf, cursor, batch=batch, beacon_every=3.0)


def test_every_entry_is_published_in_order_with_its_key(counter: Assembled) -> None:
    count(counter.application, [1, 2] * 15)
    shelf = Shelf()
    head = counter.application.log.head()
    assert relay_of(counter, shelf, batch=7).drain() == head
    assert shelf.sequences() == list(range(1, head + 1))


def test_entries_that_are_ready_together_travel_as_one_message_and_a_lone_one_under_its_own_key(
    counter: Assembled,
) -> None:
    count(counter.application, [1, 1])
    shelf = Shelf()
    relay = relay_of(counter, shelf)
    relay.drain()
    count(counter.application, [1])
    relay.drain()
    inside = [(one.key, one.id, one.content_type, len(several(one))) for one in shelf.taken if one.exchange == "events"]
    assert inside == [
        ("bundle", "counter:1-3", "application/cloudevents-batch+json", 3),
        ("Counted.v1", "counter:4", "application/cloudevents+json", 1),
    ]


def test_messages_chain_across_batches(counter: Assembled) -> None:
    count(counter.application, [1, 2] * 15)
    shelf = Shelf()
    relay_of(counter, shelf, batch=7).drain()
    messages = [item for one in shelf.taken if one.exchange == "events" for item in unpack(one.body)]
    before = ""
    for message in messages:
        assert isinstance(message, Message)
        assert message.prior_hash == before
        before = message.entry_hash


def test_the_public_exchange_gets_audience_i_with_its_own_chain_and_no_actor(counter: Assembled) -> None:
    count(counter.application, [1, 2] * 20)
    shelf = Shelf()
    relay_of(counter, shelf, batch=3).drain()
    public = [one for one in shelf.taken if one.exchange == "public"]
    assert {one.key for one in public} == {"TallyStarted.v1", "Totalled.v1"}
    assert all(b'"actor"' not in one.body for one in public)
    previous = [counter.publication.public(entry, "e", 0) for entry in counter.application.log.entries(0, 1)]
    assert previous[0].previous == 0
    chain = [int(_field(one.body, "previous")) for one in public]
    assert chain == [0, *shelf.sequences("public")[:-1]]


def test_the_cursor_stays_until_all_is_confirmed(counter: Assembled) -> None:
    count(counter.application, [1] * 5)
    shelf, cursor = Shelf(), RelayCursor(counter.application.database)
    relay = relay_of(counter, shelf)
    shelf.away = True
    with pytest.raises(Away):
        relay.publish_batch()
    assert cursor.load().position == 0
    shelf.away = False
    relay.drain()
    assert cursor.load().position == counter.application.log.head()
    assert sorted(set(shelf.sequences())) == list(range(1, counter.application.log.head() + 1))


def test_a_new_relay_goes_on_at_the_cursor(counter: Assembled) -> None:
    count(counter.application, [1] * 25)
    relay_of(counter, Shelf()).drain()
    reached = counter.application.log.head()
    count(counter.application, [1] * 10)
    shelf = Shelf()
    relay_of(counter, shelf).drain()
    assert shelf.sequences() == list(range(reached + 1, counter.application.log.head() + 1))
    assert int(_field(next(one for one in shelf.taken if one.exchange == "public").body, "previous")) > 0


def test_two_relays_at_once_leave_nothing_out(counter: Assembled) -> None:
    count(counter.application, list(range(20)) * 3)
    shelf = Shelf()
    relays = [relay_of(counter, shelf, batch=10) for _ in range(2)]
    threads = [threading.Thread(target=relay.drain) for relay in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    head = counter.application.log.head()
    assert set(shelf.sequences()) == set(range(1, head + 1))
    assert RelayCursor(counter.application.database).load().position == head


def test_a_slower_relay_cannot_drag_the_cursor_back(counter: Assembled) -> None:
    cursor = RelayCursor(counter.application.database)
    cursor.move(Reached(10, 4))
    cursor.move(Reached(7, 1))
    assert cursor.load() == Reached(10, 4)


def test_the_head_is_told_from_time_to_time(counter: Assembled) -> None:
    count(counter.application, [1])
    shelf, now = Shelf(), iter([100.0, 100.0, 101.0, 104.0, 104.0])
    relay = relay_of(counter, shelf)
    assert [relay.beacon(now=lambda: next(now)) for _ in range(3)] == [True, False, True]
    assert [(beacon.service, beacon.head) for beacon in shelf.beacons] == [("counter", 2)] * 2


def test_a_running_relay_is_prompted_and_outlives_a_broker_that_goes_away(counter: Assembled) -> None:
    shelf, stop, prompt = Shelf(), threading.Event(), threading.Event()
    relay = relay_of(counter, shelf)
    thread = threading.Thread(target=relay.run, args=(stop, prompt), kwargs={"poll": 60})
    thread.start()
    counter.application.committed.append(lambda _done: prompt.set())
    count(counter.application, [1])
    until(lambda: shelf.sequences() == [1, 2], "a commit prompts the relay", 5)
    shelf.away = True
    count(counter.application, [1])
    shelf.away = False
    until(lambda: shelf.sequences()[-1] == 3, "it comes back by itself", 5)
    stop.set()
    prompt.set()
    thread.join(60)
    assert not thread.is_alive()


def bodies(taken: Sequence[Outgoing], exchange: str) -> list[str]:
    """Each message of an exchange, in order, as text, be it in a bundle or not."""
    return [
        json.dumps(message, ensure_ascii=False) for one in taken if one.exchange == exchange for message in several(one)
    ]


def _field(body: bytes, name: str) -> str:
    return str(json.loads(body)[name])


def test_what_is_published_again_is_the_same_to_the_byte_and_moves_no_cursor(counter: Assembled) -> None:
    count(counter.application, [1, 2] * 30)
    shelf = Shelf()
    relay = relay_of(counter, shelf, batch=7)
    relay.drain()
    first, reached = list(shelf.taken), RelayCursor(counter.application.database).load()
    for exchange in ("events", "public"):
        shelf.taken.clear()
        at = 10
        while at <= 50:
            at = relay.republish(at, 50, exchange) + 1
        of_range = [body for body in bodies(first, exchange) if 10 <= int(json.loads(body)["sequence"]) <= 50]
        # Which entries share a bundle is all that may differ.
        assert bodies(shelf.taken, exchange) == of_range
    shelf.taken.clear()
    assert relay.republish(1, 3, "events") == 3
    assert shelf.sequences() == [1, 2, 3]
    assert RelayCursor(counter.application.database).load() == reached
