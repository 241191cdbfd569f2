"""The control board and the times of the procedure, from the events (6.3, X-07)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.services.casework import Refused
from tests.services.reporting.bureau import Bureau, bureau


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as opened:
        yield opened


def planned(office: Bureau, case: UUID, on: str, visit: str | None = None) -> str:
    visit = visit or str(uuid4())
    data = {"visit_id": visit, "phase": "materialisation", "planned_on": on}
    office.tell("assistance.FollowUpScheduled", case, data, on="2026-10-10", activity=20)
    return visit


def row(office: Bureau, case: UUID, **params: Any) -> dict[str, Any]:
    rows = {each["case_id"]: each for each in office.ask("board", **params)["items"]}
    found: dict[str, Any] = rows[str(case)]
    return found


def test_a_row_says_where_a_case_stands_and_what_comes_next(office: Bureau) -> None:
    """BRD-1: state, activity, phase, age, caseworker, operator, hours, visits, tracks, HEMI, flags."""
    case, caseworker = office.assisted("2026-10-02"), str(uuid4())
    office.tell("intake.CaseworkerAssigned", case, {"actor_id": caseworker}, on="2026-10-03")
    office.tell("assistance.TrainingHoursRecorded", case, {"hours": "40", "hours_total": "40"}, activity=12)
    office.tell("assistance.PhaseStarted", case, {"phase": "materialisation"}, activity=17)
    office.tell("inventory.IncentiveDelivered", case, {"lines": []}, activity=19)
    planned(office, case, "2026-11-25")
    office.visited(case, "2026-10-20")
    found = row(office, case)
    assert (found["state"], found["phase"], found["activity"]) == ("in_assistance", "materialisation", 20)
    assert (found["caseworker"], found["training_hours"]) == (caseworker, "40")
    assert (found["last_visit"], found["next_visit"]) == ("2026-10-20", "2026-11-25")
    assert found["tracks"]["incentive"] == "delivered" and found["hemi"] == {"pending": 1}
    assert found["age_days"] > 40 and found["operator"] and found["call_id"]


def test_the_flags_of_a_case_are_the_exceptions_of_the_board(office: Bureau) -> None:
    """BRD-1, BRD-2, P-40, P-41, A20-1"""
    case = office.assisted()
    visit = planned(office, case, "2026-10-20")
    overdue = {"visit_id": visit, "phase": "materialisation"}
    office.tell("assistance.FollowUpOverdue", case, overdue, on="2026-10-21", activity=20)
    office.tell("intake.DuplicateSuspected", case, {"suspicion_id": str(uuid4())}, on="2026-10-22")
    office.visited(office.assisted(), on="2026-10-22")
    blocks = office.ask("board")["blocks"]
    exceptions = {each["code"]: each["value"] for each in blocks["exceptions"]}
    assert exceptions == {
        "late_entry": 0,
        "step_overdue": 0,
        "follow_up_overdue": 1,
        "duplicate": 1,
        "household": 0,
        "hemi_rejected": 0,
        "hemi_late": 1,
        "data_request": 0,
        "legal_hold": 0,
        "restricted": 0,
    }
    assert {each["code"] for each in row(office, case)["flags"]} == {"follow_up_overdue", "duplicate"}


def test_what_stands_over_the_data_of_a_person_is_a_flag_until_it_ends(office: Bureau) -> None:
    """X-12, BRD-1: of two requests the second is still open; of two classes one is still restricted."""
    case = office.identified()
    classes = [{"subject_id": str(uuid4()), "data_class": kind} for kind in "cs"]
    for kind in ("DataRequestOpened", "DataRequestOpened", "LegalHoldPlaced"):
        office.tell(f"intake.{kind}", case, on="2026-10-20", audience="-")
    for data in classes:
        office.tell("intake.ProcessingRestricted", case, data, on="2026-10-20")
    office.tell("intake.DataRequestAnswered", case, on="2026-10-21", audience="-")
    office.tell("intake.RestrictionLifted", case, classes[0], on="2026-10-21")
    assert [each["code"] for each in row(office, case)["flags"]] == ["data_request", "legal_hold", "restricted"]
    assert office.ask("board", flag="restricted")["total"] == 1
    office.tell("intake.DataRequestLapsed", case, on="2026-10-22", audience="-")
    office.tell("intake.LegalHoldLifted", case, on="2026-10-22", audience="-")
    office.tell("intake.RestrictionLifted", case, classes[1], on="2026-10-22")
    assert row(office, case)["flags"] == []


def test_a_second_benefit_in_a_household_is_a_flag_on_the_board(office: Bureau) -> None:
    """CRI-5, AMB-28, BRD-1"""
    case = office.identified()
    told = {"household_id": str(uuid4())}
    office.tell("intake.HouseholdSecondBenefitFlagged", case, told, on="2026-10-22", activity=2)
    assert [each["code"] for each in row(office, case)["flags"]] == ["household"]
    assert office.ask("board", flag="household")["total"] == 1


def test_every_number_opens_the_list_of_its_cases(office: Bureau) -> None:
    """BRD-3: funnel, follow-ups and exceptions; the filter of a number gives as many cases."""
    office.identified()
    for _ in range(2):
        planned(office, office.assisted(), "2026-11-25")
    blocks = office.ask("board")["blocks"]
    numbers = [*blocks["funnel"], *blocks["follow_ups"], *blocks["exceptions"]]
    assert {each["code"]: each["value"] for each in blocks["funnel"]} == {"identified": 1, "in_assistance": 2}
    for each in numbers:
        assert office.ask("board", **each["filter"])["total"] == each["value"]


def test_both_kinds_of_follow_up_are_on_the_board(office: Bureau) -> None:
    """A20-3, BRD-2, BRD-3: visits by phase, and operators by the three aspects, the last rating counting."""
    contract = uuid4()
    office.visited(office.assisted())
    for month, rating in (("2026-09", "non_compliant"), ("2026-10", "compliant")):
        data = {"contract_id": str(contract), "month": month, "aspect": "legal", "rating": rating}
        office.tell("assistance.OperatorComplianceAssessed", contract, data, on=f"{month}-20", activity=20)
    blocks = office.ask("board")["blocks"]
    assert [(each["code"], each["phase_label"], each["value"]) for each in blocks["follow_ups"]] == [
        ("done", "Materialización", 1)
    ]
    [operator] = [each for each in blocks["operators"] if each["contract_id"] == str(contract)]
    assert (operator["contract_id"], operator["ratings"]) == (str(contract), {"legal": "Cumple"})
    assert {each["code"]: each["value"] for each in blocks["hemi"]}["pending"] == 3


def test_a_visit_that_was_made_is_not_overdue_any_more(office: Bureau) -> None:
    """BRD-2, FUP-1"""
    case = office.assisted()
    visit = planned(office, case, "2026-10-20")
    told = {"visit_id": visit, "phase": "materialisation"}
    office.tell("assistance.FollowUpOverdue", case, told, on="2026-10-21", activity=20)
    office.tell("assistance.FollowUpVisited", case, told, on="2026-10-23", activity=20)
    assert [each["code"] for each in office.ask("board")["blocks"]["follow_ups"]] == ["done"]
    assert row(office, case)["flags"] == [{"code": "hemi_late", "label": "Registro HEMI pendiente (P-40)"}]


def test_the_board_can_be_read_as_of_either_clock(office: Bureau) -> None:
    """BRD-3, X-17, FUP-3"""
    case = office.identified("2026-10-01")
    office.tell("assistance.HandoverAccepted", case, {}, on="2026-10-10", activity=16)
    assert row(office, case)["state"] == "in_assistance"
    assert row(office, case, happened_until="2026-10-09")["state"] == "identified"
    assert row(office, case, recorded_until="2026-10-05T00:00:00+00:00")["state"] == "identified"
    assert office.ask("board", recorded_until="2026-09-05T00:00:00+00:00")["total"] == 0


def test_the_board_is_filtered_by_call_operator_route_and_state(office: Bureau) -> None:
    """BRD-1"""
    case, _ = office.assisted(), office.identified()
    office.tell("profiling.OfferAccepted", case, {"route": "strengthening"}, on="2026-10-01", activity=10)
    found = row(office, case)
    for name, value in (
        ("call", found["call_id"]),
        ("operator", found["operator"]),
        ("route", "strengthening"),
        ("state", "in_assistance"),
    ):
        assert [each["case_id"] for each in office.ask("board", **{name: value})["items"]] == [str(case)]
    assert office.ask("board", state="closed_completed")["items"] == []


def test_staff_of_an_operator_do_not_see_the_board(office: Bureau) -> None:
    """SOD-5, ROL-02"""
    for query in ("board", "times", "figure"):
        with pytest.raises(Refused) as refused:
            office.ask(query, "operator", period="2026-10", code="FIG-01")
        assert refused.value.code == "NOT_AUTHORISED"


@pytest.mark.parametrize(
    "params",
    [
        {"happened_until": "ayer"},
        {"recorded_until": "2026-10-01T00:00:00"},
        {"recorded_until": "2199-10-01T00:00:00+00:00"},
        {"cursor": "x"},
    ],
)
def test_a_date_that_cannot_be_read_is_refused(office: Bureau, params: dict[str, str]) -> None:
    """X-17"""
    with pytest.raises(Refused) as refused:
        office.ask("board", **params)
    assert refused.value.code == "FIELD_INVALID"


def test_the_time_of_each_activity_is_measured_from_the_events(office: Bureau) -> None:
    """X-07, P-10: how long it lasted, how long it waited; the standard time is empty until it is published."""
    first, second = office.identified("2026-10-01"), office.identified("2026-10-01")
    for case, days in ((first, (5, 7)), (second, (9, 15))):
        for day in days:
            data = {"hours": "5", "hours_total": "5"}
            office.tell("assistance.TrainingHoursRecorded", case, data, on=f"2026-10-{day:02}", activity=12)
    items = {each["activity"]: each for each in office.ask("times")["items"]}
    assert items[12]["cases"] == 2 and items[12]["standard_hours"] is None
    assert items[12]["lasted"] == {"median": 4, "mean": 4.0, "longest": 6}
    assert items[12]["waited"] == {"median": 6, "mean": 6.0, "longest": 8}
    assert items[13] | {"name": ""} == {
        "activity": 13,
        "name": "",
        "cases": 0,
        "lasted": None,
        "waited": None,
        "standard_hours": None,
    }


def test_a_case_that_opens_again_stands_where_it_stood(office: Bureau) -> None:
    """CASE-6, CASE-7: on the board and in a replay as of any day; so does the other case of a merge that is undone."""
    case = office.identified("2026-10-01")
    office.tell("assistance.HandoverAccepted", case, {}, on="2026-10-10", activity=16)
    office.tell("assistance.CaseWithdrawn", case, {"reason_code": "other"}, on="2026-10-12")
    office.tell("assistance.CaseReopened", case, {}, on="2026-10-20")
    pair = {"surviving_case": str(uuid4()), "other_case": str(case)}
    office.tell("intake.CasesMerged", UUID(pair["surviving_case"]), pair, on="2026-10-22")
    office.tell("intake.CasesSplit", UUID(pair["surviving_case"]), pair, on="2026-10-24")
    assert row(office, case)["state"] == "in_assistance"
    for day, state in (("10-11", "in_assistance"), ("10-13", "withdrawn"), ("10-21", "in_assistance")):
        assert row(office, case, happened_until=f"2026-{day}")["state"] == state
    assert row(office, case, happened_until="2026-10-23")["state"] == "merged"


def test_who_identified_the_candidate_answers_for_the_case_until_another_is_assigned(office: Bureau) -> None:
    """CASE-9: on the board and in the list of cases."""
    rosa, marta = uuid4(), str(uuid4())
    case = office.identified("2026-10-01", actor=rosa)
    assert row(office, case)["caseworker"] == str(rosa)
    assert [each["case_id"] for each in office.ask("cases", caseworker=str(rosa))["items"]] == [str(case)]
    office.tell("intake.CaseworkerAssigned", case, {"actor_id": marta}, on="2026-10-03")
    assert row(office, case)["caseworker"] == marta
    assert office.ask("cases", caseworker=str(rosa))["items"] == []
    assert row(office, case, happened_until="2026-10-02")["caseworker"] == str(rosa)
