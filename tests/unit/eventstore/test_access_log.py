"""The access log: numbered without a hole whoever writes, never changed, and without a personal value."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import rfc8785
import sqlalchemy.exc as sa_exc

from shared.eventstore.access_log import FACTS, KINDS, TOPICS, AccessLog, canonical
from shared.eventstore.append import append
from shared.eventstore.database import Database
from shared.eventstore.errors import AggregateConflict
from shared.eventstore.metadata import Meta
from shared.eventstore.tables import ACCESS
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.blind_index import BlindIndex
from tests.unit.eventstore.ledger import Ledger, LedgerApplication, Overdrawn, meta

CHANGES = {
    "update": "UPDATE access_events SET topic = 'other'",
    "delete": "DELETE FROM access_events",
    "replace": "INSERT OR REPLACE INTO access_events SELECT * FROM access_events",
    "truncate": "TRUNCATE access_events",
    "replica": "SET session_replication_role = replica; DELETE FROM access_events",
}
SQLITE_ONLY, POSTGRES_ONLY = {"replace"}, {"truncate", "replica"}


@pytest.mark.parametrize("change", CHANGES)
def test_an_entry_cannot_be_changed(app: LedgerApplication, change: str) -> None:
    app.access.note("read", person=uuid4())
    other = POSTGRES_ONLY if app.database.dialect == "sqlite" else SQLITE_ONLY
    before = app.access.entries()
    statement = CHANGES["delete"] if change in other else CHANGES[change]
    with pytest.raises(sa_exc.DBAPIError, match="access log is never changed"), app.database.write() as connection:
        connection.exec_driver_sql(statement)
    assert app.access.entries() == before and len(before) == 1


def test_writers_of_several_processes_leave_no_hole_and_the_clock_never_goes_back(app: LedgerApplication) -> None:
    """Each with a connection pool and a committer of its own, as processes have."""
    twin = LedgerApplication(Database(app.database.url), app.keys)
    start = threading.Barrier(8)

    def write(number: int) -> None:
        access = (app if number % 2 else twin).access
        start.wait()
        for _ in range(25):
            access.note("read", person=uuid4(), count=number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    twin.database.close()
    entries = app.access.log.entries(0, 1_000)
    assert [entry.sequence for entry in entries] == list(range(1, 201))
    moments = [entry.recorded_at for entry in entries]
    assert moments == sorted(moments)
    assert app.access.log.head() == 200
    assert app.log.head() == 0


def test_the_clock_of_the_log_never_goes_back(app: LedgerApplication) -> None:
    for now in (5_000, 3_000):
        with app.database.write() as connection:
            append(connection, [app.access.entry("read")], tables=ACCESS, now=now)
    first, second = app.access.log.entries(0, 2)
    assert first.recorded_at == second.recorded_at


def test_both_logs_have_an_identity_of_their_own(app: LedgerApplication) -> None:
    app.access.note("read")
    ledger = app.new_ledger()
    (entry,) = app.access.log.entries(0, 10)
    assert (app.log.name, entry.log) == ("ledger", "ledger.access")
    assert app.log.epoch() != app.access.log.epoch()
    assert app.log.head() == 1 and ledger != entry.originator_id


def test_what_is_noted_with_a_decision_is_committed_with_it_or_not_at_all(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    actor = uuid4()

    def decide(unit: UnitOfWork) -> None:
        unit.note("key_destroyed", case_id=ledger, classes="i")
        unit.get(Ledger, ledger).book(5)

    def refuse(unit: UnitOfWork) -> None:
        unit.note("key_destroyed", case_id=ledger, classes="i")
        raise Overdrawn

    by = Meta(date(2026, 10, 15), actor=actor, role="privacy_officer", channel="api", command="Destroy")
    app.transact(by, decide)
    with pytest.raises(Overdrawn):
        app.transact(meta(), refuse)
    (row,) = app.access.entries()
    assert (row["what"], row["person"], row["role"], row["act"]) == (
        "key_destroyed",
        str(actor),
        "privacy_officer",
        "Destroy",
    )
    assert (row["case_id"], row["classes"], row["channel"]) == (str(ledger), "i", "api")


def test_a_decision_that_runs_anew_after_a_conflict_is_noted_once(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    tries = 0

    def decide(unit: UnitOfWork) -> None:
        nonlocal tries
        tries += 1
        unit.note("audit_run", about=ledger)
        found = unit.get(Ledger, ledger)
        if tries == 1:
            app.transact(meta(), lambda other: app.book(other, ledger, 1))
        found.book(2)

    app.transact(meta(), decide)
    assert tries == 2 and len(app.access.entries()) == 1


def test_what_is_noted_alone_is_a_decision_too(app: LedgerApplication) -> None:
    app.transact(meta(), lambda unit: unit.note("read", about=uuid4()))
    assert [row["what"] for row in app.access.entries()] == ["read"]


def test_log_in_names_and_addresses_are_kept_as_blind_indexes_alone(app: LedgerApplication) -> None:
    access = AccessLog("ledger", app.recorder.committer, BlindIndex(b"k" * 32))  # type: ignore[attr-defined]
    access.note("login_failed", login="rosalba.q", address="198.51.100.23")
    access.note("login_failed", login="rosalba.q", address="198.51.100.23")
    stored = b"".join(entry.state for entry in access.log.entries(0, 10))
    assert b"rosalba" not in stored and b"198.51" not in stored
    one, other = access.entries()
    assert one["login_index"] == other["login_index"] and one["origin_index"] == other["origin_index"]


def test_only_known_facts_go_in_and_none_of_any_length(app: LedgerApplication) -> None:
    with pytest.raises(ValueError, match="name"):
        app.access.note("read", name="Filomena Restrepo")
    with pytest.raises(KeyError):
        app.access.entry("whatever")
    app.access.note("denied", code="X" * 5_000)
    assert len(app.access.entries()[0]["code"]) == 200


def test_an_entry_is_stored_as_canonical_json_under_the_topic_of_its_kind(app: LedgerApplication) -> None:
    case, person = UUID(int=7), UUID(int=9)
    for what in KINDS:
        app.access.note(what, person=person, case_id=case, classes="is", about='«ñ» "\\\n\u2028', count=2)
    entries = app.access.log.entries(0, 100)
    assert [entry.topic for entry in entries] == [TOPICS[what] for what in KINDS]
    assert len(set(TOPICS.values())) == len(KINDS)
    for entry in entries:
        state = json.loads(entry.state)
        assert entry.state == rfc8785.dumps(state)
        assert set(state) <= {"what", "at", *FACTS}
        assert entry.originator_version == 1


def test_the_stored_form_of_an_entry_stays_as_it_is() -> None:
    """Golden: what was sealed in one release is read in every later one."""
    state = {"what": "login", "at": "2026-11-21T22:00:00.000001+00:00", "person": str(UUID(int=9)), "count": 3}
    assert canonical(state) == (
        b'{"at":"2026-11-21T22:00:00.000001+00:00","count":3,'
        b'"person":"00000000-0000-0000-0000-000000000009","what":"login"}'
    )
    assert TOPICS["personal_data_read"] == "access.PersonalDataRead.v1"
    assert (TOPICS["denied"], TOPICS["export"]) == ("access.AccessDenied.v1", "access.ExportMade.v1")


def test_entries_are_found_by_person_case_kind_and_time_the_latest_first(app: LedgerApplication) -> None:
    moment = datetime(2026, 11, 2, 12, tzinfo=UTC)
    ana, luz, case = uuid4(), uuid4(), uuid4()
    rows: list[tuple[str, dict[str, Any]]] = [
        ("login", {"person": ana}),
        ("personal_data_read", {"person": ana, "case_id": case}),
        ("export", {"person": luz, "case_id": case}),
        ("personal_data_read", {"person": luz, "case_id": uuid4()}),
    ]
    for hours, (what, facts) in enumerate(rows):
        at = moment + timedelta(hours=hours)
        with app.database.write() as connection:
            entry = app.access.entry(what, at=at.timestamp(), **facts)
            append(connection, [entry], tables=ACCESS, now=round(at.timestamp() * 1_000_000))

    def found(**asked: Any) -> list[int]:
        return [row["id"] for row in app.access.search(**asked)]

    assert found() == [4, 3, 2, 1]
    assert found(person=ana) == [2, 1] and found(case_id=case) == [3, 2]
    assert found(what="personal_data_read") == [4, 2]
    assert found(person=luz, case_id=case, what="export") == [3]
    assert found(since=moment + timedelta(hours=1), until=moment + timedelta(hours=3)) == [3, 2]
    assert found(limit=2) == [4, 3] and found(limit=2, before=3) == [2, 1]


def test_what_was_carried_over_is_found_by_the_moment_at_which_it_was_made(app: LedgerApplication) -> None:
    made = datetime(2025, 3, 1, 8, tzinfo=UTC)
    app.access.keep([app.access.entry("login", at=made.timestamp(), carried=17)])
    app.access.note("login")
    asked = app.access.search(since=made, until=made + timedelta(hours=1))
    assert [(row["id"], row["carried"], row["at"]) for row in asked] == [(1, 17, "2025-03-01T08:00:00.000000+00:00")]


def test_an_entry_of_one_id_goes_in_once(app: LedgerApplication) -> None:
    again = uuid4()
    app.access.keep([app.access.entry("login", entry_id=again)])
    with pytest.raises(AggregateConflict):
        app.access.keep([app.access.entry("login", entry_id=again)])
    app.access.note("login")
    assert [row["id"] for row in app.access.entries()] == [1, 2]
