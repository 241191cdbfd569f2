"""Ages, months of operation, routes and working days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalogue.age import completed_months, completed_years
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.route import route_of, undetermined
from shared.catalogue.working_days import Calendar, add_working_days, working_days_between

AS_OF = date(2026, 10, 15)


@pytest.fixture
def calendar() -> Calendar:
    return Catalogue.load().calendar("CO", AS_OF)


@pytest.mark.parametrize(
    ("start", "main_income", "route", "months", "warnings"),
    [
        (date(2025, 10, 15), True, "strengthening", 12, ()),
        (date(2025, 10, 16), True, "entrepreneurship", 11, ()),
        (date(2024, 1, 31), None, "strengthening", 32, ()),
        (date(2026, 10, 15), True, "entrepreneurship", 0, ()),
        (date(2020, 1, 1), False, "strengthening", 81, ("ingreso_no_principal",)),
        (None, False, "entrepreneurship", None, ()),
    ],
)
def test_the_route_follows_the_completed_months(
    start: date | None, main_income: bool | None, route: str, months: int | None, warnings: tuple[str, ...]
) -> None:
    """OBJ-2, OBJ-3, P-05."""
    found = route_of(start, main_income=main_income, as_of=AS_OF, threshold_months=12)
    assert (found.route, found.months_operating, found.warnings) == (route, months, warnings)


def test_an_idea_must_be_clear_and_an_operating_unit_the_main_income_before_the_offer() -> None:
    """OBJ-3."""
    assert undetermined(None, clear_business_idea=True, main_income=None) is None
    assert undetermined(None, clear_business_idea=None, main_income=True) is not None
    assert undetermined(AS_OF, clear_business_idea=None, main_income=True) is None
    assert undetermined(AS_OF, clear_business_idea=True, main_income=False) is not None
    assert undetermined(AS_OF, clear_business_idea=True, main_income=None) is not None


@given(st.dates(date(1930, 1, 1), date(2025, 1, 1)), st.integers(0, 80))
def test_a_year_of_age_is_completed_on_the_birthday_and_not_the_day_before(birth: date, years: int) -> None:
    month, day = (3, 1) if (birth.month, birth.day) == (2, 29) else (birth.month, birth.day)
    year = birth.year + years
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    birthday = date(year, 2, 29) if (birth.month, birth.day) == (2, 29) and leap else date(year, month, day)
    assert completed_years(birth, birthday) == years
    assert completed_years(birth, birthday - timedelta(days=1)) == years - 1


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 5000))
def test_twelve_completed_months_make_a_completed_year(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    months = completed_months(start, end)
    assert months >= 0
    assert months // 12 == completed_years(start, end)


def test_ten_working_days_skip_weekends_and_holidays(calendar: Calendar) -> None:
    # 12 October 2026 is a holiday, so is 2 November
    assert add_working_days(date(2026, 10, 9), 1, calendar) == date(2026, 10, 13)
    assert add_working_days(date(2026, 10, 15), 10, calendar) == date(2026, 10, 29)
    assert add_working_days(date(2026, 10, 30), 1, calendar) == date(2026, 11, 3)
    assert add_working_days(date(2026, 10, 13), -1, calendar) == date(2026, 10, 9)
    assert add_working_days(date(2026, 10, 10), 0, calendar) == date(2026, 10, 10)


def test_movable_and_fixed_holidays_are_known(calendar: Calendar) -> None:
    for day in (date(2019, 11, 4), date(2024, 3, 28), date(2025, 4, 18), date(2026, 7, 20), date(2026, 12, 8)):
        assert not calendar.is_working_day(day)
    assert calendar.is_working_day(date(2026, 10, 15))


def test_every_year_has_its_holidays(calendar: Calendar) -> None:
    for year in range(2019, 2041):
        assert sum(day.year == year for day in calendar.holidays) in range(17, 20)


@given(st.dates(date(2020, 1, 1), date(2039, 1, 1)), st.integers(1, 60))
def test_counting_back_gives_the_days_that_were_added(start: date, days: int) -> None:
    calendar = Catalogue.load().calendar("CO", AS_OF)
    end = add_working_days(start, days, calendar)
    assert calendar.is_working_day(end)
    assert working_days_between(start, end, calendar) == days


def test_a_day_outside_the_calendar_is_refused_rather_than_guessed(calendar: Calendar) -> None:
    with pytest.raises(CatalogueNotEffective):
        add_working_days(date(2040, 12, 31), 1, calendar)
