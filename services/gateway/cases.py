"""A case as one page: what each service says of it, put together. Nothing is decided here.

The state is the one that the last service in the order of the procedure gives; which commands it makes lawful, and for
whom, stands in the catalogue; why one would still be refused, the services say themselves.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.gateway.api.names import path_of
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from shared.catalogue.commands import CommandDefinition
from shared.catalogue.procedures import ProcedureVersion
from shared.catalogue.refusals import CatalogueNotEffective
from shared.runtime.clock import today

SERVICES = ("intake", "profiling", "assistance", "inventory")
"""The services that hold a part of a case, in the order in which it passes from one to the next."""
PROCEDURE = "PR-156"


@dataclass
class Case:
    """The parts of one case by service, and the services that did not answer."""

    id: UUID
    parts: dict[str, dict[str, Any]]
    away: list[str] = field(default_factory=list)

    def state(self, procedure: ProcedureVersion) -> tuple[str | None, str | None]:
        """The state, and the service that gave it. A final state stands wherever it was entered.

        The others only heard of it (``entered`` false). Whoever entered it knows the command that did, so a repeated
        one gets its first answer there. Where everybody answers and nobody entered it, the case was opened again and
        the news is still on its way.
        """
        given = [(str(part["state"]), service) for service, part in self.parts.items() if part.get("state")]
        final = [one for one in given if one[0] in procedure.states and procedure.is_final(one[0])]
        entered = [one for one in final if self.parts[one[1]].get("entered", True)]
        heard = final if self.away else [one for one in given if one not in final]
        return (entered or heard or given)[-1] if given else (None, None)


async def load_case(edge: Edge, request: Request, caller: Caller, case_id: UUID, reveal: tuple[str, ...] = ()) -> Case:
    """Ask every service for its part, at once. Raises `Problem` 404 when none has one, 503 when none answers."""
    params = {"id": str(case_id), "reveal": list(reveal)}
    answers = await asyncio.gather(
        *(edge.query(request, caller, service, "case", params) for service in SERVICES), return_exceptions=True
    )
    case = Case(case_id, {})
    problem: Problem | None = None
    for service, answer in zip(SERVICES, answers, strict=True):
        if isinstance(answer, Problem):
            if answer.status == 404:
                continue
            if answer.status < 500:
                raise answer
            problem = answer
            case.away.append(service)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            case.parts[service] = answer
    if not case.parts:
        raise problem or Problem(404, "NOT_FOUND", "No se encontró el caso. Verifique el identificador.", field="id")
    return case


async def owner_of(edge: Edge, request: Request, caller: Caller, case_id: UUID) -> str | None:
    """The service where the case stands now."""
    case = await load_case(edge, request, caller, case_id)
    return case.state(procedure_of(edge, case))[1]


def procedure_of(edge: Edge, case: Case) -> ProcedureVersion:
    """The version under which the case runs, as intake knows it (CAT-05); that in force while nobody says."""
    label = case.parts.get("intake", {}).get("procedure_version")
    if label:
        try:
            return edge.catalogue.procedure_labelled(PROCEDURE, str(label))
        except CatalogueNotEffective:
            # Published a moment ago; this process has not asked for it yet.
            pass
    return in_force(edge)


def in_force(edge: Edge) -> ProcedureVersion:
    """The version under which a case opens today."""
    return edge.catalogue.procedure(PROCEDURE, today())


def describe(edge: Edge, caller: Caller, case: Case) -> dict[str, Any]:
    """The case for the API and for the console."""
    procedure = procedure_of(edge, case)
    state, service = case.state(procedure)
    intake = case.parts.get("intake", {})
    return {
        "id": str(case.id),
        "procedure": procedure.code,
        "procedure_version": procedure.version,
        "state": state,
        "state_label": procedure.label(state) if state else None,
        "owner": service,
        "closed": bool(state in procedure.states and procedure.is_final(str(state))),
        "candidate_id": intake.get("candidate_id"),
        "call": intake.get("call"),
        "person": intake.get("person", []),
        "tracks": {name: value for part in case.parts.values() for name, value in (part.get("tracks") or {}).items()},
        "facts": [{**fact, "service": name} for name, part in case.parts.items() for fact in part.get("facts") or ()],
        "documents": [
            {"opens": True, **each, "service": each.get("service") or name}
            for name, part in case.parts.items()
            for each in part.get("documents") or ()
        ],
        "versions": {name: part["version"] for name, part in case.parts.items() if "version" in part},
        "lawful": lawful_acts(edge, caller, case, procedure, state, service),
        "unavailable": case.away,
    }


def lawful_acts(
    edge: Edge, caller: Caller, case: Case, procedure: ProcedureVersion, state: str | None, owner: str | None
) -> list[dict[str, Any]]:
    """The next lawful acts: which, on what, who may do them, and why this caller may not."""
    named = set(procedure.commands_in(state)) if state else set()
    acts: list[dict[str, Any]] = []
    for definition in _in_order(edge, named, case):
        part = case.parts.get(definition.service, {})
        same_name = [each for each in edge.catalogue.commands() if each.command == definition.command]
        if len(same_name) > 1 and definition.service != owner:
            continue
        if definition.subject == "case":
            acts.append(_act(edge, caller, definition, part, case.id, part.get("version")))
        elif definition.creates:
            acts.append(_act(edge, caller, definition, part, None, None))
        else:
            for target in part.get("targets") or ():
                if target.get("subject") == definition.subject and definition.command in (
                    target.get("commands") or (definition.command,)
                ):
                    acts.append(_act(edge, caller, definition, part, target["id"], target.get("version"), target))
    return acts


def _in_order(edge: Edge, named: set[str], case: Case) -> list[CommandDefinition]:
    """Lawful by state, besides what a service lists itself: its ``also``, and the commands of its targets."""
    chosen = []
    for definition in edge.catalogue.commands():
        part = case.parts.get(definition.service, {})
        on_target = any(
            definition.command in (target.get("commands") or ()) and target.get("subject") == definition.subject
            for target in part.get("targets") or ()
        )
        if definition.command in named or definition.command in (part.get("also") or ()) or on_target:
            chosen.append(definition)
    return sorted(chosen, key=lambda each: each.activity or 1000)


def _act(
    edge: Edge,
    caller: Caller,
    definition: CommandDefinition,
    part: dict[str, Any],
    target: Any,
    version: Any,
    about: dict[str, Any] | None = None,
) -> dict[str, Any]:
    roles = [{"code": role, "label": _role(edge, role)} for role in definition.roles]
    may = bool(caller.roles.intersection(definition.roles))
    blocked = (part.get("blocked") or {}).get(definition.command)
    why = None
    if not may:
        why = "Lo hace: " + ", ".join(one["label"] for one in roles) + "."
    elif blocked:
        may, why = False, str(blocked)
    return {
        "command": definition.command,
        "service": definition.service,
        "activity": definition.activity,
        "label": definition.label,
        "form": definition.form,
        "subject": definition.subject,
        "target": None if target is None else str(target),
        "target_label": about and about.get("label"),
        "version": version,
        "path": path_of(definition).replace("{id}", str(target)),
        "roles": roles,
        "may": may,
        "why": why,
        # Lawful in every open state of its service: shown apart from the step at hand.
        "anytime": any(word == "open" or word.startswith("service:") for word in definition.states),
    }


def _role(edge: Edge, role: str) -> str:
    try:
        return str(edge.catalogue.role(role).label)
    except KeyError:
        return role
