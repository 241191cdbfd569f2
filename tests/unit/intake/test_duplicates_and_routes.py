from __future__ import annotations

from datetime import date

import pytest

from services.intake.domain.duplicates import name_key, one_digit_apart, suspect
from services.intake.domain.routes import completed_months, completed_years, route_of

AS_OF = date(2026, 10, 15)


def test_a_name_key_joins_the_names_and_keeps_letters_only() -> None:
    assert name_key("María José", None, "D'Costa", None) == name_key("María", "José", "DCosta", "") == "mariajosedcosta"


@pytest.mark.parametrize(
    ("number", "other", "apart"),
    [
        ("1015830825", "1015830827", True),
        ("1015830825", "1015830825", False),
        ("1015830825", "1015830852", False),
        ("101583082", "1015830825", False),
    ],
)
def test_one_digit_apart_needs_equal_length_and_one_difference(number: str, other: str, apart: bool) -> None:
    assert one_digit_apart(number, other) is apart


def test_the_earliest_alike_is_the_suspect() -> None:
    assert suspect("12345", [("12389", "a"), ("12344", "b"), ("12346", "c")]) == "b"
    assert suspect("12345", [("12345", "a")]) is None


@pytest.mark.parametrize(
    ("birth", "years"),
    [
        (date(2008, 10, 15), 18),
        (date(2008, 10, 16), 17),
        (date(1966, 10, 16), 59),
        (date(1966, 10, 15), 60),
    ],
)
def test_the_year_counts_from_the_birthday_itself(birth: date, years: int) -> None:
    assert completed_years(birth, AS_OF) == years


def test_who_was_born_on_29_february_completes_the_year_on_1_march() -> None:
    assert completed_years(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert completed_years(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    ("start", "months", "route"),
    [
        (date(2025, 10, 15), 12, "strengthening"),
        (date(2025, 10, 16), 11, "entrepreneurship"),
        (date(2025, 9, 15), 13, "strengthening"),
        (date(2026, 10, 15), 0, "entrepreneurship"),
    ],
)
def test_twelve_months_of_operation_separate_the_routes(start: date, months: int, route: str) -> None:
    assert completed_months(start, AS_OF) == months
    assert route_of(start, True, AS_OF, 12).route == route


def test_an_idea_only_is_entrepreneurship_without_a_warning() -> None:
    found = route_of(None, False, AS_OF, 12)
    assert (found.months_operating, found.route, found.warnings) == (None, "entrepreneurship", ())


def test_a_unit_that_is_not_the_main_income_warns_and_changes_nothing() -> None:
    found = route_of(date(2020, 1, 1), False, AS_OF, 12)
    assert (found.route, found.warnings) == ("strengthening", ("ingreso_no_principal",))
    assert route_of(date(2020, 1, 1), None, AS_OF, 12).warnings == ()
