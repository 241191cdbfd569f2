"""``POST /api/{collection}/{id}/{command}``: every command of the catalogue, by one rule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.api.catalogue import VERSION, owner_of_version
from services.gateway.api.names import CommandNames
from services.gateway.api.session import api_caller, check_readable
from services.gateway.cases import describe, load_case, owner_of
from services.gateway.edge import Caller, Edge, Ordered
from services.gateway.problems import Problem
from shared.catalogue.commands import CommandDefinition

GIVE_PASSWORD = frozenset({"CreateAccount", "ResetPassword"})
"""Commands after which the account has no password: one is made and shown this once."""

GIVE_TOKEN = frozenset({"IssueServiceToken", "RotateServiceToken"})
"""Commands after which a service token has a new secret, shown this once."""
GIVE_SECRET = frozenset({"RegisterWebhook", "RotateWebhookSecret"})
"""Commands after which a webhook has a new secret, shown this once."""
END_SESSIONS = frozenset({"ResetPassword", "EndInstitutionalLogin"})
"""Commands after which the sessions of the account are over."""

STATE_ERRORS = frozenset({"STATE_NOT_ALLOWED", "STEP_OUT_OF_ORDER", "CASE_CLOSED"})
"""Refusals that name what is lawful instead (X-11); a service that cannot know it leaves that to the edge."""


async def run_command(request: Request) -> Response:
    """Check what belongs to HTTP (key, version, body), hand the rest to the service, answer with its result."""
    edge: Edge = request.app.state.edge
    names: CommandNames = request.app.state.command_names
    found = names.by_address.get((request.path_params["collection"], request.path_params["command"]))
    target: UUID | None = request.path_params.get("id")
    if found is None or found[0].creates is not (target is None):
        raise Problem(404, "ROUTE_NOT_FOUND", "Esta dirección no existe. Vea las acciones en /api/docs.")
    caller = await api_caller(request, writes=True)
    key = bodies.idempotency_key(request)
    expected = bodies.expected_version(request)
    body = await bodies.json_object(request)
    happened_on = body.pop("happened_on", None)
    if happened_on is not None and not isinstance(happened_on, str):
        raise Problem(422, "FIELD_INVALID", "«happened_on» es una fecha: AAAA-MM-DD.", field="happened_on")
    held = await edge.blocking(lambda: edge.door.ways.known(key)) if len(found) > 1 else None
    definition = next((each for each in found if each.service == held), None)
    if definition is None:
        definition = await _one_of(edge, request, caller, found, target, body.get("owner"))
    if definition.command == "RegisterWebhook" and isinstance(services := body.get("services"), list):
        await check_readable(edge, request, caller, services)
    ordered = Ordered(definition, target, body, key, expected, happened_on)
    try:
        result = await carry_out(edge, request, caller, ordered)
    except Problem as problem:
        if len(found) > 1 and problem.status >= 500:
            # No answer came: it may have been done.
            await edge.blocking(lambda: edge.door.ways.keep(key, definition.service))
        if problem.code in STATE_ERRORS and not problem.lawful and definition.subject == "case" and target is not None:
            problem.lawful = await _lawful(edge, request, caller, target)
        raise
    if len(found) > 1:
        await edge.blocking(lambda: edge.door.ways.keep(key, definition.service))
    headers = {"ETag": f'"{result["version"]}"'} if isinstance(result.get("version"), int) else {}
    return JSONResponse(result, 201 if definition.creates else 200, headers=headers)


async def carry_out(edge: Edge, request: Request, caller: Caller, ordered: Ordered) -> dict[str, Any]:
    """Run a command and do what the edge itself owes afterwards (passwords, sessions)."""
    result = await edge.command(request, caller, ordered)
    definition = ordered.definition
    if definition.service != "gateway":
        return result
    if definition.command in GIVE_TOKEN:
        return await _with_token(edge, result)
    if definition.command in GIVE_SECRET:
        return await _with_secret(edge, result)
    account = UUID(str(result["id"]))
    if definition.command in END_SESSIONS:
        await edge.blocking(lambda: edge.door.sessions.end_all(account))
    if definition.command in GIVE_PASSWORD:
        password = await edge.blocking(lambda: edge.door.credentials.issue(account), heavy=True)
        # None on a repeated call: it was shown the first time and is kept nowhere.
        result = {**result, "password": password}
    return result


async def _with_token(edge: Edge, result: dict[str, Any]) -> dict[str, Any]:
    token_id, version = UUID(str(result["id"])), int(result["version"])
    overlap = float(result.get("overlap_hours") or 0) * 3600
    made = await edge.blocking(lambda: edge.door.service_tokens.make(token_id, version, overlap_s=overlap))
    return {**result, "token": made}


async def _with_secret(edge: Edge, result: dict[str, Any]) -> dict[str, Any]:
    webhook_id, version = UUID(str(result["id"])), int(result["version"])
    overlap = float(result.get("overlap_hours") or 0) * 3600
    made = await edge.blocking(lambda: edge.door.webhook_secrets.make(webhook_id, version, overlap_s=overlap))
    return {**result, "secret": made}


async def _lawful(edge: Edge, request: Request, caller: Caller, case_id: UUID) -> tuple[str, ...]:
    """What the state of the case allows now, whoever may do it; nothing when the case cannot be read."""
    try:
        case = describe(edge, caller, await load_case(edge, request, caller, case_id))
    except Problem:
        return ()
    return tuple(dict.fromkeys(str(act["command"]) for act in case["lawful"]))


async def _one_of(
    edge: Edge, request: Request, caller: Caller, found: tuple[CommandDefinition, ...], target: UUID | None, named: Any
) -> CommandDefinition:
    """The definition itself, or that of the service where the case stands (side exits) or which owns the version."""
    # Who may run it nowhere is denied by the service itself, without first being told whether its target exists.
    if len(found) == 1 or not any(caller.roles.intersection(one.roles) for one in found):
        return found[0]
    if found[0].subject == VERSION:
        owner = named if target is None else await owner_of_version(edge, request, caller, target)
        return next((each for each in found if each.service == owner), found[0])
    if target is None:
        return found[0]
    owner = await owner_of(edge, request, caller, target)
    return next((each for each in found if each.service == owner), found[0])
