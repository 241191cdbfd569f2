"""One case under way: its steps, the refusals that it provokes, and waiting until one service has heard of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from shared.cli.api import Refused
from shared.cli.demo.papers import PDF, pdf, signed
from shared.cli.demo.people import Person
from shared.cli.demo.plan import CasePlan
from shared.cli.demo.staff import display_name
from shared.cli.demo.world import JSON, NotAsExpected, Stopped, World, once_heard, until


@dataclass
class Provoked:
    """A refusal that was asked for and given."""

    command: str
    code: str


@dataclass
class Journey:
    """A case of the demonstration and what is known of it so far.

    Every step has the key of its command and its turn, so a run that was interrupted finds its first answers again.
    """

    world: World
    plan: CasePlan
    person: Person
    case_id: str = ""
    candidate_id: str = ""
    like: Journey | None = None
    """The earlier case whose person this one resembles."""
    provoked: list[Provoked] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)
    _at_start: dict[str, int] = field(default_factory=dict)
    _turns: dict[str, int] = field(default_factory=dict)
    _slot: int = 0
    _last: tuple[str, str, JSON, int, Any] | None = None

    def identified(self, answer: JSON) -> None:
        """Take over the ids that the identification gave."""
        self.case_id, self.candidate_id = str(answer["id"]), str(answer["candidate_id"])
        self._seen["intake"] = answer.get("version", 0)

    def says(self, answer: JSON, **facts: Any) -> None:
        """Compare what an answer says. Raises `NotAsExpected`."""
        for name, value in facts.items():
            if answer.get(name) != value:
                raise NotAsExpected(f"se esperaba {name} = {value} y fue {answer.get(name)}.")

    def open(self) -> None:
        """Look how far an earlier run took the case; call it once after the identification."""
        versions = self.page("coordinadora")["versions"]
        earlier = versions.get("intake", 0) > self._seen.get("intake", 0)
        self._at_start = dict(versions) if earlier else {}

    def done_before(self, command: str, service: str | None = None) -> bool:
        """True while the steps being repeated lie before where an earlier run left the service of ``command``."""
        service = service or self.world.service_of(command)
        return self._at_start.get(service, 0) > self._seen.get(service, 0)

    def act(
        self,
        who: str,
        command: str,
        body: JSON | None = None,
        *,
        day: int,
        creates: bool = False,
        target: str | None = None,
        version: int | None = None,
        service: str | None = None,
        not_yet: tuple[str, ...] = (),
    ) -> JSON:
        """Do a step; ``service`` where several have a command of that name, ``not_yet`` codes that say that the
        service has not heard all.

        Raises `NotAsExpected` if it is refused, `Stopped` when the run was told to end.
        """
        if self.world.stopped.is_set():
            raise Stopped
        turn = self._turns[command] = self._turns.get(command, 0) + 1
        key = self.world.key(self.plan.index, command, turn)
        at = None if creates else target or self.case_id

        def order() -> JSON:
            return self.world.order(who, command, body, key=key, day=day, target=at, version=version, service=service)

        if self.done_before(command, service):
            answer = self._continued(order, command, who)
        else:
            answer = self._done(order, command, who, not_yet)
        self._last = (who, command, dict(body or {}), day, at)
        if answer.get("id") == self.case_id and "version" in answer:
            self._seen[service or self.world.service_of(command)] = answer["version"]
        return answer

    def _done(self, order: Callable[[], JSON], command: str, who: str, not_yet: tuple[str, ...]) -> JSON:
        try:
            return once_heard(order, not_yet, f"que {command} proceda")
        except Refused as refused:
            raise NotAsExpected(_unwanted(command, who, refused)) from None

    def _continued(self, order: Callable[[], JSON], command: str, who: str) -> JSON:
        """Do a step that an earlier run may or may not have done.

        What a service noted of other services counts in its version, too: the version alone does not tell that it had
        heard all that this step needs when that run ended, so a refusal may only mean "not yet".
        """

        def ask() -> JSON | None:
            try:
                return order()
            except Refused as refused:
                last.append(_unwanted(command, who, refused))
                return None

        last: list[str] = []
        try:
            return until(ask, f"que {command} siga donde quedó")
        except NotAsExpected as error:
            raise NotAsExpected(f"{error}; {last[-1]}") from None

    def repeated(self, answer: JSON, **changed: Any) -> None:
        """Send the last step again: the same key gives the same answer, and refuses a body that is ``changed``."""
        assert self._last is not None
        who, command, body, day, at = self._last
        key = self.world.key(self.plan.index, command, self._turns[command])
        again = self.world.order(who, command, body, key=key, day=day, target=at)
        if again != answer:
            raise NotAsExpected(f"{command} repetido con la misma clave dio otra respuesta.")
        self._expect(who, command, {**body, **changed}, "COMMAND_ID_REUSED", day, at, key=key)

    def refused(
        self,
        code: str,
        who: str,
        command: str,
        body: JSON | None = None,
        *,
        day: int,
        creates: bool = False,
        target: str | None = None,
        version: int | None = None,
        service: str | None = None,
        not_yet: tuple[str, ...] = (),
        always: bool = False,
    ) -> None:
        """Try what must be refused with ``code``; ``not_yet`` are codes that say that the service has not heard all.

        Not every case tries every refusal (`CasePlan.provokes`) but those that its story is about (``always``), and
        none tries one that an earlier run has behind it.
        """
        self._slot += 1
        if not (always or self.plan.provokes(self._slot)) or self.done_before(command, service):
            return
        at = None if creates else target or self.case_id

        def ask() -> bool | None:
            return self._expect(who, command, body, code, day, at, version=version, service=service, not_yet=not_yet)

        until(ask, f"que {command} se rechace con {code}")

    def _expect(
        self,
        who: str,
        command: str,
        body: JSON | None,
        code: str,
        day: int,
        at: str | None,
        *,
        key: Any = None,
        version: int | None = None,
        service: str | None = None,
        not_yet: tuple[str, ...] = (),
    ) -> bool | None:
        try:
            self.world.order(
                who, command, body, key=key or uuid4(), day=day, target=at, version=version, service=service
            )
        except Refused as refused:
            if refused.code in not_yet:
                return None
            if refused.code != code:
                raise NotAsExpected(f"se esperaba {code}: {_unwanted(command, who, refused)}") from None
            self.provoked.append(Provoked(command, code))
            return True
        raise NotAsExpected(f"{command} por «{who}» se aceptó y debía rechazarse con {code}.")

    def page(self, who: str) -> JSON:
        """The case as ``who`` sees it."""
        return self.world.staff[who].get(f"/api/cases/{self.case_id}")

    def offered(self, who: str, command: str) -> None:
        """Wait until the page of the case offers ``command`` to ``who``: until its service has heard all it needs."""
        if self.done_before(command):
            return
        service = self.world.service_of(command)

        def ask() -> bool | None:
            page = self.page(who)
            lawful = [act for act in page["lawful"] if act["command"] == command and act["may"]]
            return True if lawful and service in page["versions"] else None

        until(ask, f"que la página del caso le ofrezca {command} a «{who}»")

    def shown(self, who: str, group: str, words: str) -> None:
        """Wait until a fact of ``group`` on the page of the case says ``words``."""

        def ask() -> bool | None:
            facts = self.page(who)["facts"]
            said = [str(fact["value"]) for fact in facts if fact["group"] == group]
            return True if any(words in value for value in said) else None

        until(ask, f"que la página del caso diga «{words}»")

    def waiting_in_hemi(self, who: str, activity: int) -> JSON:
        """The first HEMI entry of the case for ``activity``, once reporting has asked for it."""

        def ask() -> JSON | None:
            found = self.world.staff[who].pages("/api/hemi-entries", case=self.case_id, activity=activity)
            return next(iter(found), None)

        return until(ask, f"que haya un registro HEMI de la actividad {activity}")

    def attached(self, who: str, service: str, title: str) -> str:
        """The id of a PDF about the person, stored with ``service`` under the person's key."""
        content = pdf(title, self.person.full_name, self.person.document, self.person.remark("Documento adjunto"))
        return self.stored(who, service, f"{title}.pdf", content, PDF)

    def stored(self, who: str, service: str, name: str, content: bytes, media_type: str, kind: str = "m") -> str:
        """The id of a file of the person, stored with ``service``."""
        fields = {"subject": self.candidate_id, "class": kind}
        answer = self.world.staff[who].upload_bytes(service, name, content, media_type, fields)
        return str(answer["id"])

    def signature(self, day: int, method: str = "handwritten_scan") -> JSON:
        """The signature of the candidate."""
        return signed(self.person.full_name, "Beneficiario(a)", self.world.day(day), method)

    def staff_signature(self, who: str, capacity: str, day: int) -> JSON:
        """The signature of a member of staff."""
        return signed(display_name(who), capacity, self.world.day(day))


def _unwanted(command: str, who: str, refused: Refused) -> str:
    field = refused.problem.get("field")
    place = f" [{field}]" if field else ""
    return f"{command} por «{who}» dio {refused.code}{place}: {refused.text}"
