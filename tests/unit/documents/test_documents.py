"""Documents: the same facts give the same bytes, and what a person wrote is shown, never interpreted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalogue.fields import Field, read_fields
from shared.catalogue.reader import Node
from shared.documents import (
    Sheet,
    content_hash,
    delivery_receipt,
    external_letter,
    form_document,
    stock_assignment,
    stock_receipt,
    withdrawal,
)
from shared.documents.images import Images, ImageUnusable
from shared.documents.spanish import breakable, day, money, quantity, words
from shared.documents.typesetting import render
from shared.privacy.personal import Personal
from tests.unit.documents.pdf_text import pdf_text, squeezed
from tests.unit.documents.people import SHEET, letter, moved, png, receipt, signed

HOSTILE = r"""#panic("x") $x^2$ *b* _i_ `r` <b>n</b> = T \ \u{41} @ref [a] {c} // z /* y */ ~ -- "q" 'a' %PDF"""
Make = Callable[[Sheet, Mapping[str, Any]], bytes]
DOCUMENTS: list[tuple[Make, dict[str, Any]]] = [
    (external_letter, letter()),
    (stock_receipt, receipt()),
    (stock_assignment, moved()),
    (withdrawal, moved()),
    (delivery_receipt, moved()),
]
EVERY = pytest.mark.parametrize(("make", "facts"), DOCUMENTS, ids=lambda each: getattr(each, "__name__", ""))


def shows(pdf: bytes, *texts: str) -> bool:
    found = pdf_text(pdf)
    return all(squeezed(text) in found for text in texts)


@EVERY
def test_the_same_facts_give_the_same_bytes(make: Make, facts: dict[str, Any]) -> None:
    assert make(SHEET, facts) == make(SHEET, facts)


def test_another_process_place_and_time_zone_give_the_same_bytes(tmp_path: Path) -> None:
    data = {"sheet": SHEET.data(Images()) | {"qr": ""}, "summary": [], "parts": [], "signatures": []}
    program = (
        "import json,sys; from shared.documents.typesetting import render;"
        "sys.stdout.buffer.write(render('form', json.load(sys.stdin)))"
    )
    environment = {**os.environ, "TZ": "Asia/Tokyo", "LANG": "C", "PYTHONPATH": str(Path(__file__).parents[3])}
    other = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(data).encode(),
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    assert other.stdout == render("form", data)


@EVERY
def test_other_facts_give_another_document(make: Make, facts: dict[str, Any]) -> None:
    assert make(SHEET, facts) != make(replace(SHEET, number="2026-000124"), facts)


def test_what_a_person_wrote_is_shown_as_it_is() -> None:
    pdf = external_letter(SHEET, letter(subject=HOSTILE, addressee="Ana #1 $ *", favourable_points=HOSTILE))
    assert pdf_text(pdf).count(squeezed(HOSTILE)) == 2
    assert shows(pdf, "Ana #1 $ *")


@pytest.mark.parametrize("text", ["👩🏽‍🌾 emoji", "مرحبا", "中文", "a\u0301", "W" * 3000, "\u200b", "x\ty", "#" * 50])
def test_a_text_that_the_fonts_do_not_know_or_that_has_no_end_still_prints(text: str) -> None:
    for make, facts in (
        (external_letter, letter(subject=text, addressee=text, favourable_points=text)),
        (stock_receipt, receipt(warehouse=text, remarks=text)),
        (delivery_receipt, moved(place=text, beneficiary=signed(text, text))),
    ):
        assert make(SHEET, facts).startswith(b"%PDF")


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_text_prints(text: str) -> None:
    assert external_letter(SHEET, letter(subject=text, addressee=text)).startswith(b"%PDF")


