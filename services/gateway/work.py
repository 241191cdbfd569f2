"""What is due for whoever asks: the cases in whose state their roles act, and the lists that wait for their acts.

Nothing is decided here: whose act it is in which state stands in the catalogue; what waits, the services say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from services.gateway.cases import in_force
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from services.gateway.register import Register, Words
from services.gateway.registers import FIXED, REGISTERS
from shared.catalogue.refusals import CatalogueNotEffective
from shared.runtime.clock import today

FIRST = 5
"""Rows of each queue on the page of one's work; the rest is one click away."""


@dataclass(frozen=True)
class Queue:
    """Rows of a register that wait for one of ``commands``; ``state`` is the register's filter."""

    title: str
    register: str
    state: str
    commands: tuple[str, ...]

    @property
    def of(self) -> Register:
        return REGISTERS[self.register]

    @property
    def address(self) -> str:
        """The page of the whole list."""
        page = self.of.page or f"/listas/{self.register}"
        return f"{page}?estado={self.state}" if self.state else page

    @property
    def params(self) -> dict[str, str]:
        return {**FIXED.get(self.register, {}), **({"state": self.state} if self.state else {})}


REPLIES = ("AcknowledgeReferral", "RejectReferral", "CloseUnansweredReferral")
REQUESTS = ("AnswerDataRequest", "ExtendDataRequest", "AskDataRequestCompletion")
QUEUES = (
    Queue("Visitas de seguimiento vencidas", "seguimientos", "overdue", ("RecordFollowUp",)),
    Queue("Visitas de seguimiento programadas", "seguimientos", "due", ("RecordFollowUp",)),
    Queue("Remisiones sin respuesta, vencidas", "remisiones", "overdue", REPLIES),
    Queue("Remisiones en espera de respuesta", "remisiones", "waiting", REPLIES[:2]),
    Queue("Reconsideraciones por resolver", "reconsideraciones", "", ("ResolveReconsideration",)),
    Queue("Exclusiones por aprobar", "exclusiones", "proposed", ("ApproveExclusion",)),
    Queue("Solicitudes de titulares vencidas", "solicitudes", "overdue", REQUESTS),
    Queue("Solicitudes de titulares por responder", "solicitudes", "due", REQUESTS),
    Queue("Solicitudes de titulares por completar", "solicitudes", "incomplete", ("CompleteDataRequest",)),
    Queue("Supresiones concedidas por solicitar", "solicitudes", "to_erase", ("RequestKeyDestruction",)),
    Queue("Supresiones negadas: tratamiento por restringir", "solicitudes", "to_restrict", ("RestrictProcessing",)),
    Queue("Retenciones legales por confirmar", "retenciones", "requested", ("ConfirmLegalHold",)),
    Queue("Retenciones legales por terminar", "retenciones", "lift_requested", ("ConfirmLegalHoldLift",)),
    Queue("Supresiones por confirmar", "supresiones", "ready", ("ConfirmKeyDestruction",)),
    Queue("Informes por presentar", "informes", "draft", ("SubmitReport",)),
    Queue("Informes devueltos", "informes", "returned", ("SubmitReport",)),
    Queue("Informes por consolidar", "informes", "submitted", ("ConsolidateReport",)),
    Queue("Informes por aprobar", "informes", "consolidated", ("ApproveReport",)),
    Queue("Programas de trabajo por aprobar", "programas-de-trabajo", "written", ("ApproveWorkProgramme",)),
    Queue("Acciones de mejora abiertas", "acciones-de-mejora", "open", ("FollowUpImprovementAction",)),
    Queue("Retiros por entregar", "retiros", "requested", ("ReleaseWithdrawal",)),
    Queue("Formatos firmados por recibir", "formatos", "", ("ConfirmFormsReceived",)),
    Queue("Conteos por hacer", "conteos", "open", ("RecordCount",)),
    Queue("Diferencias de conteo sin decidir", "conteos", "undecided", ("ProposeAdjustment",)),
    Queue("Ajustes por decidir", "ajustes", "proposed", ("ApproveAdjustment",)),
    Queue("Bajas por decidir", "bajas", "proposed", ("ApproveWriteOff",)),
    Queue("Correcciones por decidir", "correcciones", "proposed", ("CorrectMovement",)),
    Queue("HEMI: registros por digitar", "hemi", "pending", ("RecordHemiReceipt",)),
    Queue("HEMI: registros rechazados", "hemi", "rejected", ("ResendHemiEntry",)),
)


