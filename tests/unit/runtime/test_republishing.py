"""Entries are published once more by pieces that can be gone on with, with who and why; without a broker it says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from shared.catalogue.refusals import FieldInvalid
from shared.delivery import acts
from shared.delivery.errors import Away
from shared.delivery.message import Beacon
from shared.delivery.ports import Outgoing
from shared.delivery.relay import Relay, RelayCursor
from shared.privacy.keys import MasterKey
from shared.runtime import republishing
from shared.runtime.assembly import Place, assemble
from shared.runtime.republishing import BrokerAway, NoBroker, Republishing
from tests.counting import COUNTER, count

ANA: Any = SimpleNamespace(person=UUID(int=7))


class Shelf:
    """A broker that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.away = False

    def publish(self, batch: Sequence[Outgoing]) -> None:
        if self.away:
            raise Away("away")
        self.taken += [one.id for one in batch]

    def beacon(self, beacon: Beacon) -> None:
        raise AssertionError("nobody asked for a beacon")


def _sequences(id: str) -> range:
    """Of an entry, or of a bundle of them: ``counter:6-15``."""
    first, _, last = id.partition(":")[2].partition("-")
    return range(int(first), int(last or first) + 1)


def test_a_stretch_is_published_again_in_pieces_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(republishing, "AT_ONCE_S", 0.0)
    master, shelf = MasterKey.create(tmp_path / "master.key"), Shelf()
    counter = assemble(COUNTER, Place.under(tmp_path / "counter"), master, None, create=True)
    count(counter.application, list(range(5)) * 12)
    app = counter.application
    relay = Relay(app.log, counter.publication, shelf, RelayCursor(app.database), batch=10)
    asked = {"from": 6, "to": 30, "exchange": "events", "reason": "el corredor se hizo de nuevo"}
    again = Republishing(app, relay)

    pieces, cursor = [], None
    while True:
        done = again.republish({**asked, "cursor": cursor}, ANA)
        pieces.append(done["reached"])
        cursor = done["next"]
        if cursor is None:
            break
    assert [number for bundle in shelf.taken for number in _sequences(bundle)] == list(range(6, 31))
    assert pieces[-1] == 30 and len(pieces) > 1
    with app.database.read() as connection:
        (only,) = acts.newest(connection, 10)
    assert (only.act, only.about, only.by) == ("republish", "6-30 events", str(ANA.person))
    shelf.away = True
    with pytest.raises(BrokerAway) as away:
        again.republish({**asked, "cursor": "23"}, ANA)
    assert "23" in away.value.text
    shelf.away = False
    held = len(shelf.taken)
    assert again.republish(asked, ANA)["resumed"] == 23
    assert _sequences(shelf.taken[held]).start == 24
    for wrong in ({"to": 10_000}, {"from": 0}, {"from": 31}, {"exchange": "all"}, {"reason": " "}):
        with pytest.raises(FieldInvalid):
            again.republish({**asked, **wrong}, ANA)
    with pytest.raises(NoBroker):
        Republishing(app, None).republish(asked, ANA)
    counter.close()


def test_a_stretch_that_was_interrupted_goes_on_where_it_was_and_a_finished_one_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked is gone after the first piece; another process is asked for the same stretch."""
    master = MasterKey.create(tmp_path / "master.key")
    counter = assemble(COUNTER, Place.under(tmp_path / "counter"), master, None, create=True)
    count(counter.application, list(range(5)) * 12)
    app = counter.application
    asked = {"from": 6, "to": 30, "exchange": "events", "reason": "el corredor se hizo de nuevo"}

    def run(at_once_s: float, **more: Any) -> tuple[list[int], dict[str, Any]]:
        monkeypatch.setattr(republishing, "AT_ONCE_S", at_once_s)
        shelf = Shelf()
        relay = Relay(app.log, counter.publication, shelf, RelayCursor(app.database), batch=10)
        done = Republishing(app, relay).republish({**asked, **more}, ANA)
        return [number for bundle in shelf.taken for number in _sequences(bundle)], done

    first, stopped = run(0.0)
    assert (stopped["next"], first) == ("15", list(range(6, 16)))
    run(0.0, exchange="public")
    rest, done = run(60)
    assert first + rest == list(range(6, 31))
    assert (done["resumed"], done["next"]) == (15, None)
    whole, done = run(60)
    assert whole == list(range(6, 31)) and done["resumed"] is None
    run(0.0)
    whole, _ = run(60, anew=True)
    assert whole == list(range(6, 31))
    assert RelayCursor(app.database).load().position == 0, "the relay's own place is another one"
    counter.close()
