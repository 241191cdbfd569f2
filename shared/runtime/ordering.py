"""One command at a desk: its definition, the right of who orders it, what it says, and the use case that does it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import structlog

from shared.catalogue.commands import CommandDefinition
from shared.catalogue.refusals import DateInFuture, FieldInvalid, NotAuthorised, NotFound
from shared.catalogue.types import Act
from shared.catalogue.used import noting
from shared.contracts.commands import load_command
from shared.editing.running_under import procedure_of
from shared.eventstore.application import CommandKey, ServiceApplication
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.answering import Answer, Reception
from shared.runtime.heeding import check_lawful, classes_of
from shared.runtime.instruments import Instruments
from shared.runtime.tokens import PROGRAMME, GrantInForce, Who
from shared.tracing.passage import current, entered
from shared.tracing.spans import span

log = structlog.get_logger("impulso.desk")


def snake_case(command: str) -> str:
    """``ValidateProfile`` → ``validate_profile``: the use case's name."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", command).lower()


@dataclass
class Handled:
    """What became of one command, for its log line and the figures. ``command`` is a name of the catalogue's."""

    command: str = "unknown"
    repeated: bool = False
    events: range = range(0)


class Orders:
    """Runs the commands of one service. Safe from many threads."""

    def __init__(
        self,
        service: str,
        application: ServiceApplication,
        reception: Reception,
        day: Callable[[], date],
        instruments: Instruments,
    ) -> None:
        self._service = service
        self._application = application
        self._reception = reception
        self._day = day
        self._instruments = instruments

    def run(self, payload: Answer) -> Answer:
        """See `Desk.command`."""
        began, handled = time.perf_counter(), Handled()
        here = current()
        request_id = here.request_id or str(payload.get("correlation_id") or "")
        with (
            entered(request_id, here.traceparent or str(payload.get("traceparent") or "")),
            span("command", self._service) as work,
        ):
            answer = self._reception.answered(lambda: self._carry_out(payload, handled), payload)
            refusal = answer.get("refusal")
            work.name, work.error = handled.command, refusal["code"] if refusal else ""
            self._note(handled, refusal, time.perf_counter() - began)
        return answer

    def _carry_out(self, payload: Answer, handled: Handled) -> Answer:
        catalogue = self._application.catalogue
        name = str(payload.get("command", ""))
        try:
            definition = catalogue.command(name, self._service)
        except KeyError:
            raise NotFound(what=f"la acción «{name}»", field="command") from None
        handled.command = name
        who = self._reception.who(payload)
        grant = self._grant(who, definition)
        day = self._day()
        happened_on = _date(payload.get("happened_on")) or day
        if happened_on > day:
            raise DateInFuture(field="happened_on", date=happened_on.isoformat())
        body = payload.get("body") or {}
        fields = load_command(definition, catalogue, happened_on, body)
        target = None if definition.creates else _uuid(payload.get("id"), "id")
        case_id = target if definition.subject == "case" else None
        procedure = procedure_of(self._application, PROGRAMME, case_id, day)
        act = Act(
            command=name,
            person=who.person,
            role=grant.role,
            on=happened_on,
            today=day,
            procedure=procedure,
            roles=who.roles,
            contracts=who.contracts,
        )
        command_id = _uuid(payload.get("command_id"), "command_id")
        meta = Meta(
            happened_on=happened_on,
            actor=who.person,
            role=grant.role,
            grant=grant.id,
            channel=payload.get("channel") or "api",
            command=name,
            command_id=command_id,
            correlation_id=UUID(payload["correlation_id"]) if payload.get("correlation_id") else uuid4(),
            causation_id=f"command:{command_id}",
            procedure_version=procedure.version,
            activity=definition.activity,
            origin=payload.get("origin") or "",
            traceparent=current().traceparent,
        )
        use_case = getattr(self._application, snake_case(name))
        expected = payload.get("expected_version")

        def decide(unit: UnitOfWork) -> dict[str, Any] | None:
            with noting(meta.versions):
                if definition.form:
                    catalogue.form(definition.form, happened_on)
                answer: dict[str, Any] | None = use_case(unit, act, *(() if target is None else (target,)), **fields)
                check_lawful(unit, definition, classes_of(definition, catalogue, happened_on))
                return answer

        done = self._application.transact(
            meta,
            decide,
            command=CommandKey.of(
                command_id,
                {
                    "command": name,
                    "id": payload.get("id"),
                    "body": body,
                    "on": payload.get("happened_on"),
                    "person": str(who.person),
                },
            ),
            expected=None if expected is None or target is None else (target, int(expected)),
            subject=target,
        )
        handled.repeated, handled.events = done.replayed, done.ids
        return done.result

    def _grant(self, who: Who, definition: CommandDefinition) -> GrantInForce:
        grant = who.grant_for(definition.roles)
        if grant is None:
            labels = ", ".join(self._application.catalogue.role(role).label for role in definition.roles)
            raise NotAuthorised(command=definition.label, roles=labels)
        return grant

    def _note(self, handled: Handled, refusal: Answer | None, seconds: float) -> None:
        outcome = "repeated" if handled.repeated else "done"
        if refusal is not None:
            outcome = "failed" if refusal["status"] >= 500 else "refused"
        service, events = self._service, handled.events
        self._instruments.command(service, handled.command, outcome, seconds)
        log.info(
            "command",
            service=service,
            command=handled.command,
            outcome=outcome,
            code=refusal and refusal["code"],
            events=[f"{service}:{events[0]}", f"{service}:{events[-1]}"] if events else [],
            ms=round(seconds * 1000, 1),
        )


def _uuid(value: Any, name: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise FieldInvalid(field=name, explanation=f"«{name}» no es un identificador válido (UUID).") from None


def _date(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise FieldInvalid(field="happened_on", explanation="la fecha debe tener la forma AAAA-MM-DD.") from None
