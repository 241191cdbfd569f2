"""Acts 3 and 4: what profiling needs, what the matrix says, and the second person of the control point."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from services.profiling.domain import ProfilingCase
from services.profiling.domain.refusals import (
    DemoInstrument,
    EligibilityNotCommunicated,
    IdentificationNotUpdated,
    InstrumentInvalid,
    InstrumentMissing,
    InterviewMissing,
    ManualDecisionRequired,
    MatrixNotPassed,
    RoleMissing,
)
from shared.catalogue.refusals import (
    CatalogueNotEffective,
    ConsentMissing,
    DateBeforePrecondition,
    DuplicateUnresolved,
    FieldInvalid,
    FormIncomplete,
    SeparationOfDuties,
    StateNotAllowed,
    StepOutOfOrder,
)
from tests.unit.profiling.journey import DAY, DIEGO, LUCIA, MARTA, Journey, act


def test_profiling_waits_for_the_letter() -> None:
    journey = Journey()
    journey.case.note_eligibility(met=False, sent_on=DAY)
    with pytest.raises(EligibilityNotCommunicated):
        journey.started()


def test_profiling_waits_for_the_signed_authorisation() -> None:
    journey = Journey()
    journey.case.note_consent(None)
    with pytest.raises(ConsentMissing):
        journey.started()


def test_a_withdrawn_authorisation_stops_the_profiling() -> None:
    journey = Journey().started()
    journey.case.note_consent(None)
    with pytest.raises(ConsentMissing):
        journey.interviewed()


def test_an_unresolved_duplicate_blocks_and_its_resolution_frees() -> None:
    journey, suspicion = Journey(), uuid4()
    journey.case.note_duplicate(suspicion, resolved=False)
    with pytest.raises(DuplicateUnresolved):
        journey.started()
    journey.case.note_duplicate(suspicion, resolved=True)
    assert journey.started().case.state == "profiling"


def test_profiling_does_not_start_before_the_letter_was_sent() -> None:
    with pytest.raises(DateBeforePrecondition):
        Journey().started(on=DAY - timedelta(days=1))


def test_profiling_starts_once() -> None:
    with pytest.raises(StateNotAllowed):
        Journey().started().started()


def test_nothing_is_recorded_before_the_start() -> None:
    with pytest.raises(StepOutOfOrder):
        Journey().interviewed()


def test_the_person_must_be_known() -> None:
    with pytest.raises(StepOutOfOrder):
        ProfilingCase.announce(uuid4()).subject()


def test_an_interview_under_an_old_guide_is_refused() -> None:
    with pytest.raises(CatalogueNotEffective):
        Journey().started().interviewed(guide_version="0")


def test_an_interview_rates_every_dimension_once() -> None:
    for ratings in ([{"dimension": "skills"}], [{"dimension": "skills"}] * 4):
        with pytest.raises(FormIncomplete):
            Journey().started().interviewed(ratings=ratings)


def test_classification_needs_interview_instrument_and_identification() -> None:
    """A03-1, A03-2, PRO-4: each missing piece has its refusal, and an unusable application is none."""
    journey = Journey().started()
    with pytest.raises(InterviewMissing):
        journey.classified()
    journey.interviewed()
    with pytest.raises(InstrumentMissing):
        journey.classified()
    journey.applied(problem="quedaron bloques sin responder.")
    with pytest.raises(InstrumentInvalid):
        journey.classified()
    journey.applied()
    with pytest.raises(IdentificationNotUpdated):
        journey.classified()
    assert journey.identified().classified().case.state == "profiled"


def test_an_identification_of_before_the_profiling_does_not_count() -> None:
    journey = Journey().identified(on=DAY - timedelta(days=1)).started().interviewed().applied()
    with pytest.raises(IdentificationNotUpdated):
        journey.classified()


def test_a_profiling_has_a_psychosocial_author() -> None:
    """A03-4: a caseworker alone does not classify."""
    alone = {"person": DIEGO, "role": "caseworker"}
    journey = Journey().started().interviewed(**alone).applied(**alone).identified()  # type: ignore[arg-type]
    with pytest.raises(RoleMissing):
        journey.classified(person=DIEGO, role="caseworker")
    assert journey.classified().case.state == "profiled"


def test_the_demonstration_bank_is_refused_in_production() -> None:
    """PRO-6: synthetic items decide nothing about real people."""
    with pytest.raises(DemoInstrument):
        Journey().started().applied(production=True)


@pytest.mark.parametrize(
    ("profile", "producer", "trader", "passes"),
    [
        (True, True, False, True),
        (True, True, True, True),
        (True, False, True, False),
        (True, False, False, False),
        (False, False, True, False),
        (False, False, False, False),
        (False, True, False, False),
    ],
)
def test_only_profile_and_producer_pass(profile: bool, producer: bool, trader: bool, passes: bool) -> None:
    """A03-3, A04-1: every cell of the outcome matrix; who produces and also trades counts as producer."""
    journey = Journey().profiled(profile=profile, producer=producer, trader=trader)
    if passes:
        assert journey.validated().case.state == "profile_approved"
    else:
        with pytest.raises(MatrixNotPassed):
            journey.validated()


@pytest.mark.parametrize("step", ["interviewed", "applied", "classified"])
def test_who_took_part_does_not_validate(step: str) -> None:
    journey = Journey().started()
    people = {name: {"person": MARTA} for name in ("interviewed", "applied", "classified")}
    people[step] = {"person": LUCIA}
    journey.interviewed(**people["interviewed"]).applied(**people["applied"]).identified()  # type: ignore[arg-type]
    journey.classified(**people["classified"])
    with pytest.raises(SeparationOfDuties) as refused:
        journey.validated(person=LUCIA)
    assert refused.value.parameters["rule"] == "SOD-1"


def test_a_returned_profile_keeps_its_results_and_its_authors() -> None:
    """A04-3, SOD-1: earlier results stay, and so do their authors."""
    journey = Journey().profiled().validated("return")
    assert journey.case.state == "profiling"
    journey.classified(person=DIEGO, role="caseworker")
    with pytest.raises(SeparationOfDuties):
        journey.validated(person=MARTA)
    assert journey.validated().facts()[-1] == "ProfileApproved"


def test_no_profile_but_producer_waits_for_the_psychosocial_decision() -> None:
    """A04-2, A03-3: flagged, never approved, decided by a psychosocial professional."""
    journey = Journey().profiled(profile=False)
    with pytest.raises(MatrixNotPassed):
        journey.validated("approve", manual="confirm_referral")
    with pytest.raises(ManualDecisionRequired):
        journey.validated("not_approve")
    with pytest.raises(ManualDecisionRequired):
        journey.validated("not_approve", manual="confirm_referral", person=DIEGO, role="caseworker")
    assert journey.validated("not_approve", manual="confirm_referral").case.state == "profile_not_approved"


def test_the_psychosocial_team_may_order_the_profiling_again() -> None:
    """A04-2: repeating the profiling returns the profile."""
    journey = Journey().profiled(profile=False).validated("return", manual="repeat_profiling")
    assert (journey.case.state, journey.facts()[-1]) == ("profiling", "ProfileReturned")


def test_no_manual_decision_where_the_matrix_decides() -> None:
    with pytest.raises(FieldInvalid):
        Journey().profiled().validated("not_approve", manual="confirm_referral")


def test_not_approving_what_passes_needs_a_reason_of_its_own() -> None:
    """A04-3: the reason of the classification is not repeated."""
    journey = Journey().profiled()
    with pytest.raises(FieldInvalid):
        journey.validated("not_approve", reason="Produce y tiene iniciativa")
    assert journey.validated("not_approve", reason="No vive de esto").case.state == "profile_not_approved"


def test_the_offer_waits_for_the_control_point() -> None:
    with pytest.raises(StateNotAllowed):
        Journey().profiled().entered().offered()
    with pytest.raises(StateNotAllowed):
        Journey().profiled().informed("sena")


def test_validation_is_not_dated_before_the_classification() -> None:
    journey = Journey().profiled()
    early = act("ValidateProfile", LUCIA, on=DAY - timedelta(days=1))
    with pytest.raises(DateBeforePrecondition):
        journey.case.validate_profile(early, decision="approve", manual_decision=None, reason=journey.text("x"))
