"""The host-neutral front of one service: what may be asked of it, each answered in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from uuid import UUID

from shared.audit.witness import Witness
from shared.catalogue.refusals import CatalogueNotEffective, FieldInvalid, NotFound, Refusal
from shared.delivery.errors import Diverged
from shared.delivery.feed import Asked, Feed, PublicFeed
from shared.delivery.ports import Publication
from shared.editing.shelf import offered, shelf_of, whole
from shared.eventstore import guards
from shared.eventstore.application import ServiceApplication
from shared.privacy.scanner import NoScanner, Scanner
from shared.runtime import accesses, folds, proofs, witnessing
from shared.runtime.answering import Answer, Reception
from shared.runtime.clock import today
from shared.runtime.definition import ServiceDefinition
from shared.runtime.file_desk import FileDesk
from shared.runtime.heeding import heeding
from shared.runtime.instruments import Instruments
from shared.runtime.noting import looking
from shared.runtime.operations import PREFIX, Operations
from shared.runtime.ordering import Orders
from shared.runtime.tokens import Who

MOMENTS = ("as_of", "happened_until", "recorded_until", "known_on", "on")
"""The parameters of queries that name a day or a moment."""


class LogRestored(Refusal):
    code = "HISTORY_DIVERGED"
    message = (
        "El registro de {service} fue restaurado y ya no es el que usted conoce. Descarte lo que leyó de él y léalo "
        "otra vez desde el comienzo, sin «epoch» y con «after» en 0."
    )


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
        instruments: Instruments | None = None,
    ) -> None:
        self.definition = definition
        self.application = application
        self._feed = Feed(application.log, publication)
        self._public_feed = PublicFeed(application.log, publication)
        counted = instruments or Instruments()
        self._reception = Reception(application, verify, counted)
        self._day = day
        self._orders = Orders(definition.name, application, self._reception, lambda: self._day(), counted)
        self._files = FileDesk(application, self._reception, definition.may_read, scanner or NoScanner())
        self.operations: Operations | None = None
        self.cosigning: Witness | None = None
        """The witness of this process, where it is one."""

    def command(self, payload: Answer) -> Answer:
        """Run one command (wire form: see the integration guide). Never raises for what a caller can cause."""
        return self._orders.run(payload)

    def query(self, payload: Answer) -> Answer:
        """Answer a query by name from the read models."""
        return self._reception.answered(lambda: self._query(payload), payload)

    def feed(self, payload: Answer) -> Answer:
        """A page of this service's log: every entry for the followers, with audience I the public ones alone."""
        after, limit = int(payload.get("after", 0)), int(payload.get("limit", 100))
        if payload.get("audience") == "I":
            return self._reception.answered(lambda: self._public_page(payload, after, limit), payload)
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
        self._reception.who(payload)
        try:
            asked = Asked.of(payload.get("type") or (), payload.get("subject"))
            page = self._public_feed.page(after, limit, str(payload.get("epoch") or ""), asked)
        except Diverged:
            raise LogRestored(service=self.definition.name) from None
        events = [event.to_dict() for event in page.events]
        return {"events": events, "head": page.head, "next": page.next, "epoch": page.epoch}

    def witness(self, payload: Answer) -> Answer:
        """What this service, as a witness, says of a checkpoint that a log shows it: asked by services alone."""
        return witnessing.answer(self.cosigning, payload)

    def figures(self, payload: Answer) -> Answer:
        """What this service counts for the reports (see `folds`): asked by services alone, as the feed is."""
        return folds.answer(self.definition.folds, self.application, payload)

    def orders(self, payload: Answer) -> Answer:
        """The destructions of keys that the gateway has still to carry out: asked by it alone, as the feed is."""
        if self.definition.orders is None:
            return {"orders": []}
        return self.definition.orders(self.application, payload)

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
        return self._files.store(head, pieces)

    def fetch(self, head: Answer) -> tuple[Answer, Iterator[bytes]]:
        """A stored file: its description and its pieces (none when refused)."""
        return self._files.fetch(head)

    def _query(self, payload: Answer) -> Answer:
        name = str(payload.get("query", ""))
        if name.startswith(PREFIX) and self.operations is not None:
            return self.operations.answer(name, payload.get("params") or {}, self._reception.who(payload))
        if name.startswith(proofs.PREFIX):
            return self._proof(name, payload)
        if name.startswith(accesses.PREFIX):
            return self._accesses(name, payload)
        query = self.definition.queries.get(name)
        if query is None:
            raise NotFound(what=f"la consulta «{name}»", field="query")
        self.application.database.look()
        params, who = payload.get("params") or {}, self._reception.who(payload)
        try:
            with heeding(self.application), looking() as looks:
                found = query(self.application, params, who)
            self._reception.noting.read(looks, name, who, params)
            if name in self.definition.exports and "file_id" not in found:
                self._reception.noting.made("export", name, who, params)
            return found
        except CatalogueNotEffective as error:
            field = next((each for each in MOMENTS if params.get(each)), None)
            if field is None:
                raise
            # Nothing is refused to a case: the moment that was asked for lies outside what the catalogue covers.
            raise FieldInvalid(field=field, explanation=f"{error.text} Pida otra fecha.") from error

    def _proof(self, name: str, payload: Answer) -> Answer:
        params, who = payload.get("params") or {}, self._reception.who(payload)
        logs = {each.name: each for each in (self.application.log, self.application.access.log)}
        found = proofs.answer(name, logs, self.application.catalogue, params, who)
        if name == proofs.OF_AN_ENTRY:
            # Checkpoints are looked at every few minutes by whoever keeps them, and tell of nobody.
            about = f"{found['service']}:{found['sequence']}"
            self._reception.noting.made("audit_run", name, who, {}, about=about)
        return found

    def _accesses(self, name: str, payload: Answer) -> Answer:
        params, who = payload.get("params") or {}, self._reception.who(payload)
        found = accesses.answer(name, self.application.access, self.application.catalogue, params, who)
        about = {"case_id": params.get("case"), "subject": params.get("person")}
        self._reception.noting.made("read", name, who, {}, **about)
        return found
