"""What inventory counts for the reports: the value of the deliveries, against a recount by hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.runtime.folds import STOCK
from shared.runtime.tokens import GrantInForce, Who
from tests.services.folding import folded
from tests.services.inventory.desk import Office, office

VALUE = ("FIG-15", "value")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        yield opened


def withdrawn_at_two_prices(store: Office) -> tuple[Any, Any, str]:
    """Ten metres at 12 000 and ten at 15 000: 13 500 each; six of them in custody for a case."""
    warehouse = store.warehouse()
    store.item()
    lot = store.receive(warehouse)["lots"][0]
    store.receive(warehouse, unit_cost="15000")
    case, decision = store.case("10")
    line = store.assign(case, decision, warehouse, lot, "6")["lines"][0]["line"]
    return case, store.release(case, store.request(case, line, "6")), warehouse


def test_what_was_delivered_is_worth_its_weighted_average(store: Office) -> None:
    """FIG-15, REP-4, INV-5: 4 m and 1 m of what left at 13 500 a metre; what stays in custody is not delivered."""
    case, withdrawal, _ = withdrawn_at_two_prices(store)
    store.deliver(case, withdrawal, "4")
    store.deliver(case, withdrawal, "1", on="2026-11-07")
    value, cases = folded(store)[VALUE]
    assert (Decimal(value), cases) == (Decimal(5 * 13_500), {str(case)})
    assert Decimal(folded(store, "2026-11-07", "2026-11-07")[VALUE][0]) == 13_500
    assert folded(store, "2026-10-01", "2026-10-31") == {}


def test_a_later_entry_changes_the_value_now_and_not_at_the_position(store: Office) -> None:
    """REP-1, REP-4, FIG-15: a receipt of before that is recorded afterwards moves the average known now."""
    case, withdrawal, warehouse = withdrawn_at_two_prices(store)
    store.deliver(case, withdrawal, "4")
    position = store.application.log.head()
    store.receive(warehouse, unit_cost="30000", on="2026-11-02")
    assert Decimal(folded(store, position=position)[VALUE][0]) == 4 * 13_500
    assert Decimal(folded(store)[VALUE][0]) == 4 * 19_000


def test_a_corrected_delivery_counts_for_what_was_really_delivered_on_its_own_day(store: Office) -> None:
    """FIG-15, X-10, REP-3: four metres were written, three were delivered; what was known at the position stays."""
    case, withdrawal, _ = withdrawn_at_two_prices(store)
    delivery = store.deliver(case, withdrawal, "4")
    position = store.application.log.head()
    store.people["other"] = Who.of(uuid4(), (GrantInForce("other", "warehouse_keeper"),))
    lines = [{"lot": withdrawal["lines"][0]["lot"], "qty": "3"}]
    body = {"movement": delivery["delivery"], "lines": lines, "reason_code": "wrong_entry", "reason": "Se contó mal"}
    proposed = store.act("other", "ProposeCorrection", on="2026-11-12", **body)
    store.act("controller", "CorrectMovement", proposed["id"], on="2026-11-13")
    now = folded(store)
    assert (Decimal(now[VALUE][0]), Decimal(now["FIG-15", "corrected", "m"][0])) == (Decimal(3 * 13_500), Decimal(-1))
    assert now["FIG-15", "corrected", "m"][1] == {str(case)}
    then = folded(store, position=position)
    assert (Decimal(then[VALUE][0]), len(then)) == (Decimal(4 * 13_500), 1)
    assert folded(store, "2026-11-12", "2026-11-13") == {}


def test_the_goods_are_told_as_of_both_clocks_with_what_waits(store: Office) -> None:
    """BRD-2, INV-11, INV-7: on hand by item; lines without their counterpart by kind, with their cases."""
    case, _, warehouse = withdrawn_at_two_prices(store)
    position = store.application.log.head()
    found = folded(store, fold=STOCK)
    assert Decimal(found["stock", "on_hand", "TELA-01", "Tela", "m"][0]) == 14
    assert found["stock", "unmatched", "withdrawal"] == ("1", frozenset({str(case)}))
    assert {by for _, line, by, *_ in found if line == "unmatched"} == {"receipt", "withdrawal", "forms"}
    store.receive(warehouse, qty="5", on="2026-11-08")
    assert Decimal(folded(store, fold=STOCK)["stock", "on_hand", "TELA-01", "Tela", "m"][0]) == 19
    for question in ({"position": position}, {}):
        span = () if question else ("2026-11-01", "2026-11-07")
        known = folded(store, *span, fold=STOCK, **question)
        assert Decimal(known["stock", "on_hand", "TELA-01", "Tela", "m"][0]) == 14
