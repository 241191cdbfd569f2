"""What two transactions at once may do to each other, on the isolation that each database really gives."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import sqlalchemy.exc as sa_exc

from shared.delivery.errors import is_away
from shared.eventstore import release
from shared.eventstore.append import append
from shared.eventstore.database import Database
from shared.eventstore.log import instant
from shared.eventstore.tables import events, view_schema
from shared.privacy.key_store import KeyStore, subject_key
from shared.runtime.definition import ServiceDefinition
from shared.runtime.rebuild import rebuild
from tests.databases import blocked, database_url
from tests.unit.eventstore.ledger import Ledger, LedgerApplication, balances, ledger_application, meta
from tests.waiting import until


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[LedgerApplication]:
    with ledger_application("postgresql", tmp_path) as application:
        yield application


def test_a_read_sees_one_moment(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    count = sa.select(sa.func.count()).select_from(events)
    with app.database.read() as connection:
        before = connection.execute(count).scalar_one()
        app.transact(meta(), lambda unit: app.book(unit, ledger, 1))
        assert connection.execute(count).scalar_one() == before


def test_a_database_that_defaults_to_stricter_isolation_or_laxer_commits_is_overruled(
    postgres: LedgerApplication,
) -> None:
    with postgres.database.write() as connection:
        name = connection.execute(sa.text("SELECT current_database()")).scalar_one()
        connection.exec_driver_sql(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'")
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    postgres.database.close()
    with postgres.database.write() as connection:
        found = connection.execute(sa.text("SHOW transaction_isolation")).scalar_one()
        durable = connection.execute(sa.text("SHOW synchronous_commit")).scalar_one()
    assert (found, durable) == ("read committed", "on")


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("known", [False, True], ids=["any release", "a known release"])
def test_a_transaction_that_stands_still_is_undone_and_who_waited_for_its_lock_goes_on(
    postgres: LedgerApplication, monkeypatch: pytest.MonkeyPatch, alone: bool, known: bool
) -> None:
    """A process stopped between its append and its commit: nothing comes from it, and its connections stay open."""
    monkeypatch.setattr(release, "LET_GO_AFTER_MS", 300)
    ledger, stopped = postgres.new_ledger(), Database(postgres.database.url)
    if known:
        with stopped.write() as connection:
            connection.execute(view_schema.insert().values(name="known", fingerprint="as it is", built=True))
        stopped.expect("known", "as it is")
    before = postgres.log.head()
    with pytest.raises(sa_exc.DBAPIError) as undone, stopped.write(alone=alone) as connection:
        # Of this transaction alone: on a busy machine those of the other take their time.
        monkeypatch.undo()
        connection.execute(sa.text("UPDATE log_head SET head = head + 1"))
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(postgres.transact, meta(), lambda unit: postgres.book(unit, ledger, 1))
            until(lambda: blocked(postgres.database.url) or waiting.done(), "another waits for it")
            waiting.result(20)
        connection.execute(sa.text("SELECT 1"))
    assert is_away(undone.value)
    assert postgres.log.head() == before + 1
    stopped.close()


def test_a_reader_takes_its_time(postgres: LedgerApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup reads one database after the other, all at one moment."""
    monkeypatch.setattr(release, "LET_GO_AFTER_MS", 54_321)
    with postgres.database.write() as connection:
        assert connection.execute(sa.text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "54321ms"
    with postgres.database.read() as connection:
        assert connection.execute(sa.text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "0"


def test_the_moment_of_an_event_is_taken_under_the_lock_of_the_log(postgres: LedgerApplication) -> None:
    first, second = postgres.new_ledger(), postgres.new_ledger()
    mapper: Any = postgres.mapper

    def stored(ledger_id: UUID) -> list[Any]:
        ledger = postgres.loader.get(Ledger, ledger_id)
        assert ledger is not None
        ledger.book(1)
        return [mapper.store(event, meta()) for event in ledger.collect_events()]

    with ThreadPoolExecutor(1) as pool:
        with postgres.database.write() as holding:
            append(holding, stored(first))

            def second_append() -> int:
                with postgres.database.write() as connection:
                    return append(connection, stored(second)).recorded_at

            sent = pool.submit(second_append)
            until(lambda: blocked(postgres.database.url), "the second append waits for the first")
            # Whoever asks now for all that was recorded until now must never get more later.
            cut_off = holding.execute(
                sa.text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint)")
            ).scalar_one()
        assert instant(sent.result()) >= instant(cut_off)


def test_two_that_lock_each_other_out_both_succeed_in_the_end(postgres: LedgerApplication) -> None:
    ledgers = [postgres.new_ledger(), postgres.new_ledger()]
    other = LedgerApplication(Database(postgres.database.url), postgres.keys)
    meeting = threading.Barrier(2)

    def touch(application: LedgerApplication, order: list[UUID]) -> None:
        first = True

        def write(connection: sa.Connection) -> None:
            nonlocal first
            for ledger in order:
                add = balances.update().where(balances.c.ledger == ledger).values(balance=balances.c.balance + 1)
                connection.execute(add)
                if first:
                    first = False
                    meeting.wait(60)

        application.transact(meta(), lambda unit: unit.write(write))

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(touch, postgres, ledgers), pool.submit(touch, other, ledgers[::-1])]
        errors = [each.exception() for each in sent]
    other.database.close()
    assert errors == [None, None]
    assert [postgres.balance(ledger) for ledger in ledgers] == [2, 2]


