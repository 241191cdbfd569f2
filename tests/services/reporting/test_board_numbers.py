"""The board's columns, filters and blocks: each number opens its cases, and any day is a replay of the events (6.3)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.delivery.errors import Away
from tests.services.casework import CATALOGUE
from tests.services.reporting.bureau import Bureau, bureau, receipt
from tests.services.reporting.test_board import planned, row
from tests.walks.model import ENTERS


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as opened:
        yield opened


class Owner:
    """A service that answers what it was told to say, by the name of the fold; ``asked`` are the questions."""

    def __init__(self, **rows: list[dict[str, Any]]) -> None:
        self.rows, self.asked, self.away = rows, list[dict[str, Any]](), False

    def __call__(self, payload: dict[str, Any]) -> dict[str, Any]:
        if self.away:
            raise Away("away")
        self.asked.append(payload)
        return {"answers": [self.rows.get(payload["fold"], []) for _ in payload["asks"]]}


def said(line: str, code: str | list[str], *cases: UUID, value: str = "1") -> dict[str, Any]:
    by = code if isinstance(code, list) else [code]
    return {"figure": "", "line": line, "by": by, "value": value, "cases": {str(case): [] for case in cases}}


def listed(office: Bureau, **params: Any) -> set[str]:
    return {each["case_id"] for each in office.ask("board", **params)["items"]}


def test_a_case_is_found_by_what_only_its_owner_knows(office: Bureau) -> None:
    """BRD-1: locality of FO-203 and types of products, of intake and assistance; products of published facts too."""
    bosa, usme = office.assisted(), office.assisted()
    office.application.owners = {
        "intake": Owner(cases=[said("locality", "bosa", bosa), said("locality", "usme", usme)]),
        "assistance": Owner(cases=[said("product_type", "leather", bosa)]),
    }
    order = {"order_id": str(uuid4()), "product_type": "textile", "qty": "3"}
    office.tell("assistance.ProductionOrderCreated", usme, order, activity=17)
    assert row(office, bosa)["locality"] == "bosa" and row(office, bosa)["products"] == ["leather"]
    assert row(office, usme)["products"] == ["textile"]
    assert listed(office, locality="bosa") == listed(office, product="leather") == {str(bosa)}
    assert listed(office, product="textile") == {str(usme)} and listed(office, locality="suba") == set()
    asked = office.application.owners["intake"].asked
    # For a page the owner is asked about its cases alone; for a filter about all, at the position that is shown.
    assert [each["asks"][0]["cases"] is None for each in asked[:2]] == [False, False]
    assert asked[-1]["asks"][0] == {"first": "0001-01-01", "last": asked[-1]["asks"][0]["last"], "position": 2} | {
        "cases": None
    }


def test_the_board_stands_while_an_owner_is_away(office: Bureau) -> None:
    """BRD-1, BRD-2: what it would say is empty, and the board says who is missing."""
    case = office.assisted()
    office.application.owners = {"intake": Owner(), "inventory": Owner()}
    for owner in office.application.owners.values():
        owner.away = True
    found = office.ask("board")
    assert found["missing"] == ["intake", "inventory"] and found["blocks"]["stock"] == []
    assert [(each["case_id"], each["locality"]) for each in found["items"]] == [(str(case), None)]


def test_stock_and_unmatched_lines_are_on_the_board(office: Bureau) -> None:
    """BRD-2, BRD-3, INV-11: on hand by item; lines without counterpart by kind, with the cases that they concern."""
    case = office.assisted()
    office.assisted()
    store = Owner(
        stock=[
            said("on_hand", ["TELA-01", "Tela", "m"], value="12.5"),
            said("unmatched", "withdrawal", case, value="2"),
            said("unmatched", "receipt", value="3"),
        ]
    )
    office.application.owners = {"inventory": store}
    blocks = office.ask("board")["blocks"]
    assert blocks["stock"] == [{"code": "TELA-01", "label": "Tela", "value": "12.5", "unit": "m"}]
    waiting = {each["code"]: (each["value"], each["cases"]) for each in blocks["unmatched"]}
    assert waiting == {"receipt": (3, 0), "assignment": (0, 0), "withdrawal": (2, 1), "forms": (0, 0), "count": (0, 0)}
    assert listed(office, unmatched="withdrawal") == {str(case)} and listed(office, unmatched="receipt") == set()
    assert len(store.asked) == 1, "the same store is not counted again for each look"


def test_the_funnel_by_activity_counts_who_came_to_it_and_who_stands_at_it(office: Bureau) -> None:
    """BRD-2, BRD-3, CASE-7: each of the 21 activities, each number with its list."""
    office.identified()
    office.visited(office.assisted())
    rows = {each["code"]: each for each in office.ask("board")["blocks"]["activities"]}
    assert len(rows) == 21
    assert {code: (each["value"], each["standing"]) for code, each in rows.items() if each["value"]} == {
        "1": (2, 1),
        "16": (1, 0),
        "20": (1, 1),
    }
    for each in rows.values():
        assert len(listed(office, **each["filter"])) == each["value"]
        assert len(listed(office, **each["standing_filter"])) == each["standing"]


def test_every_number_has_as_many_cases_as_its_list_also_within_a_selection(office: Bureau) -> None:
    """BRD-3: visits and entries may be more than cases; the list is of the cases; a selection narrows both."""
    first, second, third = office.assisted(), office.assisted(), office.assisted()
    for case in (first, first, second):
        office.visited(case)
        planned(office, case, "2026-12-01")
    office.tell("intake.DuplicateSuspected", third, {"suspicion_id": str(uuid4())})
    chosen = {"call": row(office, first)["call_id"]}
    for selection in ({}, chosen):
        blocks = office.ask("board", **selection)["blocks"]
        for name in ("funnel", "activities", "follow_ups", "hemi", "exceptions", "operators"):
            for each in blocks[name]:
                found = office.ask("board", **selection, **each["filter"])
                assert found["total"] == each.get("cases", each["value"]), (name, each)
    visits = [(each["code"], each["value"], each["cases"]) for each in office.ask("board")["blocks"]["follow_ups"]]
    assert visits == [("done", 3, 2), ("due", 3, 2)]


def test_hemi_can_be_read_as_of_either_clock(office: Bureau) -> None:
    """BRD-2, BRD-3, HEM-2: an entry with its receipt was pending the day before, and is not there before its event."""
    case = office.identified()
    office.visited(case, on="2026-10-20")
    [entry] = office.ask("hemi", case=str(case))["items"]
    office.act("caseworker", "RecordHemiReceipt", entry["id"], on="2026-11-12", **receipt(on="2026-11-12"))

    def states(**clocks: str) -> dict[str, int]:
        return {
            each["code"]: each["value"] for each in office.ask("board", **clocks)["blocks"]["hemi"] if each["value"]
        }

    assert states() == states(happened_until="2026-11-12") == {"receipted": 1}
    assert states(happened_until="2026-11-11") == {"pending": 1}
    assert states(happened_until="2026-10-19") == {}
    assert states(recorded_until="2026-10-01T00:00:00+00:00") == {}


def test_a_row_says_which_step_is_due_next(office: Bureau) -> None:
    """BRD-1, P-31, P-32: a planned visit, or the term that runs in the state of the case; nothing for an ended one."""
    visited, referred, handed = office.assisted(), office.identified(), office.identified()
    planned(office, visited, "2026-12-01")
    office.tell("profiling.ReferralIssued", referred, {}, on="2026-11-10", activity=8)
    office.tell("assistance.HandedOver", handed, {"contract_id": str(uuid4())}, on="2026-11-10", activity=16)
    assert row(office, visited)["next_step"] == {"due": "2026-12-01", "label": "Visita de seguimiento"}
    # Ten working days with a holiday on Monday the 16th; five with the same.
    assert row(office, referred)["next_step"] == {"due": "2026-11-25", "label": "Vence la respuesta a la remisión"}
    assert row(office, handed)["next_step"]["due"] == "2026-11-18"
    office.tell("assistance.CaseWithdrawn", visited, {"reason_code": "other"}, on="2026-11-12")
    assert row(office, visited)["next_step"] is None


def test_a_step_is_overdue_against_the_standard_time_where_one_is_set(
    office: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CASE-7, X-07, P-10: none is set in the source, so none is overdue; with one, the age in the state decides."""
    case = office.identified("2026-11-02")
    found = row(office, case, happened_until="2026-11-20")
    assert found["state_days"] == 18 and found["flags"] == [] and found["next_step"] is None
    read = CATALOGUE.parameter
    monkeypatch.setattr(type(CATALOGUE), "parameter", lambda _self, code, on: 240 if code == "P-10" else read(code, on))
    assert row(office, case, happened_until="2026-11-12")["flags"] == []
    late = row(office, case, happened_until="2026-11-13")
    assert [each["code"] for each in late["flags"]] == ["step_overdue"]
    assert late["next_step"] == {"due": "2026-11-12", "label": "Tiempo estándar de la actividad"}
    assert listed(office, flag="step_overdue") == {str(case)}


