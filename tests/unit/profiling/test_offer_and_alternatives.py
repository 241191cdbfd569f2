"""Acts 5 to 10: what is offered and when, the route on its date, and where a no leads."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from services.profiling.domain.refusals import (
    AlternativeNotLawful,
    AlternativeRequired,
    AlternativesRequired,
    EntryNotComplete,
    OfferNotCurrent,
    ProcessNotOffered,
    RouteUndetermined,
)
from services.profiling.domain.route import months_operating, route_of
from services.profiling.domain.validation import ProfileNotApproved
from shared.catalogue.refusals import CaseClosed, FormIncomplete, StateNotAllowed, StepOutOfOrder
from tests.unit.profiling.journey import DAY, LUCIA, Journey, act


def test_an_incomplete_entry_is_not_offered_the_service() -> None:
    """A09-1, CRI-4: ENTRY_NOT_COMPLETE while unknown and when not met."""
    with pytest.raises(EntryNotComplete):
        Journey().approved().offered()
    with pytest.raises(EntryNotComplete):
        Journey().approved().entered("not_met").offered()


def test_a_closed_process_is_not_offered() -> None:
    """A09-1: OFFER_NOT_CURRENT."""
    journey = Journey().approved().entered()
    with pytest.raises(OfferNotCurrent):
        journey.offered(closed=(journey.call,))


@pytest.mark.parametrize(
    ("started", "as_of", "months"),
    [
        (date(2025, 3, 2), date(2026, 3, 2), 12),
        (date(2025, 3, 3), date(2026, 3, 2), 11),
        (date(2025, 2, 1), date(2026, 3, 2), 13),
    ],
)
def test_months_are_completed_months(started: date, as_of: date, months: int) -> None:
    assert months_operating(started, as_of) == months
    route = "strengthening" if months >= 12 else "entrepreneurship"
    assert route_of(started, clear_business_idea=None, main_income=True, as_of=as_of, threshold=12) == route


def test_an_idea_must_be_clear_and_a_unit_the_main_income() -> None:
    """A09-1: ROUTE_UNDETERMINED until the facts decide."""
    journey = Journey().approved().entered()
    for unknown in (None, False):
        with pytest.raises(RouteUndetermined):
            journey.offered(started=None, clear_idea=unknown)
        with pytest.raises(RouteUndetermined):
            journey.offered(main_income=unknown)
    assert journey.offered(started=None, clear_idea=True).case.offer is not None


def test_the_route_is_fixed_on_the_day_of_the_acceptance() -> None:
    journey = Journey().approved().entered().offered(started=date(2025, 3, 10)).interested()
    offered, accepted = journey.case.collect_events(), DAY + timedelta(days=10)
    journey.accepted(on=accepted)
    assert [event.route for event in offered if hasattr(event, "route")] == ["entrepreneurship"] * 2
    assert journey.case.collect_events()[-1].route == "strengthening"


def test_no_answer_before_the_interest_is_recorded() -> None:
    """A09-1: act. 10 before the interest is out of order."""
    journey = Journey().approved().entered().offered()
    with pytest.raises(StepOutOfOrder):
        journey.accepted()
    with pytest.raises(StepOutOfOrder):
        journey.declined()


def test_only_what_was_presented_is_accepted() -> None:
    """A10-1: PROCESS_NOT_OFFERED, for the interest and for the acceptance."""
    journey = Journey().approved().entered().offered()
    with pytest.raises(ProcessNotOffered):
        journey.interested(uuid4())
    journey.interested()
    with pytest.raises(ProcessNotOffered):
        journey.accepted(uuid4())
    assert journey.accepted().case.state == "accepted"


def test_a_declined_offer_leads_to_the_alternatives() -> None:
    journey = Journey().approved().entered().offered().interested(yes=False).declined()
    assert journey.case.state == "alternatives_pending"


def test_alternatives_are_named() -> None:
    """A05-1: ALTERNATIVES_REQUIRED for an empty list, whatever the cell of the matrix."""
    for cell in ({"producer": False}, {"profile": False, "producer": False}):
        journey = Journey().profiled(**cell).validated("not_approve")
        with pytest.raises(AlternativesRequired):
            journey.informed()
        assert journey.informed("sena").case.state == "alternatives_pending"


def test_who_was_never_interviewed_is_not_informed() -> None:
    """A05-1: FORM_INCOMPLETE names FO-423; a profile decided elsewhere may come without it."""
    journey = Journey().started()
    journey.case.trigger_event(
        ProfileNotApproved,
        profiling_id=uuid4(),
        matrix_version="1",
        validated_on=DAY,
        validated_by=LUCIA,
        reason=journey.text("…"),
    )
    with pytest.raises(FormIncomplete) as refused:
        journey.informed("sena")
    assert refused.value.parameters["form"] == "FO-423"


def test_an_approved_profile_is_informed_only_when_it_cannot_be_offered() -> None:
    journey = Journey().approved().entered()
    with pytest.raises(StepOutOfOrder):
        journey.informed("sena")
    assert journey.informed("sena", route_undetermined=True).case.state == "alternatives_pending"
    assert Journey().approved().entered("not_met").informed("sena").case.state == "alternatives_pending"


def test_who_is_interested_chooses_another_process_than_the_calls_own() -> None:
    """A06-1: a choice is needed, and not the call's own process."""
    journey = Journey().profiled(producer=False).validated("not_approve").informed("sena")
    with pytest.raises(AlternativeRequired):
        journey.answered()
    with pytest.raises(AlternativeNotLawful):
        journey.answered("training")
    assert journey.answered("sena").case.chosen == "sena"


def test_declining_every_alternative_closes_the_case() -> None:
    journey = Journey().profiled(producer=False).validated("not_approve").informed("sena").answered(interested=False)
    assert journey.facts()[-2:] == ["AlternativeDeclined", "CaseDeclinedClosed"]
    with pytest.raises(CaseClosed):
        journey.answered("sena")


def test_a_case_leaves_while_profiling_owns_it_and_not_after() -> None:
    journey = Journey().started()
    journey.case.withdraw_case(act("WithdrawCase"), reason_code="own_will", reason=journey.text("Se retira"))
    assert journey.case.state == "withdrawn"


def test_after_the_acceptance_profiling_does_nothing_more() -> None:
    journey = Journey().approved().entered().offered().interested().accepted()
    for step in (journey.started, journey.classified, journey.validated, journey.offered):
        with pytest.raises(StateNotAllowed):
            step()


def test_a_case_closed_elsewhere_is_closed_here() -> None:
    journey = Journey().started()
    journey.case.note_closure("merged")
    with pytest.raises(CaseClosed):
        journey.interviewed()
