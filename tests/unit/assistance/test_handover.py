"""Act. 16: each filter once, who receives, contract and quota."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from services.assistance.domain import CallCohort, OperatorContract
from services.assistance.domain.refusals import ContractNotInForce, FilterNotPassed, QuotaFull
from shared.catalogue.refusals import FieldInvalid, NotAuthorised
from shared.privacy.personal import Personal
from tests.unit.assistance.journey import DAY, NUBIA, OPERATOR, PABLO, Journey, act

WAYS_TO_MISS: dict[str, Callable[[], Journey]] = {
    "training": lambda: Journey().enrolled().hours("9.75").visited().forms().reported().declared(),
    "duplicate": lambda: _noted(lambda journey: journey.case.note_duplicate(uuid4(), resolved=False)),
    "entry": lambda: _noted(lambda journey: journey.case.note_entry(evaluation_id=uuid4(), result="not_met")),
}


def _noted(news: Callable[[Journey], None]) -> Journey:
    journey = Journey().preselected()
    news(journey)
    return journey


@pytest.mark.parametrize("missing", WAYS_TO_MISS)
def test_each_filter_that_is_missing_is_named(missing: str) -> None:
    """A16-1: each missing filter is named."""
    journey = WAYS_TO_MISS[missing]()
    with pytest.raises(FilterNotPassed) as refused:
        journey.hand_over()
    assert refused.value.parameters["filters"] == [missing]


def test_an_exclusion_in_force_stops_the_handover() -> None:
    """A16-1: no later exclusion."""
    with pytest.raises(FilterNotPassed) as refused:
        Journey().preselected().hand_over(excluded=True)
    assert refused.value.parameters["filters"] == ["exclusion"]


def test_an_exclusion_counts_between_its_dates() -> None:
    case = Journey().case
    case.note_exclusion(uuid4(), from_date=DAY, to_date=DAY + timedelta(days=2), lifted=False)
    days = [DAY + timedelta(days=n) for n in (-1, 0, 2, 3)]
    assert [case.excluded_on(day) for day in days] == [False, True, True, False]


def test_a_resolved_duplicate_no_longer_stops_the_handover() -> None:
    suspicion = uuid4()
    journey = _noted(lambda journey: journey.case.note_duplicate(suspicion, resolved=False))
    journey.case.note_duplicate(suspicion, resolved=True)
    assert journey.hand_over().case.state == "handover_pending"


def test_thirty_nine_hours_and_three_quarters_with_an_exception_pass() -> None:
    """A16-1, A12-2: an authorised exception passes the training filter."""
    journey = WAYS_TO_MISS["training"]()
    exception = act("AuthoriseTrainingException", role="subdirector")
    journey.case.authorise_training_exception(exception, reason=journey.text("Incapacidad"), file=None)
    assert journey.hand_over().case.state == "handover_pending"


def test_there_is_one_executor_not_two_nor_none() -> None:
    journey = Journey().preselected()
    journey.contract = None  # type: ignore[assignment]
    with pytest.raises(FieldInvalid):
        journey.hand_over()


def test_only_staff_of_that_contract_receives_the_case() -> None:
    journey = Journey().preselected().hand_over()
    foreign = journey.operator("AcceptHandover", contracts=frozenset({str(uuid4())}))
    for attempt in (foreign, act("AcceptHandover"), act("AcceptHandover", NUBIA, "business_adviser")):
        with pytest.raises(NotAuthorised):
            journey.case.accept_handover(attempt)
    journey.case.accept_handover(journey.operator("AcceptHandover"))
    assert journey.case.state == "in_assistance"


def test_only_the_named_lead_receives_for_a_team_of_the_entity() -> None:
    journey = Journey().preselected().hand_over(team_lead=NUBIA)
    with pytest.raises(NotAuthorised):
        journey.case.accept_handover(act("AcceptHandover"))
    journey.case.accept_handover(act("AcceptHandover", NUBIA, "business_adviser"))
    assert journey.case.state == "in_assistance"


def test_a_rejected_case_is_preselected_again() -> None:
    """A16-3: a rejected hand-over returns the case."""
    journey = Journey().preselected().hand_over()
    journey.case.reject_handover(journey.operator("RejectHandover"), reason=journey.text("Sin cupo en el equipo"))
    assert (journey.case.state, journey.case.executor) == ("preselected", None)
    assert journey.hand_over().case.state == "handover_pending"


def test_the_coordinator_takes_the_case_back_after_the_term_not_before() -> None:
    """A16-3, P-32: the term to answer."""
    journey = Journey().preselected().hand_over()
    reason = journey.text("El operador no respondió")
    early = act("RejectHandover", PABLO, "coordinator", on=DAY + timedelta(days=7))
    with pytest.raises(NotAuthorised):
        journey.case.reject_handover(early, reason=reason)
    journey.case.reject_handover(act("RejectHandover", PABLO, "coordinator", on=DAY + timedelta(days=8)), reason=reason)
    assert journey.case.state == "preselected"


def contract(starts_on: date, ends_on: date, call: object) -> OperatorContract:
    return OperatorContract.register(
        uuid4(),
        act("RegisterContract", OPERATOR, "contract_supervisor"),
        number="C-1",
        kind="contract",
        operator="Corporación Manos",
        object="Asistencia técnica",
        purposes=["advice"],
        value=Decimal(1000),
        starts_on=starts_on,
        ends_on=ends_on,
        supervisor=Personal(uuid4(), "i", "Luz Marina"),
        calls_covered=[call],
        obligations=[],
    )


def test_a_contract_receives_in_its_dates_and_for_its_calls() -> None:
    """A16-2: the contract is in force and covers the call."""
    call = uuid4()
    found = contract(DAY, DAY + timedelta(days=30), call)
    found.check_may_receive(call, DAY)
    found.check_may_receive(call, DAY + timedelta(days=30))
    for day, other in ((DAY - timedelta(days=1), call), (DAY + timedelta(days=31), call), (DAY, uuid4())):
        with pytest.raises(ContractNotInForce):
            found.check_may_receive(other, day)


def test_a_contract_does_not_end_before_it_starts() -> None:
    with pytest.raises(FieldInvalid):
        contract(DAY, DAY - timedelta(days=1), uuid4())


def test_the_cohort_holds_as_many_as_its_quota() -> None:
    """A16-2: the quota of the call."""
    cohort = CallCohort.note(uuid4(), opens_on=DAY, closes_on=DAY, quota=2)
    first, second, third = uuid4(), uuid4(), uuid4()
    cohort.take_place(first)
    cohort.take_place(second)
    cohort.take_place(first)
    with pytest.raises(QuotaFull):
        cohort.take_place(third)
    cohort.release_place(first)
    cohort.take_place(third)


def test_a_call_without_quota_holds_everybody() -> None:
    cohort = CallCohort.note(uuid4(), opens_on=DAY, closes_on=DAY, quota=None)
    for _ in range(50):
        cohort.take_place(uuid4())
    assert len(cohort.places) == 50
