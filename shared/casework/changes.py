"""Changes to a filed form as people write them: a field as the form shows it, its value as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.catalogue.fields import Field
from shared.catalogue.refusals import FieldInvalid
from shared.privacy.personal import reveal

TRUE, FALSE = ("true", "sí", "si"), ("false", "no")


def changed(fields: Sequence[Field], before: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The body of a form with ``changes`` made to it: ``field`` by label or name, ``value`` as text.

    A field inside another is given by both: ``Técnica > Calificación``, or ``technical.score``. Raises `FieldInvalid`.
    """
    body = {name: _body(value) for name, value in before.items() if value not in (None, [])}
    for each in changes:
        path, level, known = _steps(str(each["field"]), fields), body, fields
        for step in path[:-1]:
            inside = _named(step, known)
            known = () if inside is None else inside.fields
            level = level.setdefault(inside.name, {}) if inside is not None and isinstance(level, dict) else {}
        field = _named(path[-1], known)
        if field is None or not isinstance(level, dict):
            raise FieldInvalid(field="changes", explanation=f"el formato no tiene el dato «{each['field']}».")
        value = _parsed(field, reveal(each["value"]))
        if value is None:
            level.pop(field.name, None)
        else:
            level[field.name] = value
    return body


def _steps(written: str, fields: Sequence[Field]) -> list[str]:
    """The steps of a path; a label may hold a dot itself."""
    if ">" in written or _named(written, fields) is not None:
        return [step.strip() for step in written.split(">")]
    return written.split(".")


def _named(written: str, fields: Sequence[Field]) -> Field | None:
    wanted = written.strip().casefold()
    return next((one for one in fields if wanted in (one.name.casefold(), one.label.casefold())), None)


def _parsed(field: Field, text: str | None) -> Any:
    text = (text or "").strip()
    if not text:
        return None
    if field.type == "bool":
        if text.lower() not in (*TRUE, *FALSE):
            raise FieldInvalid(field="changes", explanation=f"«{field.label}» es sí o no.")
        return text.lower() in TRUE
    if field.type in ("int", "score"):
        return int(text) if text.lstrip("-").isdigit() else text
    if field.type in ("list", "group", "sign"):
        try:
            return json.loads(text)
        except ValueError:
            explanation = f"«{field.label}» tiene varias partes: escríbalas como JSON."
            raise FieldInvalid(field="changes", explanation=explanation) from None
    return text


def _body(value: Any) -> Any:
    """A loaded value as a body may hold it."""
    if isinstance(value, Mapping):
        return {name: _body(inner) for name, inner in value.items() if inner not in (None, [])}
    if isinstance(value, (list, tuple)):
        return [_body(each) for each in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    return value


def same(value: Any) -> Any:
    """What two values are compared by: empty is empty, however it is written."""
    return None if value in (None, [], "") else _body(value)
