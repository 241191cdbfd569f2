"""What the routes stand on: the caller, the port, and the translation of answers into results or problems."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import anyio
from starlette.requests import Request

from services.gateway.door import Door
from services.gateway.institution.entrance import Entrance
from services.gateway.port import DEADLINE_S, Answer, DeadlineExceeded, PortError, ServicePort
from services.gateway.problems import Problem, from_refusal, unavailable
from services.gateway.service_tokens import PREFIX, ROLE
from services.gateway.sessions import Session
from services.gateway.tokens import TokenIssuer
from services.gateway.webhooks.courier import Courier
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import CommandDefinition
from shared.catalogue.roles import PURPOSES
from shared.runtime.clock import today
from shared.runtime.noting import OF_ONE_CASE
from shared.runtime.tokens import PROGRAMME, GrantInForce

T = TypeVar("T")
SENSITIVE = frozenset("prm")
"""Data classes that who audits does not open (SOD-9)."""
WITHOUT_CASES = frozenset({"administrator", "operations"})
"""Roles that hold no right on a case (SOD-7)."""
CASE_QUERIES = OF_ONE_CASE | frozenset({"cases", "timeline", "people", "people_search", "choices", "document"})
PURPOSE_HEADER = "Impulso-Purpose"
"""The header in which a client says what it looks at personal data for."""
COMMAND_DEADLINE_S = 10.0
"""Seconds for a command: a letter has to be typeset. Queries have the port's two."""


@dataclass(frozen=True)
class Caller:
    """Who makes this request, with the grants in force now."""

    session: Session
    grants: tuple[GrantInForce, ...]
    token: str
    scopes: frozenset[str] | None = None
    """All that a service token may ask; None for a person's own session."""

    @property
    def person(self) -> UUID:
        return self.session.person

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)


@dataclass(frozen=True)
class Ordered:
    """A command as it goes to its service."""

    definition: CommandDefinition
    target: UUID | None
    body: dict[str, Any]
    command_id: UUID
    expected_version: int | None
    happened_on: str | None


