"""How the contracts read a field definition of the catalogue: its parts, its class, its codes on a date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Protocol

from shared.catalogue.fields import Field
from shared.privacy.personal import Kind

MAX_ROWS = 500
"""Rows of one list; a body of 1 MB could otherwise hold hundreds of thousands."""


class Dated(Protocol):
    """What the contracts ask of the catalogue."""

    def form(self, code: str, on: date) -> Any: ...
    def code_list(self, name: str, on: date) -> Any: ...


SIGNATURE = (
    Field("signer", "Nombre de quien firma", "text", required=True, personal="i", max=200),
    Field("capacity", "En calidad de", "text", required=True, max=200),
    Field(
        "method",
        "Forma de la firma",
        "enum",
        required=True,
        options=MappingProxyType(
            {
                "handwritten_scan": "Manuscrita, digitalizada",
                "drawn": "Dibujada en pantalla",
                "electronic": "Electrónica",
                "fingerprint_witnessed": "Huella con testigo",
            }
        ),
    ),
    Field("signed_on", "Fecha de la firma", "date", required=True),
    Field("image", "Imagen de la firma", "file", personal="m"),
)
"""The parts of every signature (requirements 0.4). Who signed and the image are personal; that, how and when it was
signed is not, because rules decide on it."""

HAPPENED_ON = Field(
    "happened_on", "Fecha del hecho", "date", help="Cuándo ocurrió, por ejemplo 2026-10-15. Vacío: hoy."
)
"""Implicit in every command; travels beside the body, never in it."""


def command_fields(command: Any, catalogue: Dated, on: date) -> tuple[Field, ...]:
    """The fields of a command's body on ``on``: its own, and the form that it files as the group ``form``."""
    if not command.form:
        return tuple(command.fields)
    form = catalogue.form(command.form, on)
    return (*command.fields, Field("form", f"{form.code} {form.name}", "group", required=True, fields=form.asked))


def parts(field: Field) -> tuple[Field, ...]:
    """The fields inside a group, a signature or the rows of a list; none for a plain value."""
    return SIGNATURE if field.type == "sign" else field.fields


def inner_class(field: Field, inherited: Kind | None) -> Kind | None:
    """The class that a field gives to the parts that have none of their own.

    So a class on a group or on the rows of a list marks every value in it, and no personal value holds another.
    """
    return None if field.type == "sign" else field.personal or inherited


def leaves(
    fields: Sequence[Field], path: str = "", inherited: Kind | None = None
) -> Iterator[tuple[str, Field, Kind | None]]:
    """Every plain value below ``fields``: its path (rows as ``[]``), its definition and its class."""
    for each in fields:
        step = f"{path}.{each.name}" if path else each.name
        if inside := parts(each):
            step += "[]" if each.type == "list" else ""
            yield from leaves(inside, step, inner_class(each, inherited))
        else:
            yield step, each, each.personal or inherited


def options_of(field: Field, catalogue: Dated, on: date) -> Mapping[str, str]:
    """The values that a choice may have, with their Spanish labels; empty for any other field."""
    if field.type == "enum":
        return field.options
    if field.type == "code":
        labels: Mapping[str, str] = catalogue.code_list(str(field.code_list), on).labels
        return labels
    return {}
