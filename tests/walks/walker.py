"""Cases on their way through the town: what is known of each, kept in step with the logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.gateway.cases import Case as CasePage
from shared.contracts.fields import command_fields
from shared.runtime.clock import today
from tests.walks.answers import Answers
from tests.walks.duties import Roles, Store, not_separated
from tests.walks.facts import Fact
from tests.walks.model import Story
from tests.walks.town import CATALOGUE, Refused, Town

SERVICES = ("intake", "profiling", "assistance", "inventory")


@dataclass
class Traveller:
    """One case: its story by the model, the call and the day that it has come to, and ids that its answers gave."""

    id: UUID
    call: str
    day: date
    story: Story = field(default_factory=Story)
    ids: dict[str, list[str]] = field(default_factory=dict)
    person: dict[str, str] = field(default_factory=dict)
    """What the identification says of the person."""
    compared: int = 0
    """Facts of the story when the services were last asked for its state."""

    def last(self, name: str) -> str:
        return self.ids[name][-1]

    def next_day(self) -> None:
        """A day passes for this case, as far as it is past."""
        self.day = min(self.day + timedelta(days=1), today())


class Walker:
    """Acts on cases and checks every new event against the model; ``breaches`` is what went wrong so far."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.cases: dict[UUID, Traveller] = {}
        self.breaches: list[str] = []
        self.refused: dict[str, int] = {}
        self._read = {name: 0 for name in town.host.services}
        self._people = 0
        self.done: dict[str, int] = {}
        """Acts taken, by command."""
        self.ids: dict[str, list[str]] = {"movement": [town.receipt]}
        """Ids of what belongs to no case."""
        self._store = Store()
        self._roles = Roles({who.person: who.roles for who in town.people.values()})
        self._others: dict[UUID, list[Fact]] = {}
        self._listen()

    def act(
        self, case: Traveller, who: str, command: str, body: Any = None, *, service: str | None = None
    ) -> dict[str, Any]:
        """Run a command on the case; raises `Refused`."""
        try:
            answer = self.town.act(who, command, case.id, body, on=case.day, service=service)
        except Refused as refused:
            self._refused(command, refused)
            raise
        self._taken(command)
        self._remember(case, answer)
        self._listen()
        return answer

    def act_elsewhere(self, who: str, command: str, target: object, body: Any, on: date, kind: str) -> str:
        """Run a command on what is no case; answers its id. Raises `Refused`."""
        try:
            answer = self.town.act(who, command, target, body, on=on)
        except Refused as refused:
            self._refused(command, refused)
            raise
        self._taken(command)
        self.ids.setdefault(kind, []).append(str(answer["id"]))
        self._listen()
        return str(answer["id"])

    def _taken(self, command: str) -> None:
        self.done[command] = self.done.get(command, 0) + 1

    def identify(self, call: str, doc_no: str | None = None) -> Traveller:
        """A new candidate of ``call``."""
        self._people += 1
        number = self._people
        day = self.town.first
        person = {
            "doc_type": "CC",
            "doc_no": doc_no or f"52{number:06d}",
            "names": f"Persona {LETTERS[number // 26 % 26]}{LETTERS[number % 26]}",
            "surnames": f"De Prueba {LETTERS[number % 26]}{LETTERS[number // 26 % 26]}",
            "birth_date": f"19{70 + number % 29}-04-03",
        }
        body = person | {
            "call": call,
            "source": "requests_pr029",
            "source_kind": "request",
            "source_ref": f"SOL-{number}",
            "identified_on": day.isoformat(),
            "ground": "public_function",
        }
        answer = self.town.act("caseworker", "IdentifyCandidate", None, body, on=day)
        self._listen()
        case = self.cases[UUID(answer["id"])]
        case.call, case.person = call, person
        return case

    def anything(self, draw: Random) -> None:
        """Someone tries some command on some case with some body."""
        case = draw.choice(list(self.cases.values()))
        definitions = [one for one in CATALOGUE.commands() if one.service != "gateway"]
        if draw.random() < 0.6:
            lawful = [one for one in definitions if case.story.state in one.states or "open" in one.states]
            definitions = lawful or definitions
        definition = draw.choice(definitions)
        able = self.town.who_may(definition)
        who = draw.choice(able) if able and draw.random() < 0.8 else draw.choice(list(self.town.people))
        answers = Answers(draw, CATALOGUE, case.day, self.known(case), lambda: self.town.file(definition.service))
        body = answers.body(command_fields(definition, CATALOGUE, case.day))
        target = case.id if definition.subject == "case" else draw.choice(self.known(case)(definition.subject))
        try:
            answer = self.town.act(who, definition.command, target, body, on=case.day, service=definition.service)
        except Refused as refused:
            self._refused(definition.command, refused)
        else:
            self._taken(definition.command)
            self._remember(case, answer)
        self._listen()

    def _refused(self, command: str, refused: Refused) -> None:
        self.refused[refused.code] = self.refused.get(refused.code, 0) + 1
        if refused.code == "INTERNAL_ERROR":
            self.breaches.append(f"{command} failed where it should refuse")

    def reopen(self, case: Traveller) -> None:
        """Two people open a case again, in the service that ended it; one that was merged is parted.

        Raises `Refused`.
        """
        if case.story.state == "merged":
            self.act(case, "coordinator", "SplitCases", {"reason": "Son dos personas"})
            return
        service = self.shown(case)[1]
        self.act(case, "caseworker", "RequestReopen", {"reason": "Vuelve al proceso"}, service=service)
        self.act(case, "subdirector", "ConfirmReopen", {}, service=service)

    def shown(self, case: Traveller) -> tuple[str | None, str | None]:
        """The state of the case as the gateway puts it together, and the service that gave it."""
        parts = {}
        for service in SERVICES:
            answer = self.town.ask(service, "case", id=str(case.id))
            if answer is not None:
                parts[service] = answer
        return CasePage(case.id, parts).state(CATALOGUE.procedure("PR-156", today()))

    def compare(self, case: Traveller) -> None:
        """The state that the services give is the state that follows from the last decision (X-15)."""
        if case.compared == len(case.story.facts):
            return
        case.compared = len(case.story.facts)
        shown = self.shown(case)[0]
        if shown != case.story.state:
            self.breaches.append(f"shown as {shown}, and its last decision made it {case.story.state}")

    def known(self, case: Traveller) -> Any:
        town = self.town

        def known(kind: str) -> list[str]:
            match kind:
                case "call":
                    return town.calls
                case "case" | "other_case":
                    return [str(one) for one in self.cases]
                case "person":
                    return [str(who.person) for who in town.people.values()]
                case "contract":
                    return town.contracts
                case "warehouse":
                    return town.warehouses
                case "lot":
                    return town.lots
            return case.ids.get(kind) or self.ids.get(kind) or [str(case.id)]

        return known

    def _remember(self, case: Traveller, answer: dict[str, Any]) -> None:
        for name, value in answer.items():
            if isinstance(value, str) and name not in ("id", "state"):
                case.ids.setdefault(name, []).append(value)
                case.ids.setdefault(name.removesuffix("_id"), []).append(value)
            if name == "lines" and isinstance(value, list):
                for row in value:
                    for inner, one in row.items() if isinstance(row, dict) else ():
                        case.ids.setdefault(inner, []).append(str(one))

    def _listen(self) -> None:
        for name, service in self.town.host.services.items():
            application = service.application
            for entry in application.log.entries(self._read[name], 1000):
                self._read[name] = entry.sequence
                event, meta = application.mapper.open(entry)
                self._hear(entry.topic.partition(".")[2], entry.originator_id, event, meta.actor)

    def _hear(self, kind: str, subject: UUID, event: Any, actor: UUID | None) -> None:
        if kind == "CandidateIdentified":
            self.cases[subject] = Traveller(subject, self.town.calls[0], self.town.first)
        fact = Fact(kind, actor, event)
        case = self.cases.get(subject)
        found = [*self._roles.breaches(fact), *self._store.add(subject, fact)]
        if case is not None:
            found += case.story.add(fact)
        else:
            before = self._others.setdefault(subject, [])
            found += not_separated(fact, before)
            before.append(fact)
        self.breaches += [f"{subject}: {each}" for each in found]


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