class Edge:
    """One gateway: its port, its door, its catalogue."""

    def __init__(
        self,
        port: ServicePort,
        door: Door,
        issuer: TokenIssuer,
        catalogue: Catalogue,
        entrance: Entrance | None = None,
        courier: Courier | None = None,
    ) -> None:
        self.port = port
        self.door = door
        self.courier = courier
        self.entrance = entrance
        """The institutional log-in; None where there is none."""
        self.issuer = issuer
        self.catalogue = catalogue
        # argon2 takes 64 MiB a log-in; two at once are what two cores can use anyway.
        self._heavy = anyio.CapacityLimiter(2)

    async def caller(self, request: Request, token: str, channel: str) -> Caller | None:
        """The caller behind a session token, None if it opens nothing."""

        def find() -> Caller | None:
            if channel != "console" and token.startswith(PREFIX):
                return self._integrator(token)
            session = self.door.find(token, "console" if channel == "console" else "api")
            if session is None:
                return None
            # a grant of another programme shows nothing and opens nothing; the services do not count it either.
            grants = tuple(one for one in self.door.grants(session.person) if one.counts_in(PROGRAMME))
            return Caller(session, grants, token)

        caller = await self.blocking(find)
        request.state.caller = caller
        if caller is not None:
            self.declare(request, caller, request.headers.get(PURPOSE_HEADER, ""))
        return caller

    def declare(self, request: Request, caller: Caller, purpose: str) -> None:
        """From here on ``request`` looks at data for ``purpose``; for "" that of the caller's first role (X-13).

        Raises `Problem` 422 for a purpose that is not on the list.
        """
        request.state.purpose = self.usual_purpose(caller)
        if not purpose:
            return
        listed = self.purposes()
        if purpose not in listed:
            said = f"Use una finalidad de la lista: {', '.join(listed)}."
            raise Problem(422, "FIELD_INVALID", said, field="purpose")
        request.state.purpose = purpose

    def purposes(self) -> dict[str, str]:
        """What personal data may be looked at for today: codes and their words."""
        return self.catalogue.code_list(PURPOSES, today()).labels

    def usual_purpose(self, caller: Caller) -> str:
        """That of the caller's role, the first of the catalogue's where there are several."""
        held = caller.roles
        return next((role.purpose for role in self.catalogue.roles if role.code in held), "")

    def _integrator(self, token: str) -> Caller | None:
        holder = self.door.service_tokens.find(token)
        if holder is None:
            return None
        # Never the other roles of its holder: a program that reads events must not act as a person.
        grants = tuple(one for one in self.door.grants(holder.person) if one.role == ROLE and one.counts_in(PROGRAMME))
        session = Session(holder.token_id, holder.token_id, holder.person, "api", "")
        return Caller(session, grants, token, holder.scopes)

    async def command(self, request: Request, caller: Caller, ordered: Ordered) -> Answer:
        """The service's result. Raises `Problem` for a refusal or when no answer came."""
        service = ordered.definition.service
        payload: Answer = {
            "command": ordered.definition.command,
            "id": None if ordered.target is None else str(ordered.target),
            "body": ordered.body,
            "command_id": str(ordered.command_id),
            "expected_version": ordered.expected_version,
            "happened_on": ordered.happened_on,
            "origin": "",
        }
        case = str(ordered.target) if ordered.definition.subject == "case" and ordered.target else None
        return await self._ask(request, caller, service, "command", payload, ordered.definition.command, case)

    async def query(
        self, request: Request, caller: Caller, service: str, name: str, params: Mapping[str, Any]
    ) -> Answer:
        """The service's answer to a query by name. Raises `Problem`."""
        payload: Answer = {"query": name, "params": dict(params)}
        case = params.get("case_id") or (params.get("id") if name in OF_ONE_CASE else None)
        await self._check_reader(request, caller, service, name, case)
        answer = await self._ask(request, caller, service, "query", payload, name, case)
        await self._note_audit(request, caller, service, name, case)
        return answer

    async def feed(self, request: Request, caller: Caller, service: str, params: Mapping[str, Any]) -> Answer:
        """A page of the service's public events. They tell every case: none for who is confined to a contract."""
        await self._check_reader(request, caller, service, "feed", None)
        if any(grant.contract for grant in caller.grants):
            raise await self.denied(request, caller, "Su rol se limita a los casos de su contrato.", act="feed")
        answer = await self._ask(request, caller, service, "feed", {"audience": "I", **params}, "feed", None)
        await self._note_audit(request, caller, service, "feed", None)
        return answer

    async def upload(
        self, request: Request, caller: Caller, service: str, head: Answer, pieces: AsyncIterator[bytes]
    ) -> Answer:
        """Store a file with the service, piece by piece."""
        if not any(caller.roles.intersection(one.roles) for one in self.catalogue.commands(service)):
            raise await self.denied(
                request, caller, "Su rol no registra actos en este servicio.", act="upload", service=service
            )
        head = {**head, **self._envelope(request, caller, service)}
        broken: list[Problem] = []

        async def watched() -> AsyncIterator[bytes]:
            try:
                async for piece in pieces:
                    yield piece
            except Problem as problem:
                # The service only sees that its source broke; the client is told why.
                broken.append(problem)
                raise

        try:
            answer = await self.port.upload(service, head, watched())
        except Problem as problem:
            raise (broken or [problem])[0] from None
        except PortError as error:
            raise unavailable(error.retry_after_s, write=False, late=isinstance(error, DeadlineExceeded)) from error
        if broken:
            raise broken[0]
        return await self._result(request, caller, service, "upload", answer, None)

    async def download(
        self, request: Request, caller: Caller, service: str, file_id: str
    ) -> tuple[Answer, AsyncIterator[bytes]]:
        """A stored file: its description and its pieces."""
        await self._check_reader(request, caller, service, "download", None)
        head = {"id": file_id, **self._envelope(request, caller, service)}
        try:
            answer, pieces = await self.port.download(service, head)
        except PortError as error:
            raise unavailable(error.retry_after_s, write=False, late=isinstance(error, DeadlineExceeded)) from error
        return await self._result(request, caller, service, "download", answer, None), pieces

    async def blocking(self, work: Callable[[], T], *, heavy: bool = False) -> T:
        """Run blocking work beside the loop; ``heavy`` for passwords."""
        return await anyio.to_thread.run_sync(work, limiter=self._heavy if heavy else None)

    async def note(self, request: Request, caller: Caller, what: Any, **facts: Any) -> None:
        """Append to the access log."""
        session = caller.session
        await self.blocking(
            lambda: self.door.access_log.note(
                what,
                account_id=session.account_id,
                person=session.person,
                role=",".join(sorted(caller.roles)),
                session=str(session.name),
                channel=session.channel,
                request_id=request.state.request_id,
                purpose=request.state.purpose,
                **facts,
            )
        )

    async def denied(
        self, request: Request, caller: Caller, detail: str, *, field: str | None = None, **facts: Any
    ) -> Problem:
        """The problem of a denial that the edge itself makes, noted in the access log (X-13)."""
        await self.note(request, caller, "denied", code="NOT_AUTHORISED", **facts)
        return Problem(403, "NOT_AUTHORISED", detail, field=field)

    async def _check_reader(self, request: Request, caller: Caller, service: str, act: str, case: Any) -> None:
        # ROL-04: an open session reads nothing once the last grant ended.
        if not caller.grants:
            detail = "Usted no tiene un rol vigente. Pida a la administración que se lo otorgue."
            raise await self.denied(request, caller, detail, service=service, act=act, case_id=case and str(case))
        if caller.roles <= WITHOUT_CASES and act in CASE_QUERIES:
            detail = "Quien administra u opera la plataforma no consulta casos (SOD-7)."
            raise await self.denied(request, caller, detail, service=service, act=act, case_id=case and str(case))

    async def _note_audit(self, request: Request, caller: Caller, service: str, act: str, case: Any) -> None:
        """One row for each reading of who audits (SOD-9), however many services answered it."""
        seen: set[tuple[str, str]] = request.scope.setdefault("audit_noted", set())
        if "auditor" not in caller.roles or (act, str(case)) in seen:
            return
        seen.add((act, str(case)))
        await self.note(request, caller, "read", service=service, act=act, case_id=case and str(case))

    def _envelope(self, request: Request, caller: Caller, service: str) -> Answer:
        session = caller.session
        return {
            "token": self.issuer.issue(
                service,
                session.person,
                caller.grants,
                channel=session.channel,
                session=str(session.name),
                purpose=request.state.purpose,
            ),
            "channel": session.channel,
            "correlation_id": request.state.correlation_id,
        }

    async def _ask(
        self, request: Request, caller: Caller, service: str, method: Any, payload: Answer, act: str, case: Any
    ) -> Answer:
        payload = {**payload, **self._envelope(request, caller, service)}
        write = method == "command"
        try:
            # What operators ask looks at disks and databases, and proofs are made one by one: it may take longer than a
            # screen waits.
            patient = write or act.startswith("operations.") or act == "case_pack"
            answer = await self.port.call(service, method, payload, COMMAND_DEADLINE_S if patient else DEADLINE_S)
        except PortError as error:
            raise unavailable(error.retry_after_s, write=write, late=isinstance(error, DeadlineExceeded)) from error
        return await self._result(request, caller, service, act, answer, case)

    async def _result(
        self, request: Request, caller: Caller, service: str, act: str, answer: Answer, case: Any
    ) -> Answer:
        refusal = answer.get("refusal")
        if refusal is None:
            result: Answer = answer["ok"]
            return result
        problem = from_refusal(refusal)
        if problem.status == 403 and service != self.door.access_log.service:
            # What the gateway's own desk denies, that has noted in this same log.
            await self.note(
                request, caller, "denied", service=service, act=act, case_id=case and str(case), code=problem.code
            )
        if problem.status == 503:
            problem.headers["Retry-After"] = "2"
        raise problem


def require(caller: Caller | None) -> Caller:
    """The caller, or the problem that asks to log in."""
    if caller is None:
        raise Problem(
            401,
            "SESSION_REQUIRED",
            "Inicie sesión: envíe POST /api/session con usuario y contraseña, y use el token que recibe en "
            "«Authorization: Bearer …».",
            headers={"WWW-Authenticate": 'Bearer realm="impulso"'},
        )
    return caller
