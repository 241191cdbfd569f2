"""Each form of PR-156 is what the register of forms says: requirements 4.2, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.fields import Field
from shared.catalogue.forms import Form
from shared.catalogue.refusals import FieldInvalid, FormIncomplete
from shared.contracts.commands import load
from shared.contracts.fields import options_of
from tests.unit.catalogue.register_notation import notation

CATALOGUE, ON = Catalogue.load(), date(2026, 10, 15)
REGISTER = Path(__file__).parents[2] / "data" / "register_4_2.txt"
"""A paragraph a form: ``code version | official name | activities | service``, then its fields.

``!`` required, ``°`` not in the source, ``{x}`` the class of the data, ``@`` the system writes it, so that nobody is
asked; ``+`` a field that the register does not have and the programme needs (a unit of measure, a criterion's name).
"""
ROWS = {
    head.split()[0]: (head, " ".join(fields.split()))
    for head, _, fields in (each.partition("\n") for each in REGISTER.read_text(encoding="utf-8").split("\n\n"))
}
EVERY = pytest.mark.parametrize("form", CATALOGUE.forms(), ids=lambda form: f"{form.code}-{form.version}")


def head(form: Form) -> str:
    activities = ", ".join(map(str, form.activities)) or "–"
    return f"{form.code} {form.version} | {form.name} | {activities} | {form.service}"


@EVERY
def test_a_form_has_the_fields_types_classes_and_marks_of_the_register(form: Form) -> None:
    """FRM-1, FO-051, FO-068, FO-069, FO-071, FO-078, FO-110, FO-128, FO-201, FO-203, FO-419, FO-423, FO-779, FO-780,
    FO-781, FRM-10, FRM-11, FRM-12, FRM-13, FRM-14, FRM-16, FRM-17, FRM-18, FRM-19, FRM-20, FRM-21: by row."""
    official, fields = ROWS[form.code]
    assert head(form) == official
    assert notation(form.fields) == fields.replace("+", "")


def test_no_form_of_the_register_is_missing() -> None:
    """FRM-1: FRM-15 is a view of candidates and has no fields of its own."""
    assert [form.code for form in CATALOGUE.forms()] == list(ROWS)


def body(field: Field) -> Any:
    """A value of a field as a body holds it."""
    if field.type == "group":
        return {each.name: body(each) for each in field.fields if not each.by_system}
    if field.type == "list":
        row = body(field.item) if field.item else {each.name: body(each) for each in field.fields}
        return [row] * int(field.min or 1)
    if field.type in ("enum", "code"):
        return next(iter(options_of(field, CATALOGUE, ON)))
    if field.type == "sign":
        return {"signer": "Íñigo Núñez", "capacity": "Quien firma", "method": "drawn", "signed_on": "2026-10-14"}
    return {
        "text": "2026",
        "long": "Según el año",
        "bool": True,
        "date": "2026-10-14",
        "time": "09:30",
        "month": "2026-10",
        "ref": str(UUID(int=7)),
        "file": "a" * 64,
        "money": "1000.00",
        "qty": "2",
        "hours": "2.00",
        "decimal": "2",
    }.get(field.type, int(field.min or 3))


def required(fields: Sequence[Field], path: str = "form") -> Iterator[tuple[str, list[Any]]]:
    """Every required answer below ``fields``: how a refusal names it, and the steps to it in a body."""
    for each in fields:
        if each.required:
            yield f"{path}.{each.name}", [each.name]
        row, step = ("[0]", [0]) if each.type == "list" and each.fields else ("", [])
        for name, steps in required(each.fields, f"{path}.{each.name}{row}"):
            yield name, [each.name, *step, *steps]


@EVERY
def test_a_form_without_a_required_answer_is_refused_by_its_name(form: Form) -> None:
    """FRM-3: `FORM_INCOMPLETE`, answer by answer; the whole form is taken."""
    whole = [Field("form", form.name, "group", required=True, fields=form.asked)]
    load(whole, CATALOGUE, ON, {"form": body(whole[0])}, form=form.code)
    for name, steps in required(form.asked):
        filled = {"form": body(whole[0])}
        inside: Any = filled["form"]
        for step in steps[:-1]:
            inside = inside[step]
        del inside[steps[-1]]
        with pytest.raises(FormIncomplete) as refused:
            load(whole, CATALOGUE, ON, filled, form=form.code)
        assert (refused.value.code, refused.value.field) == ("FORM_INCOMPLETE", name)


@pytest.mark.parametrize(
    ("form", "name"), [(form, each.name) for form in CATALOGUE.forms() for each in form.fields if each.by_system]
)
def test_nobody_is_asked_for_what_the_system_writes(form: Form, name: str) -> None:
    """FRM-5: the number and day of a form, and what a later act decides on it, are known: who fills it in cannot say
    them."""
    whole = [Field("form", form.name, "group", required=True, fields=form.asked)]
    filled = {"form": {**body(whole[0]), name: "2026-10-14"}}
    with pytest.raises(FieldInvalid) as refused:
        load(whole, CATALOGUE, ON, filled, form=form.code)
    assert refused.value.field == f"form.{name}"