def test_the_letter_of_an_unfavourable_result_tells_what_was_not_met_first_and_how_to_ask_again() -> None:
    text = pdf_text(external_letter(SHEET, letter("not_met")))
    parts = (
        "No cumple los criterios de entrada",
        "Criterios que no se cumplieron",
        "G07 Nombre de G07",
        "Motivo de G07",
        "Evidencia de G07",
        "Criterios que se cumplieron",
        "G01 Nombre de G01",
        "Aspectos a su favor",
        "Cómo pedir que se revise esta decisión",
        "Puede pedirla hasta el 30 de octubre de 2026",
        "Ana Lucía Montes",
    )
    places = [text.find(squeezed(part)) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert all(f"Motivode{code}" in text for code in ("G01", "G12", "E04", "E05"))


def test_the_letter_of_a_favourable_result_names_every_criterion_too() -> None:
    pdf = external_letter(SHEET, letter("met"))
    assert shows(pdf, "Cumple los criterios de entrada", "G07 Nombre de G07", "versión 1", "15 de octubre de 2026")
    assert not shows(pdf, "Criterios que no se cumplieron")
    assert not shows(pdf, "Puede pedirla hasta")


def test_a_receipt_adds_up_in_pesos_to_the_cent() -> None:
    pdf = stock_receipt(SHEET, receipt(lines=17))
    assert shows(pdf, "$ 18.450,90", "$ 230.636,25", "$ 3.920.816,25", "Contrato con operador")


def test_every_page_carries_code_number_page_of_pages_and_verification_code() -> None:
    text = pdf_text(stock_receipt(SHEET, receipt(lines=90)))
    assert "Página1de3" in text
    assert "Página3de3" in text
    assert text.count("Códigodeverificación") == 3
    assert text.count("ab" * 32) == 3
    assert text.count("Número2026-000123") == 3


def test_a_withdrawal_shows_the_three_people_and_leaves_room_for_the_forms_that_come_back() -> None:
    pdf = withdrawal(SHEET, moved())
    assert shows(pdf, "Solicita", "Entrega en almacén", "Retira: profesional responsable", "Ana Lucía Montes")
    assert shows(pdf, "1.234,125", "Entrega a beneficiario", "Formatos firmados recibidos en almacén")
    received = withdrawal(SHEET, moved(forms_received_on=date(2026, 10, 22), forms_received_by="Jairo Quintero"))
    assert shows(received, "22 de octubre de 2026")


def test_a_delivery_by_fingerprint_names_its_witness() -> None:
    assert shows(delivery_receipt(SHEET, moved()), "Testigo de la huella", "Pedro Pinto")
    assert not shows(delivery_receipt(SHEET, moved(witness=None)), "Testigo")


@EVERY
def test_a_document_prints_with_every_optional_fact_absent(make: Make, facts: dict[str, Any]) -> None:
    needed = {"lines", "criteria", "result", "dated", "as_of"}
    bare = {key: (value if key in needed else None) for key, value in facts.items()}
    assert make(Sheet("X", "Y"), bare).startswith(b"%PDF")


def test_what_was_erased_prints_as_suppressed() -> None:
    gone = Personal(None, "i", None)
    pdf = external_letter(SHEET, letter(addressee=gone, favourable_points=gone, signed_by=signed(gone)))
    assert pdf_text(pdf).count("[SUPRIMIDO]") == 3


def test_a_personal_value_prints_what_it_holds() -> None:
    assert shows(external_letter(SHEET, letter(addressee=Personal(None, "i", "Yolanda Pinto"))), "Yolanda Pinto")


def test_a_signature_image_is_part_of_the_document_and_other_bytes_are_refused() -> None:
    with_image, without = moved(), moved(withdrawn_by=signed("Ana Lucía Montes", image=None))
    assert withdrawal(SHEET, with_image) != withdrawal(SHEET, without)
    for wrong in (b"", b"<svg onload='x'/>", b"%PDF-1.7", png() + b"0" * (3 * 1024 * 1024)):
        with pytest.raises(ImageUnusable):
            withdrawal(SHEET, moved(withdrawn_by=signed("Ana", image=wrong)))


def test_the_content_hash_is_of_the_facts_and_not_of_their_order_or_types() -> None:
    facts = {"on": date(2026, 10, 15), "qty": Decimal("12.50"), "lines": ({"id": UUID(int=1)},)}
    same = {"lines": [{"id": str(UUID(int=1))}], "qty": "12.50", "on": "2026-10-15"}
    assert content_hash(facts) == content_hash(same)
    assert content_hash(facts) != content_hash({**facts, "qty": Decimal("12.51")})
    assert content_hash({"name": Personal(None, "i", "Ana")}) == content_hash({"name": "Ana"})


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (money(Decimal("1234567")), "$\u00a01.234.567,00"),
        (money(Decimal("-0.5")), "-$\u00a00,50"),
        (quantity(Decimal("1200.50")), "1.200,5"),
        (quantity(Decimal("1E+3")), "1.000"),
        (day(date(2026, 10, 15)), "15 de octubre de 2026"),
        (words(True), "Sí"),
        (words(None), "—"),
        (words(""), "—"),
        (words(Personal(None, "i", None)), "[SUPRIMIDO]"),
        (breakable("corto"), "corto"),
    ],
)
def test_values_read_as_colombians_write_them(shown: str, expected: str) -> None:
    assert shown == expected


