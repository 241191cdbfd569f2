"""Acts 17 and 18, and the goods of act. 19: plan by the executor, approval by another, the boost in kind only."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from services.assistance.domain.refusals import (
    CashNotAllowed,
    ComponentNotPlanned,
    CustodyOpen,
    LinesRequired,
    PlanNotApproved,
)
from shared.catalogue.refusals import (
    CaseClosed,
    FieldInvalid,
    NotAuthorised,
    NotFound,
    SeparationOfDuties,
    StepOutOfOrder,
)
from tests.unit.assistance.journey import NUBIA, OPERATOR, Journey, act, cloth


def test_strengthening_without_diagnosis_has_no_plan() -> None:
    with pytest.raises(StepOutOfOrder):
        Journey().in_assistance().drafted()


def test_entrepreneurship_starts_with_its_business_plan() -> None:
    journey = Journey(route="entrepreneurship").in_assistance()
    with pytest.raises(FieldInvalid):
        journey.drafted(kind="improvement_plan")
    assert journey.drafted(kind="business_plan").case.plan is not None


def test_the_executor_does_and_others_do_not() -> None:
    journey = Journey().in_assistance()
    foreign = journey.operator("RecordDiagnosis", contracts=frozenset({str(uuid4())}))
    for attempt in (act("RecordDiagnosis"), foreign):
        with pytest.raises(NotAuthorised):
            journey.case.record_diagnosis(attempt, diagnosis_id=uuid4(), diagnosis=journey.text("x"), file=None)


def test_no_author_of_any_version_approves_the_plan() -> None:
    journey = Journey().in_assistance().diagnosed().drafted("b").drafted("b", "d")
    with pytest.raises(SeparationOfDuties):
        journey.case.approve_plan(act("ApprovePlan", OPERATOR, "business_adviser"))
    journey.case.approve_plan(act("ApprovePlan", NUBIA, "business_adviser"))
    assert journey.case.plan is not None
    assert (journey.case.plan.approved_version, journey.case.plan.approved) == (2, ["b", "d"])


def test_what_a_new_version_adds_waits_for_its_approval() -> None:
    journey = Journey().in_assistance().approved("b").revised("b", "d")
    with pytest.raises(ComponentNotPlanned):
        journey.decided()


def test_there_is_nothing_to_approve_before_a_draft_nor_twice() -> None:
    journey = Journey().in_assistance()
    with pytest.raises(StepOutOfOrder):
        journey.case.approve_plan(act("ApprovePlan", NUBIA, "business_adviser"))
    journey.approved()
    with pytest.raises(StepOutOfOrder):
        journey.case.approve_plan(act("ApprovePlan", NUBIA, "business_adviser"))


def test_no_decision_before_the_plan_is_approved() -> None:
    with pytest.raises(PlanNotApproved):
        Journey().in_assistance().diagnosed().drafted().decided()


def test_a_yes_has_lines_and_a_no_has_none() -> None:
    journey = Journey().in_assistance().approved()
    with pytest.raises(LinesRequired):
        journey.decided(lines=[])
    with pytest.raises(FieldInvalid):
        journey.decided("no")


def test_money_is_refused() -> None:
    with pytest.raises(CashNotAllowed):
        Journey().in_assistance().approved().decided(lines=[cloth(kind="money")])


def test_materialisation_must_be_in_the_plan() -> None:
    with pytest.raises(ComponentNotPlanned):
        Journey().in_assistance().approved("b").decided()


def test_a_case_may_have_several_decisions() -> None:
    journey = Journey().in_assistance().approved().decided("no", lines=[]).decided()
    assert [each.decision for each in journey.case.incentives.values()] == ["no", "yes"]


def decision_of(journey: Journey) -> UUID:
    return next(iter(journey.case.incentives))


def cancel(journey: Journey, qty: str, line: int = 1) -> None:
    journey.case.cancel_incentive(
        act("CancelIncentive"),
        decision_id=decision_of(journey),
        line=line,
        qty=Decimal(qty),
        reason=journey.text("Ya no se necesita"),
    )


def test_no_more_is_cancelled_than_is_open() -> None:
    journey = Journey().in_assistance().approved().decided()
    cancel(journey, "5")
    with pytest.raises(FieldInvalid):
        cancel(journey, "15.5")
    with pytest.raises(NotFound):
        cancel(journey, "1", line=2)
    cancel(journey, "15")
    assert journey.case.incentives[decision_of(journey)].track == "cancelled"


def goods(
    journey: Journey, movement: str, qty: str, lot: UUID, *, decision: bool = False, origin: str | None = None
) -> None:
    journey.case.note_goods(
        movement=movement,
        source_event="inventory:1",
        decision_id=decision_of(journey) if decision else None,
        lines=[
            {"lot": lot, "item": "TELA-01", "qty": Decimal(qty), "unit": "m", **({"origin": origin} if origin else {})}
        ],
    )


def test_the_track_follows_the_warehouse() -> None:
    journey = Journey().in_assistance().approved().decided()
    lot, seen = uuid4(), []
    for movement, names_decision in (
        ("assigned", True),
        ("requested", False),
        ("withdrawn", False),
        ("delivered", True),
    ):
        goods(journey, movement, "20", lot, decision=names_decision)
        seen.append(journey.case.incentives[decision_of(journey)].track)
    assert seen == ["assigned", "requested", "withdrawn", "delivered"]
    assert journey.case.custody == {}


def undelivered(journey: Journey) -> list[str]:
    """What completion asks for about goods."""
    return [each for each in journey.case.missing_for_completion({}) if "TELA-01" in each or "retirados" in each]


def delivered_in_part() -> tuple[Journey, UUID]:
    """Twenty metres decided and withdrawn, twelve of them delivered."""
    journey, lot = Journey().in_assistance().approved().decided(), uuid4()
    goods(journey, "assigned", "20", lot, decision=True)
    goods(journey, "withdrawn", "20", lot)
    goods(journey, "delivered", "12", lot, decision=True)
    return journey, lot


def test_what_the_beneficiary_gave_back_is_to_be_delivered_again_or_cancelled() -> None:
    """INV-12, CASE-2: delivered net is delivered less returned by the beneficiary."""
    journey, lot = delivered_in_part()
    goods(journey, "delivered", "8", lot, decision=True)
    assert undelivered(journey) == []
    goods(journey, "returned", "3", lot, decision=True, origin="beneficiary")
    assert len(undelivered(journey)) == 1
    with pytest.raises(FieldInvalid):
        cancel(journey, "3.5")
    cancel(journey, "3")
    assert undelivered(journey) == []


def test_a_return_by_the_beneficiary_leaves_what_is_in_custody_in_custody() -> None:
    """INV-12, CASE-3: goods of one lot may be with the beneficiary and with the professional at once."""
    journey, lot = delivered_in_part()
    goods(journey, "returned", "8", lot, decision=True, origin="beneficiary")
    assert journey.case.custody == {str(lot): Decimal(8)}
    with pytest.raises(CustodyOpen):
        withdraw(journey)
    goods(journey, "returned", "8", lot, decision=True, origin="custody")
    assert journey.case.custody == {}
    withdraw(journey)


def test_a_return_from_custody_takes_nothing_from_what_was_delivered() -> None:
    """INV-12, CASE-2."""
    journey, lot = delivered_in_part()
    goods(journey, "returned", "8", lot, decision=True, origin="custody")
    cancel(journey, "8")
    assert undelivered(journey) == []


def test_a_return_noted_by_an_earlier_version_is_read_as_one_from_custody() -> None:
    journey, lot = delivered_in_part()
    goods(journey, "returned", "8", lot)
    assert journey.case.custody == {}


def withdraw(journey: Journey) -> None:
    journey.case.withdraw_case(act("WithdrawCase"), reason_code="own_will", reason=journey.text("Se retira"))


def test_goods_in_custody_keep_the_case_in_until_they_are_delivered_or_returned() -> None:
    journey = Journey().in_assistance().approved().decided()
    lot = uuid4()
    goods(journey, "assigned", "20", lot, decision=True)
    goods(journey, "withdrawn", "20", lot)
    goods(journey, "delivered", "12", lot, decision=True)
    with pytest.raises(CustodyOpen):
        withdraw(journey)
    goods(journey, "returned", "8", lot)
    withdraw(journey)
    assert journey.case.state == "withdrawn"


def test_a_withdrawn_case_is_closed_to_every_act() -> None:
    journey = Journey().attended()
    withdraw(journey)
    with pytest.raises(CaseClosed):
        journey.attended()
