"""Forms that no other act files, forms that are put right, documents that do not count (FRM-2, X-10, X-18)."""

from __future__ import annotations

import base64
import io
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.assistance.domain import AssistanceCase
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused
from tests.unit.documents.pdf_text import pdf_text, squeezed

MINUTES = {
    "meeting_on": "2026-11-16",
    "place": "Sede del IPES",
    "subject": "Acuerdos con la beneficiaria",
    "activity": 20,
    "attendees": [{"name": "Ñuna Peñaloza", "post": "Beneficiaria"}],
    "development": "Se acordó el calendario de visitas",
}
REASON = "Se digitó mal"


def valued(field: Field) -> tuple[UUID, dict[str, str]]:
    """A case with its report issued, and the documents of its forms by code."""
    case = field.enrolled()
    field.train(case)
    field.valued(case)
    return case, papers(field, case)


def papers(field: Field, case: UUID) -> dict[str, str]:
    return {each["code"]: each["id"] for each in shown(field, case)}


def shown(field: Field, case: UUID) -> list[dict[str, Any]]:
    return list(field.desk.ask("case", id=str(case))["documents"])


def correct(field: Field, case: UUID, document: str, who: str = "caseworker", **changes: str | None) -> Any:
    rows = [{"field": name.replace("__", "."), "value": value} for name, value in changes.items()]
    body = {"document": document, "changes": rows, "reason": REASON}
    return field.desk.act(who, "CorrectRecord", case, on="2026-11-17", **body)


def refused(code: str, act: Any, *args: Any, **body: Any) -> Refused:
    with pytest.raises(Refused) as found:
        act(*args, **body)
    assert found.value.code == code, str(found.value)
    return found.value


def text_of(field: Field, document: str) -> str:
    return pdf_text(base64.b64decode(field.desk.ask("document", id=document)["pdf"]))


def test_a_correction_stands_beside_what_it_corrects(field: Field) -> None:
    """X-10, FRM-2, FRM-4: a new fact with the fields and the reason; both open, each as it was filed."""
    case, documents = valued(field)
    events = len(field.desk.published())
    answer = correct(
        field, case, documents["FO-781"], technical__findings="Tres máquinas planas", commercial__score="2"
    )
    assert answer["affected"] == ["ValidationReportIssued"]
    told = field.desk.published()[events:]
    assert [event.type for event in told] == ["RecordCorrected"]
    assert told[0].data["field_names"] == ["commercial", "technical"]
    position = int(told[0].data["corrected_event_id"].removeprefix("assistance:"))
    assert field.desk.published()[position - 1].type == "CapacityEvaluated"
    rows = [each for each in shown(field, case) if each["code"] == "FO-781"]
    assert [each["name"].rpartition("(")[2] for each in rows] == ["corregido después)", "corrección)"]
    first, second = (text_of(field, each["id"]) for each in rows)
    assert squeezed("Dos máquinas planas") in first and squeezed("Tres máquinas planas") not in first
    assert squeezed("Tres máquinas planas") in second and squeezed("Vende por encargo") in second


def test_a_correction_of_a_correction_starts_from_it(field: Field) -> None:
    """X-10: the second names the first, and what the first put right stays."""
    case, documents = valued(field)
    correct(field, case, documents["FO-780"], description="Morral de lona con tres bolsillos")
    correct(field, case, papers(field, case)["FO-780"], packaging="Bolsa de papel")
    last = [each["id"] for each in shown(field, case) if each["code"] == "FO-780"][-1]
    assert squeezed("tres bolsillos") in text_of(field, last)
    told = [event for event in field.desk.published() if event.type == "RecordCorrected"]
    corrected = told[1].data["corrected_event_id"]
    assert corrected == f"assistance:{told[0].sequence}"