def test_a_long_word_may_break_without_losing_a_letter() -> None:
    identifier = "7b0f9c52-3a53-4f0e-9d0b-5a1c9b7d2e10"
    assert squeezed(breakable(identifier)) == identifier
    assert "\u200b" in breakable(identifier)


FORM: list[dict[str, Any]] = [
    {"name": "visit", "label": "Visita", "type": "ref", "to": "visit", "required": True},
    {
        "name": "technical",
        "label": "Perspectiva técnica",
        "type": "group",
        "fields": [
            {"name": "equipment", "label": "Equipos", "type": "list", "of": {"type": "text"}, "class": "s"},
            {
                "name": "capacity",
                "label": "Capacidad instalada",
                "type": "list",
                "of": [
                    {"name": "product", "label": "Producto", "type": "text"},
                    {"name": "per", "label": "Por", "type": "enum", "options": {"day": "Día"}},
                    {"name": "cost", "label": "Costo", "type": "money"},
                ],
            },
            {"name": "findings", "label": "Hallazgos", "type": "long", "class": "s"},
        ],
    },
    {"name": "place", "label": "Localidad", "type": "code", "list": "locality"},
    {"name": "produces", "label": "¿Produce?", "type": "bool"},
    {"name": "score", "label": "Calificación", "type": "score", "min": 1, "max": 5},
    {"name": "evaluator", "label": "Firma de quien evalúa", "type": "sign"},
]


class FixedLists:
    def form(self, code: str, on: date) -> Any:
        raise AssertionError(code)

    def code_list(self, name: str, on: date) -> Any:
        return SimpleNamespace(labels={"bosa": "Bosa"})


def form_fields() -> tuple[Field, ...]:
    return read_fields(Node({"fields": FORM}, "test.yaml"))


def test_any_form_prints_its_labels_and_values_from_its_definition_alone() -> None:
    visit = UUID(int=7)
    values = {
        "visit": visit,
        "technical": {
            "equipment": Personal(None, "s", ["Máquina plana", "Fileteadora"]),
            "capacity": [{"product": HOSTILE, "per": "day", "cost": Decimal("1500000")}],
            "findings": Personal(None, "s", "Primer párrafo\nSegundo párrafo"),
        },
        "place": "bosa",
        "produces": False,
        "score": 4,
        "evaluator": signed(Personal(None, "i", "Ana Lucía Montes")),
    }
    pdf = form_document(
        SHEET,
        form_fields(),
        values,
        catalogue=FixedLists(),
        on=date(2026, 10, 15),
        summary=[("Caso", "7b0f9c52")],
        names={str(visit): "Visita del 14 de octubre"},
    )
    assert shows(pdf, "Visita del 14 de octubre", "Perspectiva técnica", "Máquina plana", "Día", "$ 1.500.000,00")
    assert shows(pdf, "Segundo párrafo", "Bosa", "¿Produce? No", "4 de 5", "Firmas", "Ana Lucía Montes", HOSTILE)


def test_a_form_without_answers_prints_its_labels_to_fill_in() -> None:
    pdf = form_document(SHEET, form_fields(), {}, catalogue=FixedLists(), on=date(2026, 10, 15))
    assert shows(pdf, "Capacidad instalada", "Sin registros.", "Hallazgos", "Firma de quien evalúa")


def test_a_list_whose_values_were_erased_prints_as_suppressed() -> None:
    values = {"technical": {"equipment": Personal(None, "s", None), "findings": Personal(None, "s", None)}}
    pdf = form_document(SHEET, form_fields(), values, catalogue=FixedLists(), on=date(2026, 10, 15))
    assert pdf_text(pdf).count("[SUPRIMIDO]") == 2
