"""What differs between two points of a case, as fields and in words (es-CO)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ERASED = "[SUPRIMIDO]"
NAMED = 6
"""Facts that a sentence names; it counts the others."""


def difference(
    start: Mapping[str, Any],
    end: Mapping[str, Any],
    before: set[str],
    events: Iterable[Mapping[str, Any]],
    fields: list[dict[str, Any]],
) -> dict[str, Any]:
    """From the point ``start`` to ``end``: ``before`` are the ids of the events that counted at ``start``, ``events``
    all those of the case, ``fields`` the values that changed."""
    every = {event["id"]: event for event in events}
    after = {event["id"] for event in end["events"]}
    came = [every[one] for one in every if one in after - before]
    went = [every[one] for one in every if one in before - after]
    changed = [{**each, "words": _changed(each)} for each in fields]
    words = [_state(start, end), *_events(came, went), *(each["words"] for each in changed)]
    return {
        "from": {name: start[name] for name in ("known_by", "happened_by", "exists", "state", "state_label")},
        "words": [each for each in words if each],
        "fields": changed,
        "events": {"came": [event["id"] for event in came], "went": [event["id"] for event in went]},
    }


BLOCKS = {
    "funnel": "Casos por estado",
    "activities": "Casos que llegaron a la actividad",
    "follow_ups": "Visitas",
    "operators": "Casos del operador",
    "unmatched": "Líneas de almacén sin cruzar",
    "hemi": "Entradas de HEMI",
    "exceptions": "Casos con novedad",
}
"""The blocks of the board that count something, as people read them."""


def numbers(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What differs between two boards, number by number: the blocks of one point and of a later one."""
    found = []
    for block, title in BLOCKS.items():
        was, now = _counted(before.get(block) or ()), _counted(after.get(block) or ())
        for key in [*was, *(key for key in now if key not in was)]:
            old, new = was.get(key, 0), now.get(key, 0)
            if old != new:
                words = f"{title}, {key}: de {old} a {new}."
                found.append({"block": block, "label": key, "before": old, "after": new, "words": words})
    return {"fields": found, "words": [each["words"] for each in found]}


def _counted(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        names = (row.get("label"), row.get("phase_label"), row.get("contract_id"))
        label = ", ".join(str(name) for name in names if name)
        value = row.get("value", row.get("cases"))
        if isinstance(value, int):
            found[label] = value
    return found


def _state(start: Mapping[str, Any], end: Mapping[str, Any]) -> str:
    if start["state"] == end["state"]:
        return f"El estado es el mismo: {_named(end)}." if end["exists"] else "En ninguno de los dos hay caso."
    return f"El estado pasa de {_named(start)} a {_named(end)}."


def _named(point: Mapping[str, Any]) -> str:
    return f"«{point['state_label'] or point['state'] or 'sin estado'}»" if point["exists"] else "«aún no hay caso»"


def _events(came: list[Mapping[str, Any]], went: list[Mapping[str, Any]]) -> list[str]:
    if not came and not went:
        return ["Cuentan los mismos hechos."]
    found = []
    for events, one, many in ((came, "Cuenta además", "Cuentan además"), (went, "Ya no cuenta", "Ya no cuentan")):
        story = [event for event in events if not event["internal"]]
        if not events:
            continue
        named = "; ".join(f"{event['label']} ({event['happened_on']})" for event in story[:NAMED])
        more = f"; y {len(story) - NAMED} más" if len(story) > NAMED else ""
        total = f"{len(events)} {'hecho' if len(events) == 1 else 'hechos'}"
        found.append(f"{one if len(events) == 1 else many} {total}{': ' if named else ''}{named}{more}.")
    return found


def _changed(field: Mapping[str, Any]) -> str:
    name = f"{field['group']}, {field['label']}" if field["group"] else str(field["label"])
    before, after = _value(field["before"]), _value(field["after"])
    if field["before"] is None:
        return f"{name}: aparece «{after}»."
    if field["after"] is None:
        return f"{name}: ya no está (era «{before}»)."
    if before == after:
        return f"{name}: cambió, y el dato está protegido."
    return f"{name}: de «{before}» a «{after}»."


def _value(value: Any) -> str:
    if isinstance(value, Mapping) and "personal" in value:
        return ERASED if value["value"] is None else str(value["value"])
    return "sí" if value is True else "no" if value is False else str(value)
