"""Unique values within one unit of work: what is given back is free again, what is taken anew is taken."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from tests.unit.eventstore.ledger import LedgerApplication, meta

KIND, KEY = "document", "blind-7"


def take(app: LedgerApplication, owner: UUID) -> None:
    app.transact(meta(), lambda unit: unit.claim(KIND, KEY, owner))


def holder(app: LedgerApplication) -> UUID | None:
    found: list[UUID | None] = []
    app.transact(meta(), lambda unit: found.append(unit.claimed(KIND, KEY)))
    return found[0]


def test_what_a_unit_of_work_gives_back_is_free_for_it_at_once(app: LedgerApplication) -> None:
    first, second = uuid4(), uuid4()
    take(app, first)

    def hand_over(unit: Any) -> None:
        unit.release(KIND, KEY, first)
        assert unit.claimed(KIND, KEY) is None
        unit.claim(KIND, KEY, second)
        assert unit.claimed(KIND, KEY) == second

    app.transact(meta(), hand_over)
    assert holder(app) == second


def test_what_a_unit_of_work_takes_and_gives_back_is_free_afterwards(app: LedgerApplication) -> None:
    owner = uuid4()

    def take_and_give_back(unit: Any) -> None:
        unit.claim(KIND, KEY, owner)
        unit.release(KIND, KEY, owner)

    app.transact(meta(), take_and_give_back)
    assert holder(app) is None


def test_nobody_gives_back_what_another_holds(app: LedgerApplication) -> None:
    owner = uuid4()
    take(app, owner)

    def meddle(unit: Any) -> None:
        unit.release(KIND, KEY, uuid4())
        assert unit.claimed(KIND, KEY) == owner

    app.transact(meta(), meddle)
    assert holder(app) == owner
