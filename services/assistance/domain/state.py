"""What the acts of one assistance case share: its state, its tracks and what other services made known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assistance.domain.conduct import Conduct
from shared.casework.attaching import AttachingActs
from shared.casework.filing import FilingActs
from shared.casework.reopening import Endings
from shared.catalogue.refusals import StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class Event(Aggregate.Event):
    """A fact about one assistance case."""


@dataclass(frozen=True)
class Breach:
    """A commitment that was not kept, with what the person answered."""

    commitment: str
    noted_on: date
    facts: Personal
    answer: Personal


@dataclass
class Meeting:
    """One training meeting that the person attended; times are "HH:MM"."""

    held_on: date
    starts: str
    ends: str
    hours: Decimal


@dataclass
class Training:
    """Complementary training of act. 12; ``hours_total`` is the sum of attended meetings, never typed."""

    training_id: UUID
    memo_no: str
    planned_hours: Decimal
    issued_on: date
    acknowledged_on: date | None = None
    enrolled_on: date | None = None
    meetings: list[Meeting] = field(default_factory=list)
    hours_total: Decimal = Decimal(0)
    completed_on: date | None = None
    excepted_on: date | None = None

    @property
    def track(self) -> str:
        """The parallel track of requirements 3.3."""
        if self.excepted_on is not None:
            return "excepted"
        if self.completed_on is not None:
            return "completed"
        if self.meetings:
            return "in_progress"
        return "memo_sent" if self.enrolled_on is None else "enrolled"


@dataclass
class Visit:
    """A visit to the unit: planned, made, and whether it was where the unit works."""

    visit_id: UUID
    planned_on: date | None = None
    visited_on: date | None = None
    at_unit: bool = False


@dataclass
class Valuation:
    """One valuation of product and unit (acts 13, 14). A case may have several; all stay."""

    valuation_id: UUID
    call_id: UUID
    visits: dict[UUID, Visit] = field(default_factory=dict)
    capacity_visit: UUID | None = None
    product_visit: UUID | None = None
    capacities: list[UUID] = field(default_factory=list)
    products: list[UUID] = field(default_factory=list)
    sheets: list[UUID] = field(default_factory=list)
    last_form_on: date | None = None
    producer_confirmed: bool = False
    capacity: list[dict[str, object]] = field(default_factory=list)
    scorers: set[UUID] = field(default_factory=set)
    proposed: str = ""
    reasons: Personal | None = None
    issued_on: date | None = None
    result: str = ""
    declared_on: date | None = None
    components: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StrengtheningMeeting:
    """A meeting of act. 15: what was worked on, for how many hours, with what result."""

    held_on: date
    topic: str
    hours: Decimal
    result: Personal


@dataclass
class Executor:
    """Who carries out the assistance: an operator contract, or a team of the entity named by its lead."""

    contract_id: UUID | None
    team_id: UUID | None
    team_lead: UUID | None
    call_id: UUID
    handed_on: date
    accepted_on: date | None = None
    reply_due: date | None = None


@dataclass(frozen=True)
class FormerExecutor:
    """A contract that executed the case: it reads the case as of ``version`` up to and including ``until``."""

    version: int
    until: date


@dataclass
class Plan:
    """The latest plan of the case; ``approved`` holds the component codes of the approved version."""

    plan_id: UUID
    version: int
    component_codes: list[str]
    authors: set[UUID]
    drafted_on: date
    approved_version: int = 0
    approved: list[str] = field(default_factory=list)
    approved_on: date | None = None
    production: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Goods:
    """Quantities of one line of a decision. ``qty`` and ``cancelled`` in the unit of the line."""

    item: str
    unit: str
    qty: Decimal
    cancelled: Decimal = Decimal(0)


@dataclass
class Incentive:
    """One decision of act. 18 and where its goods are."""

    decision_id: UUID
    decision: str
    decided_on: date
    lines: dict[int, Goods] = field(default_factory=dict)
    track: str = "decided"
    delivered: dict[str, Decimal] = field(default_factory=dict)
    """By item, less what the beneficiary gave back (INV-12)."""
    lots: set[str] = field(default_factory=set)

    def deliver(self, item: str, qty: Decimal) -> None:
        """The beneficiary has ``qty`` more of ``item``, or less."""
        self.delivered[item] = self.delivered.get(item, Decimal(0)) + qty


class CaseState(Endings, AttachingActs, FilingActs):
    """The state of a case as this service knows it.

    ``state`` is empty until the offer is accepted: before that other services own it (requirements 3.3).
    """

    candidate_id: UUID | None
    caseworker: UUID | None
    state: str
    call_id: UUID | None
    service: str
    route: str
    accepted_on: date | None
    entry_result: str
    suspicions: set[UUID]
    exclusions: dict[UUID, tuple[date, date | None]]
    talks: dict[UUID, tuple[UUID, date]]
    commitment_id: UUID | None
    committed_on: date | None
    pledged: dict[str, str]
    breaches: dict[UUID, Breach]
    training: Training | None
    unit_id: UUID | None
    valuations: list[Valuation]
    strengthening_on: date | None
    strengthening_meetings: list[StrengtheningMeeting]
    enrolled_next_on: date | None
    executor: Executor | None
    transfer: Executor | None
    former_executors: dict[UUID, FormerExecutor]
    last_rejected_on: date | None
    diagnosis_id: UUID | None
    diagnosed_on: date | None
    plan: Plan | None
    incentives: dict[UUID, Incentive]
    custody: dict[str, Decimal]
    conduct: Conduct

    def begin(self, candidate_id: UUID | None) -> None:
        """An empty case; called by its first event only."""
        self.begin_open()
        self.begin_attaching()
        self.begin_filing()
        self.candidate_id = candidate_id
        self.caseworker = None
        self.state = ""
        self.call_id = None
        self.service = self.route = ""
        self.accepted_on = None
        self.entry_result = ""
        self.suspicions = set()
        self.exclusions = {}
        self.talks = {}
        self.commitment_id = None
        self.committed_on = None
        self.pledged, self.breaches = {}, {}
        self.training = None
        self.unit_id = None
        self.valuations = []
        self.strengthening_on = self.enrolled_next_on = None
        self.strengthening_meetings = []
        self.executor = self.transfer = None
        self.former_executors = {}
        self.last_rejected_on = None
        self.diagnosis_id = None
        self.diagnosed_on = None
        self.plan = None
        self.incentives = {}
        self.custody = {}
        self.conduct = Conduct()

    @property
    def valuation(self) -> Valuation:
        """The valuation being worked on; it exists from the first visit on."""
        if not self.valuations:
            raise StepOutOfOrder(missing="la visita a la unidad productiva (actividad 13)")
        return self.valuations[-1]

    @property
    def training_track(self) -> str:
        return "not_started" if self.training is None else self.training.track

    def subject(self) -> UUID:
        """The person whose values this case holds; refused while the identification has not arrived here."""
        if self.candidate_id is None:
            raise StepOutOfOrder(missing="que llegue a este servicio la identificación del candidato (actividad 1)")
        return self.candidate_id

    def check_open(self, act: Act) -> None:
        """Refuse unless the case is ours (offer accepted) and ``act`` is lawful in its state."""
        if not self.state:
            raise StepOutOfOrder(missing="que la persona acepte la oferta del servicio (actividad 10)")
        act.check_state(self.state)
