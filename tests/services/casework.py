"""People of the field and the office, who act on cases through the desk of one service, on its real store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from shared.catalogue.catalogue import Catalogue
from shared.contracts.envelope import Envelope
from shared.eventstore.metadata import Meta
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place, assemble
from shared.runtime.definition import ServiceDefinition
from shared.runtime.desk import Desk
from shared.runtime.tokens import GrantInForce, Who

TODAY = date(2026, 11, 20)
CATALOGUE = Catalogue.load()

ROLES = {
    "caseworker": "caseworker",
    "second_caseworker": "caseworker",
    "psychosocial": "psychosocial",
    "second_psychosocial": "psychosocial",
    "coordinator": "coordinator",
    "subdirector": "subdirector",
    "supervisor": "contract_supervisor",
    "adviser": "business_adviser",
    "training": "training_officer",
    "auditor": "auditor",
}


class Refused(Exception):
    """The desk refused."""

    def __init__(self, refusal: dict[str, Any]) -> None:
        super().__init__(f"{refusal['code']}: {refusal['text']}")
        self.code: str = refusal["code"]
        self.field: str | None = refusal["field"]
        self.refusal = refusal


class Office:
    """One service with its desk, and the people who use it."""

    def __init__(self, definition: ServiceDefinition, folder: Path, database_url: str | None = None) -> None:
        place = Place.under(folder)
        if database_url is not None:
            place = Place(database_url, place.keys_url, place.files)
        self.definition = definition
        self.assembled = assemble(definition, place, MasterKey(bytes(32)), CATALOGUE, create=True)
        self.application: Any = self.assembled.application
        self.people: dict[str, Who] = {}
        self.desk = Desk(
            definition,
            self.application,
            self.assembled.publication,
            lambda token: self.people[token],
            day=lambda: TODAY,
        )
        self._sequence = count(1)
        for name, role in ROLES.items():
            self.hire(name, role)

    def hire(self, name: str, role: str, *, contract: str | None = None, person: UUID | None = None) -> None:
        """Give a natural person a grant."""
        grants = (GrantInForce(f"{name}-{role}", role, contract=contract),)
        self.people[name] = Who.of(person or uuid4(), grants)

    def person(self, name: str) -> str:
        return str(self.people[name].person)

    def act(
        self, who: str, command: str, target: UUID | str | None = None, *, on: str = "2026-11-10", **body: Any
    ) -> Any:
        """Run a command; raises `Refused`."""
        answer = self.desk.command(
            {
                "command": command,
                "id": None if target is None else str(target),
                "body": body,
                "command_id": str(uuid4()),
                "happened_on": on,
                "token": who,
            }
        )
        if "refusal" in answer:
            raise Refused(answer["refusal"])
        return answer["ok"]

    def ask(self, query: str, who: str = "caseworker", **params: Any) -> Any:
        """Ask a query; raises `Refused`."""
        answer = self.desk.query({"query": query, "params": params, "token": who})
        if "refusal" in answer:
            raise Refused(answer["refusal"])
        return answer["ok"]

    def hear(self, topic: str, subject: UUID, on: str = "2026-10-01", **data: Any) -> None:
        """An event of another service arrives."""
        source, _, event_type = topic.partition(".")
        event = Envelope(
            source=source,
            type=event_type,
            subject=subject,
            sequence=next(self._sequence),
            recorded_at=datetime.now(UTC),
            happened_on=date.fromisoformat(on),
            epoch="test",
            correlation_id=uuid4(),
            data=data,
        )
        self.receive(event)

    def receive(self, event: Envelope) -> None:
        """An event of another service arrives, as that service published it."""
        meta = Meta(happened_on=event.happened_on, causation_id=event.id)
        react = self.definition.reactions[event.topic]
        self.application.transact(meta, lambda unit: react(self.application, unit, event))

    def published(self) -> list[Envelope]:
        """Everything that this service told the others."""
        entries = self.application.log.entries(0, 10_000)
        return [self.assembled.publication.internal(entry, "test") for entry in entries]

    def call(self, *, quota: int | None = None, service: str = "technical_assistance") -> str:
        """A call that is open all of 2026."""
        call = uuid4()
        self.hear(
            "intake.CallOpened",
            call,
            call_id=str(call),
            service=service,
            opens_on="2026-01-01",
            closes_on="2026-12-31",
            cohort_quota=quota,
        )
        return str(call)

    def candidate(self, call: str) -> UUID:
        """A person identified for the call; answers the case."""
        case = uuid4()
        self.hear("intake.CandidateIdentified", case, candidate_id=str(uuid4()), call_id=call, source="hemi")
        return case


@contextmanager
def office(definition: ServiceDefinition, folder: Path, database_url: str | None = None) -> Iterator[Office]:
    """An office with SQLite files under ``folder``, or with its log in the database of that URL."""
    opened = Office(definition, folder, database_url)
    try:
        yield opened
    finally:
        opened.assembled.close()
