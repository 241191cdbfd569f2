"""Options for references: a list to choose from instead of an identifier to type."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.gateway.cases import Case
from services.gateway.console.case_pages import masked_people
from services.gateway.console.render import day, plain, short
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
    "item_code": ("inventory", "items"),
    "waiting_form": ("inventory", "unmatched"),
    "warehouse": ("inventory", "warehouses"),
    "count": ("inventory", "counts"),
    "receipt": ("inventory", "receipts"),
    "withdrawal": ("inventory", "withdrawals"),
    "data_request": ("intake", "data_requests"),
}
"""Which query lists what a reference points to."""
OF_A_CASE = frozenset({"receipt", "withdrawal", "exclusion", "data_request"})
"""Lists of which a case has its own few: its service gives them as choices."""
TYPED = frozenset({"relative"})
"""Who lives with whom is not for a list to suggest: the identifier is typed."""
NAMED_BY = {"item_code": "code", "waiting_form": "number"}
"""Lists whose choice is what people call the item, as the command has it, and not its id."""
ONLY = {"waiting_form": {"kind": "forms"}}
"""What a list is narrowed to."""
LIMIT = 200
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")


class Options(dict[str, str]):
    """Id → label. Of a list that goes on after `LIMIT` these are suggestions: any other identifier may be typed."""

    goes_on = False


async def options_for(
    edge: Edge, request: Request, caller: Caller, service: str, to: str, case: Case | None, target: UUID | None
) -> dict[str, str] | None:
    """Id → label; None when there is no list, and the person types the identifier."""
    if to == "case":
        if case is None:
            return await _cases(edge, request, caller)
        return {str(case.id): f"Este caso ({short(case.id)})"}
    if to == "person":
        return await edge.blocking(edge.door.people)
    on_page = _targets(case, to)
    if on_page:
        return on_page
    if to in LISTS and (case is None or to not in OF_A_CASE):
        where, query = LISTS[to]
        params: dict[str, Any] = {"limit": LIMIT, **ONLY.get(to, {})}
    else:
        where, query = service, "choices"
        params = {"to": to, "case_id": case and str(case.id), "id": target and str(target)}
    try:
        answer = await edge.query(request, caller, where, query, params)
    except Problem:
        # A list that cannot be had must not close the screen: the identifier can still be typed.
        return None
    key, items = NAMED_BY.get(to, "id"), answer.get("items", ())
    named = _called if to in NAMED_BY else label
    options = Options({str(item[key]): _DATE.sub(_in_words, named(item)) for item in items})
    options.goes_on = answer.get("next") is not None
    return options


def _called(item: dict[str, Any]) -> str:
    return " · ".join(str(item[each]) for each in ("code", "number", "name") if item.get(each))


def _in_words(date: re.Match[str]) -> str:
    return day(date.group())


def label(item: dict[str, Any]) -> str:
    """What a person recognises an item by."""
    if item.get("label"):
        return str(item["label"])
    known = [str(item[key]) for key in ("code", "number", "name") if item.get(key)]
    return " · ".join(known) or str(item["id"])[:8]


async def _cases(edge: Edge, request: Request, caller: Caller) -> dict[str, str]:
    """The cases that changed last, by their masked name."""
    try:
        answer = await edge.query(request, caller, "reporting", "cases", {"limit": LIMIT})
    except Problem:
        return {}
    ids = [str(row["case_id"]) for row in answer["items"]]
    people = await masked_people(edge, request, caller, ids)
    names = {case_id: plain(people[case_id]["name"]) if case_id in people else "Caso" for case_id in ids}
    options = Options({case_id: f"{name} ({short(case_id)})" for case_id, name in names.items()})
    options.goes_on = answer.get("next") is not None
    return options


def _targets(case: Case | None, to: str) -> dict[str, str]:
    if case is None:
        return {}
    return {
        str(target["id"]): str(target.get("label") or target["id"])
        for part in case.parts.values()
        for target in part.get("targets") or ()
        if target.get("subject") == to
    }
