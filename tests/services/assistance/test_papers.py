"""Every form that a case filed opens as a PDF that says what was filled in, to those who may read it."""

from __future__ import annotations

import base64
import re
from uuid import uuid4

import pytest

from tests.services import bodies
from tests.services.assistance.conducted import TECHNICAL, Conducted
from tests.services.assistance.field import Field
from tests.services.casework import Refused
from tests.unit.documents.pdf_text import pdf_text, squeezed

SAYS = {
    "FO-078": ("Fases y compromisos del proceso", "Sede Manitas", "Gloria Amparo Mosquera"),
    "FRM-12": ("Participaré en cada fase", "Gloria Amparo Mosquera"),
    "FO-069": ("Solicito inscribir a Gloria Amparo Mosquera", "Conceptos básicos de fortalecimiento empresarial"),
    "FO-781": ("Vende por encargo", "Morral", "Dos máquinas planas"),
    "FO-779": ("Hilos sueltos", "Buena etiqueta", "Mejorar cierres"),
    "FO-780": ("Morral de lona con dos bolsillos", "Lona"),
    "FRM-13": ("Produce con calidad y capacidad", "Acompañar el costeo"),
    "FRM-16": ("Subir las ventas", "Plan de mejoramiento", "Taller de costeo"),
    "FRM-21": ("Morral", "Gloria Amparo Mosquera"),
    "FO-051": ("Entrega formal del caso", "16"),
    "FO-419": ("Lleva el cuaderno al día", "Revisar el costeo", "Ñáñez"),
}


def filed(field: Field) -> Conducted:
    case = Conducted(field, "b", "d").measured()
    case.act("operator", "CreateProductionOrder", bodies.order(case.rosa))
    visit = case.act("caseworker", "StartPhase", bodies.phase(TECHNICAL))["visits"][0]
    advice = bodies.follow_up(TECHNICAL, visit, advice_given="Pedir cotización a Ñáñez & Cía.")
    case.act("caseworker", "RecordFollowUp", advice, on="2026-11-18")
    return case


def test_each_filed_form_prints_what_was_filled_in(field: Field) -> None:
    """FRM-4, FRM-2, X-02, FO-069, FO-078, FO-779 … FO-781, FO-419, FRM-12, FRM-13, FRM-16, FRM-21: as filled in."""
    case = filed(field)
    papers = field.desk.ask("case", id=str(case.case))["documents"]
    assert {paper["code"] for paper in papers} == set(SAYS)
    for paper in papers:
        printed = field.desk.ask("document", id=paper["id"])
        pdf = base64.b64decode(printed["pdf"])
        text = pdf_text(pdf)
        # Word by word: a line or a page may end anywhere in a phrase.
        for word in " ".join(SAYS[paper["code"]]).split():
            assert squeezed(word) in text, (paper["code"], word)
        assert squeezed(paper["code"]) in text
        assert base64.b64decode(field.desk.ask("document", id=paper["id"])["pdf"]) == pdf, "byte for byte"


def test_what_the_system_knows_and_later_acts_decided_prints_without_being_asked(field: Field) -> None:
    """FRM-5, FO-051, FO-069, FO-419, FRM-12, FRM-13, FRM-16, FRM-21: number, day, basis, declaration, completion."""
    case = Conducted(field, "b", "d").measured()
    order = case.act("operator", "CreateProductionOrder", bodies.order(case.rosa))
    printed = {}
    for paper in field.desk.ask("case", id=str(case.case))["documents"]:
        text = pdf_text(base64.b64decode(field.desk.ask("document", id=paper["id"])["pdf"]))
        printed[paper["code"]] = (text, paper["number"] or "")
    capacity = next(p["id"] for p in field.desk.ask("case", id=str(case.case))["documents"] if p["code"] == "FO-781")
    expected = {
        "FO-051": (r"Númerodelacta{number}", r"EjecutorquerecibeelcasoContratodeoperador"),
        "FO-069": (r"Número{number}", r"DeSubdireccióndeEmprendimiento", r"Recibidoel\d"),
        "FRM-12": (r"Fechadelafirma\d",),
        "FRM-13": (r"ResultadodeclaradoApto", r"FO-781", r"Declaradoel\d"),
        "FRM-16": (r"Versióndelplan1", r"Elaboradopor[0-9a-f]{{8}}", r"Aprobadopor[0-9a-f]{{8}}"),
        "FRM-21": (r"Ordenn.º{number}", f"SeapoyaenelFO-781{capacity[:8]}"),
    }
    for code, phrases in expected.items():
        text, number = printed[code]
        for phrase in phrases:
            assert re.search(phrase.format(number=number), text), (code, phrase, text)
    assert order["number"] == printed["FRM-21"][1]


def test_a_form_opens_only_to_those_who_may_read_it(field: Field) -> None:
    """ROL-02, X-12: not to another operator, not to a role without the right; a wrong id is not found."""
    case = filed(field)
    paper = next(each for each in field.desk.ask("case", id=str(case.case))["documents"] if each["code"] == "FO-419")
    field.desk.hire("other_operator", "operator_staff", contract=str(uuid4()))
    for who, document, code in (
        ("training", paper["id"], "NOT_AUTHORISED"),
        ("auditor", paper["id"], "NOT_AUTHORISED"),
        ("other_operator", paper["id"], "NOT_FOUND"),
        ("caseworker", str(uuid4()), "NOT_FOUND"),
    ):
        with pytest.raises(Refused) as refused:
            field.desk.ask("document", who, id=document)
        assert refused.value.code == code, who
    assert field.desk.ask("document", "operator", id=paper["id"])["code"] == "FO-419"


def test_a_form_names_staff_as_the_edge_calls_them_and_a_visit_by_its_day(field: Field) -> None:
    """FRM-4, FRM-13, FO-779: no id stands where a person or a visit is meant; what nobody named keeps eight signs."""
    case = field.enrolled()
    field.train(case)
    field.valued(case)
    caseworker = str(field.desk.people["caseworker"].person)
    report, product = (
        next(each["id"] for each in field.desk.ask("case", id=str(case))["documents"] if each["code"] == code)
        for code in ("FRM-13", "FO-779")
    )
    named = field.desk.ask("document", id=report, names={caseworker: "Ñusta Peñaloza"})
    text = pdf_text(base64.b64decode(named["pdf"]))
    assert squeezed("Ñusta Peñaloza") in text and squeezed("Visita 10 de noviembre de 2026") in text
    unnamed = pdf_text(base64.b64decode(field.desk.ask("document", id=report)["pdf"]))
    assert caseworker[:8] in unnamed and caseworker not in unnamed
    shown = pdf_text(base64.b64decode(field.desk.ask("document", id=product)["pdf"]))
    assert squeezed("Visita 10 de noviembre") in shown
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", unnamed + shown)
