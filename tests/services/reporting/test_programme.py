"""The work programme against the fact, on the board and in the monthly report (OBJ-7)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook

from tests.services.casework import CATALOGUE, TODAY
from tests.services.reporting.bureau import Bureau, bureau
from tests.unit.documents.pdf_text import pdf_text, squeezed


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as opened:
        yield opened


def approved(
    office: Bureau, goals: dict[int, int], *calls: str, period: str = "2026", on: str = "2026-10-01", **rest: Any
) -> str:
    """A programme of ``calls`` with ``goals`` by activity, approved on a day."""
    programme = uuid4()
    data = {
        "work_programme_id": str(programme),
        "period": period,
        "call_ids": list(calls),
        "activity_codes": [str(one) for one in goals],
        "goal_counts": list(goals.values()),
    }
    office.tell("assistance.WorkProgrammeApproved", programme, data, on=on, **rest)
    return str(programme)


def case_of(office: Bureau, call: str, on: str = "2026-10-02") -> UUID:
    case = uuid4()
    data = {"candidate_id": str(uuid4()), "call_id": call, "source": "hemi"}
    office.tell("intake.CandidateIdentified", case, data, on=on, activity=1)
    return case


def valued(office: Bureau, case: UUID, on: str = "2026-10-10", **rest: Any) -> None:
    data = {"valuation_id": str(uuid4()), "form_instance_ids": []}
    for kind in ("UnitVisited", "CapacityEvaluated"):
        office.tell(f"assistance.{kind}", case, data, on=on, activity=13, **rest)


def block(office: Bureau, **params: Any) -> list[tuple[str, int, int]]:
    rows = office.ask("board", **params)["blocks"]["programme"]
    return [(row["code"], row["goal"], row["value"]) for row in rows]


def test_the_board_shows_each_goal_with_the_cases_that_reached_it(office: Bureau) -> None:
    """OBJ-7, BRD-2, BRD-3: plan against fact by activity; the number opens the list of its cases."""
    call, other = str(uuid4()), str(uuid4())
    first, second, elsewhere = case_of(office, call), case_of(office, call), case_of(office, other)
    for case in (first, elsewhere):
        valued(office, case)
    programme = approved(office, {1: 4, 13: 45, 20: 10}, call)
    assert block(office) == [("1", 4, 2), ("13", 45, 1), ("20", 10, 0)]
    one, thirteen, _ = office.ask("board")["blocks"]["programme"]
    assert (one["percent"], thirteen["percent"]) == (50, 2)
    assert (one["label"], one["period"]) == (CATALOGUE.procedure("PR-156", TODAY).activity(1).name, "2026")
    assert thirteen["filter"] == {"programme": programme, "planned_activity": "13"}
    listed = [each["case_id"] for each in office.ask("board", **thirteen["filter"])["items"]]
    assert listed == [str(first)]
    assert {each["case_id"] for each in office.ask("board", **one["filter"])["items"]} == {str(first), str(second)}
    assert office.ask("board", programme=str(uuid4()), planned_activity="x")["items"] == []


def test_only_what_happened_in_the_period_and_was_approved_by_then_counts(office: Bureau) -> None:
    """OBJ-7, X-17: by the dates of the programme and by both clocks."""
    call = str(uuid4())
    for on in ("2026-09-20", "2026-10-10", "2026-11-02"):
        valued(office, case_of(office, call, on), on)
    approved(office, {13: 5}, call, period="2026-10", on="2026-10-05")
    assert block(office, happened_until="2026-10-31") == [("13", 5, 1)]
    assert block(office, happened_until="2026-10-04") == []
    assert block(office, happened_until="2026-11-03") == []
    late = case_of(office, call, "2026-10-11")
    valued(office, late, "2026-10-12", recorded=datetime(2026, 11, 15, tzinfo=UTC))
    assert block(office, happened_until="2026-10-31") == [("13", 5, 2)]
    then = {"happened_until": "2026-10-31", "recorded_until": "2026-11-10T00:00:00+00:00"}
    assert block(office, **then) == [("13", 5, 1)]


def test_a_later_programme_of_the_same_period_and_call_takes_the_place_of_the_earlier(office: Bureau) -> None:
    """OBJ-7: another call or another period stands beside it; two activities of one number are one goal."""
    call, other = str(uuid4()), str(uuid4())
    approved(office, {13: 5}, call, other)
    approved(office, {12: 3}, str(uuid4()))
    approved(office, {20: 1}, call, period="2026-10")
    replacing = approved(office, {13: 8}, call)
    on = {"happened_until": "2026-10-31"}
    assert sorted(block(office, **on)) == [("12", 3, 0), ("13", 8, 0), ("20", 1, 0)]
    twice = {"activity_codes": ["13", "13"], "goal_counts": [2, 3], "call_ids": [call], "period": "2026"}
    subject = UUID(replacing)
    office.tell("assistance.WorkProgrammeApproved", subject, {**twice, "work_programme_id": replacing}, on="2026-10-02")
    assert ("13", 5, 0) in block(office, **on)


def test_a_case_that_went_on_to_another_call_counts_there(office: Bureau) -> None:
    """OBJ-7: the goals are of calls."""
    call, following = str(uuid4()), str(uuid4())
    case = case_of(office, call)
    valued(office, case)
    approved(office, {13: 5}, call)
    approved(office, {13: 6}, following)
    assert sorted(block(office)) == [("13", 5, 1), ("13", 6, 0)]
    office.tell("assistance.NextCallEnrolled", case, {"call_id": following}, on="2026-10-20", activity=15)
    assert sorted(block(office)) == [("13", 5, 0), ("13", 6, 1)]


def test_the_monthly_report_has_it_as_of_its_cut_off_on_screen_and_on_paper(office: Bureau) -> None:
    """OBJ-7, REP-1: plan against fact up to the end of the month, and the same whatever is recorded later."""
    call = str(uuid4())
    case = office.assisted()
    visited = case_of(office, call)
    valued(office, visited)
    approved(office, {13: 45}, call)
    report = office.consolidated(case, visited)
    office.act("subdirector", "ApproveReport", report, on="2026-11-13")
    valued(office, case_of(office, call), "2026-10-25", recorded=datetime(2026, 11, 15, tzinfo=UTC))
    (row,) = office.ask("report", id=report)["programme"]
    assert (row["period"], row["code"], row["goal"], row["value"]) == ("2026", "13", 45, 1)
    files = {}
    for each in office.ask("report", id=report)["documents"]:
        about = office.ask("document", id=each["id"])
        files[each["format"]] = office.application.files.read(about["file_id"])
    text = squeezed(pdf_text(files["pdf"]))
    assert squeezed("Programa de trabajo: meta y cumplimiento") in text
    assert squeezed(row["label"]) in text
    sheet = load_workbook(io.BytesIO(files["xlsx"]))["Programa de trabajo"]
    assert [cell.value for cell in sheet[2]] == ["2026", "13", row["label"], 45, 1, 2]
