"""Options for references: a list to choose from instead of an identifier to type."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.gateway.cases import Case
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem

LISTS: dict[str, tuple[str, str]] = {
    "call": ("intake", "calls"),
    "field_day": ("intake", "field_days"),
    "talk": ("assistance", "talks"),
    "contract": ("assistance", "contracts"),
    "work_programme": ("assistance", "work_programmes"),
    "improvement_action": ("assistance", "improvement_actions"),
    "item": ("inventory", "items"),
    "warehouse": ("inventory", "warehouses"),
    "count": ("inventory", "counts"),
    "receipt": ("inventory", "receipts"),
    "withdrawal": ("inventory", "withdrawals"),
}
"""Which query lists what a reference points to."""
OF_A_CASE = frozenset({"receipt", "withdrawal", "exclusion"})
"""Lists of which a case has its own few: its service gives them as choices."""
LIMIT = 200


async def options_for(
    edge: Edge, request: Request, caller: Caller, service: str, to: str, case: Case | None, target: UUID | None
) -> dict[str, str]:
    """Id → label; empty when there is no list, and the person types the identifier."""
    if to == "case":
        return {} if case is None else {str(case.id): f"Este caso ({str(case.id)[:8]})"}
    if to == "person":
        return await edge.blocking(edge.door.people)
    on_page = _targets(case, to)
    if on_page:
        return on_page
    if to in LISTS and (case is None or to not in OF_A_CASE):
        where, query = LISTS[to]
        params: dict[str, Any] = {"limit": LIMIT}
    else:
        where, query = service, "choices"
        params = {"to": to, "case_id": case and str(case.id), "id": target and str(target)}
    try:
        answer = await edge.query(request, caller, where, query, params)
    except Problem:
        # A list that cannot be had must not close the screen: the identifier can still be typed.
        return {}
    return {str(item["id"]): label(item) for item in answer.get("items", ())}


def label(item: dict[str, Any]) -> str:
    """What a person recognises an item by."""
    if item.get("label"):
        return str(item["label"])
    known = [str(item[key]) for key in ("code", "number", "name") if item.get(key)]
    return " · ".join(known) or str(item["id"])[:8]


def _targets(case: Case | None, to: str) -> dict[str, str]:
    if case is None:
        return {}
    return {
        str(target["id"]): str(target.get("label") or target["id"])
        for part in case.parts.values()
        for target in part.get("targets") or ()
        if target.get("subject") == to
    }
