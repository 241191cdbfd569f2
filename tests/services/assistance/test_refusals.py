"""Steps out of order, by the wrong role, or by one person where two are needed, refused in Spanish with their code."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused


def refused(field: Field, who: str, command: str, target: UUID | None = None, **body: Any) -> Refused:
    with pytest.raises(Refused) as found:
        field.desk.act(who, command, target, **body)
    assert found.value.refusal["text"]
    return found.value


def test_until_the_acceptance_arrives_the_page_says_so_and_the_act_is_refused(field: Field) -> None:
    case = field.desk.candidate(field.call)

    found = refused(field, "caseworker", "SignCommitment", case, **bodies.commitment(field.call))

    assert found.code == "STEP_OUT_OF_ORDER"
    blocked = field.desk.ask("case", id=str(case))["blocked"]
    assert "Espere" in blocked["SignCommitment"]
    assert "Espere" in blocked["RecordTalkAttendance"]


def test_a_closure_elsewhere_is_known_but_was_not_entered_here(field: Field) -> None:
    told, entered = field.accepted(), field.accepted()
    field.desk.hear("profiling.CaseWithdrawn", told, reason_code="own_will")
    field.desk.act("caseworker", "WithdrawCase", entered, reason_code="own_will", reason="Se va")

    pages = [field.desk.ask("case", id=str(case)) for case in (told, entered)]

    assert [(page["state"], page["entered"]) for page in pages] == [("withdrawn", False), ("withdrawn", True)]


def test_signing_without_the_talk(field: Field) -> None:
    """A11-1."""
    case = field.accepted()
    assert refused(field, "caseworker", "SignCommitment", case, **bodies.commitment(field.call)).code == "NOT_ATTENDED"


def test_signing_an_old_text(field: Field) -> None:
    """A11-1."""
    case = field.accepted()
    field.desk.act("caseworker", "RecordTalkAttendance", **bodies.talk(field.call, case))
    body = bodies.commitment(field.call)
    body["form"]["text_version"] = "0"
    assert refused(field, "caseworker", "SignCommitment", case, **body).code == "CATALOGUE_NOT_EFFECTIVE"


def test_enrolling_before_the_memo(field: Field) -> None:
    assert refused(field, "training", "EnrolInTraining", field.committed()).code == "MEMO_MISSING"


def test_impossible_hours_and_meetings_at_once(field: Field) -> None:
    case = field.enrolled()
    wrong = bodies.meeting(case, hours="3.00", starts="08:00", ends="10:00")
    too_long = refused(field, "training", "RecordTrainingHours", **wrong)
    assert (too_long.code, too_long.field) == ("HOURS_OUT_OF_RANGE", "attendees[0].hours")
    backwards = refused(field, "training", "RecordTrainingHours", **wrong | {"starts": "11:00"})
    assert (backwards.code, backwards.field) == ("HOURS_OUT_OF_RANGE", "ends")
    field.desk.act("training", "RecordTrainingHours", **bodies.meeting(case))
    again = bodies.meeting(case, hours="1.00", starts="17:00", ends="18:00")
    overlap = refused(field, "training", "RecordTrainingHours", **again)
    assert (overlap.code, overlap.field) == ("MEETING_OVERLAP", "attendees[0].case")


def test_the_valuation_waits_for_training(field: Field) -> None:
    assert (
        refused(field, "caseworker", "RecordUnitVisit", field.committed(), **bodies.visit()).code == "STEP_OUT_OF_ORDER"
    )


def test_a_form_with_a_missing_answer_names_it(field: Field) -> None:
    case = field.enrolled()
    visit = field.desk.act("caseworker", "RecordUnitVisit", case, **bodies.visit())["visit_id"]
    body = bodies.capacity(visit)
    del body["form"]["technical"]["score"]
    found = refused(field, "caseworker", "FileCapacityEvaluation", case, **body)
    assert (found.code, found.field) == ("FORM_INCOMPLETE", "form.technical.score")


def test_an_exact_location_needs_the_persons_consent(field: Field) -> None:
    case = field.enrolled()
    body = bodies.visit(location="4.478,-74.118")
    assert refused(field, "caseworker", "RecordUnitVisit", case, **body).code == "EVIDENCE_MISSING"
    field.desk.act(
        "caseworker", "RecordUnitVisit", case, **bodies.visit(location="4.478,-74.118", location_consent=True)
    )


def test_the_scorer_does_not_declare(field: Field) -> None:
    """SOD-2."""
    case = field.valued(field.enrolled())
    assert refused(field, "caseworker", "DeclareUnitResult", case, **bodies.result()).code == "SOD_VIOLATION"
    assert "SOD-2" in field.desk.ask("case", id=str(case))["blocked"]["DeclareUnitResult"]
    assert "DeclareUnitResult" not in field.desk.ask("case", "coordinator", id=str(case))["blocked"]


def test_a_handover_names_every_filter_that_is_missing(field: Field) -> None:
    case = field.preselected(days=3)
    field.desk.hear("intake.DuplicateSuspected", case, suspicion_id=str(uuid4()))
    body = bodies.handover(contract=field.contract)
    found = refused(field, "caseworker", "HandOver", case, **body)
    assert found.code == "FILTER_NOT_PASSED"
    assert found.refusal["parameters"]["filters"] == ["training", "duplicate"]
    assert "Falta" in field.desk.ask("case", id=str(case))["blocked"]["HandOver"]


def test_a_contract_that_ended_or_covers_another_call_receives_nothing(field: Field) -> None:
    case = field.preselected()
    other = field.desk.call()
    elsewhere = field.desk.act("supervisor", "RegisterContract", **bodies.contract(other, "CPS-2"))["id"]
    ended = bodies.contract(field.call, "CPS-3") | {"ends_on": "2026-11-01"}
    over = field.desk.act("supervisor", "RegisterContract", **ended)["id"]
    for contract in (elsewhere, over):
        body = bodies.handover(contract=contract)
        assert refused(field, "caseworker", "HandOver", case, **body).code == "CONTRACT_NOT_IN_FORCE"
    assert refused(field, "caseworker", "HandOver", case, **bodies.handover(contract=str(uuid4()))).code == "NOT_FOUND"


def test_two_contracts_do_not_share_a_number(field: Field) -> None:
    assert refused(field, "supervisor", "RegisterContract", **bodies.contract(field.call)).code == "FIELD_INVALID"


def test_staff_of_another_operator_neither_sees_nor_receives(field: Field) -> None:
    """ROL-02."""
    case = field.preselected()
    field.hand_over(case)
    field.desk.hire("foreign", "operator_staff", contract=str(uuid4()))
    assert refused(field, "foreign", "AcceptHandover", case, on="2026-11-14").code == "NOT_AUTHORISED"
    with pytest.raises(Refused) as unseen:
        field.desk.ask("case", "foreign", id=str(case))
    assert unseen.value.code == "NOT_FOUND"
    assert field.desk.ask("cases", "foreign")["items"] == []
    assert [row["case_id"] for row in field.desk.ask("cases", "operator")["items"]] == [str(case)]


def test_the_plan_is_approved_by_another_and_before_any_decision(field: Field) -> None:
    """A17-1, A18-1."""
    case = field.in_assistance()
    found = refused(field, "caseworker", "DecideIncentive", case, on="2026-11-16", **bodies.decision())
    assert found.code == "PLAN_NOT_APPROVED"
    field.desk.act("operator", "RecordDiagnosis", case, on="2026-11-14", **bodies.diagnosis())
    field.desk.act("operator", "DraftPlan", case, on="2026-11-14", **bodies.plan("b"))
    field.desk.hire("both", "business_adviser", person=UUID(field.desk.person("operator")))
    assert refused(field, "both", "ApprovePlan", case, on="2026-11-15").code == "SOD_VIOLATION"
    field.desk.act("adviser", "ApprovePlan", case, on="2026-11-15")
    found = refused(field, "caseworker", "DecideIncentive", case, on="2026-11-16", **bodies.decision())
    assert found.code == "COMPONENT_NOT_PLANNED"


def test_a_boost_has_lines_and_never_money(field: Field) -> None:
    """A17-3, A18-1."""
    case = field.planned()
    empty = bodies.decision() | {"lines": []}
    assert refused(field, "caseworker", "DecideIncentive", case, on="2026-11-16", **empty).code == "LINES_REQUIRED"
    cash = bodies.decision()
    cash["lines"][0]["kind"] = "money"
    in_cash = refused(field, "caseworker", "DecideIncentive", case, on="2026-11-16", **cash)
    assert (in_cash.code, in_cash.field) == ("CASH_NOT_ALLOWED", "lines[0].kind")


@pytest.mark.parametrize(
    ("who", "command"),
    [
        ("auditor", "HandOver"),
        ("operator", "HandOver"),
        ("caseworker", "EnrolInTraining"),
        ("coordinator", "IssueTrainingMemo"),
        ("operator", "OpenStrengthening"),
        ("caseworker", "AuthoriseTrainingException"),
        ("caseworker", "ApprovePlan"),
        ("training", "DeclareUnitResult"),
    ],
)
def test_the_wrong_role_is_refused(field: Field, who: str, command: str) -> None:
    assert refused(field, who, command, uuid4()).code == "NOT_AUTHORISED"


def test_a_step_in_the_wrong_state_says_which_are_lawful(field: Field) -> None:
    found = refused(field, "caseworker", "HandOver", field.committed(), **bodies.handover(contract=field.contract))
    assert found.code == "STATE_NOT_ALLOWED"
    assert "RecordUnitVisit" in found.refusal["lawful"]


def test_an_act_is_not_dated_before_the_one_it_presupposes(field: Field) -> None:
    case = field.accepted()
    field.desk.act("caseworker", "RecordTalkAttendance", on="2026-11-10", **bodies.talk(field.call, case))
    found = refused(field, "caseworker", "SignCommitment", case, on="2026-11-09", **bodies.commitment(field.call))
    assert found.code == "DATE_BEFORE_PRECONDITION"


def test_the_coordinator_takes_back_after_five_working_days(field: Field) -> None:
    """P-32, A16-3."""
    case = field.preselected()
    field.hand_over(case, on="2026-11-13")
    assert refused(field, "coordinator", "RejectHandover", case, on="2026-11-20", reason="x").code == "NOT_AUTHORISED"
    row = field.desk.ask("cases", state="handover_pending")["items"][0]
    # Friday 13 November: Monday 16 is a holiday, so the fifth working day is Monday 23.
    assert row["reply_due"] == "2026-11-23"
