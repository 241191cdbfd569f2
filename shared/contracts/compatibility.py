"""What would break whoever built on the contracts of the last release (EVT-5).

The release keeps the shapes alone, without words and examples. An event breaks its readers when it says more kinds of
thing than before, a command its senders when it accepts fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.contracts.event_schema import public_event_schema
from shared.contracts.events import Contract
from shared.contracts.narrowing import Within

WHAT_TO_DO = (
    "Readers and senders of the last release would break. Keep the old form: give the event a new major version "
    "beside the old one (`major=2` in its contract), make the new field of a command optional, or go back. If the API "
    "has to break, raise the first number of VERSION in services/gateway/api/openapi.py. At a release, after the "
    "period that was promised, `python docs/generate.py --release` takes the present contracts as the new promise."
)
_WORDS = frozenset({"title", "description", "summary", "example", "examples", "tags", "links", "info", "servers"})
_METHODS = ("get", "post", "put", "patch", "delete")


def shapes(contracts: list[Contract], openapi: Mapping[str, Any]) -> dict[str, Any]:
    """What is promised: every public event and the whole API, without words."""
    return {
        "version": openapi["info"]["version"],
        "events": {f"{one.topic}.v{one.major}": _bare(public_event_schema(one)) for one in contracts if one.public},
        "api": {"paths": _bare(openapi["paths"]), "components": _bare(openapi["components"])},
    }


def breaks(released: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """One line for each thing that was promised by ``released`` and is not kept by ``now``."""
    found = list(_events(released["events"], now["events"]))
    if _major(now["version"]) == _major(released["version"]):
        found += _api(released["api"], now["api"])
    return found


def _events(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for topic, schema in old.items():
        if topic not in new:
            yield f"{topic}: is not published any more"
            continue
        for line in Within(new[topic], schema).excess(new[topic], schema):
            yield f"{topic} {line}"


def _api(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            present = new["paths"].get(path, {}).get(method)
            where = f"{method.upper()} {path}"
            if present is None:
                yield f"{where}: is gone"
            else:
                for line in _operation(operation, present, old, new):
                    yield f"{where} {line}"


def _operation(was: Any, now: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    accepts, answers = Within(old, new), Within(new, old)
    before = {(one["name"], one["in"]): one for one in was.get("parameters", ())}
    after = {(one["name"], one["in"]): one for one in now.get("parameters", ())}
    for key, one in before.items():
        if key not in after:
            yield f"parameter {key[0]}: is not accepted"
        else:
            yield from accepts.excess(one.get("schema", {}), after[key].get("schema", {}), f"parameter {key[0]}")
    for key, one in after.items():
        if one.get("required") and not before.get(key, {}).get("required"):
            yield f"parameter {key[0]}: is required"
    sent, taken = (each.get("requestBody", {}).get("content", {}) for each in (was, now))
    for media, body in sent.items():
        if media not in taken:
            yield f"body: {media} is not accepted"
        else:
            yield from accepts.excess(body.get("schema", {}), taken[media].get("schema", {}), "body")
    if not sent and now.get("requestBody", {}).get("required"):
        yield "body: is required"
    for status, answer in was["responses"].items():
        given = now["responses"].get(status)
        if given is None:
            if status.startswith("2"):
                yield f"answer {status}: is gone"
            continue
        for media, body in answer.get("content", {}).items():
            if media not in given.get("content", {}):
                yield f"answer {status}: {media} is gone"
            else:
                schema = given["content"][media].get("schema", {})
                yield from answers.excess(schema, body.get("schema", {}), f"answer {status}")


def _bare(node: Any) -> Any:
    """Without words; names of properties, paths and components are no words."""
    if isinstance(node, list):
        return [_bare(one) for one in node]
    if not isinstance(node, Mapping):
        return node
    kept = {}
    for name, value in node.items():
        if name in ("properties", "schemas", "responses", "paths", "content", "headers"):
            kept[name] = {inner: _bare(one) for inner, one in value.items()}
        elif name not in _WORDS and not name.startswith("x-"):
            kept[name] = value if name in ("enum", "const", "required") else _bare(value)
    return kept


def _major(version: str) -> int:
    return int(version.partition(".")[0])
