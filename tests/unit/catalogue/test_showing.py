"""What `impulso catalogue` has to show."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import NotFound
from shared.catalogue.render import list_artefacts, show_artefact

ON = date(2026, 10, 15)


def test_every_artefact_is_listed_with_version_dates_status_and_hash(copied: Path) -> None:
    rows = list_artefacts(Catalogue.load(copied), ON)
    by_code = {row["code"]: row for row in rows}
    assert {"PR-156", "DE-017", "P-02", "DISC", "CO", "service", "ROLES", "ALIASES"} <= set(by_code)
    assert by_code["PR-156"]["version"] == "01"
    assert by_code["PR-156"]["effective_from"] == "2019-10-23"
    assert by_code["P-30"]["status"] == "vigente"
    assert all(len(row["sha256"]) == 64 and row["name"] for row in rows)
    json.dumps(rows)


def test_a_version_is_future_before_its_date(copied: Path) -> None:
    rows = list_artefacts(Catalogue.load(copied), date(2019, 1, 1), kind="criteria")
    assert [row["status"] for row in rows] == ["futura"]


def test_one_artefact_is_shown_whole_and_can_be_written_as_json(copied: Path) -> None:
    shown = show_artefact(Catalogue.load(copied), "PR-156", ON)
    assert shown["prepared"][0]["name"] == "Enyi Aldana Vega"
    assert len(shown["content"]["activities"]) == 21
    assert shown["source"]["document"] == "PR-156 v01"
    json.dumps(shown)


def test_a_code_or_version_that_is_not_there_is_said_so(copied: Path) -> None:
    catalogue = Catalogue.load(copied)
    with pytest.raises(NotFound) as caught:
        show_artefact(catalogue, "PR-156", ON, version="02")
    assert "PR-156 versión 02" in caught.value.text
    with pytest.raises(NotFound):
        show_artefact(catalogue, "PR-999", ON)
