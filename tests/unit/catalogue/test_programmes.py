"""The programme, its routes, its intervention model and the documents that it cites, as dated data (CAT-01, 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.errors import CatalogueError

ON = date(2026, 10, 15)
CATALOGUE = Catalogue.load()


def refused(root: Path) -> CatalogueError:
    with pytest.raises(CatalogueError) as found:
        Catalogue.load(root)
    return found.value


def test_the_programme_names_what_holds_in_it() -> None:
    """CAT-01, PR-156: of IPES, with its procedure, its criteria, its two routes and its model."""
    programme = CATALOGUE.programme("PROGRAMA-PR-156", ON)
    assert (programme.programme, programme.organisation) == ("PR-156", "IPES")
    procedure = CATALOGUE.procedure(programme.procedures[0], ON)
    assert [(one.name, one.post) for one in procedure.artefact.prepared] == [("Enyi Aldana Vega", "CPS 007 de 2019")]
    assert procedure.artefact.effective_from == date(2019, 10, 23)
    routes = {code: CATALOGUE.route(code, ON) for code in programme.routes}
    assert {code: (one.threshold, one.operates, one.plan) for code, one in routes.items()} == {
        "entrepreneurship": ("P-05", "below", "business_plan"),
        "strengthening": ("P-05", "from", "improvement_plan"),
    }
    assert CATALOGUE.component_set(programme.component_set, ON).components == tuple("abcdefg")


def test_the_criteria_of_the_programme_are_those_of_de_017() -> None:
    """DE-017, CAT-01: version, who approved it, and each criterion with its text, phase, rule and examples."""
    criteria = CATALOGUE.criteria(CATALOGUE.programme("PROGRAMA-PR-156", ON).criteria, ON)
    assert (criteria.artefact.code, criteria.version) == ("DE-017", "1") and criteria.artefact.approved
    assert len(criteria.criteria) == 17
    assert all(each.text and each.phase in ("pre", "post") for each in criteria.criteria)


def test_the_model_has_every_component_and_item_that_people_choose_from() -> None:
    """CAT-01: no component or item is listed twice, none is left out."""
    model = CATALOGUE.component_set("MODELO-PR-156", ON)
    assert set(model.components) == set(CATALOGUE.code_list("component", ON).codes)
    items = CATALOGUE.code_list("component_item", ON).entries
    assert {code: one.attributes["component"] for code, one in items.items()} == dict(model.component_of)
    assert set(model.phases) == set("abcde")


def test_the_manual_of_contracts_is_kept_with_its_obligations_by_aspect() -> None:
    """MS-012: version, file, obligations catalogue per aspect, compliance record."""
    manual = CATALOGUE.document("MS-012", ON)
    assert manual.artefact.version == "1" and manual.artefact.assumed and manual.file == ""
    assert set(manual.kept) == {"version", "file", "obligations", "compliance"}
    entries = CATALOGUE.code_list("obligation", ON).entries
    by_aspect = {aspect: {code for code in codes} for aspect, codes in manual.obligations.items()}
    assert set(by_aspect) == {"technical", "financial", "legal"}
    for aspect, codes in by_aspect.items():
        assert codes == {code for code, one in entries.items() if one.attributes["aspect"] == aspect}


def test_the_databases_of_act_1_are_kept_by_row_with_the_fields_of_the_form() -> None:
    """PR-029: database, date, row number, row hash and the fields of FO-203."""
    database = CATALOGUE.document("PR-029", ON)
    assert list(database.kept) == ["database", "date", "row_no", "row_hash", "fields"]
    assert database.form == "FO-203" and CATALOGUE.form("FO-203", ON).fields


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("programmes/pr-156-v1.yaml", "component_set: MODELO-PR-156", "component_set: OTRO", "no hay OTRO"),
        ("programmes/pr-156-v1.yaml", "[PR-029, MS-012]", "[PR-029, MS-099]", "no hay MS-099"),
        ("routes/strengthening-v1.yaml", "P-05", "UMBRAL", "no hay un parámetro UMBRAL"),
        ("routes/strengthening-v1.yaml", "operates: from", "operates: after", "use below o from"),
        ("component_sets/modelo-pr-156-v1.yaml", "items: [g1]", "items: [g1, g9]", "g9 no está en la lista"),
        ("component_sets/modelo-pr-156-v1.yaml", "items: [g1]", "items: [f1]", "ya está en el componente f"),
        ("component_sets/modelo-pr-156-v1.yaml", "component: g", "component: f", "está repetido"),
        ("component_sets/modelo-pr-156-v1.yaml", "phase: materialisation", "phase: otra", "otra no está en la lista"),
        ("documents/ms-012-v1.yaml", "[budget, payments]", "[budget, gifts]", "gifts no está en la lista obligation"),
        ("documents/ms-012-v1.yaml", "service: assistance", "service: nadie", "no hay un servicio nadie"),
    ],
)
def test_what_a_programme_or_a_document_names_and_is_not_there_is_refused(
    edited: Callable[[str, str, str], Path], file: str, old: str, new: str, problem: str
) -> None:
    """CAT-01: with the file and what is wrong with it."""
    error = refused(edited(file, old, new))
    assert (error.file, problem in error.problem) == (file, True), error.problem
