"""A case as of a point on two clocks, put together from what each service replays of its own log (X-17)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.gateway.cases import Case, parts_of, procedure_of
from services.gateway.differences import difference
from services.gateway.edge import Caller, Edge
from shared.contracts.wording import event_label, has_words

POINT = ("known_by", "happened_by")
WHY = {
    "recorded_later": "se registró después",
    "happened_later": "ocurrió después",
    "rests_on_left_out": "depende de un hecho que queda por fuera",
}


async def case_as_of(
    edge: Edge, request: Request, caller: Caller, case_id: UUID, asked: Mapping[str, str]
) -> dict[str, Any]:
    """The case at a point; with ``from_known_by`` or ``from_happened_by`` also what differs from that one.

    ``asked`` holds moments with their zone and days, already checked. Raises `Problem`: 404 when no service has the
    case, 503 when none answers.
    """
    asked = at_once(asked)
    compared = "from_known_by" in asked
    answers, away = await parts_of(edge, request, caller, "case_as_of", {"id": str(case_id), **asked})
    found = _state(edge, case_id, answers, away)
    events = sorted(
        (event for answer in answers.values() for event in answer["events"]), key=lambda one: one["recorded_at"]
    )
    left_out = sorted(
        (event for answer in answers.values() for event in answer["left_out"]), key=lambda one: one["recorded_at"]
    )
    for event in (*events, *left_out):
        event["label"], event["internal"] = event_label(event["type"]), not has_words(event["type"])
    for event in left_out:
        event["why_label"] = WHY[event["why"]]
    answer = {
        "id": str(case_id),
        "known_by": asked["known_by"],
        "happened_by": asked.get("happened_by"),
        **found,
        "person": [row for one in answers.values() for row in one["person"]],
        "facts": [{**row, "service": name} for name, one in answers.items() for row in one["facts"]],
        "versions": {name: one["version"] for name, one in answers.items() if one["version"]},
        "events": events,
        "left_out": left_out,
        "unavailable": away,
        "difference": None,
    }
    if compared:
        before = {name: one["from"] for name, one in answers.items()}
        counted = {event_id for one in before.values() for event_id in one["events"]}
        fields = [{"service": name, **change} for name, one in answers.items() for change in one.get("changes") or ()]
        start = {"known_by": asked["from_known_by"], "happened_by": asked.get("from_happened_by")}
        start |= _state(edge, case_id, before, away)
        answer["difference"] = difference(start, answer, counted, (*events, *left_out), fields)
    return answer


def at_once(asked: Mapping[str, str]) -> dict[str, str]:
    """Points with their moments: the present one where none is asked for, the same for every service."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    compared = asked.get("from_known_by") or asked.get("from_happened_by")
    return {"known_by": now, **({"from_known_by": now} if compared else {}), **asked}


def _state(edge: Edge, case_id: UUID, parts: Mapping[str, dict[str, Any]], away: list[str]) -> dict[str, Any]:
    """Where the case stood, from the parts that there were at the point."""
    there = {name: dict(part) for name, part in parts.items() if part["exists"]}
    case = Case(case_id, there, list(away))
    procedure = procedure_of(edge, case)
    state, owner = case.state(procedure)
    return {
        "exists": bool(there),
        "state": state,
        "state_label": procedure.label(state) if state else None,
        "owner": owner,
        "closed": bool(state in procedure.states and procedure.is_final(str(state))),
        "procedure": procedure.code,
        "procedure_version": procedure.version,
        "tracks": {name: value for part in there.values() for name, value in (part.get("tracks") or {}).items()},
    }
