"""Whether everything that one JSON Schema accepts is accepted by another: what makes a change of a contract harmless.

An event or an answer may only become narrower (its readers know the old form), a command or a parameter only wider
(its senders use the old form). The comparison is by structure and errs on the side of a refusal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
_ALL = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


class Within:
    """Compares schemas of two documents; ``of`` and ``within`` resolve references into their own."""

    def __init__(self, of: Schema, within: Schema) -> None:
        self._of, self._within = of, within

    def excess(self, a: Schema, b: Schema, path: str = "") -> Iterator[str]:
        """What a value that ``a`` accepts may have and ``b`` does not accept, one line each; none when all fits."""
        a, b = _resolved(a, self._of), _resolved(b, self._within)
        if a == b or not _says(b):
            return
        for name in ("anyOf", "oneOf"):
            if name in a or name in b:
                yield from self._alternatives(a.get(name, [a]), b.get(name, [b]), path)
                return
        where = path or "(all)"
        if more := _types(a) - _types(b):
            yield f"{where}: may be {', '.join(sorted(more))}, beyond {', '.join(sorted(_types(b)))}"
        if "enum" in b or "const" in b:
            yield from _values(a, b, where)
        for name in (*_LEAST, *_MOST):
            if name in b and not _as_tight(a.get(name), b[name], least=name in _LEAST):
                yield f"{where}: {name} {a.get(name, 'none')}, beyond {b[name]}"
        for name in ("pattern", "format"):
            if name in b and a.get(name) != b[name] and "enum" not in a and "const" not in a:
                yield f"{where}: {name} {a.get(name, 'none')}, beyond {b[name]}"
        if "properties" in b or "required" in b or b.get("additionalProperties") is False:
            yield from self._members(a, b, path)
        if "items" in b:
            yield from self.excess(a.get("items", {}), b["items"], f"{path}[]")

    def _alternatives(self, these: list[Schema], those: list[Schema], path: str) -> Iterator[str]:
        for one in these:
            if not any(not list(self.excess(one, other, path)) for other in those):
                yield f"{path or '(all)'}: {json.dumps(_resolved(one, self._of), ensure_ascii=False, sort_keys=True)}"

    def _members(self, a: Schema, b: Schema, path: str) -> Iterator[str]:
        has, knows = a.get("properties", {}), b.get("properties", {})
        closed = a.get("additionalProperties") is False
        for name in b.get("required", ()):
            if name not in a.get("required", ()):
                yield f"{_at(path, name)}: may be missing but is required"
        for name, known in knows.items():
            if name in has:
                yield from self.excess(has[name], known, _at(path, name))
            elif not closed:
                yield f"{_at(path, name)}: is not described any more"
        if b.get("additionalProperties") is False:
            for name in has:
                if name not in knows:
                    yield f"{_at(path, name)}: is not accepted"


def _resolved(schema: Schema, document: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _says(schema: Schema) -> bool:
    told = {"title", "description", "example", "examples", "default", "$schema", "$id"}
    return any(name not in told and not name.startswith("x-") for name in schema)


def _types(schema: Schema) -> frozenset[str]:
    if "type" not in schema:
        values = _listed(schema)
        return _ALL if values is None else frozenset(_type(one) for one in values)
    named = schema["type"]
    found = frozenset([named] if isinstance(named, str) else named)
    return found | {"integer"} if "number" in found else found


def _type(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _listed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _values(a: Schema, b: Schema, where: str) -> Iterator[str]:
    mine, theirs = _listed(a), _listed(b) or []
    if mine is None:
        yield f"{where}: any value, beyond {theirs}"
    elif more := [one for one in mine if one not in theirs]:
        yield f"{where}: may be {more}, beyond {theirs}"


def _as_tight(mine: float | None, theirs: float, *, least: bool) -> bool:
    if mine is None:
        return False
    return mine >= theirs if least else mine <= theirs


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
