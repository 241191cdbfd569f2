"""The kardex lists every movement with the document behind it (INV-8)."""

from __future__ import annotations

from base64 import b64decode
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from services.inventory.domain.quantities import plain
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


def total(lines: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(line[name]) for line in lines), Decimal(0))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_kardex_by_each_key_sums_to_the_balance(dialect: str, tmp_path: Path) -> None:
    """INV-8, INV-1: two warehouses, two items, goods of a contract and bought ones, two cases and two custodians."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        contract = str(uuid4())
        first, second = opened.warehouse(), opened.warehouse("BOG2")
        opened.item()
        opened.item("HILO-7", unit="unit")
        cloth = opened.receive(first, contract=contract, origin="operator_contract")["lots"][0]
        opened.receive(second, "3")
        opened.receive(first, "7", item="HILO-7")
        held = []
        for who, qty in (("caseworker", "4"), ("second_caseworker", "2")):
            case, decision = opened.case("9")
            line = opened.assign(case, decision, first, cloth, qty)["lines"][0]["line"]
            withdrawal = opened.release(case, opened.request(case, line, qty, who=who))
            opened.deliver(case, withdrawal, "1", who=who)
            held.append((who, case, Decimal(qty) - 1))
        everything = opened.ask("stock")["items"]
        for key, of_row in {"item": "item_id", "lot": "lot", "warehouse": "warehouse_id"}.items():
            for value in {row[of_row] for row in everything}:
                lines = opened.ask("kardex", **{key: value})["items"]
                rows = [row for row in everything if row[of_row] == value]
                for name in ("on_hand", "assigned", "custody"):
                    assert total(lines, name) == total(rows, name)
                assert {line["item_code"]: line["balance"]["custody"] for line in lines} == {
                    code: plain(total([row for row in rows if row["item_code"] == code], "custody"))
                    for code in {row["item_code"] for row in rows}
                }
        of_contract = opened.ask("kardex", contract=contract)["items"]
        assert {line["lot"] for line in of_contract} == {cloth}
        assert [line["balance"] for line in of_contract][-1] == {"on_hand": "4", "assigned": "0", "custody": "4"}
        for who, case, custody in held:
            assert total(opened.ask("kardex", person=str(opened.person(who)))["items"], "custody") == custody
            assert total(opened.ask("kardex", case=str(case))["items"], "custody") == custody


def test_the_workbook_has_the_lines_of_the_kardex(warehouse_office: Office) -> None:
    """INV-8: the same request gives the same bytes, and a text is never a formula."""
    warehouse_office.withdrawn("6")
    found = warehouse_office.ask("kardex_workbook")
    assert found == warehouse_office.ask("kardex_workbook")
    sheet = load_workbook(BytesIO(b64decode(found["content"]))).active
    assert sheet is not None
    head, *rows = list(sheet.iter_rows(values_only=True))
    lines = warehouse_office.ask("kardex")["items"]
    named = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["Movimiento"] for row in named] == ["Alta", "Asignación", "Retiro"]
    assert [row["Documento"] for row in named] == [line["number"] for line in lines]
    assert named[-1]["Valor (COP)"] == -72000 and named[-1]["Saldo en custodia"] == 6


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
    with pytest.raises(Refused) as refused:
        warehouse_office.ask("kardex_workbook", who="operator")
    assert refused.value.code == "NOT_FOUND"
