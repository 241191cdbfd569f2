"""Erasure reaches what is held in memory, and what the store keeps of a command cannot be tried out."""

from __future__ import annotations

from uuid import UUID, uuid4

import sqlalchemy as sa

from shared.eventstore.application import CommandKey
from shared.eventstore.tables import commands
from tests.unit.eventstore.ledger import Ledger, LedgerApplication, meta


def booked(app: LedgerApplication) -> tuple[UUID, UUID]:
    """A ledger with a remark about its holder, in the cache; and the holder."""
    ledger_id = app.new_ledger()
    app.transact(meta(), lambda unit: app.book(unit, ledger_id, 5, "vive con Rosalba"))
    ledger = app.loader.get(Ledger, ledger_id)
    assert ledger is not None and ledger.remarks[0].value == "vive con Rosalba"
    return ledger_id, ledger.holder


def test_an_aggregate_in_memory_forgets_what_is_erased(app: LedgerApplication) -> None:
    ledger_id, holder = booked(app)
    app.keys.destroy(holder, "s")
    ledger = app.loader.get(Ledger, ledger_id)
    assert ledger is not None
    assert (ledger.balance, ledger.remarks[0].value) == (5, None)


def test_an_aggregate_that_was_in_hand_during_an_erasure_does_not_bring_it_back(app: LedgerApplication) -> None:
    ledger_id, holder = booked(app)

    def erase_meanwhile(unit: object) -> None:
        assert unit.get(Ledger, ledger_id).remarks[0].value == "vive con Rosalba"  # type: ignore[attr-defined]
        app.keys.destroy(holder, "s")
        unit.claim("anything", str(ledger_id), ledger_id)  # type: ignore[attr-defined]

    app.transact(meta(), erase_meanwhile)
    ledger = app.loader.get(Ledger, ledger_id)
    assert ledger is not None and ledger.remarks[0].value is None


def test_the_cache_is_bounded(app: LedgerApplication) -> None:
    app.loader.cache.size = 3
    ledgers = [app.new_ledger() for _ in range(5)]
    assert len(app.loader.cache) == 3
    assert all(app.loader.get(Ledger, ledger) is not None for ledger in ledgers)
    assert len(app.loader.cache) == 3


def test_the_stored_hash_of_a_command_cannot_be_tried_out(app: LedgerApplication) -> None:
    # A document number has ten digits: an unkeyed hash of a body that holds one is as good as the number itself.
    ledger_id = app.new_ledger()
    key = CommandKey.of(uuid4(), {"document": "52123456"})
    app.transact(meta(), lambda unit: app.book(unit, ledger_id, 1), command=key)
    with app.database.read() as connection:
        stored = connection.execute(sa.select(commands.c.body_hash)).scalar_one()
    assert stored != key.body_hash
    same_body = CommandKey(uuid4(), key.body_hash)
    app.transact(meta(), lambda unit: app.book(unit, ledger_id, 1), command=same_body)
    with app.database.read() as connection:
        assert len(set(connection.scalars(sa.select(commands.c.body_hash)))) == 2


def test_a_repeated_command_gets_its_answer_in_the_same_form(app: LedgerApplication) -> None:
    ledger_id = app.new_ledger()
    key = CommandKey.of(uuid4(), {})
    answers = [
        app.transact(meta(), lambda unit: {**app.book(unit, ledger_id, 1), "other": uuid4()}, command=key).result
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
