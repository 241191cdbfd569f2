"""The normal form of each kind of cell (data contract, section 3)."""

from __future__ import annotations

from datetime import date

import pytest

from services.intake.domain import normalise


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Sí", "si"), ("SI", "si"), ("Si\u0301", "si"), ("RAFAEL URIBE  URIBE", "rafael uribe uribe"), ("Ñuñoa", "nunoa")],
)
def test_folding_ignores_case_accents_composition_and_runs_of_space(text: str, folded: str) -> None:
    assert normalise.fold(text) == folded


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1015937566", "1015937566"),
        ("5.985.092", "5985092"),
        ("1'023.456.789", "1023456789"),
        ("1\u00a0023\u00a0456", "1023456"),
        ("00012345", "12345"),
        ("1,234,567", "1234567"),
    ],
)
def test_a_document_number_loses_separators_and_leading_zeros(text: str, number: str) -> None:
    assert normalise.document_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "1.02346E+09",
        "1023456789.0",
        "CC1023456789",
        "1023-456",
        "12.34.567",
        "1234",
        "12345678901",
        "１２３４５６",
        "1..234",
    ],
)
def test_anything_else_is_no_document_number(text: str) -> None:
    assert normalise.document_number(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1990-04-03", date(1990, 4, 3)),
        ("03/04/1990", date(1990, 4, 3)),
        ("3/4/1990", date(1990, 4, 3)),
        ("2024-02-29", date(2024, 2, 29)),
        ("1900-01-01", date(1900, 1, 1)),
    ],
)
def test_a_date_is_iso_or_day_first(text: str, day: date) -> None:
    assert normalise.day(text) == day


@pytest.mark.parametrize(
    "text",
    ["08/25/1990", "2026-02-30", "1899-12-31", "03/04/90", "1990/04/03", "3-4-1990", "1990-4-3", "１９９０-04-03"],
)
def test_no_other_form_is_a_date(text: str) -> None:
    assert normalise.day(text) is None


@pytest.mark.parametrize("text", ["María José", "D’Costa", "O'Neill", "Barreto-Díaz", "Ma. Luz", "Jose\u0301", "Ñ"])
def test_a_name_has_letters_marks_space_apostrophe_hyphen_and_full_stop(text: str) -> None:
    assert normalise.name(text) is not None


@pytest.mark.parametrize("text", ["=1+1", "Ana2", "Luz 💍", "-Ana", "'Ana", "Ana_Luz", "José;"])
def test_nothing_else_is_a_name(text: str) -> None:
    assert normalise.name(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [("0", None), ("007", 7), ("12", 12), ("-3", None), ("1.0", None), ("", None)]
)
def test_a_row_number_is_whole_and_above_zero(text: str, number: int | None) -> None:
    assert normalise.row_number(text) == number


@pytest.mark.parametrize(("text", "kind"), [("C.C.", "CC"), ("cc", "CC"), ("c. e.", "CE"), ("P.P.T", "PPT")])
def test_a_document_type_loses_dots_and_spaces(text: str, kind: str) -> None:
    assert normalise.document_type(text) == kind


def test_white_space_at_the_ends_is_space_no_break_space_tab_and_line_breaks() -> None:
    assert normalise.trim(" \u00a0\t\r\nAna Luz\n\u00a0") == "Ana Luz"
    assert normalise.trim("\u2003Ana") == "\u2003Ana"


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\x7f", "\x85", "\x9f"])
def test_control_characters_are_seen_before_trimming(character: str) -> None:
    assert normalise.has_control_character(f"Ana{character}")
    assert not normalise.has_control_character("Ana\t\r\nLuz")
