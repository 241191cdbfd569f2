"""X-20: names that changed resolve to the current one on a date (requirements 4.4)."""

from __future__ import annotations

from datetime import date

import pytest

from shared.catalogue.catalogue import Catalogue

TODAY = date(2026, 10, 15)


@pytest.mark.parametrize(
    ("name", "current"),
    [
        ("PAC-P-02", "GPD-P-04"),
        ("PAC-F-03", "GRF-F-47"),
        ("alta de almacén", "FO-110 parte A"),
        ("  ASIGNACIÓN  DE ACTIVO ", "FO-110 parte B"),
        ("Formato de identificación básica", "FO-203"),
        ("Subdirección de Formación", "Subdirección de Formación y Empleabilidad"),
    ],
)
def test_a_former_name_resolves_to_the_current_one(name: str, current: str) -> None:
    """X-20"""
    assert Catalogue.load().current_name(name, TODAY) == current


def test_a_document_that_was_removed_has_no_current_name() -> None:
    """X-20: PAD-F-01 shows removed."""
    assert Catalogue.load().current_name("PAD-F-01", TODAY) is None


def test_before_the_change_the_old_name_was_the_current_one() -> None:
    """X-20: the table is dated."""
    catalogue = Catalogue.load()
    assert catalogue.current_name("PAC-F-01", date(2019, 9, 29)) == "PAC-F-01"
    assert catalogue.current_name("PAC-F-01", date(2019, 9, 30)) == "GRF-F-47"
    assert catalogue.current_name("FO-781", TODAY) == "FO-781"