def test_the_rules_of_a_correction_are_those_of_the_act_that_filed(field: Field) -> None:
    """X-10, SOD-2, FRM-3: its roles, its required fields, its values; who corrects a score has scored."""
    case, documents = valued(field)
    capacity = documents["FO-781"]
    field.desk.hire("corrector", "caseworker")
    refused("NOT_AUTHORISED", correct, field, case, capacity, "psychosocial", commercial__score="2")
    refused("FIELD_INVALID", correct, field, case, capacity, commercial__score="9")
    refused("FORM_INCOMPLETE", correct, field, case, documents["FO-779"], product=None)
    refused("FIELD_INVALID", correct, field, case, capacity, unknown__field="x")
    refused("FIELD_INVALID", correct, field, case, capacity, visit=str(uuid4()))
    refused("FIELD_INVALID", correct, field, case, capacity, is_producer_confirmed="quizás")
    refused("FIELD_INVALID", correct, field, case, capacity, technical__installed_capacity="sesenta")
    refused("FIELD_INVALID", correct, field, case, capacity, commercial__score="3")
    refused("FIELD_INVALID", correct, field, case, documents["FRM-13"], reasons="Otras")
    refused("NOT_FOUND", correct, field, field.committed(), capacity, commercial__score="2")
    correct(field, case, capacity, "corrector", commercial__score="2")
    refused("SOD_VIOLATION", field.desk.act, "corrector", "DeclareUnitResult", case, on="2026-11-18", **bodies.result())


def test_what_the_corrected_form_says_counts_from_now_on_and_decides_nothing_by_itself(field: Field) -> None:
    """X-10, A13-2: the producer is not confirmed after all; the state stays, and apto is refused."""
    case, documents = valued(field)
    correct(field, case, documents["FO-781"], is_producer_confirmed="no")
    assert field.state(case) == "report_issued"
    done = bodies.result()
    refused("PRODUCER_NOT_CONFIRMED", field.desk.act, "second_caseworker", "DeclareUnitResult", case, **done)
    found = field.desk.application.loader.get(AssistanceCase, case)
    rows = '[{"product": "Morral", "qty": "80", "unit": "unit", "per": "month"}]'
    correct(field, case, documents["FO-781"], technical__installed_capacity=rows)
    found = field.desk.application.loader.get(AssistanceCase, case)
    assert found is not None and str(found.valuation.capacity[0]["qty"]) == "80"


def test_minutes_are_filed_under_a_number_and_print(field: Field) -> None:
    """FO-051, FRM-2, FRM-3, FRM-4, X-18: numbers follow one another; who else sat there has a key of their own."""
    case = field.committed()
    first = field.desk.act("caseworker", "FileForm", case, on="2026-11-16", form=MINUTES)
    second = field.desk.act("coordinator", "FileForm", case, on="2026-11-16", form=MINUTES)
    assert (first["number"], second["number"]) == ("FO-051-2026-0001", "FO-051-2026-0002")
    told = [event for event in field.desk.published() if event.type == "FormFiled"]
    assert (told[0].data["code"], told[0].data["number"]) == ("FO-051", first["number"])
    assert len(told[0].data["hash"]) == 64
    text = text_of(field, first["form_instance_id"])
    assert squeezed("Ñuna Peñaloza") in text and squeezed("calendario de visitas") in text
    missing = {**MINUTES, "development": ""}
    refused("FORM_INCOMPLETE", field.desk.act, "caseworker", "FileForm", case, form=missing)
    refused("NOT_AUTHORISED", field.desk.act, "supervisor", "FileForm", case, form=MINUTES)
    person = field.desk.application.loader.get(AssistanceCase, case).subject()
    field.desk.application.keys.destroy(person, "s")
    assert squeezed("Ñuna Peñaloza") in text_of(field, first["form_instance_id"])


def test_who_sat_at_the_table_keeps_their_own_key_when_minutes_are_put_right(field: Field) -> None:
    """X-10, FO-051: their names do not go with the person of the case, in the first minutes nor in the correction."""
    case = field.committed()
    filed = field.desk.act("caseworker", "FileForm", case, on="2026-11-16", form=MINUTES)["form_instance_id"]
    correct(field, case, filed, place="Salón comunal")
    person = field.desk.application.loader.get(AssistanceCase, case).subject()
    field.desk.application.keys.destroy(person, "s")
    put_right = [each["id"] for each in shown(field, case) if each["code"] == "FO-051"][-1]
    assert put_right != filed
    for document in (filed, put_right):
        assert squeezed("Ñuna Peñaloza") in text_of(field, document)