@dataclass
class Waiting:
    """A queue with its first rows; ``away`` when its service did not answer."""

    queue: Queue
    rows: list[dict[str, Any]]
    more: bool
    away: bool = False


def steps_of(edge: Edge, caller: Caller) -> dict[str, list[str]]:
    """The open states in which the caller's roles have a step to take, each with the labels of those steps."""
    procedure = in_force(edge)
    mine = {
        one.command: one.label
        for one in edge.catalogue.commands()
        if caller.roles.intersection(one.roles) and not any(word.partition(":")[0] in ANYTIME for word in one.states)
    }
    found = {
        state: [mine[command] for command in procedure.commands_in(state) if command in mine]
        for state in procedure.states
        if not procedure.is_final(state)
    }
    return {state: labels for state, labels in found.items() if labels}


ANYTIME = frozenset({"open", "service"})
"""How a command says that it is lawful in every open state: such acts are no step of the procedure."""


def queues_of(edge: Edge, caller: Caller) -> list[Queue]:
    """The queues that lead to an act of the caller's roles."""
    may = {one.command for one in edge.catalogue.commands() if caller.roles.intersection(one.roles)}
    return [queue for queue in QUEUES if may.intersection(queue.commands)]


async def waiting_for(edge: Edge, request: Request, caller: Caller, limit: int = FIRST) -> list[Waiting]:
    """Every queue of the caller that has rows, with the first ``limit`` of them."""
    queues = queues_of(edge, caller)
    asked = (
        edge.query(request, caller, queue.of.service, queue.of.query, {**queue.params, "limit": limit})
        for queue in queues
    )
    answers = await asyncio.gather(*asked, return_exceptions=True)
    found: list[Waiting] = []
    for queue, answer in zip(queues, answers, strict=True):
        if isinstance(answer, Problem):
            if answer.status >= 500:
                found.append(Waiting(queue, [], False, away=True))
        elif isinstance(answer, BaseException):
            raise answer
        elif answer["items"]:
            found.append(Waiting(queue, _rows(queue, answer, limit, words_of(edge)), bool(answer.get("next"))))
    return found


def words_of(edge: Edge) -> Words:
    """The Spanish label of a code of today's lists; the code itself where there is none."""

    def words(name: str, code: str) -> str:
        try:
            return str(edge.catalogue.code_list(name, today()).label(code))
        except CatalogueNotEffective:
            return code

    return words


def _rows(queue: Queue, answer: Mapping[str, Any], limit: int, words: Words) -> list[dict[str, Any]]:
    return [queue.of.row(item, words) for item in answer["items"][:limit]]


async def cases_of(
    edge: Edge, request: Request, caller: Caller, *, state: str = "", mine: bool = False, **more: Any
) -> dict[str, Any]:
    """A page of the cases in whose state the caller acts; ``mine``: only those whose caseworker they are (CASE-9)."""
    steps = steps_of(edge, caller)
    wanted = [state] if state in steps else sorted(steps)
    if not wanted:
        return {"items": [], "next": None, "total": 0}
    params: dict[str, Any] = {"states": ",".join(wanted), **{key: value for key, value in more.items() if value}}
    if mine:
        params["caseworker"] = str(caller.person)
    return await edge.query(request, caller, "reporting", "cases", params)
