"""The kardex lists every movement with the document behind it (INV-8)."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from shared.runtime.tokens import GrantInForce, Who
from tests.databases import DIALECTS, database_url
from tests.services.inventory.desk import Office, Refused, office


def test_each_movement_is_a_line_that_leads_to_its_document(warehouse_office: Office) -> None:
    """INV-8, INV-1: by item, lot, warehouse, case and person; what the lines add up to is the balance."""
    case, withdrawal = warehouse_office.withdrawn("6")
    warehouse_office.deliver(case, withdrawal, "4")
    lines = warehouse_office.ask("kardex")["items"]
    assert [line["kind"] for line in lines] == ["receipt", "assignment", "withdrawal", "delivery"]
    for line in lines:
        assert warehouse_office.ask("document", id=line["document"])["number"] == line["number"]
    (balance,) = warehouse_office.ask("stock")["items"]
    for name in ("on_hand", "assigned", "custody"):
        assert sum(Decimal(line[name]) for line in lines) == Decimal(balance[name])
    assert len(warehouse_office.ask("kardex", case=str(case))["items"]) == 3
    assert len(warehouse_office.ask("kardex", item=balance["item_id"], lot=balance["lot"])["items"]) == 4
    assert len(warehouse_office.ask("kardex", warehouse=str(uuid4()))["items"]) == 0
    taker = str(warehouse_office.person("caseworker"))
    assert [line["kind"] for line in warehouse_office.ask("kardex", person=taker)["items"]] == [
        "withdrawal",
        "delivery",
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_pages_of_the_kardex_leave_nothing_out(dialect: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """INV-8 on both databases: page by page, the same lines in the same order."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        case, withdrawal = opened.withdrawn("6")
        for _ in range(6):
            opened.deliver(case, withdrawal, "1")
        whole = opened.ask("kardex")["items"]
        found, cursor = [], None
        while True:
            answer = opened.ask("kardex", limit="2", **({"cursor": cursor} if cursor else {}))
            found += answer["items"]
            cursor = answer["next"]
            if cursor is None:
                break
        assert found == whole
        assert len(whole) == 9


def test_an_id_that_is_none_is_refused_and_operator_staff_see_no_movements(warehouse_office: Office) -> None:
    """INV-8."""
    warehouse_office.withdrawn("6")
    with pytest.raises(Refused) as refused:
        warehouse_office.ask("kardex", lot="x")
    assert refused.value.code == "FIELD_INVALID"
    contract = str(uuid4())
    staff = Who.of(uuid4(), (GrantInForce("operator", "caseworker", contract=contract),))
    warehouse_office.people["operator"] = staff
    assert warehouse_office.ask("kardex", who="operator")["items"] == []
