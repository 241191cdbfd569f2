"""After the demonstration the warehouse adds up, its papers are numbered without holes, and every paper opens."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from shared.cli.demo.plan import DELIVERING, plans
from shared.cli.demo.stock import BUTTON, CLOTH, SCARCE, THREAD
from tests.e2e.conftest import CASES, SEED, Demo


def test_stock_is_what_came_in_less_what_was_delivered(demo: Demo) -> None:
    delivering = [plan.kind.value for plan in plans(CASES) if plan.kind in DELIVERING]
    # Twelve metres and two rolls a case; one gave two metres back.
    cloth, thread = 12 * len(delivering) - 2, 2 * len(delivering)

    stock = {one["item_code"]: one for one in demo.staff["coordinadora"].pages("/api/stock")}

    found = {name: stock[f"DEMO{SEED}-{name}"] for name in (CLOTH, THREAD, SCARCE)}
    assert {name: Decimal(one["on_hand"]) for name, one in found.items()} == {
        CLOTH: 200 - cloth,
        THREAD: 40 - thread,
        SCARCE: 1,
    }
    assert {name: Decimal(one["assigned"]) for name, one in found.items()} == dict.fromkeys(found, 0)


def test_the_kardex_ends_at_what_the_stock_is_worth(demo: Demo) -> None:
    """INV-5, INV-8: the three ways to ask agree."""
    api = demo.staff["coordinadora"]
    worth = list(api.pages("/api/valuation"))
    stock = list(api.pages("/api/stock"))
    # Cloth, thread, machine, and the buttons that were counted, written off and partly moved to the other warehouse.
    assert len(worth) == 5
    for account in worth:
        where = {"item": account["item_id"], "warehouse": account["warehouse_id"]}
        lots = [
            Decimal(one["value"])
            for one in stock
            if (one["item_id"], one["warehouse_id"]) == (account["item_id"], account["warehouse_id"])
        ]
        last = list(api.pages("/api/kardex", **where))[-1]
        assert sum(lots) == Decimal(account["value"]) == Decimal(last["account"]["value"])
        assert last["balance"]["on_hand"] == account["on_hand"]


def test_what_was_counted_written_off_and_moved_is_where_it_is_now(demo: Demo) -> None:
    """INV-1: a hundred buttons, two of them missing, eight broken, twenty-five in the other warehouse."""
    stock = list(demo.staff["coordinadora"].pages("/api/stock"))

    found = {one["warehouse_code"]: one["on_hand"] for one in stock if one["item_code"] == f"DEMO{SEED}-{BUTTON}"}
    assert found == {f"DEMO{SEED}": "65", f"DEMO{SEED}S": "25"}


@pytest.mark.parametrize("papers", [("withdrawals", "transfers"), ("receipts",)])
def test_numbers_have_no_hole(demo: Demo, papers: tuple[str, ...]) -> None:
    api = demo.staff["coordinadora"]
    # A request that was refused has no number.
    numbers = [one["number"] for each in papers for one in api.pages(f"/api/{each}") if one["number"]]

    series = Counter(number.rsplit("-", 1)[0] for number in numbers)
    for prefix, count in series.items():
        last = [int(number.rsplit("-", 1)[1]) for number in numbers if number.startswith(prefix)]
        assert sorted(last) == list(range(1, count + 1)), prefix


def test_every_paper_of_a_case_opens_as_pdf_with_its_number(demo: Demo) -> None:
    api = demo.staff["profesional"]
    papers = api.get(f"/api/cases/{demo.case('returned')}")["documents"]

    assert Counter(paper["code"] for paper in papers) >= Counter(["FO-068", "FO-110", "FO-128", "FRM-10"])
    for paper in papers:
        if paper["code"] not in ("FO-068", "FO-110", "FO-128", "FRM-10", "FO-069"):
            continue
        assert paper["number"], paper
        assert api.download(f"/api/documents/{paper['service']}/{paper['id']}").startswith(b"%PDF-"), paper
