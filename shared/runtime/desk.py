"""The host-neutral front of one service: checks who asks, reads what is asked, runs the use case, gives the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import structlog

from shared.catalogue.refusals import (
    DateInFuture,
    FieldInvalid,
    NotAuthorised,
    NotFound,
    Refusal,
)
from shared.catalogue.types import Act
from shared.catalogue.used import noting
from shared.contracts.commands import load_command
from shared.delivery.errors import Diverged
from shared.delivery.feed import Feed, PublicFeed
from shared.delivery.ports import Publication
from shared.editing.running_under import procedure_of
from shared.editing.shelf import offered, shelf_of, whole
from shared.eventstore import guards
from shared.eventstore.application import CommandKey, ServiceApplication
from shared.eventstore.errors import is_unavailable
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.content import FIRST_BYTES, check_content
from shared.privacy.file_form import Owner
from shared.privacy.photo import without_position
from shared.privacy.scanner import NoScanner, Scanner
from shared.runtime import folds
from shared.runtime.clock import today
from shared.runtime.definition import ServiceDefinition
from shared.runtime.operations import PREFIX, Operations
from shared.runtime.tokens import PROGRAMME, TokenInvalid, Who

Answer = dict[str, Any]
PIECE_BYTES = 1024 * 1024

log = structlog.get_logger("impulso.desk")


class NotAuthenticated(Refusal):
    code = "NOT_AUTHENTICATED"
    status = 401
    message = "Su sesión terminó. Inicie sesión de nuevo."


class OtherProgramme(NotAuthorised):
    message = (
        "Sus roles son de otro programa y no dan ningún derecho en {programme}. Si usted trabaja en "
        "{programme}, pida a la administración que le otorgue un rol de ese programa."
    )


class StoreAway(Refusal):
    code = "STORE_UNAVAILABLE"
    status = 503
    message = "El servicio no alcanza su base de datos. Reintente en unos segundos con la misma clave."


class LogRestored(Refusal):
    code = "HISTORY_DIVERGED"
    message = (
        "El registro de {service} fue restaurado y ya no es el que usted conoce. Descarte lo que leyó de él y léalo "
        "otra vez desde el comienzo, sin «epoch» y con «after» en 0."
    )


def snake_case(command: str) -> str:
    """``ValidateProfile`` → ``validate_profile``: the use case's name."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", command).lower()


