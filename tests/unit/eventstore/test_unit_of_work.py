"""A unit of work commits all it decided, or nothing; a command is handled once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from shared.catalogue.refusals import CommandIdReused, NotFound, VersionConflict
from shared.eventstore.application import CommandKey
from shared.eventstore.errors import ReadModelRefused, TrackingConflict
from shared.eventstore.tables import commands, events, tracking
from shared.eventstore.tracking import Step
from tests.unit.eventstore.ledger import Ledger, LedgerApplication, Overdrawn, balances, meta


def rows(app: LedgerApplication, table: sa.Table) -> int:
    with app.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_several_aggregates_and_the_read_model_commit_as_one(app: LedgerApplication) -> None:
    first, second = app.new_ledger(), app.new_ledger()

    def transfer(unit: Any) -> dict[str, Any]:
        unit.get(Ledger, first).book(10)
        unit.get(Ledger, second).book(5)
        return {}

    done = app.transact(meta(), transfer)
    assert list(done.ids) == [3, 4]
    assert (app.balance(first), app.balance(second)) == (10, 5)


def test_a_refusal_leaves_nothing_behind(app: LedgerApplication) -> None:
    first, second = app.new_ledger(), app.new_ledger()
    head = app.log.head()
    key = CommandKey.of(uuid4(), {"a": 1})

    def half(unit: Any) -> dict[str, Any]:
        unit.get(Ledger, first).book(10)
        unit.get(Ledger, second).book(-1)
        return {}

    with pytest.raises(Overdrawn):
        app.transact(meta(), half, command=key)
    assert app.log.head() == head
    assert app.balance(first) == 0
    assert rows(app, commands) == 0


def test_a_refusal_on_what_never_stood_together_is_decided_anew(app: LedgerApplication) -> None:
    # Ten are moved from one ledger to the other between this one's two readings: at no moment were both empty.
    full, empty = app.new_ledger(), app.new_ledger()
    app.transact(meta(), lambda unit: app.book(unit, full, 10))

    def move(unit: Any) -> dict[str, Any]:
        unit.get(Ledger, full).book(-10)
        unit.get(Ledger, empty).book(10)
        return {}

    seen: list[tuple[int, int]] = []

    def take(unit: Any) -> dict[str, Any]:
        there = unit.get(Ledger, empty).balance
        if not seen:
            app.transact(meta(), move)
        seen.append((there, unit.get(Ledger, full).balance))
        unit.get(Ledger, empty if there else full).book(-10)
        return {}

    app.transact(meta(), take)
    assert seen == [(0, 0), (10, 0)]
    assert (app.balance(full), app.balance(empty)) == (0, 0)


def test_a_read_model_that_fails_undoes_the_events(app: LedgerApplication) -> None:
    ledger = app.new_ledger()

    def with_broken_write(unit: Any) -> dict[str, Any]:
        unit.get(Ledger, ledger).book(10)
        unit.write(lambda connection: connection.execute(sa.text("SELECT * FROM no_such_table")))
        return {}

    head = app.log.head()
    with pytest.raises(Exception, match="no_such_table"):
        app.transact(meta(), with_broken_write)
    assert app.log.head() == head
    assert app.balance(ledger) == 0


def test_a_repeated_command_gets_the_first_answer_and_stores_nothing(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    key = CommandKey.of(uuid4(), {"amount": 7})
    first = app.transact(meta(), lambda unit: app.book(unit, ledger, 7), command=key)
    again = app.transact(meta(), lambda unit: app.book(unit, ledger, 7), command=key)
    assert again.replayed and again.result == first.result == {"id": str(ledger), "version": 2}
    assert app.balance(ledger) == 7


def test_the_same_command_id_with_another_body_is_refused(app: LedgerApplication) -> None:
    ledger, command_id = app.new_ledger(), uuid4()
    app.transact(meta(), lambda unit: app.book(unit, ledger, 7), command=CommandKey.of(command_id, {"amount": 7}))
    with pytest.raises(CommandIdReused):
        app.transact(meta(), lambda unit: app.book(unit, ledger, 8), command=CommandKey.of(command_id, {"amount": 8}))
    assert app.balance(ledger) == 7


def test_one_command_sent_by_many_at_once_is_handled_once(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    key = CommandKey.of(uuid4(), {"amount": 1})
    with ThreadPoolExecutor(8) as pool:
        sent = [
            pool.submit(app.transact, meta(), lambda unit: app.book(unit, ledger, 1), command=key) for _ in range(16)
        ]
        answers = [each.result().result for each in sent]
    assert all(answer == answers[0] for answer in answers)
    assert app.balance(ledger) == 1


def test_a_stale_version_is_refused_and_says_which_stands(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    app.transact(meta(), lambda unit: app.book(unit, ledger, 1))
    with pytest.raises(VersionConflict) as refusal:
        app.transact(meta(), lambda unit: app.book(unit, ledger, 1), expected=(ledger, 1))
    assert refusal.value.parameters == {"actual": 2, "expected": 1}


def test_a_stale_version_is_refused_though_the_use_case_never_looks_at_its_target(app: LedgerApplication) -> None:
    seen, other = app.new_ledger(), app.new_ledger()
    with pytest.raises(VersionConflict):
        app.transact(meta(), lambda unit: app.book(unit, other, 1), expected=(seen, 9))
    assert app.balance(other) == 0


def test_an_unknown_aggregate_is_not_found(app: LedgerApplication) -> None:
    with pytest.raises(NotFound):
        app.transact(meta(), lambda unit: app.book(unit, uuid4(), 1))


def test_concurrent_commands_on_one_aggregate_all_count(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    with ThreadPoolExecutor(8) as pool:
        for sent in [
            pool.submit(app.transact, meta(), lambda unit: app.book(unit, ledger, 1), subject=ledger) for _ in range(60)
        ]:
            sent.result()
    assert app.balance(ledger) == 60
    assert rows(app, events) == 61


def test_of_those_who_make_the_same_aggregate_at_once_one_makes_it_and_the_others_find_it(
    app: LedgerApplication,
) -> None:
    # As when two upstreams announce the same case: each one's row in the read model collides before its event does.
    ledger_id = uuid4()
    start = threading.Barrier(4)

    def book(_number: int) -> None:
        first = True

        def decide(unit: Any) -> None:
            nonlocal first
            ledger = unit.find(Ledger, ledger_id)
            if first:
                first = False
                start.wait(60)
            if ledger is None:
                ledger = Ledger._create(Ledger.Opened, id=ledger_id, holder=ledger_id)
                unit.add(ledger)
            ledger.book(1)

        app.transact(meta(), decide)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(book, range(4)))
    assert app.balance(ledger_id) == 4
    assert app.log.head() == 5


def test_a_row_that_a_read_model_refuses_is_no_conflict(app: LedgerApplication) -> None:
    ledger = app.new_ledger()

    def twice(unit: Any) -> None:
        app.book(unit, ledger, 1)
        unit.write(lambda connection: connection.execute(balances.insert().values(ledger=ledger, balance=0)))

    with pytest.raises(ReadModelRefused):
        app.transact(meta(), twice)
    assert app.balance(ledger) == 0


def test_a_shared_transaction_does_not_sink_with_one_loser(app: LedgerApplication) -> None:
    ledgers = [app.new_ledger() for _ in range(6)]
    broken = ledgers[3]
    start = threading.Barrier(len(ledgers))

    def book(ledger: Any) -> None:
        def decide(unit: Any) -> dict[str, Any]:
            app.book(unit, ledger, 1)
            if ledger == broken:
                unit.write(lambda connection: connection.execute(sa.text("SELECT * FROM no_such_table")))
            return {}

        start.wait()
        app.transact(meta(), decide)

    with ThreadPoolExecutor(len(ledgers)) as pool:
        sent = [pool.submit(book, ledger) for ledger in ledgers]
        errors = [each.exception() for each in sent]
    assert [error is not None for error in errors] == [ledger == broken for ledger in ledgers]
    assert [app.balance(ledger) for ledger in ledgers] == [int(ledger != broken) for ledger in ledgers]


def test_the_log_has_no_holes_whatever_collides_or_fails(app: LedgerApplication) -> None:
    ledgers = [app.new_ledger() for _ in range(3)]

    def work(number: int) -> None:
        ledger = ledgers[number % 3]
        try:
            app.transact(meta(), lambda unit: app.book(unit, ledger, -1 if number % 5 == 0 else 2))
        except Overdrawn:
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(90)))
    entries = app.log.entries(0, 1000)
    assert [entry.sequence for entry in entries] == list(range(1, app.log.head() + 1))
    moments = [entry.recorded_at for entry in entries]
    assert moments == sorted(moments)


def test_the_position_moves_with_the_effects_and_only_from_where_it_was(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    app.transact(meta(), lambda unit: app.book(unit, ledger, 1), step=Step("up", 0, 3, "e", "h3"))
    with pytest.raises(TrackingConflict):
        app.transact(meta(), lambda unit: app.book(unit, ledger, 1), step=Step("up", 2, 4, "e", "h4"))
    app.transact(meta(), lambda unit: app.book(unit, ledger, 1), step=Step("up", 3, 4, "e", "h4"))
    assert app.balance(ledger) == 2
    assert app.recorder.position("up").position == 4  # type: ignore[attr-defined]


def test_a_step_from_a_former_epoch_is_not_taken(app: LedgerApplication) -> None:
    app.transact(meta(), lambda unit: None, step=Step("up", 0, 3, "new", "h3"))
    for known in (("old", "h3"), ("new", "other")):
        with pytest.raises(TrackingConflict):
            app.transact(meta(), lambda unit: None, step=Step("up", 3, 4, "old", "h4", *known))
    app.transact(meta(), lambda unit: None, step=Step("up", 3, 4, "new", "h4", "new", "h3"))
    assert app.recorder.position("up").position == 4  # type: ignore[attr-defined]


def test_two_consumers_that_race_apply_once(app: LedgerApplication) -> None:
    ledger = app.new_ledger()
    outcomes: list[str] = []

    def consume() -> None:
        for position in range(20):
            try:
                app.transact(
                    meta(), lambda unit: app.book(unit, ledger, 1), step=Step("up", position, position + 1, "e", "h")
                )
                outcomes.append("applied")
            except TrackingConflict:
                outcomes.append("lost")

    threads = [threading.Thread(target=consume) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("applied") == 20
    assert app.balance(ledger) == 20
    assert rows(app, tracking) == 1


def test_a_unique_value_has_one_owner_even_in_a_race(app: LedgerApplication) -> None:
    def register(number: int) -> str:
        def decide(unit: Any) -> dict[str, Any]:
            holder = unit.claimed("document", "blind-1")
            if holder is not None:
                return {"known": str(holder)}
            ledger = Ledger.open(uuid4())
            unit.add(ledger)
            unit.claim("document", "blind-1", ledger.id)
            return {"known": str(ledger.id)}

        return str(app.transact(meta(), decide).result["known"])

    with ThreadPoolExecutor(6) as pool:
        owners = set(pool.map(register, range(12)))
    assert len(owners) == 1
    assert app.log.head() == 1
