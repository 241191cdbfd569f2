"""Commands as data: strict values, personal ones marked, one refusal that names every field at fault."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalogue.fields import Field, read_fields
from shared.catalogue.reader import Node
from shared.catalogue.refusals import FieldInvalid, FormIncomplete, Refusal
from shared.contracts.commands import command_schema, load_command
from shared.contracts.fields import leaves
from shared.contracts.json_schema import command_json_schema
from shared.contracts.layout import command_layout
from shared.privacy.personal import Personal, personal_values

ON = date(2026, 10, 15)
FILE = "5f" * 32
CASE = "0d2c7f0e-5b51-4f52-8f4e-1f3a0f6b9c11"
SIGNATURE = {
    "signer": "Yolanda Pinto",
    "capacity": "Beneficiaria",
    "method": "drawn",
    "signed_on": "2026-10-15",
    "image": FILE,
}


def definitions(*fields: dict[str, Any]) -> tuple[Field, ...]:
    """Fields as the catalogue reads them."""
    return read_fields(Node({"fields": [{"label": f["name"].capitalize(), **f} for f in fields]}, "test.yaml"))


class FixedCatalogue:
    """A catalogue of one form and one code list."""

    def __init__(self, *form: dict[str, Any]) -> None:
        self._form = SimpleNamespace(code="FO-781", name="Evaluación de capacidad productiva", asked=definitions(*form))

    def form(self, code: str, on: date) -> Any:
        assert (code, on) == ("FO-781", ON)
        return self._form

    def code_list(self, name: str, on: date) -> Any:
        assert (name, on) == ("locality", ON)
        return SimpleNamespace(labels={"kennedy": "Kennedy", "bosa": "Bosa"})


def command(*fields: dict[str, Any], form: str | None = None) -> Any:
    return SimpleNamespace(command="Try", label="Probar", help=None, form=form, fields=definitions(*fields))


def load(field: dict[str, Any], value: Any) -> Any:
    """What one required field makes of a value."""
    made = load_command(command({"name": "it", "required": True, **field}), FixedCatalogue(_TEXT), ON, {"it": value})
    return made["it"]


_TEXT = {"name": "note", "type": "text"}


@pytest.mark.parametrize(
    ("field", "given", "loaded"),
    [
        ({"type": "text"}, "Panadería  Ñoño", "Panadería  Ñoño"),
        ({"type": "text"}, "Jose\u0301", "José"),
        ({"type": "long"}, "una\r\ndos\ttres", "una\ndos\ttres"),
        ({"type": "int"}, 7, 7),
        ({"type": "decimal", "places": 4}, "1.2345", Decimal("1.2345")),
        ({"type": "money"}, "1500.5", Decimal("1500.50")),
        ({"type": "money"}, 1500, Decimal("1500.00")),
        ({"type": "qty"}, "0.125", Decimal("0.125")),
        ({"type": "hours"}, "3.75", Decimal("3.75")),
        ({"type": "pct"}, "99.99", Decimal("99.99")),
        ({"type": "score", "min": 1, "max": 5}, 5, 5),
        ({"type": "bool"}, False, False),
        ({"type": "date"}, "2024-02-29", date(2024, 2, 29)),
        ({"type": "instant"}, "2026-10-15T09:30:00-05:00", datetime(2026, 10, 15, 14, 30, tzinfo=UTC)),
        ({"type": "time"}, "09:30", "09:30"),
        ({"type": "month"}, "2026-10", "2026-10"),
        ({"type": "enum", "options": {"yes": "Sí", "no": "No"}}, "no", "no"),
        ({"type": "code", "list": "locality"}, "bosa", "bosa"),
        ({"type": "ref", "to": "case"}, CASE, UUID(CASE)),
        ({"type": "file"}, FILE, FILE),
        ({"type": "list", "of": "date"}, ["2026-10-15"], [date(2026, 10, 15)]),
        ({"type": "list", "of": [{"name": "qty", "label": "Cantidad", "type": "qty"}]}, [{"qty": "1"}], [{"qty": 1}]),
    ],
    ids=str,
)
def test_a_value_in_its_lawful_form_becomes_a_python_value(field: dict[str, Any], given: Any, loaded: Any) -> None:
    assert load(field, given) == loaded


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ({"type": "text"}, 7),
        ({"type": "text"}, "   "),
        ({"type": "text"}, "a\nb"),
        ({"type": "text"}, "a\x00b"),
        ({"type": "text"}, "a\ud800b"),
        ({"type": "text"}, "Ana \u202eretsop"),
        ({"type": "text", "max": 5}, "seis66"),
        ({"type": "long"}, "x" * 4001),
        ({"type": "int"}, "7"),
        ({"type": "int"}, 7.0),
        ({"type": "int"}, True),
        ({"type": "int", "min": 1, "max": 6}, 7),
        ({"type": "int"}, 2**60),
        ({"type": "money"}, 1500.5),
        ({"type": "money"}, "1.500,50"),
        ({"type": "money"}, "1500.505"),
        ({"type": "money"}, "-1"),
        ({"type": "money"}, "1e3"),
        ({"type": "money"}, "NaN"),
        ({"type": "money"}, "١٢"),
        ({"type": "money"}, True),
        ({"type": "money"}, "9" * 40),
        ({"type": "qty"}, "0.0001"),
        ({"type": "hours"}, "1.3"),
        ({"type": "pct"}, "100.01"),
        ({"type": "score", "min": 1, "max": 5}, 0),
        ({"type": "bool"}, "true"),
        ({"type": "bool"}, 1),
        ({"type": "date"}, "15/10/2026"),
        ({"type": "date"}, "2026-02-30"),
        ({"type": "date"}, "20261015"),
        ({"type": "date"}, "2026-10-15T00:00:00"),
        ({"type": "date"}, "0001-01-01"),
        ({"type": "instant"}, "2026-10-15T09:30:00"),
        ({"type": "instant"}, "9999-12-31T23:59:59-05:00"),
        ({"type": "time"}, "24:00"),
        ({"type": "month"}, "2026-13"),
        ({"type": "enum", "options": {"yes": "Sí"}}, "Sí"),
        ({"type": "enum", "options": {"yes": "Sí"}}, ["yes"]),
        ({"type": "code", "list": "locality"}, "paris"),
        ({"type": "ref", "to": "case"}, CASE.replace("-", "")),
        ({"type": "file"}, "../../etc/passwd"),
        ({"type": "list", "of": "text"}, "uno"),
        ({"type": "list", "of": "text"}, []),
        ({"type": "list", "of": "text"}, [None]),
        ({"type": "list", "of": "text"}, ["x"] * 501),
        ({"type": "list", "of": "text", "min": 2}, ["x"]),
        ({"type": "group", "fields": [{"name": "a", "label": "A", "type": "text"}]}, "a"),
        ({"type": "group", "fields": [{"name": "a", "label": "A", "type": "text"}]}, {"b": "x"}),
        ({"type": "sign"}, {**SIGNATURE, "method": "stamp"}),
        ({"type": "text"}, None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_value_in_any_other_form_is_refused_in_spanish_and_never_coerced(field: dict[str, Any], given: Any) -> None:
    with pytest.raises(FieldInvalid) as refused:
        load(field, given)
    assert refused.value.field is not None
    assert refused.value.field.startswith("it")
    assert refused.value.text.startswith("Revise los datos: «")
    assert refused.value.status == 422


def test_a_classed_field_loads_as_a_personal_value_that_nobody_owns_yet() -> None:
    assert load({"type": "date", "class": "i"}, "1990-04-02") == Personal(None, "i", date(1990, 4, 2))
    assert load({"type": "list", "of": "text", "class": "s"}, ["a", "b"]) == Personal(None, "s", ["a", "b"])


def test_the_class_of_a_group_or_of_rows_marks_every_value_inside_that_has_none_of_its_own() -> None:
    member = [
        {"name": "name", "label": "Nombre", "type": "text", "class": "i"},
        {"name": "kin", "label": "P", "type": "text"},
    ]
    rows = load({"type": "list", "of": member, "class": "s"}, [{"name": "Luz", "kin": "hija"}])
    assert rows == [{"name": Personal(None, "i", "Luz"), "kin": Personal(None, "s", "hija")}]
    group = load({"type": "group", "fields": member, "class": "s"}, {"name": "Luz", "kin": "hija"})
    assert group == {"name": Personal(None, "i", "Luz"), "kin": Personal(None, "s", "hija")}


def test_a_signature_hides_who_signed_and_the_image_and_shows_how_and_when() -> None:
    assert load({"type": "sign"}, SIGNATURE) == {
        "signer": Personal(None, "i", "Yolanda Pinto"),
        "capacity": "Beneficiaria",
        "method": "drawn",
        "signed_on": date(2026, 10, 15),
        "image": Personal(None, "m", FILE),
    }


def test_what_was_not_given_is_present_and_empty() -> None:
    optional = command(
        {"name": "note", "type": "text", "class": "s"},
        {"name": "lines", "type": "list", "of": "text"},
        {"name": "rows", "type": "list", "of": [{"name": "n", "type": "int", "label": "N"}]},
        {"name": "names", "type": "list", "of": "text", "class": "i"},
        {"name": "n", "type": "int"},
    )
    empty = {"note": None, "lines": [], "rows": [], "names": [], "n": None}
    for body in ({"n": None}, dict.fromkeys(empty), {}):
        assert load_command(optional, FixedCatalogue(_TEXT), ON, body) == empty


def test_a_field_that_nobody_asked_for_is_refused_by_name() -> None:
    with pytest.raises(FieldInvalid) as refused:
        load_command(command(_TEXT), FixedCatalogue(_TEXT), ON, {"rol": "admin"})
    assert refused.value.field == "rol"


@pytest.mark.parametrize("body", [None, [], "x", 7])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(FieldInvalid):
        load_command(command(_TEXT), FixedCatalogue(_TEXT), ON, body)


def test_a_body_full_of_unknown_fields_gets_an_answer_of_bounded_size() -> None:
    with pytest.raises(FieldInvalid) as refused:
        load_command(command(_TEXT), FixedCatalogue(_TEXT), ON, {f"<b>{n}\n" * 30: n for n in range(5000)})
    assert len(refused.value.text) < 1000
    assert len(str(refused.value.parameters["errors"])) < 10_000
    assert "<b>" not in str(refused.value.parameters)


FORM = (
    {"name": "visit", "type": "date", "required": True},
    {
        "name": "lines",
        "type": "list",
        "required": True,
        "of": [
            {"name": "item", "label": "Elemento", "type": "text", "required": True},
            {"name": "qty", "label": "Cantidad", "type": "qty", "required": True},
        ],
    },
)


def test_a_form_with_nothing_wrong_but_missing_answers_is_incomplete_and_names_them() -> None:
    files = command(form="FO-781")
    with pytest.raises(FormIncomplete) as refused:
        load_command(files, FixedCatalogue(*FORM), ON, {"form": {"lines": [{"item": "Tela"}]}})
    assert refused.value.parameters["errors"] == {
        "form.visit": ["Falta este dato."],
        "form.lines[0].qty": ["Falta este dato."],
    }
    assert refused.value.text == "El formato FO-781 está incompleto: falta «Visit», «Cantidad»."


def test_a_form_with_a_wrong_answer_is_invalid_at_its_path() -> None:
    files = command(form="FO-781")
    with pytest.raises(FieldInvalid) as refused:
        load_command(
            files, FixedCatalogue(*FORM), ON, {"form": {"visit": "2026-10-15", "lines": [{"item": "Tela", "qty": 1.5}]}}
        )
    assert refused.value.field == "form.lines[0].qty"
    assert "«Cantidad»" in refused.value.text


def test_several_faults_are_told_at_once() -> None:
    wrong = command({"name": "a", "type": "int"}, {"name": "b", "type": "date"}, _TEXT)
    with pytest.raises(FieldInvalid) as refused:
        load_command(wrong, FixedCatalogue(_TEXT), ON, {"a": "1", "b": "ayer", "note": "bien"})
    assert set(refused.value.parameters["errors"]) == {"a", "b"}


EVERYTHING = command(
    {"name": "note", "type": "text", "class": "s"},
    {"name": "count", "type": "int", "min": 0, "max": 9},
    {"name": "price", "type": "money"},
    {"name": "ok", "type": "bool"},
    {"name": "day", "type": "date"},
    {"name": "place", "type": "code", "list": "locality"},
    {"name": "target", "type": "ref", "to": "case"},
    {"name": "sign", "type": "sign"},
    {"name": "names", "type": "list", "of": "text", "max": 3},
    form="FO-781",
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=30)
    | st.sampled_from([CASE, FILE, "2026-10-15", "bosa", "1500.50"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["item", "qty", "visit", "lines"]), inner)
    ),
    max_leaves=8,
)
bodies = st.dictionaries(
    st.sampled_from([*(each.name for each in EVERYTHING.fields), "form", "extra"]), anything, max_size=10
)


@given(bodies)
def test_any_body_either_loads_or_is_refused_and_the_json_schema_agrees_on_what_loads(body: dict[str, Any]) -> None:
    catalogue = FixedCatalogue(*FORM)
    try:
        loaded = load_command(EVERYTHING, catalogue, ON, body)
    except Refusal as refused:
        assert refused.text  # the message can be made
        return
    validator = jsonschema_rs.Draft202012Validator(
        command_json_schema(EVERYTHING, catalogue, ON), validate_formats=True
    )
    validator.validate(body)
    assert all(value.subject is None for value in personal_values(loaded))


def test_the_json_schema_names_labels_options_and_classes() -> None:
    schema = command_json_schema(EVERYTHING, FixedCatalogue(*FORM), ON)
    fields = schema["properties"]
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["form"]
    assert fields["note"]["x-personal"] == "s"
    assert fields["note"]["title"] == "Note"
    assert fields["place"]["x-labels"] == {"kennedy": "Kennedy", "bosa": "Bosa"}
    assert fields["sign"]["properties"]["signer"]["x-personal"] == "i"
    assert fields["happened_on"]["format"] == "date"


def test_the_screen_of_a_command_asks_each_field_once_in_order_with_its_widget() -> None:
    slots = command_layout(EVERYTHING, FixedCatalogue(*FORM), ON)
    assert [(slot.path, slot.widget) for slot in slots] == [
        ("note", "text"),
        ("count", "number"),
        ("price", "money"),
        ("ok", "yes_no"),
        ("day", "date"),
        ("place", "radios"),
        ("target", "reference"),
        ("sign", "signature"),
        ("names", "lines"),
        ("form", "group"),
    ]
    lines = slots[-1].slots[1]
    assert (lines.widget, [inner.path for inner in lines.slots]) == ("rows", ["form.lines[].item", "form.lines[].qty"])
    assert slots[-1].label == "FO-781 Evaluación de capacidad productiva"


def test_schema_and_leaves_agree_on_what_is_personal() -> None:
    schema = command_schema(EVERYTHING, FixedCatalogue(*FORM), ON)
    classed = {name for name, field in schema.fields.items() if hasattr(field, "kind")}
    assert classed == {path for path, _, kind in leaves(EVERYTHING.fields) if kind and "." not in path}