class Desk:
    """Answers commands, queries and feed requests of one service. Plain blocking calls; safe from many threads."""

    def __init__(
        self,
        definition: ServiceDefinition,
        application: ServiceApplication,
        publication: Publication,
        verify: Callable[[str], Who],
        *,
        day: Callable[[], date] = today,
        scanner: Scanner | None = None,
    ) -> None:
        self.definition = definition
        self.application = application
        self._feed = Feed(application.log, publication)
        self._public_feed = PublicFeed(application.log, publication)
        self._verify = verify
        self._day = day
        self._scanner = scanner or NoScanner()
        self.operations: Operations | None = None

    def command(self, payload: Answer) -> Answer:
        """Run one command (wire form: see the integration guide). Never raises for what a caller can cause."""
        return self._answered(lambda: self._command(payload), payload)

    def query(self, payload: Answer) -> Answer:
        """Answer a query by name from the read models."""
        return self._answered(lambda: self._query(payload), payload)

    def feed(self, payload: Answer) -> Answer:
        """A page of this service's log: every entry for the followers, with audience I the public ones alone."""
        after, limit = int(payload.get("after", 0)), int(payload.get("limit", 100))
        if payload.get("audience") == "I":
            return self._answered(lambda: self._public_page(payload, after, limit), payload)
        page = self._feed.page(after, limit, payload.get("known_hash", ""), payload.get("known_epoch", ""))
        return page.to_dict()

    def catalogue(self, payload: Answer) -> Answer:
        """What this service published of the catalogue: all ids, or the version of one. For the services alone."""
        table = shelf_of(self.application)
        with self.application.database.read() as connection:
            if payload.get("id"):
                return {"version": whole(connection, table, UUID(str(payload["id"])))}
            return {"versions": offered(connection, table)}

    def _public_page(self, payload: Answer, after: int, limit: int) -> Answer:
        self._who(payload)
        try:
            page = self._public_feed.page(after, limit, str(payload.get("epoch") or ""))
        except Diverged:
            raise LogRestored(service=self.definition.name) from None
        events = [event.to_dict() for event in page.events]
        return {"events": events, "head": page.head, "next": page.next, "epoch": page.epoch}

    def figures(self, payload: Answer) -> Answer:
        """What this service counts for the reports (see `folds`): asked by services alone, as the feed is."""
        return folds.answer(self.definition.folds, self.application, payload)

    def health(self, payload: Answer) -> Answer:
        """Whether the database answers and history is protected."""
        try:
            with self.application.database.read() as connection:
                guards.verify(connection)
            return {"ok": {"status": "ok", "service": self.definition.name, "head": self.application.log.head()}}
        except Exception as error:
            return {"ok": {"status": "unavailable", "service": self.definition.name, "reason": type(error).__name__}}

    def store(self, head: Answer, pieces: Iterator[bytes]) -> Answer:
        """Keep a file piece by piece; answers its id, SHA-256, size and type.

        What the scanner refuses is not kept. A photo loses its position, unless ``keep_position`` is asked for.
        """

        def keep() -> Answer:
            self._who(head)
            first = b""
            while len(first) < FIRST_BYTES and (piece := next(pieces, b"")):
                first += piece
            media_type = check_content(head["name"], head.get("media_type"), first)
            owner = Owner(UUID(head["subject"]) if head.get("subject") else None, head.get("kind", "m"))
            content = self._scanner.passing(_chain(first, pieces))
            if not head.get("keep_position"):
                content = without_position(content, media_type)
            stored = self.application.files.keep(content, owner, media_type, head["name"])
            return {"id": stored.id, "sha256": stored.sha256, "size": stored.size, "media_type": stored.media_type}

        return self._answered(keep, head)

    def fetch(self, head: Answer) -> tuple[Answer, Iterator[bytes]]:
        """A stored file: its description and its pieces (none when refused)."""
        pieces: list[Iterator[bytes]] = []

        def find() -> Answer:
            who = self._who(head)
            file_id = str(head.get("id"))
            may_read = self.definition.may_read
            if may_read is None or not may_read(self.application, who, file_id):
                raise NotFound(what="el archivo", field="id")
            info = self.application.files.info(file_id)
            pieces.append(self.application.files.open(file_id))
            return {"id": file_id, "name": info.name, "media_type": info.media_type, "size": info.size}

        answer = self._answered(find, head)
        return answer, pieces[0] if pieces else iter(())

    def _command(self, payload: Answer) -> Answer:
        catalogue = self.application.catalogue
        name = str(payload.get("command", ""))
        try:
            definition = catalogue.command(name, self.definition.name)
        except KeyError:
            raise NotFound(what=f"la acción «{name}»", field="command") from None
        who = self._who(payload)
        grant = who.grant_for(definition.roles)
        if grant is None:
            log.warning("denied", service=self.definition.name, command=name, person=str(who.person))
            labels = ", ".join(catalogue.role(role).label for role in definition.roles)
            raise NotAuthorised(command=definition.label, roles=labels)
        day = self._day()
        happened_on = _date(payload.get("happened_on")) or day
        if happened_on > day:
            raise DateInFuture(field="happened_on", date=happened_on.isoformat())
        body = payload.get("body") or {}
        fields = load_command(definition, catalogue, happened_on, body)
        target = None if definition.creates else _uuid(payload.get("id"), "id")
        case_id = target if definition.subject == "case" else None
        procedure = procedure_of(self.application, PROGRAMME, case_id, day)
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
            traceparent=payload.get("traceparent") or "",
        )
        use_case = getattr(self.application, snake_case(name))
        expected = payload.get("expected_version")

        def decide(unit: UnitOfWork) -> dict[str, Any] | None:
            with noting(meta.versions):
                if definition.form:
                    catalogue.form(definition.form, happened_on)
                answer: dict[str, Any] | None = use_case(unit, act, *(() if target is None else (target,)), **fields)
                return answer

        done = self.application.transact(
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
        return done.result

    def _query(self, payload: Answer) -> Answer:
        name = str(payload.get("query", ""))
        if name.startswith(PREFIX) and self.operations is not None:
            return self.operations.answer(name, payload.get("params") or {}, self._who(payload))
        query = self.definition.queries.get(name)
        if query is None:
            raise NotFound(what=f"la consulta «{name}»", field="query")
        return query(self.application, payload.get("params") or {}, self._who(payload))

    def _who(self, payload: Mapping[str, Any]) -> Who:
        try:
            known = self._verify(str(payload.get("token", "")))
        except TokenInvalid as error:
            raise NotAuthenticated() from error
        who = known.within(PROGRAMME)
        if known.grants and not who.grants:
            # some readings ask for no role in particular; who has none here must not come that far.
            log.warning("denied", service=self.definition.name, person=str(who.person), reason="programme")
            raise OtherProgramme(programme=PROGRAMME)
        return who

    def _answered(self, work: Callable[[], Answer], payload: Mapping[str, Any]) -> Answer:
        try:
            return {"ok": work()}
        except Refusal as refusal:
            return {"refusal": refusal_state(refusal)}
        except Exception as error:
            if is_unavailable(error):
                return {"refusal": refusal_state(StoreAway())}
            # The text of an unforeseen error may hold anything, a name or a number included: only its place is logged.
            log.error(
                "failed",
                service=self.definition.name,
                asked=str(payload.get("command") or payload.get("query") or ""),
                error=type(error).__name__,
                place=_place(error),
            )
            return {
                "refusal": {
                    "code": "INTERNAL_ERROR",
                    "text": "Algo falló de nuestro lado y no se guardó nada. Reintente; si sigue, avise a soporte.",
                    "status": 500,
                    "field": None,
                    "lawful": [],
                    "parameters": {},
                }
            }


def refusal_state(refusal: Refusal) -> Answer:
    """The wire form of a refusal."""
    return {
        "code": refusal.code,
        "text": refusal.text,
        "status": refusal.status,
        "field": refusal.field,
        "lawful": list(refusal.lawful),
        "parameters": {
            key: value if isinstance(value, (dict, list, int, str)) else str(value)
            for key, value in refusal.parameters.items()
        },
    }


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


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    for start in range(0, len(first), PIECE_BYTES):
        yield first[start : start + PIECE_BYTES]
    yield from rest


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}"
