"""Whose trouble is whose when pieces of work share a transaction, and what is known when a COMMIT gets no answer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from shared.eventstore.application import CommandKey
from shared.eventstore.commit import Claim, Committer, Work
from shared.eventstore.errors import ClaimConflict, StoreUnavailable, TrackingConflict
from shared.eventstore.tables import claims
from shared.eventstore.tracking import Step
from tests.unit.eventstore.ledger import LedgerApplication, meta
from tests.waiting import until


class Stopped(BaseException):
    """What ends a green thread from outside."""


def test_when_the_committing_thread_is_stopped_the_others_learn_that_they_do_not_know(app: LedgerApplication) -> None:
    app.transact(meta(), lambda unit: unit.claim("word", "taken", uuid4()))
    attempts = 0

    def stop(_connection: sa.Connection) -> None:
        nonlocal attempts
        attempts += 1
        raise Stopped

    loser = Work(claims=[Claim("word", "taken", uuid4())])
    stopping = Work(claims=[Claim("word", "second", uuid4())], writes=[stop])
    behind = Work(claims=[Claim("word", "third", uuid4())])
    committer = Committer(app.database)
    committer._queue.extend([stopping, behind])
    # The loser sinks the shared transaction; of those tried alone one is stopped, and one has not had its turn yet.
    committer._queue.appendleft(loser)
    with pytest.raises(Stopped):
        committer._commit_group(committer._next_group())
    assert isinstance(loser.error, ClaimConflict)
    assert isinstance(stopping.error, StoreUnavailable) and isinstance(behind.error, StoreUnavailable)
    assert all(work.done for work in (loser, stopping, behind))
    with app.database.read() as connection:
        assert connection.scalars(sa.select(claims.c.key)).all() == ["taken"]


def book_without_answer(app: LedgerApplication, act: Callable[[], Any]) -> None:
    """Run ``act`` so that its COMMIT happens, but the connection is lost before the answer to it comes."""
    dialect: Any = app.database.engine.dialect
    committer: Any = app.recorder.committer  # type: ignore[attr-defined]
    commit, attempt = dialect.do_commit, committer._attempt
    driver = psycopg if app.database.dialect == "postgresql" else sqlite3

    def lose_the_answer(connection: Any) -> None:
        commit(connection)
        raise driver.OperationalError("server closed the connection unexpectedly")

    def attempt_on_a_bad_line(group: list[Work]) -> BaseException | None:
        dialect.do_commit = lose_the_answer
        try:
            error: BaseException | None = attempt(group)
            return error
        finally:
            dialect.do_commit = commit

    committer._attempt = attempt_on_a_bad_line
    try:
        with pytest.raises(StoreUnavailable):
            act()
    finally:
        committer._attempt = attempt


def test_a_command_whose_commit_got_no_answer_is_answered_when_it_is_sent_again(app: LedgerApplication) -> None:
    ledger, key = app.new_ledger(), CommandKey.of(uuid4(), {"amount": 5})
    act = partial(app.transact, meta(), lambda unit: app.book(unit, ledger, 5), command=key)
    book_without_answer(app, act)
    again = act()
    assert again.replayed and again.result["version"] == 2
    assert app.balance(ledger) == 5


def test_a_step_whose_commit_got_no_answer_is_found_to_be_taken(app: LedgerApplication) -> None:
    ledger, step = app.new_ledger(), Step("up", 0, 7, "e", "h")
    act = partial(app.transact, meta(), lambda unit: app.book(unit, ledger, 5), step=step)
    book_without_answer(app, act)
    assert app.recorder.position("up").position == 7  # type: ignore[attr-defined]
    with pytest.raises(TrackingConflict):
        act()
    assert app.balance(ledger) == 5


def test_a_block_that_meets_a_known_command_stores_the_rest_of_it_once(app: LedgerApplication) -> None:
    ledgers = [app.new_ledger() for _ in range(4)]
    keys = [CommandKey.of(uuid4(), {"n": number}) for number in range(4)]
    pieces = [
        (meta(), lambda unit, ledger=ledger: app.book(unit, ledger, 3), key)
        for ledger, key in zip(ledgers, keys, strict=True)
    ]
    app.transact(pieces[2][0], pieces[2][1], command=keys[2])
    done = app.transact_many(pieces)
    assert [each.replayed for each in done] == [False, False, True, False]
    assert [app.balance(ledger) for ledger in ledgers] == [3, 3, 3, 3]


def test_two_blocks_of_the_same_commands_at_once_store_each_once(app: LedgerApplication) -> None:
    ledgers = [app.new_ledger() for _ in range(8)]
    pieces = [
        (meta(), lambda unit, ledger=ledger: app.book(unit, ledger, 3), CommandKey.of(uuid4(), {}))
        for ledger in ledgers
    ]
    with ThreadPoolExecutor(3) as pool:
        blocks = [sent.result() for sent in [pool.submit(app.transact_many, pieces) for _ in range(3)]]
    assert all([each.result for each in block] == [each.result for each in blocks[0]] for block in blocks)
    assert [app.balance(ledger) for ledger in ledgers] == [3] * 8


def test_those_who_wait_while_one_commits_share_the_next_transaction(app: LedgerApplication) -> None:
    committer = Committer(app.database)
    held, go_on = threading.Event(), threading.Event()

    def hold(_connection: sa.Connection) -> None:
        held.set()
        assert go_on.wait(60)

    with ThreadPoolExecutor(21) as pool:
        first = pool.submit(committer.commit, Work(writes=[hold]))
        assert held.wait(60)
        rest = [
            pool.submit(committer.commit, Work(claims=[Claim("word", str(number), uuid4())])) for number in range(20)
        ]
        until(lambda: len(committer._queue) == 20, "all have come")
        go_on.set()
        for each in (first, *rest):
            each.result(20)
    assert (committer.works, committer.groups) == (21, 2)


def test_one_that_is_stopped_while_it_waits_neither_commits_nor_holds_up_the_others(app: LedgerApplication) -> None:
    class Stopping(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            super().wait(timeout)
            raise Stopped

    committer = Committer(app.database)
    held, go_on = threading.Event(), threading.Event()

    def hold(_connection: sa.Connection) -> None:
        held.set()
        assert go_on.wait(60)

    stopped = Work(claims=[Claim("word", "stopped", uuid4())], called=Stopping())
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(committer.commit, Work(writes=[hold]))
        assert held.wait(60)
        second = pool.submit(committer.commit, stopped)
        until(lambda: len(committer._queue) == 1, "the one to be stopped has come")
        third = pool.submit(committer.commit, Work(claims=[Claim("word", "third", uuid4())]))
        until(lambda: len(committer._queue) == 2, "another has come behind it")
        go_on.set()
        first.result(20)
        third.result(20)
        assert isinstance(second.exception(20), Stopped)
    with app.database.read() as connection:
        assert connection.scalars(sa.select(claims.c.key)).all() == ["third"]
