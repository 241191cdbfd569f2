"""Assistance end to end through its desk: from the accepted offer to the delivered boost."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.profiling.definition import SERVICE as PROFILING
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused, office
from tests.services.profiling.profile import approved


def test_a_case_goes_from_the_offer_to_a_delivered_boost(field: Field) -> None:
    case = field.planned()
    decided = field.desk.act("caseworker", "DecideIncentive", case, on="2026-11-16", **bodies.decision())
    decision, lot = decided["decision_id"], str(uuid4())
    line = {"lot": lot, "qty": "20", "item": "TELA-01", "unit": "m"}
    field.desk.hear(
        "inventory.StockAssigned",
        case,
        assignment_id=str(uuid4()),
        decision_id=decision,
        lines=[{"lot": lot, "qty": "20"}],
    )
    field.desk.hear("inventory.WithdrawalRequested", case, request_id=str(uuid4()))
    field.desk.hear("inventory.StockWithdrawn", case, fo128_no="FO-128-1", lines=[line])
    with pytest.raises(Refused) as refused:
        field.desk.act("caseworker", "WithdrawCase", case, on="2026-11-17", **bodies.withdrawal())
    assert refused.value.code == "CUSTODY_OPEN"
    field.desk.hear(
        "inventory.IncentiveDelivered",
        case,
        delivery_id=str(uuid4()),
        decision_id=decision,
        fo128_no="FO-128-1",
        lines=[line],
        delivered_on="2026-11-18",
        complete=True,
    )
    page = field.desk.ask("case", id=str(case))
    assert page["state"] == "in_assistance"
    assert "Sí (entregado)" in [fact["value"] for fact in page["facts"]]
    assert {paper["code"] for paper in page["documents"]} == {
        "FO-051",
        "FO-078",
        "FRM-12",
        "FO-069",
        "FO-781",
        "FO-779",
        "FO-780",
        "FRM-13",
        "FRM-16",
    }
    assert [act["type"] for act in page["acts"]][-6:] == [
        "HandedOver",
        "HandoverAccepted",
        "DiagnosisRecorded",
        "PlanDrafted",
        "PlanApproved",
        "IncentiveDecided",
    ]


def test_the_named_event_says_what_the_contract_says(field: Field) -> None:
    case = field.preselected()
    told = next(event for event in field.desk.published() if event.type == "UnitValidated")
    assert (told.subject, told.audience) == (case, "I")
    assert set(told.data) == {"unit_id", "valuation_id", "call_id", "declared_on"}
    assert told.data["call_id"] == field.call


def test_an_accepted_offer_of_profiling_opens_the_case_as_published(field: Field, tmp_path: Path) -> None:
    with office(PROFILING, tmp_path / "profiling") as profiling:
        call = profiling.call()
        case = approved(profiling, call)
        profiling.act("caseworker", "PresentOffer", case, **bodies.offer(call))
        profiling.act("caseworker", "RecordInterest", case, **bodies.interest(call))
        profiling.act("caseworker", "AcceptOffer", case, **bodies.acceptance(call))
        for event in profiling.published():
            if event.topic in field.desk.definition.reactions:
                field.desk.receive(event)
    assert field.state(case) == "accepted"


def test_the_offer_may_arrive_before_the_candidate(field: Field) -> None:
    case = uuid4()
    offer = {"process_id": field.call, "service": "technical_assistance", "route": "strengthening"}
    field.desk.hear("profiling.OfferAccepted", case, "2026-11-01", **offer)
    with pytest.raises(Refused) as refused:
        field.desk.act("caseworker", "RecordTalkAttendance", **bodies.talk(field.call, case))
    assert refused.value.code == "STEP_OUT_OF_ORDER"
    field.desk.hear("intake.CandidateIdentified", case, candidate_id=str(uuid4()), call_id=field.call, source="hemi")
    field.desk.act("caseworker", "RecordTalkAttendance", **bodies.talk(field.call, case))


def test_one_talk_and_one_meeting_serve_many_cases(field: Field) -> None:
    cases = [field.accepted() for _ in range(3)]
    field.desk.act("caseworker", "RecordTalkAttendance", **bodies.talk(field.call, *cases))
    for case in cases:
        field.desk.act("caseworker", "SignCommitment", case, **bodies.commitment(field.call))
        field.desk.act("caseworker", "IssueTrainingMemo", case, **bodies.memo())
        field.desk.act("training", "EnrolInTraining", case)
    field.train(*cases)
    hours = [row["training_hours"] for row in field.desk.ask("cases", state="committed")["items"]]
    assert hours == ["40.00"] * 3


def test_a_group_act_with_one_wrong_row_records_nobody(field: Field) -> None:
    first, second = field.accepted(), field.committed()
    head = field.desk.application.log.head()
    with pytest.raises(Refused) as refused:
        field.desk.act("caseworker", "RecordTalkAttendance", **bodies.talk(field.call, first, second))
    assert (refused.value.code, refused.value.field) == ("STATE_NOT_ALLOWED", "form.attendees[1].case")
    assert field.desk.application.log.head() == head


def test_a_scheduled_talk_is_held_once(field: Field) -> None:
    plan = bodies.scheduled_talk(field.call, field.desk.person("caseworker"))
    talk = field.desk.act("caseworker", "ScheduleTalk", **plan)["id"]
    assert [row["state"] for row in field.desk.ask("talks", call=field.call)["items"]] == ["scheduled"]
    field.desk.act("caseworker", "RecordTalkAttendance", talk=talk, **bodies.talk(field.call, field.accepted()))
    assert [row["state"] for row in field.desk.ask("talks", call=field.call)["items"]] == ["held"]
    with pytest.raises(Refused) as refused:
        field.desk.act("caseworker", "RecordTalkAttendance", talk=talk, **bodies.talk(field.call, field.accepted()))
    assert refused.value.code == "STEP_OUT_OF_ORDER"


def test_memo_numbers_have_no_holes_though_some_memos_are_refused(field: Field) -> None:
    first, second = field.committed(), field.committed()
    numbers = [field.desk.act("caseworker", "IssueTrainingMemo", first, **bodies.memo())["number"]]
    with pytest.raises(Refused):
        field.desk.act("caseworker", "IssueTrainingMemo", first, **bodies.memo())
    numbers.append(field.desk.act("caseworker", "IssueTrainingMemo", second, **bodies.memo())["number"])
    assert numbers == ["FO-069-2026-0001", "FO-069-2026-0002"]


def test_no_apto_is_strengthened_and_returns_in_another_call(field: Field) -> None:
    case = field.valued(field.enrolled(), "no_apto")
    field.desk.act("second_caseworker", "DeclareUnitResult", case, **bodies.result("no_apto", "technical"))
    professional = field.desk.person("adviser")
    field.desk.act("adviser", "OpenStrengthening", case, components=["technical"], professional=professional)
    outcome = {"component": "technical", "outcome": "strengthened"}
    field.desk.act("adviser", "CloseStrengthening", case, outcomes=[outcome])
    assert field.state(case) == "waiting_next_call"
    for wrong in (field.call, str(uuid4())):
        with pytest.raises(Refused) as refused:
            field.desk.act("caseworker", "EnrolInNextCall", case, call=wrong)
        assert refused.value.code == "CALL_NOT_NEXT"
    following = field.desk.call()
    field.desk.act("caseworker", "EnrolInNextCall", case, call=following)
    field.desk.act("caseworker", "ScheduleUnitVisit", case, **bodies.visit_plan())
    assert field.state(case) == "in_valuation"


def test_what_is_known_already_is_offered_as_default(field: Field) -> None:
    case = field.accepted()
    form = field.desk.ask("case", id=str(case))["defaults"]["SignCommitment"]["form"]
    assert (form["text_version"], form["process"], form["phases"][0]) == ("1", field.call, "F1")
    field.desk.act("caseworker", "RecordTalkAttendance", **bodies.talk(field.call, case))
    body = bodies.commitment(field.call)
    body["form"] |= form
    field.desk.act("caseworker", "SignCommitment", case, **body)


def test_nothing_personal_is_stored_in_the_clear(field: Field, tmp_path: Path) -> None:
    field.planned()
    field.desk.assembled.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for secret in ("Gloria Amparo", "Calle 58", "Hilos sueltos", "Le falta costear", "Luz Dary", "Vende por encargo"):
        assert secret.encode() not in stored


def test_a_case_that_ended_elsewhere_is_closed_here(field: Field) -> None:
    merged, declined = field.committed(), field.desk.candidate(field.call)
    field.desk.hear("intake.CasesMerged", uuid4(), surviving_case=str(uuid4()), other_case=str(merged))
    field.desk.hear("profiling.CaseDeclinedClosed", declined)
    assert (field.state(merged), field.state(declined)) == ("merged", "closed_declined")
    with pytest.raises(Refused) as refused:
        field.desk.act("caseworker", "IssueTrainingMemo", merged, **bodies.memo())
    assert refused.value.code == "CASE_CLOSED"


def test_choices_name_the_visits_and_decisions_of_a_case(field: Field) -> None:
    case = field.planned()
    decision = field.desk.act("caseworker", "DecideIncentive", case, on="2026-11-16", **bodies.decision())
    found = field.desk.ask("choices", to="decision", case_id=str(case))["items"]
    assert [UUID(row["id"]) for row in found] == [UUID(decision["decision_id"])]
    assert len(field.desk.ask("choices", to="visit", case_id=str(case))["items"]) == 1
    cancelled = bodies.cancellation(decision["decision_id"])
    field.desk.act("caseworker", "CancelIncentive", case, on="2026-11-17", **cancelled)
