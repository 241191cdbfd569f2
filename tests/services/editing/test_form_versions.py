"""A new version of a form is published on a date: what was filed before keeps its own for ever."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused
from tests.services.editing.press import Press
from tests.unit.documents.pdf_text import pdf_text

FROM = "2026-11-16"
SHIFTS = "  - {name: shifts, label: Turnos de trabajo, type: int, min: 1, required: true}\n"


def second_version(press: Press) -> str:
    """FO-781 with another title, another label and one more required answer."""
    shipped = (press.catalogue.root / "forms" / "fo-781-v1.yaml").read_text("utf-8")
    changes = {
        'version: "V1"': 'version: "V2"',
        "effective_from: 2019-10-23": f"effective_from: {FROM}\napproved: [{{name: Ana Prueba, post: Subdirectora}}]",
        "name: Evaluación capacidad productiva": "name: Evaluación de la capacidad del taller",
        "label: Clientes,": "label: Compradores,",
        "  - {name: is_producer": SHIFTS + "  - {name: is_producer",
    }
    for old, new in changes.items():
        assert old in shipped, old
        shipped = shipped.replace(old, new)
    return shipped


def printed(field: Field, case: UUID) -> str:
    paper = next(each for each in field.desk.ask("case", id=str(case))["documents"] if each["code"] == "FO-781")
    return pdf_text(base64.b64decode(field.desk.ask("document", id=paper["id"])["pdf"]))


def test_an_instance_reads_and_prints_in_the_version_it_was_filed_in(assistance: Press) -> None:
    """FRM-1, X-02, FO-781: a V1 instance stays V1 after V2 is in force; what is filed from then on is V2."""
    field = Field(assistance.desk)
    old, new = field.enrolled(), field.enrolled()
    visit = field.desk.act("caseworker", "RecordUnitVisit", old, **bodies.visit())["visit_id"]
    field.desk.act("caseworker", "FileCapacityEvaluation", old, **bodies.capacity(visit))
    before = printed(field, old)
    assistance.publish("form", second_version(assistance), reason="Rige desde que se aprobó")
    assert printed(field, old) == before
    assert "VersiónV1" in before and "Evaluacióncapacidadproductiva" in before and "Clientes" in before
    visit = field.desk.act("caseworker", "RecordUnitVisit", new, on="2026-11-17", **bodies.visit())["visit_id"]
    body = bodies.capacity(visit)
    with pytest.raises(Refused) as refused:
        field.desk.act("caseworker", "FileCapacityEvaluation", new, on="2026-11-17", **body)
    assert (refused.value.code, refused.value.refusal["field"]) == ("FORM_INCOMPLETE", "form.shifts")
    body["form"]["shifts"] = 2
    field.desk.act("caseworker", "FileCapacityEvaluation", new, on="2026-11-17", **body)
    after = printed(field, new)
    for said in ("VersiónV2", "Evaluacióndelacapacidaddeltaller", "Compradores", "Turnosdetrabajo2", "Fecha16/11/2026"):
        assert said in after, said
    assert printed(field, old) == before
