"""A case that ended in intake is taken up again (CASE-6)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.intake.terms import ended
from shared.runtime.deadlines import settle
from tests.services.intake.counter import Counter
from tests.services.intake.test_reconsideration import AFTER, GROUNDS, not_eligible, refused


def settled(counter: Counter, day: date) -> int:
    desk = counter.office.desk
    desk._day = lambda: day
    return settle(counter.app, ended, day, lambda: False)


def reopened(counter: Counter, case: str, on: date) -> None:
    counter.act("caseworker", "RequestReopen", case, on=on.isoformat(), reason="Estuvo hospitalizada")
    counter.act("subdirector", "ConfirmReopen", case, on=on.isoformat())


def test_the_term_to_ask_runs_anew_from_the_reopening(counter: Counter) -> None:
    """CASE-6, A02-3: a case that the system closed for want of a request is not closed again the same day."""
    case = not_eligible(counter)
    assert settled(counter, AFTER) == 1
    assert counter.state(case) == "closed_not_eligible"
    reopened(counter, case, AFTER)
    assert counter.state(case) == "not_eligible"
    assert settled(counter, AFTER) == 0
    counter.act("caseworker", "RequestReconsideration", case, on=AFTER.isoformat(), grounds=GROUNDS)


def test_unused_it_closes_again(counter: Counter) -> None:
    """CASE-6, A02-3: ten working days after the re-opening."""
    case = not_eligible(counter)
    settled(counter, AFTER)
    reopened(counter, case, AFTER)
    assert settled(counter, date(2026, 12, 11)) == 0
    assert settled(counter, date(2026, 12, 14)) == 1
    assert counter.state(case) == "closed_not_eligible"


def test_intake_hears_of_ends_and_reopenings_elsewhere(counter: Counter) -> None:
    """CASE-6: what profiling or assistance ended and opened again is here as it was."""
    case = counter.candidate()
    for service in ("profiling", "assistance"):
        counter.office.hear(f"{service}.CaseWithdrawn", UUID(case), reason_code="other")
        refused(counter, "STATE_NOT_ALLOWED", "caseworker", "RequestReopen", case, reason="Desde otro servicio")
        counter.office.hear(f"{service}.CaseReopened", UUID(case))
        assert counter.state(case) == "identified"
