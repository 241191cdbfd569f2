"""A case as one page: what each service says of it, put together. Nothing is decided here.

The state is the one that the last service in the order of the procedure gives; which commands it makes lawful, and for
whom, stands in the catalogue; why one would still be refused, the services say themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.gateway.api.names import path_of
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem, unavailable
from shared.catalogue.commands import CommandDefinition
from shared.catalogue.procedures import ProcedureVersion
from shared.catalogue.refusals import CatalogueNotEffective
from shared.runtime.clock import today
from shared.runtime.heeding import WORDS, classes_of

AGAIN_S = 5
"""After how many seconds a command may be sent again whose service was not found."""
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


async def parts_of(
    edge: Edge, request: Request, caller: Caller, query: str, params: Mapping[str, Any]
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What each service that knows a case answers to ``query``, asked at once; and those that did not answer.

    Raises `Problem`: what one refused, 404 when none knows the case, 503 when none answers.
    """
    answers = await asyncio.gather(
        *(edge.query(request, caller, service, query, params) for service in SERVICES), return_exceptions=True
    )
    parts: dict[str, dict[str, Any]] = {}
    away: list[str] = []
    problem: Problem | None = None
    for service, answer in zip(SERVICES, answers, strict=True):
        if isinstance(answer, Problem):
            if answer.status == 404:
                continue
            if answer.status < 500:
                raise answer
            problem = answer
            away.append(service)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            parts[service] = answer
    if not parts:
        raise problem or Problem(404, "NOT_FOUND", "No se encontró el caso. Verifique el identificador.", field="id")
    return parts, away


async def load_case(edge: Edge, request: Request, caller: Caller, case_id: UUID, reveal: tuple[str, ...] = ()) -> Case:
    """Ask every service for its part. Raises what `parts_of` does."""
    params = {"id": str(case_id), "reveal": list(reveal)}
    return Case(case_id, *await parts_of(edge, request, caller, "case", params))


async def owner_of(edge: Edge, request: Request, caller: Caller, case_id: UUID) -> str | None:
    """The service where the case stands now, for a command that goes there.

    Raises `Problem` 503 when one does not answer to which the case may have gone on: sent elsewhere, the command would
    be refused for a reason that is not so.
    """
    case = await load_case(edge, request, caller, case_id)
    owner = case.state(procedure_of(edge, case))[1]
    further = SERVICES[SERVICES.index(owner) + 1 :] if owner in SERVICES else SERVICES
    if set(further).intersection(case.away):
        raise unavailable(AGAIN_S, write=True)
    return owner


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
        "restricted": intake.get("restricted", []),
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
            acts.append(_act(edge, caller, case, definition, part, case.id, part.get("version")))
        elif definition.creates:
            acts.append(_act(edge, caller, case, definition, part, None, None))
        else:
            for target in part.get("targets") or ():
                if target.get("subject") == definition.subject and definition.command in (
                    target.get("commands") or (definition.command,)
                ):
                    acts.append(_act(edge, caller, case, definition, part, target["id"], target.get("version"), target))
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


def hindered(edge: Edge, case: Case, definition: CommandDefinition) -> str | None:
    """Why a restriction of the person's data stands in the way of the act (X-12); None when it does not."""
    restricted = case.parts.get("intake", {}).get("restricted") or ()
    if not restricted or definition.despite_restriction:
        return None
    try:
        used = classes_of(definition, edge.catalogue, today()).intersection(restricted)
    except CatalogueNotEffective:
        # Its form is not in force today: the act says so itself.
        return None
    words = ", ".join(WORDS[kind] for kind in WORDS if kind in used)
    return f"El tratamiento de datos de la persona está restringido: {words}." if used else None


def _act(
    edge: Edge,
    caller: Caller,
    case: Case,
    definition: CommandDefinition,
    part: dict[str, Any],
    target: Any,
    version: Any,
    about: dict[str, Any] | None = None,
) -> dict[str, Any]:
    roles = [{"code": role, "label": _role(edge, role)} for role in definition.roles]
    may = bool(caller.roles.intersection(definition.roles))
    blocked = hindered(edge, case, definition) or (part.get("blocked") or {}).get(definition.command)
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
