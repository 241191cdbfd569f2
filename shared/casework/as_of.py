"""A case as of a point on two clocks, and what differs between two points: the same question to every service (X-17).

The answer is replayed from the service's stored events each time. Nothing that was once told of a past moment changes
by what is recorded later, except that the values of who was erased are gone from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.eventstore.replay import Fact, Point, Replayed, replay, stored_facts
from shared.runtime.definition import Query
from shared.runtime.showing import MARK, comparing, unmarked
from shared.runtime.tokens import Who

Answer = dict[str, Any]
_STANDING = ("exists", "state", "entered", "tracks", "procedure_version")
Describe = Callable[[Any, Replayed[Any], Who], Answer]
"""``describe(application, replayed, who)``: state, entered, tracks, person and facts of a case, in a page's words."""
Visible = Callable[[Any, UUID, Who], int | None]
"""``visible(application, case_id, who)``: raises `NotFound`; the last version that ``who`` may see, None: all."""


def case_as_of(kind: type[Any], visible: Visible, describe: Describe) -> Query:
    """The query ``case_as_of`` of a service that keeps its part of a case in aggregates of ``kind``.

    ``known_by`` (a moment) and ``happened_by`` (a day) are the point; with ``from_known_by`` or ``from_happened_by``
    the answer also says what changed since that one. Personal values are masked, and compared all the same.
    """

    def answer(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
        case_id = _id(params.get("id"))
        facts = stored_facts(application, case_id, visible(application, case_id, who))
        if not facts:
            raise NotFound(what="el caso", field="id")
        at = replay(kind, facts, asked(params))
        earlier = asked(params, "from_") if params.get("from_known_by") or params.get("from_happened_by") else None
        with comparing():
            told = _told(application, describe, at, who)
            if earlier is not None:
                since = replay(kind, facts, earlier)
                before = _told(application, describe, since, who)
                told["changes"] = changes(_rows(before), _rows(told))
                told["from"] = {key: before[key] for key in _STANDING} | {
                    "events": [event["id"] for event in before["events"]]
                }
        for name in ("person", "facts"):
            told[name] = [{**row, "value": unmarked(row["value"])} for row in told[name]]
        return told

    return answer


def asked(params: Mapping[str, Any], prefix: str = "") -> Point:
    """The point that ``params`` name. The edge has already refused what is still to come. Raises `FieldInvalid`."""
    known, happened = params.get(f"{prefix}known_by"), params.get(f"{prefix}happened_by")
    try:
        moment = datetime.fromisoformat(str(known)) if known else None
        if moment is not None and moment.tzinfo is None:
            raise ValueError
    except ValueError:
        raise FieldInvalid(field=f"{prefix}known_by", explanation="escriba un instante ISO 8601 con su zona.") from None
    try:
        day = date.fromisoformat(str(happened)) if happened else None
    except ValueError:
        raise FieldInvalid(field=f"{prefix}happened_by", explanation="escriba la fecha como AAAA-MM-DD.") from None
    return Point(moment, day)


def changes(before: list[Answer], after: list[Answer]) -> list[Answer]:
    """Rows of group and label whose value differs, those that came and those that went, in the order of a page."""
    was, now = _keyed(before), _keyed(after)
    found = []
    for key in [*was, *(key for key in now if key not in was)]:
        old, new = was.get(key), now.get(key)
        if (key in was) != (key in now) or _same_as(old) != _same_as(new):
            found.append({"group": key[0], "label": key[1], "before": unmarked(old), "after": unmarked(new)})
    return found


def _told(application: Any, describe: Describe, at: Replayed[Any], who: Who) -> Answer:
    service = application.name
    told: Answer = {"exists": at.aggregate is not None, "state": None, "entered": True, "tracks": {}}
    told |= {"person": [], "facts": [], "procedure_version": ""}
    if at.aggregate is not None:
        told |= describe(application, at, who)
        told["procedure_version"] = _procedure(at)
    told["id"] = str(at.facts[0].entry.originator_id)
    told["version"] = at.aggregate.version if at.aggregate is not None else 0
    told["events"] = [_event(service, fact) for fact in at.counted]
    told["left_out"] = [{**_event(service, fact), "why": fact.left_out} for fact in at.left_out]
    return told


def _procedure(at: Replayed[Any]) -> str:
    """The version that the case ran under: that of its opening, or where it had been moved (CAT-05, CAT-07)."""
    return str(getattr(at.aggregate, "moved_to", "") or at.counted[0].meta.procedure_version)


def _event(service: str, fact: Fact) -> Answer:
    meta = fact.meta
    return {
        "id": f"{service}:{fact.entry.sequence}",
        "service": service,
        "type": fact.entry.topic.partition(".")[2],
        "activity": meta.activity,
        "happened_on": meta.happened_on.isoformat(),
        "recorded_at": fact.entry.recorded_at.isoformat(timespec="milliseconds"),
        "role": meta.role or None,
        "corrects": getattr(fact.event, "corrected_event_id", None),
    }


def _rows(told: Answer) -> list[Answer]:
    return [{"group": "Persona", **row} for row in told["person"]] + list(told["facts"])


def _keyed(rows: list[Answer]) -> dict[tuple[str, str, int], Any]:
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for row in rows:
        place = (str(row.get("group") or ""), str(row["label"]))
        found[(*place, seen[place])] = row["value"]
        seen[place] += 1
    return found


def _same_as(value: Any) -> Any:
    return (value["personal"], value[MARK]) if isinstance(value, dict) and MARK in value else value


def _id(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise FieldInvalid(field="id", explanation="indique el identificador del caso (UUID).") from None