def test_a_voided_document_stays_with_its_number(field: Field) -> None:
    """FRM-2, X-18: it counts no more, opens still, its number is not given again; what an act filed is not voided."""
    case, documents = valued(field)
    filed = field.desk.act("caseworker", "FileForm", case, on="2026-11-16", form=MINUTES)
    void = {"document": filed["form_instance_id"], "reason": "Es de otra reunión"}
    refused("DATE_BEFORE_PRECONDITION", field.desk.act, "caseworker", "VoidForm", case, on="2026-11-15", **void)
    field.desk.act("caseworker", "VoidForm", case, on="2026-11-17", **void)
    told = field.desk.published()[-1]
    assert (told.type, told.data["number"]) == ("FormVoided", filed["number"])
    row = next(each for each in shown(field, case) if each["id"] == filed["form_instance_id"])
    assert row["name"].endswith("(anulado)")
    assert squeezed("Ñuna") in text_of(field, filed["form_instance_id"])
    refused("DOCUMENT_VOIDED", field.desk.act, "caseworker", "VoidForm", case, on="2026-11-17", **void)
    refused("DOCUMENT_VOIDED", correct, field, case, filed["form_instance_id"], place="Otra sede")
    again = field.desk.act("caseworker", "FileForm", case, on="2026-11-17", form=MINUTES)
    assert again["number"] == "FO-051-2026-0002"
    acted = {"document": documents["FO-781"], "reason": "No aplica"}
    refused("DOCUMENT_NOT_VOIDABLE", field.desk.act, "caseworker", "VoidForm", case, on="2026-11-17", **acted)


def test_an_attached_document_is_voided_too(field: Field) -> None:
    """FRM-2: a scan of somebody else that was attached by mistake."""
    case = field.committed()
    person = field.desk.application.loader.get(AssistanceCase, case).subject()
    paper = field.desk.application.files.put(
        io.BytesIO(b"%PDF-1.7"), subject=person, kind="s", media_type="application/pdf", name="otra.pdf"
    )
    body = {"document": "certificate", "file": paper.id}
    document = field.desk.act("caseworker", "AttachDocument", case, on="2026-11-16", **body)["document_id"]
    options = field.desk.ask("choices", to="voidable", case_id=str(case))["items"]
    assert [each["id"] for each in options] == [document]
    void = {"document": document, "reason": "Es de otra persona"}
    field.desk.act("caseworker", "VoidForm", case, on="2026-11-16", **void)
    assert field.desk.ask("choices", to="voidable", case_id=str(case))["items"] == []
    assert field.desk.published()[-1].data["hash"] == paper.id


def test_a_field_is_named_as_the_form_shows_it(field: Field) -> None:
    """X-10, FRM-4: by its label, in whatever case, or by its name; one inside another by both."""
    case, documents = valued(field)
    form = field.desk.application.catalogue.form("FO-781", version="V1")
    technical = next(each for each in form.fields if each.name == "technical")
    findings = next(each for each in technical.fields if each.name == "findings")
    rows = [{"field": f"{technical.label} > {findings.label.upper()}", "value": "Cuatro máquinas"}]
    body = {"document": documents["FO-781"], "changes": rows, "reason": REASON}
    field.desk.act("caseworker", "CorrectRecord", case, on="2026-11-17", **body)
    last = [each["id"] for each in shown(field, case) if each["code"] == "FO-781"][-1]
    assert squeezed("Cuatro máquinas") in text_of(field, last)
    told = field.desk.published()[-1]
    assert told.data["field_names"] == ["technical"]


def test_the_minutes_of_a_hand_over_are_part_of_it(field: Field) -> None:
    """FRM-2: neither voided nor corrected by themselves, nor offered for it; said so, not failed."""
    case = field.in_assistance()
    minutes = papers(field, case)["FO-051"]
    void = {"document": minutes, "reason": "No corresponde"}
    refused("DOCUMENT_NOT_VOIDABLE", field.desk.act, "caseworker", "VoidForm", case, on="2026-11-17", **void)
    found = refused("FIELD_INVALID", correct, field, case, minutes, development="Otra cosa")
    assert "FO-051 no se corrige así" in str(found)
    for to in ("voidable", "correctable"):
        offered = {each["id"] for each in field.desk.ask("choices", to=to, case_id=str(case))["items"]}
        assert minutes not in offered


def test_what_may_be_put_right_is_offered_to_choose(field: Field) -> None:
    """X-10: by name and day; not the commitment, which is signed, nor a correction itself."""
    case, documents = valued(field)
    correct(field, case, documents["FO-780"], packaging="Bolsa")
    options = field.desk.ask("choices", to="correctable", case_id=str(case))["items"]
    assert {each["id"] for each in options} == {documents[code] for code in ("FO-781", "FO-779", "FO-780")}
