"""What the acts on one case share: its state, its facts, and what was recorded about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.intake.domain.facts import Facts
from shared.casework.attaching import AttachingActs
from shared.casework.filing import FilingActs
from shared.casework.reopening import Endings
from shared.privacy.personal import Personal

CLOSED_NOT_ELIGIBLE = "closed_not_eligible"
IDENTIFIED, ELIGIBLE, NOT_ELIGIBLE, WITHDRAWN = "identified", "eligible", "not_eligible", "withdrawn"


class Event(Aggregate.Event):
    """A fact about one case in intake."""

    def apply(self, aggregate: Any) -> None: ...


@dataclass(frozen=True)
class Check:
    """A query in a public information system (CRI-2). ``criteria`` are the codes that its source gives evidence of."""

    check_id: UUID
    source: str
    criteria: tuple[str, ...]
    queried_on: date
    result: str
    file: str


@dataclass(frozen=True)
class Evaluation:
    """The current evaluation of the entry criteria. ``result``: met, not_met or incomplete (CRI-1)."""

    evaluation_id: UUID
    criteria_set: str
    version: str
    as_of: date
    evaluated_on: date
    evaluated_by: UUID | None
    result: str
    outcomes: Personal
    communicated: bool = False


class CaseState(Endings, AttachingActs, FilingActs):
    """The state of a case as intake knows it; later states belong to the services that own them (3.3)."""

    candidate_id: UUID
    call_id: UUID
    state: str
    identified_on: date
    responsible: UUID
    sources: list[tuple[str, UUID, date]]
    facts: Facts
    grounds: list[str]
    authorised: dict[str, date]
    identification_versions: int
    identified_basically_on: date | None
    household_id: UUID | None
    household_type: Personal | None
    household_members: Personal | None
    flagged_with: frozenset[UUID]
    suspicions: dict[UUID, UUID]
    merged_into: UUID | None
    merged_on: date | None
    joined: dict[UUID, tuple[UUID, ...]]
    custody: dict[str, Decimal]
    checks: list[Check]
    evaluation: Evaluation | None
    evaluations: int
    recheck_open: bool
    communicated_on: date | None
    evaluators: frozenset[UUID]
    waived: dict[str, date]
    exclusions: dict[UUID, tuple[date, date | None]]
    reconsideration_asked_on: date | None
    reconsideration: str | None
    e04: str | None

    def begin(self) -> None:
        """An empty case; called by its first event only."""
        self.begin_open()
        self.begin_attaching()
        self.begin_filing()
        self.sources = []
        self.facts = {}
        self.grounds = []
        self.authorised = {}
        self.identification_versions = 0
        self.identified_basically_on = None
        self.household_id = None
        self.household_type = self.household_members = None
        self.flagged_with = frozenset()
        self.suspicions = {}
        self.merged_into = self.merged_on = None
        self.joined = {}
        self.custody = {}
        self.checks = []
        self.evaluation = None
        self.evaluations = 0
        self.recheck_open = False
        self.communicated_on = None
        self.evaluators = frozenset()
        self.waived = {}
        self.exclusions = {}
        self.reconsideration_asked_on = None
        self.reconsideration = None
        self.e04 = None

    @property
    def told_on(self) -> date | None:
        """From when the citizen's term to ask for reconsideration runs: anew when the case was opened again."""
        if self.communicated_on is None or self.taken_up_on is None:
            return self.communicated_on
        return max(self.communicated_on, self.taken_up_on)

    @property
    def has_ground(self) -> bool:
        """True if the data may be processed: by the entity's public function or a standing authorisation (X-12)."""
        return "public_function" in self.grounds or bool(self.authorised)
