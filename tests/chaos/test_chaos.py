"""The guarantee under everything at once: real processes on RabbitMQ and PostgreSQL, and a hand that breaks things.

Two processes decide and relay, two follow and compete. Meanwhile processes are killed and stopped, queues purged and
deleted, old messages sent again, lines cut, darkened and slowed, clocks set back, the database server crashes, the
broker loses all it has, and an old backup is restored. Whatever the order: no event lost, none applied twice, all in
the order of their case, and the other past noticed. ``IMPULSO_PROVE=1`` does it with 100,000 events.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.chaos.audit import Findings, audit
from tests.chaos.hand import Hand
from tests.chaos.site import site
from tests.figures import IN_FULL, record
from tests.seeds import seed_of_run
from tests.waiting import until

EVENTS = int(os.environ.get("CHAOS_EVENTS", "100000" if IN_FULL else "1500"))
AT_ONCE = "40" if IN_FULL else "4"
ROUNDS = 3 if IN_FULL else 1
LONGEST_S = 1200.0
"""After that no round begins: on a slow machine there are fewer blows, each kind once at least; never fewer events."""


def test_no_event_is_lost_or_applied_twice_whatever_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = seed_of_run()
    with site(tmp_path) as broken:
        around = broken.around
        counter, watcher = around.assembled("counter"), around.assembled("watcher")
        for service in ("counter", "counter", "watcher", "watcher"):
            broken.post(service, COUNTING_TARGET=str(10 * EVENTS), COUNTING_PAUSE="0.002", COUNTING_AT_ONCE=AT_ONCE)
        began = time.monotonic()
        hand = Hand(broken, counter, watcher, random.Random(seed))
        for number in range(ROUNDS):
            if number and time.monotonic() - began > LONGEST_S:
                break
            for blow in hand.round():
                hand.strike(blow)
                # The next blow comes when something has happened since, not into the same ruins again and again.
                hand.decide(EVENTS // (ROUNDS * (len(hand.kinds) + 2)))
        hand.decide(max(EVENTS - hand.head(), 0))
        hand.rest()
        until(
            lambda: watcher.inbox.position("counter").position == hand.head(),
            f"seed {seed}: all is applied after the last blow",
            180 + EVENTS / 50,
        )
        found = audit(around.databases["counter"], around.databases["watcher"])
        parked, events = len(watcher.inbox.parking.events()), hand.head()
        seconds = round(time.monotonic() - began)
        blows = dict(sorted(hand.done.items()))
        record("chaos-processes", events=events, parked=parked, seconds=seconds, blows=blows, **found.as_dict())
        with capsys.disabled():
            said = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in blows.items())
            print(f"\nchaos: seed {seed}, {events} events in {seconds} s; {found}, {parked} parked; {said}")
        counter.close()
        watcher.close()
    assert found == Findings()
    assert parked == 0
    assert blows["old backups noticed"] >= 1
