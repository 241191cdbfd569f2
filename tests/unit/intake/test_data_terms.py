"""Terms of the requests of data subjects, day by day (P-42, P-43, P-56, P-57, P-58)."""

from __future__ import annotations

from datetime import date

import pytest

from services.intake.domain.data_terms import Terms
from shared.catalogue.catalogue import Catalogue

CALENDAR = Catalogue.load().calendar("CO", date(2026, 11, 1))
TERMS = Terms(CALENDAR, {"query": (10, 5), "claim": (15, 8)}, to_ask_completion=5, to_complete=2, to_mark=2)


@pytest.mark.parametrize(
    ("received", "due", "extendable"),
    [
        # A plain fortnight; from a Saturday, a Sunday and a holiday the count begins on the same working day.
        ("2026-09-01", "2026-09-15", "2026-09-22"),
        ("2026-10-10", "2026-10-26", "2026-11-03"),
        ("2026-10-11", "2026-10-26", "2026-11-03"),
        ("2026-10-12", "2026-10-26", "2026-11-03"),
        # Holy Week of 2026: 2 and 3 April. Around the end of a year: 8 and 25 December, 1 and 11 January.
        ("2026-03-30", "2026-04-15", "2026-04-22"),
        ("2026-12-18", "2027-01-05", "2027-01-13"),
    ],
)
def test_a_query_is_answered_in_ten_working_days_and_five_more_with_notice(
    received: str, due: str, extendable: str
) -> None:
    """P-43: Saturdays, Sundays and holidays do not count, nor does the day of the receipt."""
    found = TERMS.answer("query", date.fromisoformat(received))
    assert found == (date.fromisoformat(due), date.fromisoformat(extendable))
    assert all(CALENDAR.is_working_day(day) for day in found)


def test_a_claim_has_fifteen_and_eight() -> None:
    """P-42"""
    assert TERMS.answer("claim", date(2026, 9, 1)) == (date(2026, 9, 22), date(2026, 10, 2))


@pytest.mark.parametrize(
    ("asked", "lapses"),
    [
        ("2026-09-07", "2026-11-07"),
        ("2026-11-10", "2027-01-10"),
        ("2026-12-31", "2027-02-28"),
        ("2027-12-30", "2028-02-29"),
        ("2026-07-31", "2026-09-30"),
    ],
)
def test_two_months_end_on_the_same_day_or_the_last_of_the_month(asked: str, lapses: str) -> None:
    """P-57: months are counted by the calendar (Ley 4 de 1913 art. 59)."""
    assert TERMS.lapse(date.fromisoformat(asked)) == date.fromisoformat(lapses)


def test_what_is_missing_is_asked_for_in_five_working_days_and_the_legend_stands_in_two() -> None:
    """P-56, P-58: 2 November 2026 is a holiday."""
    received = date(2026, 10, 29)
    assert (TERMS.completion(received), TERMS.legend(received)) == (date(2026, 11, 6), date(2026, 11, 3))