PATH = (
    "intake.CandidateIdentified",
    "profiling.ProfilingStarted",
    "profiling.ProfileClassified",
    "profiling.ProfileApproved",
    "profiling.ServiceOffered",
    "profiling.OfferAccepted",
    "assistance.CommitmentSigned",
    "assistance.UnitVisited",
    "assistance.ValidationReportIssued",
    "assistance.UnitValidated",
    "assistance.HandedOver",
    "assistance.HandoverAccepted",
)


def test_the_board_equals_a_replay_as_of_both_clocks(office: Bureau) -> None:
    """CASE-7, BRD-3: state and days in it of every case, for forty pairs of a day and a moment of recording."""
    chance = random.Random(7)
    told = []
    for _ in range(12):
        case, day = uuid4(), date(2026, 6, 1)
        for topic in PATH[: chance.randrange(1, len(PATH) + 1)]:
            day += timedelta(days=chance.randrange(1, 9))
            told.append((day + timedelta(days=chance.randrange(12)), day, topic, case))
    # Within a log the times of recording rise; between the logs an earlier act may arrive later.
    kept = []
    for recorded_on, day, topic, case in sorted(told, key=lambda each: each[0]):
        recorded = datetime.combine(recorded_on, time(12), UTC) + timedelta(seconds=len(kept))
        data = {"candidate_id": str(uuid4()), "call_id": str(uuid4())} if topic.startswith("intake") else {}
        office.tell(topic, case, data, on=day.isoformat(), recorded=recorded, activity=1)
        kept.append((day, recorded, topic.partition(".")[2], case))
    for _ in range(40):
        day = date(2026, 6, 1) + timedelta(days=chance.randrange(110))
        known = datetime.combine(day, time(0), UTC) + timedelta(days=chance.randrange(-20, 20))
        clocks = {"happened_until": day.isoformat(), "recorded_until": known.isoformat()}
        items = office.ask("board", limit=200, **clocks)["items"]
        shown = {each["case_id"]: (each["state"], each["state_days"]) for each in items}
        assert shown == replayed(kept, day, known)


def replayed(events: list[tuple[date, datetime, str, UUID]], day: date, known: datetime) -> dict[str, tuple[str, int]]:
    """The last act of each case that had happened and was known, and how long ago it was."""
    found: dict[str, tuple[str, int]] = {}
    for happened, recorded, kind, case in sorted(events, key=lambda each: each[:2]):
        if happened <= day and recorded <= known:
            before = found.get(str(case))
            state = ENTERS[kind]
            if before is None or before[0] != state:
                found[str(case)] = (state, (day - happened).days)
            else:
                found[str(case)] = (state, before[1])
    return found
