"""The monthly report: its two steps, its next actions and who may do what (act. 21, REP-7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reporting.application.counting import span_of
from tests.services.casework import Refused
from tests.services.reporting.bureau import CUT_OFF, MONTH, Bureau, action, after_cut_off, bureau, execution


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as opened:
        yield opened


def code(office: Bureau, *given: Any, **rest: Any) -> str:
    with pytest.raises(Refused) as refused:
        office.act(*given, **rest)
    return refused.value.code


def value(report: dict[str, Any], figure: str, line: str) -> str | None:
    found = [row for each in report["figures"] if each["code"] == figure for row in each["lines"]]
    return next((row["value"] for row in found if row["code"] == line), None)


def test_a_report_goes_from_its_author_to_the_coordinator_to_the_subdirector(office: Bureau) -> None:
    """A21-2, REP-7: prepared, consolidated and approved by three roles; only then it is official."""
    case = office.assisted()
    report = office.consolidated(case)
    assert office.ask("report", "auditor", id=report)["official"] is False
    office.act("subdirector", "ApproveReport", report, on="2026-11-13")
    found = office.ask("report", id=report)
    assert (found["state"], found["official"]) == ("approved", True)
    assert [each["role"] for each in found["steps"]] == ["report_author", "report_author", "coordinator", "subdirector"]
    told = [each for each in office.published() if each.type == "ReportApproved"]
    assert told[0].data["period"] == MONTH and told[0].data["content_hash"] == found["content_hash"]


def test_the_report_has_a_row_for_each_served_beneficiary(office: Bureau) -> None:
    """REP-5, A21-1: progress, findings, next action, responsible, due; and the execution on three aspects."""
    case, responsible = office.assisted(), str(uuid4())
    report = office.drafted()
    row = action(case, responsible=responsible, findings="Lleva el cuaderno al día")
    office.act("author", "SetNextAction", report, on="2026-11-10", actions=[row])
    office.submitted(report)
    found = office.ask("report", id=report)
    [shown] = found["beneficiaries"]
    assert (shown["case_id"], shown["state"], shown["activities"]) == (str(case), "in_assistance", [16])
    assert (shown["progress"], shown["findings"]) == ("Terminó su primera orden", "Lleva el cuaderno al día")
    assert (shown["next_action"], shown["responsible"]) == ("Costear el segundo producto", responsible)
    assert shown["due"] == "2026-11-30"
    assert {name: found["execution"][name] for name in execution()} == execution()


def test_served_is_who_had_an_act_in_the_month_or_stood_in_assistance_on_its_last_day(office: Bureau) -> None:
    """REP-6: and nobody else."""
    standing, trained = office.assisted("2026-08-03"), office.identified("2026-10-01")
    office.tell("assistance.TrainingEnrolled", trained, {"training_id": str(uuid4())}, on="2026-10-20", activity=12)
    office.identified("2026-10-02")
    earlier = office.identified("2026-08-01")
    office.tell("assistance.TrainingEnrolled", earlier, {"training_id": str(uuid4())}, on="2026-09-20", activity=12)
    gone = office.assisted("2026-08-03")
    office.tell("assistance.CaseWithdrawn", gone, {"reason_code": "own_will"}, on="2026-09-20")
    rows = office.ask("report", id=office.drafted())["beneficiaries"]
    assert {each["case_id"] for each in rows} == {str(standing), str(trained)}


def test_without_a_next_action_for_each_beneficiary_it_is_not_submitted(office: Bureau) -> None:
    """A21-1: NEXT_ACTION_MISSING"""
    first, second = office.assisted(), office.assisted()
    report = office.drafted()
    assert office.next_actions(report, first)["pending"] == 1
    with pytest.raises(Refused) as refused:
        office.submitted(report)
    assert refused.value.code == "NEXT_ACTION_MISSING" and str(second) in refused.value.refusal["text"]


def test_a_next_action_is_for_a_served_beneficiary_and_not_in_the_past(office: Bureau) -> None:
    """A21-1, REP-6"""
    case, report = office.assisted(), office.drafted()
    act = ("author", "SetNextAction", report)
    assert code(office, *act, actions=[action(uuid4())]) == "NOT_SERVED"
    assert code(office, *act, actions=[action(case, due="2026-11-01")]) == "DATE_BEFORE_PRECONDITION"
    assert code(office, *act, actions=[action(case, next_action=None)]) == "FIELD_INVALID"
    assert code(office, *act, actions=[action(case, next_action="x" * 501)]) == "FIELD_INVALID"


def test_an_author_does_not_approve_and_neither_does_an_account_of_the_same_person(office: Bureau) -> None:
    """SOD-6, A21-2: the test is on the natural person."""
    author = UUID(office.person("author"))
    office.hire("author_as_subdirector", "subdirector", person=author)
    report = office.consolidated(office.assisted())
    assert code(office, "author_as_subdirector", "ApproveReport", report, on="2026-11-13") == "SOD_VIOLATION"
    assert office.ask("report", id=report)["state"] == "consolidated"


def test_who_only_set_a_next_action_is_an_author_too(office: Bureau) -> None:
    """SOD-6: authors of superseded versions count."""
    office.hire("second_as_subdirector", "subdirector", person=UUID(office.person("second_author")))
    case, report = office.assisted(), office.drafted()
    office.next_actions(report, case, who="second_author")
    office.next_actions(report, case)
    office.submitted(report)
    office.act("coordinator", "ConsolidateReport", report, on="2026-11-12")
    assert code(office, "second_as_subdirector", "ApproveReport", report, on="2026-11-13") == "SOD_VIOLATION"


def test_staff_of_an_operator_neither_approve_nor_read_the_report(office: Bureau) -> None:
    """SOD-5"""
    report = office.consolidated(office.assisted())
    assert code(office, "operator", "ApproveReport", report, on="2026-11-13") == "NOT_AUTHORISED"
    office.hire("operator_as_subdirector", "subdirector", contract=str(uuid4()))
    assert code(office, "operator_as_subdirector", "ApproveReport", report, on="2026-11-13") == "SOD_VIOLATION"
    for query in ("report", "reports"):
        with pytest.raises(Refused) as refused:
            office.ask(query, "operator", id=report)
        assert refused.value.code == "NOT_AUTHORISED"


@pytest.mark.parametrize(
    ("command", "who", "body"),
    [
        ("SubmitReport", "coordinator", {"form": execution()}),
        ("ConsolidateReport", "author", {}),
        ("ApproveReport", "coordinator", {}),
        ("ReturnReport", "coordinator", {"reason": "No"}),
    ],
)
def test_each_step_belongs_to_its_role(office: Bureau, command: str, who: str, body: dict[str, Any]) -> None:
    """A21-2, ROL-01"""
    report = office.drafted()
    assert code(office, who, command, report, **body) == "NOT_AUTHORISED"


def test_no_step_is_skipped(office: Bureau) -> None:
    """REP-7"""
    case, report = office.assisted(), office.drafted()
    assert code(office, "subdirector", "ApproveReport", report) == "REPORT_STATE_NOT_ALLOWED"
    assert code(office, "coordinator", "ConsolidateReport", report) == "REPORT_STATE_NOT_ALLOWED"
    office.next_actions(report, case)
    office.submitted(report)
    assert code(office, "subdirector", "ApproveReport", report, on="2026-11-12") == "REPORT_STATE_NOT_ALLOWED"
    assert code(office, "author", "SetNextAction", report, actions=[action(case)]) == "REPORT_STATE_NOT_ALLOWED"


def test_a_step_is_not_dated_before_the_one_it_follows(office: Bureau) -> None:
    """X-08"""
    case, report = office.assisted(), office.drafted()
    office.next_actions(report, case)
    office.submitted(report)
    assert code(office, "coordinator", "ConsolidateReport", report, on="2026-11-09") == "DATE_BEFORE_PRECONDITION"


def test_a_returned_report_is_corrected_and_goes_the_whole_way_again(office: Bureau) -> None:
    """REP-7: with its reason; and an approved one no longer changes (REP-3)."""
    case = office.assisted()
    report = office.consolidated(case)
    office.act("subdirector", "ReturnReport", report, on="2026-11-13", reason="Precise el responsable")
    assert office.ask("report", id=report)["returned"] == "Precise el responsable"
    office.act("author", "SetNextAction", report, on="2026-11-14", actions=[action(case, progress="Con marca")])
    office.act("author", "SubmitReport", report, on="2026-11-14", form=execution())
    office.act("coordinator", "ConsolidateReport", report, on="2026-11-15")
    office.act("subdirector", "ApproveReport", report, on="2026-11-16")
    assert office.ask("report", id=report)["beneficiaries"][0]["progress"] == "Con marca"
    assert (
        code(office, "subdirector", "ReturnReport", report, on="2026-11-17", reason="No") == "REPORT_STATE_NOT_ALLOWED"
    )
    assert code(office, "author", "DraftReport", period=MONTH) == "REPORT_EXISTS"


def test_a_report_is_drafted_after_its_month_and_its_cut_off(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """A21-1, P-09, REP-2, P-39: the end of the third working day after the month."""
    assert code(office, "author", "DraftReport", period="2026-11") == "PERIOD_NOT_ENDED"
    assert office.application.cut_off(span_of(MONTH).last) == CUT_OFF
    monkeypatch.setattr(office.application, "now", lambda: datetime(2026, 11, 5, 23, 0, tzinfo=UTC))
    assert code(office, "author", "DraftReport", period=MONTH) == "CUT_OFF_NOT_REACHED"
    assert code(office, "author", "DraftReport", period="2026-13") == "FIELD_INVALID"
    assert code(office, "coordinator", "DraftReport", period=MONTH) == "NOT_AUTHORISED"


def test_a_run_stores_its_versions_its_cut_off_and_how_far_it_knew_each_log(office: Bureau) -> None:
    """REP-1"""
    office.assisted()
    found = office.ask("report", id=office.drafted())
    assert (found["template_version"], found["figures_version"]) == ("V1", "1")
    assert found["cut_off"] == "2026-11-06T00:00-05:00"
    assert found["positions"] == {"intake": 1, "assistance": 1}


def test_what_comes_after_the_cut_off_does_not_move_the_report(office: Bureau) -> None:
    """REP-1, REP-3"""
    office.identified()
    report = office.drafted()
    before = office.ask("report", id=report)
    office.identified("2026-10-30", recorded=after_cut_off())
    after = office.ask("report", id=report)
    assert after == before and after["reproduced"] is True
    assert value(after, "FIG-01", "identified") == "1"


def test_approval_asks_for_a_hemi_entry_for_each_served_beneficiary(office: Bureau) -> None:
    """A21-2, HEM-1: kind monthly_result, and the report lists them (REP-5)."""
    case = office.assisted()
    report = office.consolidated(case)
    office.act("subdirector", "ApproveReport", report, on="2026-11-13")
    entries = office.ask("hemi", activity="21")["items"]
    assert [(each["kind"], each["case_id"]) for each in entries] == [("monthly_result", str(case))]
    assert [each["case_id"] for each in office.ask("report", id=report)["hemi"]] == [str(case)]


def test_the_template_says_what_a_report_holds(office: Bureau) -> None:
    """REP-5, CAT-05: by dated data, in force on the last day of the period."""
    template = office.application.counting(MONTH).template
    assert [name for name, _ in template.sections] == [
        *("figures", "programme", "beneficiaries", "execution", "incidents", "late", "hemi", "approval")
    ]