def test_a_value_that_the_database_cannot_hold_is_the_events_fault_not_the_databases(
    postgres: LedgerApplication,
) -> None:
    too_long = secrets.token_urlsafe(60_000)
    with pytest.raises(Exception) as refused:
        postgres.transact(meta(), lambda unit: unit.claim("word", too_long, uuid4()))
    assert not is_away(refused.value)


def test_an_act_beside_a_rebuild_reaches_the_read_model(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    sent: list[Future[Any]] = []
    with ThreadPoolExecutor(1) as pool:

        def beside(_done: int, _total: int) -> None:
            sent.append(pool.submit(app.transact, meta(), lambda unit: app.book(unit, ledger, 5)))
            if app.database.dialect == "postgresql":
                until(lambda: blocked(app.database.url), "the act waits for the rebuild")

        rebuild(app, ServiceDefinition("ledger", LedgerApplication), progress=beside)
        sent[0].result()
    assert app.balance(ledger) == 5


def test_an_act_in_hand_when_a_rebuild_begins_is_waited_for(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    written, go_on = threading.Event(), threading.Event()

    def slow(unit: Any) -> dict[str, Any]:
        app.book(unit, ledger, 5)

        def hold(connection: sa.Connection) -> None:
            # As a projection does: the row is locked before the log is.
            connection.execute(balances.update().where(balances.c.ledger == ledger).values(balance=0))
            written.set()
            assert go_on.wait(60)

        unit.write(hold)
        return {}

    with ThreadPoolExecutor(2) as pool:
        act = pool.submit(app.transact, meta(), slow)
        assert written.wait(60)
        anew = pool.submit(rebuild, app, ServiceDefinition("ledger", LedgerApplication))
        if app.database.dialect == "postgresql":
            until(lambda: blocked(app.database.url), "the rebuild waits for the act")
        go_on.set()
        assert (act.exception(), anew.exception()) == (None, None)
    assert app.balance(ledger) == 5


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_an_error_of_a_database_does_not_quote_what_was_being_stored(dialect: str, tmp_path: Path) -> None:
    with database_url(dialect, tmp_path) as url:
        database, keys = Database(url), KeyStore(url)
        for write, statement in (
            (database.write, sa.text("INSERT INTO nowhere VALUES (:value)").bindparams(value="Rosalba Quintero")),
            (keys.write, sa.select(subject_key).where(subject_key.c.kind == "Rosalba Quintero")),
        ):
            with pytest.raises(sa_exc.DBAPIError) as error, write() as connection:
                connection.execute(statement)
            assert "Rosalba" not in str(error.value)
        database.close()
        keys.close()
