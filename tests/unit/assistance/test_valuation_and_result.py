"""Acts 13 to 15: one visit, who scores and who declares, what follows from no apto."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.assistance.domain.refusals import CallNotNext, ComponentsRequired, ProducerNotConfirmed, VisitMismatch
from shared.catalogue.refusals import FieldInvalid, FormIncomplete, SeparationOfDuties, StateNotAllowed, StepOutOfOrder
from tests.unit.assistance.journey import PABLO, ROSA, Journey, act


def test_the_visit_waits_for_the_enrolment_in_training() -> None:
    with pytest.raises(StepOutOfOrder):
        Journey().committed().memo().visited()


def test_an_unscheduled_visit_opens_the_valuation() -> None:
    journey = Journey().enrolled().visited()
    assert journey.case.state == "in_valuation"
    assert journey.case.unit_id is not None


def test_a_form_of_a_visit_elsewhere_than_at_the_unit_is_refused() -> None:
    """A13-1: the visit is where the unit works."""
    with pytest.raises(VisitMismatch):
        Journey().enrolled().visited(at_unit=False).capacity()


def test_capacity_and_product_belong_to_one_visit() -> None:
    """A13-1: FO-781 and FO-779 belong to the same visit."""
    journey = Journey().enrolled().visited().capacity()
    first, journey.visit = journey.visit, uuid4()
    journey.visited()
    with pytest.raises(VisitMismatch):
        journey.product()
    journey.product(visit=first)


def test_a_report_names_the_forms_that_are_missing() -> None:
    """A13-1: the report presupposes FO-781, FO-779 and FO-780."""
    journey = Journey().enrolled().visited().capacity()
    with pytest.raises(FormIncomplete) as refused:
        journey.reported()
    assert "FO-779, FO-780" in refused.value.text


def test_without_a_confirmed_producer_the_report_proposes_no_apto_only() -> None:
    """A13-2, A14-1: without a confirmed producer neither the proposal nor the result is apto."""
    journey = Journey().enrolled().visited().forms(producer=False)
    with pytest.raises(ProducerNotConfirmed):
        journey.reported("apto")
    journey.reported("no_apto")
    with pytest.raises(ProducerNotConfirmed):
        journey.declared("apto")


def test_who_scored_does_not_declare_nor_return() -> None:
    journey = Journey().enrolled().visited().forms().reported()
    with pytest.raises(SeparationOfDuties) as refused:
        journey.declared(person=ROSA)
    assert refused.value.parameters["rule"] == "SOD-2"
    with pytest.raises(SeparationOfDuties):
        journey.case.return_validation_report(act("ReturnValidationReport"), reason=journey.text("Faltan fotos"))


def test_apto_preselects_the_unit() -> None:
    journey = Journey().preselected()
    assert journey.case.state == "preselected"
    assert journey.facts()[-1] == "UnitValidated"


def test_no_apto_names_components() -> None:
    """A14-1: no_apto names its components."""
    journey = Journey().enrolled().visited().forms().reported("no_apto")
    with pytest.raises(ComponentsRequired):
        journey.declared("no_apto")
    journey.declared("no_apto", components=("technical",))
    assert journey.case.state == "strengthening"
    assert journey.facts()[-1] == "UnitNotValidated"


def test_a_result_against_the_report_needs_a_reason_of_its_own() -> None:
    """A14-1: a result that differs from the proposal has its own reason."""
    journey = Journey().enrolled().visited().forms().reported("apto")
    with pytest.raises(FieldInvalid):
        journey.case.declare_unit_result(
            act("DeclareUnitResult", PABLO, "coordinator"),
            result="no_apto",
            reason=journey.text("Buen producto"),
            components=["technical"],
        )


def test_a_returned_report_goes_back_to_the_valuation_and_its_forms_stay() -> None:
    journey = Journey().enrolled().visited().forms().reported()
    returned = act("ReturnValidationReport", PABLO, "coordinator")
    journey.case.return_validation_report(returned, reason=journey.text("Aclarar capacidad"))
    assert journey.case.state == "in_valuation"
    journey.reported()
    assert len(journey.case.valuation.capacities) == 1


def test_after_strengthening_the_case_returns_in_another_call_and_both_valuations_stay() -> None:
    """A15-2: the next call, not the same one; a second valuation beside the first."""
    journey = Journey().enrolled().visited().forms().reported("no_apto").declared("no_apto", components=("technical",))
    case = journey.case
    case.open_strengthening(act("OpenStrengthening"), components=["technical"], professional=ROSA)
    case.close_strengthening(
        act("CloseStrengthening"), outcomes=[{"component": "technical", "outcome": "strengthened"}]
    )
    assert case.state == "waiting_next_call"
    with pytest.raises(StepOutOfOrder):
        journey.visited()
    with pytest.raises(CallNotNext):
        case.enrol_in_next_call(act("EnrolInNextCall"), call_id=journey.call, open_on_date=True)
    with pytest.raises(CallNotNext):
        case.enrol_in_next_call(act("EnrolInNextCall"), call_id=uuid4(), open_on_date=False)
    following = uuid4()
    case.enrol_in_next_call(act("EnrolInNextCall"), call_id=following, open_on_date=True)
    unit, journey.visit = case.unit_id, uuid4()
    journey.visited()
    assert (case.state, len(case.valuations), case.valuation.call_id) == ("in_valuation", 2, following)
    assert case.unit_id == unit


def test_a_preselected_case_keeps_its_valuation_in_the_next_call() -> None:
    """A16-2: enrolled in the next call, the valuation holds."""
    journey = Journey().preselected()
    journey.case.enrol_in_next_call(act("EnrolInNextCall"), call_id=uuid4(), open_on_date=True)
    assert (journey.case.state, journey.case.valuation.result) == ("preselected", "apto")


def test_forms_are_filed_during_the_valuation_only() -> None:
    with pytest.raises(StateNotAllowed):
        Journey().preselected().sheet()
