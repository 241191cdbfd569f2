"""What the acts of one profiling share: its state, its authors and what other services made known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from shared.casework.attaching import AttachingActs
from shared.casework.filing import FilingActs
from shared.casework.reopening import Endings
from shared.catalogue.refusals import ConsentMissing, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class Event(Aggregate.Event):
    """A fact about one case in profiling."""


def result_id(case_id: UUID, version: int) -> UUID:
    """The id of the result that the event ``version`` of a case holds; its form FRM-11 has the same."""
    return uuid5(case_id, f"FRM-11/{version}")


@dataclass
class Application:
    """One result of an instrument. ``problem`` says why it is not usable, empty if it is.

    ``responses`` is None for a result from outside. ``replaced``: scored again under a newer version.
    """

    result_id: UUID
    instrument: str
    version: str
    applied_on: date
    scored_on: date
    scored_by: UUID
    problem: str
    responses: Personal | None
    result: Personal
    minutes: int | None
    replaced: bool = False


@dataclass
class Classification:
    """The classification in force and what the matrix says of it."""

    matrix_version: str
    result: str
    manual_decision: bool
    reason: Personal
    classified_on: date
    classified_by: UUID


@dataclass
class Referral:
    """A referral that waits for its reply (act. 8)."""

    referral_id: UUID
    kind: str
    target_code: str
    issued_on: date
    reply_due: date
    overdue: bool = False


@dataclass
class Offer:
    """What was presented. ``interested``: processes the person showed interest in, None before it is recorded."""

    process_ids: list[UUID]
    offered_on: date
    route: str
    started: Personal | None
    interested: list[UUID] | None = None
    interest_on: date | None = None


class CaseState(Endings, AttachingActs, FilingActs):
    """The state of a case as this service knows it; ``state`` is empty until profiling starts."""

    candidate_id: UUID | None
    call_id: UUID | None
    state: str
    eligible: bool
    communicated_on: date | None
    consented_on: date | None
    suspicions: set[UUID]
    exclusions: dict[UUID, tuple[date, date | None]]
    entry_result: str
    identification_on: date | None
    profiling_id: UUID | None
    started_on: date | None
    authors: set[UUID]
    psychosocial: bool
    interviewed_on: date | None
    applications: list[Application]
    classification: Classification | None
    decided_on: date | None
    informed_on: date | None
    chosen: str
    chosen_on: date | None
    may_share: bool
    referral: Referral | None
    offer: Offer | None

    def begin(self, candidate_id: UUID | None, call_id: UUID | None) -> None:
        """An empty case; called by its first event only."""
        self.begin_open()
        self.begin_attaching()
        self.begin_filing()
        self.candidate_id = candidate_id
        self.call_id = call_id
        self.state = ""
        self.eligible = False
        self.communicated_on = self.consented_on = None
        self.suspicions = set()
        self.exclusions = {}
        self.entry_result = ""
        self.identification_on = None
        self.profiling_id = None
        self.started_on = None
        self.authors = set()
        self.psychosocial = False
        self.interviewed_on = None
        self.applications = []
        self.classification = None
        self.decided_on = self.informed_on = None
        self.chosen = ""
        self.chosen_on = None
        self.may_share = False
        self.referral = None
        self.offer = None

    def subject(self) -> UUID:
        """The person whose values this case holds; refused while the identification has not arrived here."""
        if self.candidate_id is None:
            raise StepOutOfOrder(missing="que llegue a este servicio la identificación del candidato (actividad 1)")
        return self.candidate_id

    def check_open(self, act: Act) -> None:
        """Refuse unless profiling has started and ``act`` is lawful in the state of the case."""
        if not self.state:
            raise StepOutOfOrder(missing="iniciar la perfilación (actividad 3)")
        act.check_state(self.state)

    def check_consent(self, on: date) -> None:
        """Refuse with `ConsentMissing` without a signed authorisation in force (X-12)."""
        if self.consented_on is None or on < self.consented_on:
            raise ConsentMissing(missing="la persona debe firmarla antes de la perfilación (actividad 3)")

    def check_profiling(self, act: Act) -> None:
        """What every act of act. 3 presupposes: it has begun, is lawful now and authorised by the person."""
        self.check_open(act)
        self.check_consent(act.on)
        act.check_not_before(self.started_on)

    def application(self, result: UUID) -> Application:
        """The application of that id; one that a fact of this case names always exists."""
        return next(each for each in self.applications if each.result_id == result)

    def note_author(self, person: UUID, psychosocial: bool) -> None:
        """Called by the facts that make somebody an author of this profiling (SOD-1, A03-4)."""
        self.authors.add(person)
        self.psychosocial = self.psychosocial or psychosocial
