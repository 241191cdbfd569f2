"""The notation of requirements 4.2 for the fields of a form, written from its definition."""

from __future__ import annotations

from collections.abc import Iterable

from shared.catalogue.fields import Field


def notation(fields: Iterable[Field]) -> str:
    """``name type {class}!°@``: required, not in the source, and written by the system (so never asked)."""
    return "; ".join(_one(each) for each in fields)


def _one(field: Field) -> str:
    shown = f"{field.name} {_type(field)}"
    if field.personal:
        shown += f" {{{field.personal}}}"
    return shown + "!" * field.required + "°" * field.derived + "@" * field.by_system


def _type(field: Field) -> str:
    match field.type:
        case "enum":
            return f"enum({', '.join(field.options)})"
        case "code":
            return f"code<{field.code_list}>"
        case "ref":
            return f"ref<{field.to}>"
        case "score":
            return f"score {field.min:g}–{field.max:g}"
        case "group":
            return f"[{notation(field.fields)}]"
        case "list" if field.item is not None:
            return f"list of {_type(field.item)}"
        case "list":
            return f"list[{notation(field.fields)}]"
        case plain:
            return plain
