"""Every form of the catalogue prints what was filled in, under its own name, from its definition alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.fields import Field
from shared.catalogue.forms import Form
from shared.contracts.fields import options_of
from shared.documents import Sheet, form_document
from tests.unit.documents.pdf_text import pdf_text, squeezed
from tests.unit.documents.people import signed

ON = date(2026, 10, 15)
CATALOGUE = Catalogue.load()
EVERY = pytest.mark.parametrize("form", CATALOGUE.forms(), ids=lambda form: f"{form.code}-{form.version}")


def example(field: Field) -> Any:
    """A value of the type of a field; texts carry the name of their field, accents and ñ."""
    if field.type == "group":
        return {each.name: example(each) for each in field.fields}
    if field.type == "list":
        rows = max(2, int(field.min or 0))
        return [example(field.item) if field.item else {e.name: example(e) for e in field.fields} for _ in range(rows)]
    if field.type == "sign":
        return signed(f"Íñigo {field.name}", image=None)
    if field.type in ("enum", "code"):
        return next(iter(options_of(field, CATALOGUE, ON)))
    return {
        "text": f"Ñandú, {field.name} áéíóúü",
        "long": f"Pingüino {field.name}\nSegún el año",
        "decimal": Decimal("7.5"),
        "money": Decimal("1234567.80"),
        "qty": Decimal("12.125"),
        "hours": Decimal("9.75"),
        "pct": Decimal("80"),
        "bool": True,
        "date": date(2026, 10, 14),
        "instant": datetime(2026, 10, 14, 14, 30, tzinfo=UTC),
        "time": time(9, 30),
        "month": "2026-10",
        "ref": UUID(int=7),
        "file": UUID(int=9),
    }.get(field.type, int(field.min or 3))


def said(fields: Sequence[Field]) -> Iterator[str]:
    """What the page must show of `example`: every label and every text."""
    for field in fields:
        yield field.label
        if field.type == "sign":
            yield f"Íñigo {field.name}"
        elif field.type == "text":
            yield f"Ñandú, {field.name} áéíóúü"
        elif field.type == "long":
            yield f"Pingüino {field.name}"
        elif field.type in ("enum", "code"):
            yield options_of(field, CATALOGUE, ON)[example(field)]
        elif field.type == "money":
            yield "$1.234.567,80"
        elif field.type in ("group", "list"):
            yield from said(field.fields)


def sheet(form: Form) -> Sheet:
    return Sheet(form.code, form.name, form.version, form.effective_from, "2026-000123", "ab" * 32)


@EVERY
def test_a_form_prints_every_label_and_value_under_its_official_name_and_twice_alike(form: Form) -> None:
    """FRM-1, FRM-4, X-02: header with code, version, date and page; the text equals the data; same bytes again."""
    values = {field.name: example(field) for field in form.fields}
    pdf = form_document(sheet(form), form.fields, values, catalogue=CATALOGUE, on=ON)
    found = pdf_text(pdf)
    # A long label may be hyphenated at the end of a line.
    unbroken = found.replace("-", "")
    missing = [text for text in said(form.fields) if squeezed(text).replace("-", "") not in unbroken]
    assert missing == []
    for heading in (form.code, form.name, f"Versión{form.version}", "Página1de", f"{form.effective_from:%d/%m/%Y}"):
        assert squeezed(heading) in found
    assert pdf == form_document(sheet(form), form.fields, values, catalogue=CATALOGUE, on=ON)


def test_nobody_signs_a_page_that_says_nothing() -> None:
    """FRM-4: where the signatures do not fit, the end of what is signed goes with them to their page."""
    form = CATALOGUE.form("FO-779", ON)
    values = {field.name: example(field) for field in form.fields}
    for lines in range(1, 45):
        values["recommendations_to_product"] = "\n".join(["Mejorar los cierres del morral"] * lines)
        pdf = form_document(sheet(form), form.fields, values, catalogue=CATALOGUE, on=ON)
        last = pdf_text(pdf).rpartition("Página")[2]
        assert "Fotografías" in last and "Firmas" in last, lines


@EVERY
def test_a_form_with_nothing_filled_in_prints_lines_to_write_on(form: Form) -> None:
    """FRM-3, FRM-4: a draft may be incomplete and still prints."""
    pdf = form_document(sheet(form), form.fields, {}, catalogue=CATALOGUE, on=ON)
    assert "—" not in pdf_text(pdf)
    assert squeezed(form.name) in pdf_text(pdf)
