"""A thousand people who want the same goods at once, in two processes over one PostgreSQL (INV-3, X-18).

Who gets nothing is told so; who gets something gets it once, under a number of its own, and no number is left out.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from shared.runtime.answering import StoreAway
from tests.databases import database_url
from tests.figures import IN_FULL, record
from tests.services.inventory.desk import Office, office, sign

TAKERS = 1000 if IN_FULL else 60
THERE = TAKERS * 6 // 10
AT_ONCE = 32
PATIENCE = 20
TOO_LATE = "NOT_FOUND"
"""What the second of two releases is told: there is no such request any more."""


@dataclass
class Taken:
    """What one taker was answered: numbers, or the code of the refusal."""

    assigned: str
    released: list[str] = field(default_factory=list)
    again: int = 0
    """How often a command was sent again under its id, because conflicts did not end."""


def answer(opened: Office, who: str, command: str, case: UUID, taken: Taken | None = None, **body: Any) -> Any:
    """What the desk says; asked again under the same id while it cannot say."""
    asked = {
        "command": command,
        "id": str(case),
        "body": body,
        "command_id": str(uuid4()),
        "happened_on": "2026-11-10",
        "token": who,
    }
    for _ in range(PATIENCE):
        told = opened.desk.command(asked)
        if told.get("refusal", {}).get("code") != StoreAway.code:
            return told
        if taken is not None:
            taken.again += 1
    raise AssertionError(f"{command} was not answered in {PATIENCE} times")


def said(told: Any) -> str:
    return str(told["ok"]["number"] if "ok" in told else told["refusal"]["code"])


def test_who_come_at_once_for_the_same_goods_take_what_is_there_and_no_more(tmp_path: Path) -> None:
    """INV-3, INV-10, X-18: each assigns and withdraws one unit, from two lots that are enough for six in ten of them.

    Every release is sent by two people at once, in both processes: the goods go out once.
    """
    with (
        database_url("postgresql", tmp_path) as url,
        office(tmp_path / "place", url) as first,
        office(tmp_path / "place", url) as second,
    ):
        second.people = first.people
        warehouse = first.warehouse()
        first.item(unit="unit")
        lots = [first.receive(warehouse, qty=str(qty))["lots"][0] for qty in (THERE // 3, THERE - THERE // 3)]
        cases = [first.case("1", unit="unit") for _ in range(TAKERS)]

        def take(number: int) -> Taken:
            here, there = (first, second) if number % 2 else (second, first)
            case, decision = cases[number]
            wish = {"warehouse": warehouse, "decision": decision, "responsible": sign("Rosa Almacén")}
            # Who finds one lot empty turns to the other, as people do.
            for lot in (lots[number % 2], lots[1 - number % 2]):
                told = answer(here, "registrar", "AssignStock", case, lines=[{"lot": lot, "qty": "1"}], **wish)
                taken = Taken(said(told))
                if "ok" in told:
                    break
            else:
                return taken
            line = {"assignment_line": told["ok"]["lines"][0]["line"], "qty": "1"}
            request = answer(here, "caseworker", "RequestWithdrawal", case, taken, lines=[line])["ok"]["request"]
            body = {"request": request, "withdrawn_by": sign("Pedro Campo")}
            with ThreadPoolExecutor(2) as both:
                sent = [
                    both.submit(answer, each, "keeper", "ReleaseWithdrawal", case, **body) for each in (here, there)
                ]
                taken.released = [said(each.result()) for each in sent]
            return taken

        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            all_taken = list(pool.map(take, range(TAKERS)))
        seconds = time.monotonic() - began

        got = [taken for taken in all_taken if taken.released]
        refused = [taken.assigned for taken in all_taken if not taken.released]
        assert refused == ["STOCK_INSUFFICIENT"] * (TAKERS - THERE)
        assert [taken for taken in got if taken.released.count(TOO_LATE) != 1] == []
        numbers = [number for taken in got for number in taken.released if number != TOO_LATE]
        assert sorted(numbers) == [f"BOG1-128-2026-{n:06d}" for n in range(1, THERE + 1)]
        assert sorted(taken.assigned for taken in got) == [f"BOG1-110B-2026-{n:06d}" for n in range(1, THERE + 1)]
        assert logged(first) == sorted(numbers)
        lowest, left = fold(first)
        assert (lowest, left) == (0, 0)
        rows = first.ask("stock")["items"]
        assert [(row["on_hand"], row["assigned"], row["free"]) for row in rows] == [("0", "0", "0")] * 2
        assert sum(Decimal(row["custody"]) for row in rows) == THERE
        record(
            "withdrawals-at-once",
            takers=TAKERS,
            units=THERE,
            processes=2,
            threads=AT_ONCE,
            withdrawn=len(numbers),
            refused=len(refused),
            oversold=0,
            lost=0,
            holes=0,
            sent_again=sum(taken.again for taken in all_taken),
            acts_per_second=round((TAKERS + 3 * THERE) / seconds),
        )


def logged(opened: Office) -> list[str]:
    """The numbers of the FO-128 that are in the log."""
    return sorted(event.fo128_no for event in of(opened, "inventory.StockWithdrawn"))


def fold(opened: Office) -> tuple[Decimal, Decimal]:
    """The lowest that on hand, or free stock, of any lot ever was by the log alone, and what is left in all."""
    on_hand: dict[UUID, Decimal] = {}
    assigned: dict[UUID, Decimal] = {}
    lowest = Decimal(THERE)
    for event in of(opened, "inventory.LotReceived", "inventory.LotAssigned", "inventory.LotWithdrawn"):
        lot, kind = event.originator_id, type(event).TOPIC
        if kind == "inventory.LotReceived":
            on_hand[lot], assigned[lot] = event.qty, Decimal(0)
        elif kind == "inventory.LotAssigned":
            assigned[lot] += event.qty
        else:
            on_hand[lot] -= event.qty
            assigned[lot] -= event.qty
        lowest = min(lowest, on_hand[lot], on_hand[lot] - assigned[lot])
    return lowest, sum(on_hand.values(), Decimal(0))


def of(opened: Office, *topics: str) -> list[Any]:
    log = opened.application.log
    return [opened.application.mapper.open(entry)[0] for entry in log.of_topics(topics, log.head())]
