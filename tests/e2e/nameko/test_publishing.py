"""What a relay's publisher makes of a broker that is slow, and of one that says nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy.engine import make_url

from shared.delivery.errors import Away
from shared.delivery.ports import Outgoing
from shared.runtime import rabbit
from shared.runtime.rabbit import RabbitPublisher
from tests import brokers
from tests.wires import Wire, wires

PIECES, EACH_S = 40, 0.1
BATCH = [Outgoing("events", "Counted.v1", f"counter:{number}", b"x" * 60_000) for number in range(PIECES)]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[RabbitPublisher, Wire]]:
    """A publisher that loses patience after a second, and its line to the broker."""
    monkeypatch.setattr(rabbit, "CONFIRM_TIMEOUT", 1.0)
    with brokers.virtual_host() as url, wires() as laid:
        broker = make_url(url)
        wire = laid.lay(broker.host or "", broker.port or 5672)
        through = broker.set(port=wire.port).render_as_string(hide_password=False)
        with closing(RabbitPublisher(through, "counter", ["watcher"])) as publisher:
            publisher.publish(BATCH[:1])
            yield publisher, wire


def test_a_batch_takes_as_long_as_a_slow_broker_needs_while_it_goes_on_confirming(
    line: tuple[RabbitPublisher, Wire],
) -> None:
    publisher, wire = line
    before = publisher.heard_at
    wire.slow(EACH_S)
    publisher.publish(BATCH)
    assert publisher.heard_at is not None and before is not None
    assert publisher.heard_at - before > rabbit.CONFIRM_TIMEOUT


def test_a_broker_that_answers_no_more_is_away_and_holds_nobody_up(line: tuple[RabbitPublisher, Wire]) -> None:
    publisher, wire = line
    wire.darken()
    began = time.monotonic()
    with pytest.raises(Away):
        publisher.publish(BATCH[:1])
    # The connection is given up with a word to a broker that may never hear it.
    assert time.monotonic() - began < 5 * (rabbit.CONFIRM_TIMEOUT + rabbit.GOODBYE_S)
    wire.mend()
    publisher.publish(BATCH[:1])
