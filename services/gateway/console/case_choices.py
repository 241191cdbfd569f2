"""The cases that an act may name beside its own: a group's rows are chosen from a list, not typed as identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.gateway.cases import Case, in_force
from services.gateway.console.case_pages import masked_people
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from shared.catalogue.commands import CommandDefinition
from shared.contracts.layout import Slot

MOST = 200
"""So many cases are offered; of a group's meeting there are never more."""


async def cases_for(
    edge: Edge, request: Request, caller: Caller, definition: CommandDefinition, case: Case | None, target: UUID | None
) -> dict[str, str] | None:
    """Id → name and short id, None when there is no list: the case of the page first, then those in whose state the
    act is lawful; of a report, its beneficiaries."""
    found = {} if case is None else {str(case.id): f"Este caso ({str(case.id)[:8]})"}
    try:
        ids = await _ids(edge, request, caller, definition, target)
    except Problem:
        # A list that cannot be had must not close the screen: the identifier can still be typed.
        return found or None
    people = await masked_people(edge, request, caller, ids)
    return found | {one: _label(one, people.get(one)) for one in ids if one not in found} or None


async def _ids(
    edge: Edge, request: Request, caller: Caller, definition: CommandDefinition, target: UUID | None
) -> list[str]:
    if definition.subject == "report":
        report = await edge.query(request, caller, "reporting", "report", {"id": str(target)})
        return [str(row["case_id"]) for row in report["beneficiaries"]][:MOST]
    procedure = in_force(edge)
    states = [state for state in procedure.states if definition.command in procedure.commands_in(state)]
    if not definition.states or not states:
        return []
    wanted = {"states": ",".join(sorted(states)), "limit": MOST}
    answer = await edge.query(request, caller, "reporting", "cases", wanted)
    return [str(row["case_id"]) for row in answer["items"]]


def _label(case_id: str, row: dict[str, Any] | None) -> str:
    name = ((row or {}).get("name") or {}).get("value")
    return f"{name or 'Caso'} ({case_id[:8]})"


def own_case(slots: Sequence[Slot], known: dict[str, Any], case_id: UUID) -> None:
    """Fill in the case of the page where an act asks for one: in a field, or in the first row of a group."""
    for slot in slots:
        if slot.widget == "reference" and slot.to == "case":
            known.setdefault(slot.name, str(case_id))
        elif slot.widget == "group":
            inner = dict(known.get(slot.name) or {})
            own_case(slot.slots, inner, case_id)
            if inner:
                known[slot.name] = inner
        elif slot.widget == "rows" and any(one.to == "case" for one in slot.slots):
            row: dict[str, Any] = {}
            own_case(slot.slots, row, case_id)
            known.setdefault(slot.name, [row])
