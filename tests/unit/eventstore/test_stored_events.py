"""What is stored of an event: sealed, bound to its place, readable only by code that knows its version."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
import rfc8785

from shared.eventstore.append import append
from shared.eventstore.errors import NewerEventVersion, UnknownTopic
from shared.eventstore.log import Entry
from shared.eventstore.metadata import Meta
from shared.eventstore.repository import Loader
from shared.privacy.personal import Personal
from shared.privacy.sealing import SealBroken
from tests.unit.eventstore.ledger import Ledger, LedgerApplication, meta

SECRET = "Yamile Avendaño 1015937566"


def stored_remark(app: LedgerApplication, remark: str = SECRET) -> tuple[UUID, Entry]:
    ledger = app.new_ledger()
    app.transact(meta(), lambda unit: app.book(unit, ledger, 1, remark))
    return ledger, app.log.of_aggregate(ledger)[-1]


def test_a_personal_value_is_stored_sealed_and_read_back(app: LedgerApplication) -> None:
    ledger, entry = stored_remark(app)
    assert b"Yamile" not in entry.state and b"1015937566" not in entry.state
    event, _ = app.mapper.open(entry)
    assert event.remark.value == SECRET
    assert isinstance(event.remark, Personal)
    assert app.loader.get(Ledger, ledger).remarks[0].value == SECRET  # type: ignore[union-attr]


def test_after_erasure_the_event_still_replays_and_the_value_is_gone(app: LedgerApplication) -> None:
    ledger, entry = stored_remark(app)
    holder = app.loader.get(Ledger, ledger).holder  # type: ignore[union-attr]
    app.keys.destroy(holder, "s")
    event, _ = app.mapper.open(entry)
    assert event.remark.erased and event.amount == 1
    assert Loader(app.events, 0, lambda: app.keys.era).get(Ledger, ledger).balance == 1  # type: ignore[union-attr]


def test_a_sealed_value_moved_to_another_event_does_not_open(app: LedgerApplication) -> None:
    ledger, first = stored_remark(app)
    app.transact(meta(), lambda unit: app.book(unit, ledger, 1, "otra"))
    second = app.log.of_aggregate(ledger)[-1]
    with pytest.raises(SealBroken):
        app.mapper.open(replace(second, state=first.state))


def test_metadata_travels_inside_the_stored_bytes(app: LedgerApplication) -> None:
    actor, ledger = uuid4(), app.new_ledger()
    asked = Meta(
        happened_on=date(2026, 10, 14),
        actor=actor,
        role="caseworker",
        channel="field",
        command="Book",
        activity=13,
        causation_id="profiling:7",
        versions={"DE-017": "1"},
        procedure_version="01",
    )
    app.transact(asked, lambda unit: app.book(unit, ledger, 1))
    _, found = app.mapper.open(app.log.of_aggregate(ledger)[-1])
    assert found == asked


def test_an_event_of_newer_code_is_refused_not_half_read(app: LedgerApplication) -> None:
    _, entry = stored_remark(app)
    body = json.loads(entry.state)
    body["v"] = 2
    with pytest.raises(NewerEventVersion):
        app.mapper.open(replace(entry, state=json.dumps(body).encode()))


def test_an_unknown_topic_is_refused(app: LedgerApplication) -> None:
    _, entry = stored_remark(app)
    with pytest.raises(UnknownTopic):
        app.mapper.open(replace(entry, topic="ledger.NeverHeardOf"))


def test_the_hash_of_an_entry_covers_every_column_in_canonical_form(app: LedgerApplication) -> None:
    _, entry = stored_remark(app)
    leaf = {
        "log": "ledger",
        "sequence": entry.sequence,
        "recorded_at": entry.recorded_at.isoformat(timespec="microseconds"),
        "aggregate": entry.originator_id.hex,
        "version": entry.originator_version,
        "topic": entry.topic,
        "sha256": hashlib.sha256(entry.state).hexdigest(),
    }
    assert entry.hash == hashlib.sha256(rfc8785.dumps(leaf)).hexdigest()
    changes = [
        {"sequence": 99},
        {"originator_id": uuid4()},
        {"originator_version": 9},
        {"topic": "x.Y"},
        {"state": b"{}"},
        {"log": "other"},
    ]
    hashes = {replace(entry, **change).hash for change in changes}  # type: ignore[arg-type]
    assert len(hashes | {entry.hash}) == len(changes) + 1


def test_the_logs_clock_never_goes_back_when_the_hosts_does(app: LedgerApplication) -> None:
    ledger, _ = stored_remark(app)
    later = app.log.entries(0, 100)[-1].recorded_at
    event = app.log.of_aggregate(ledger)[-1].stored
    with app.database.write() as connection:
        appended = append(connection, [replace(event, originator_version=event.originator_version + 1)], now=1)
    assert app.log.entries(0, 100)[-1].recorded_at == later
    assert appended.first == app.log.head()


def test_concurrent_commands_share_transactions(app: LedgerApplication) -> None:
    ledgers = [app.new_ledger() for _ in range(16)]
    committer = app.recorder.committer  # type: ignore[attr-defined]
    groups, works = committer.groups, committer.works
    with ThreadPoolExecutor(16) as pool:
        for _ in range(10):
            list(pool.map(lambda one: app.transact(meta(), lambda unit: app.book(unit, one, 1)), ledgers))
    assert committer.works - works == 160
    assert committer.groups - groups < 160


def test_a_new_epoch_keeps_the_log(app: LedgerApplication) -> None:
    app.new_ledger()
    epoch, head = app.log.state()
    assert app.log.begin_epoch() != epoch
    assert app.log.head() == head
