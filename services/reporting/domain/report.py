"""The monthly report (*informe de resultados*): drafted, submitted, consolidated, approved (PR-156 act. 21; REP-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.reporting.domain.refusals import NextActionMissing, NotServed, ReportStateNotAllowed
from shared.catalogue.refusals import DateBeforePrecondition, SeparationOfDuties
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

NAMESPACE = UUID("b8f8a3f4-5a16-5f1e-8f3c-1b8f7b4b3c21")
STATES = {
    "draft": "en elaboración",
    "submitted": "enviado",
    "consolidated": "consolidado",
    "returned": "devuelto",
    "approved": "aprobado",
}
ALLOWED = {
    "draft": "registrar siguientes acciones y enviarlo",
    "submitted": "consolidarlo o devolverlo",
    "consolidated": "aprobarlo o devolverlo",
    "returned": "corregirlo y enviarlo de nuevo",
    "approved": "consultarlo; un informe aprobado no cambia",
}


class ReportEvent(Aggregate.Event):
    """A fact about one report."""


class ReportDrafted(ReportEvent, Aggregate.Created):
    """``positions``: last entry of each service's log that the report knows, ``previous`` those of the month before.

    ``folds`` are the counts of the owners of the facts, month by month as they were asked (`folds.kept`).
    ``figures_hash`` is of the figures, the late data and the served cases as they were counted then (REP-1).
    """

    TOPIC = "reporting.ReportDrafted"
    class_version = 2
    report_id: UUID
    type: str
    period: str
    cut_off: datetime
    template_version: str
    figures_version: str
    positions: dict[str, int]
    previous: dict[str, int]
    served: list[UUID]
    figures_hash: str
    drafted_on: date
    drafted_by: UUID
    folds: list[dict[str, Any]]

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["folds"] = []

    def apply(self, aggregate: MonthlyReport) -> None:
        aggregate.type = self.type
        aggregate.period = self.period
        aggregate.cut_off = self.cut_off
        aggregate.template_version = self.template_version
        aggregate.figures_version = self.figures_version
        aggregate.positions = self.positions
        aggregate.previous = self.previous
        aggregate.served = frozenset(self.served)
        aggregate.figures_hash = self.figures_hash
        aggregate.folds = self.folds
        aggregate.authors = frozenset({self.drafted_by})
        aggregate.last_on = self.drafted_on


class NextActionSet(ReportEvent):
    """What follows for one served beneficiary; a later one replaces it and stays beside it in the log."""

    TOPIC = "reporting.NextActionSet"
    report_id: UUID
    case_id: UUID
    progress: Personal
    findings: Personal | None
    next_action: Personal
    responsible: UUID
    due: date
    set_on: date
    set_by: UUID

    def apply(self, aggregate: MonthlyReport) -> None:
        aggregate.with_action = aggregate.with_action | {self.case_id}
        aggregate.authors = aggregate.authors | {self.set_by}
        aggregate.last_on = max(aggregate.last_on, self.set_on)


class ReportSubmitted(ReportEvent):
    TOPIC = "reporting.ReportSubmitted"
    report_id: UUID
    form_version: str
    execution: dict[str, Any]
    submitted_on: date
    submitted_by: UUID

    def apply(self, aggregate: MonthlyReport) -> None:
        aggregate.state = "submitted"
        aggregate.authors = aggregate.authors | {self.submitted_by}
        aggregate.last_on = self.submitted_on


class ReportConsolidated(ReportEvent):
    TOPIC = "reporting.ReportConsolidated"
    report_id: UUID
    remarks: Personal | None
    consolidated_on: date
    consolidated_by: UUID

    def apply(self, aggregate: MonthlyReport) -> None:
        aggregate.state = "consolidated"
        aggregate.last_on = self.consolidated_on


class ReportReturned(ReportEvent):
    TOPIC = "reporting.ReportReturned"
    report_id: UUID
    reason: Personal
    returned_on: date
    returned_by: UUID

    def apply(self, aggregate: MonthlyReport) -> None:
        aggregate.state = "returned"
        aggregate.last_on = self.returned_on


class ReportApproved(ReportEvent):
    """The report is official. ``cut_off`` is the day of it; ``content_hash`` covers every stored entry before this."""

    TOPIC = "reporting.ReportApproved"
    report_id: UUID
    type: str
    period: str
    cut_off: date
    content_hash: str
    approved_on: date
    approved_by: UUID

    def apply(self, aggregate: MonthlyReport) -> None:
        aggregate.state = "approved"
        aggregate.last_on = self.approved_on


class MonthlyReport(Aggregate):
    """One report of one month."""

    TOPIC = "reporting.MonthlyReport"
    Event = ReportEvent
    Created = ReportDrafted
    ReportDrafted = ReportDrafted
    NextActionSet = NextActionSet
    ReportSubmitted = ReportSubmitted
    ReportConsolidated = ReportConsolidated
    ReportReturned = ReportReturned
    ReportApproved = ReportApproved

    state = "draft"
    type = ""
    period = ""
    cut_off = datetime.min
    template_version = ""
    figures_version = ""
    positions = dict[str, int]()
    previous = dict[str, int]()
    served = frozenset[UUID]()
    with_action = frozenset[UUID]()
    figures_hash = ""
    folds = list[dict[str, Any]]()
    authors = frozenset[UUID]()
    last_on = date.min

    @staticmethod
    def id_of(kind: str, period: str) -> UUID:
        """One report of a type and month: drafting it twice is the same report."""
        return uuid5(NAMESPACE, f"{kind}/{period}")

    @classmethod
    def draft(cls, act: Act, *, kind: str, period: str, served: Sequence[UUID], **facts: Any) -> MonthlyReport:
        """Begin the report of a month at its cut-off."""
        report_id = cls.id_of(kind, period)
        return cls._create(
            event_class=ReportDrafted,
            id=report_id,
            report_id=report_id,
            type=kind,
            period=period,
            served=list(served),
            drafted_on=act.on,
            drafted_by=act.person,
            **facts,
        )

    def set_next_action(self, act: Act, *, case_id: UUID, due: date, **facts: Any) -> None:
        """Say how a served beneficiary goes on. Raises `NotServed` for a case of no one served in the month."""
        self._check(act, "draft", "returned")
        if case_id not in self.served:
            raise NotServed(field="actions", case=str(case_id))
        if due < act.on:
            raise DateBeforePrecondition(field="due", date=due.isoformat(), previous=act.on.isoformat())
        self.trigger_event(
            NextActionSet, report_id=self.id, case_id=case_id, due=due, set_on=act.on, set_by=act.person, **facts
        )

    def submit(self, act: Act, *, form_version: str, execution: dict[str, Any]) -> None:
        """Hand it to the coordinator. Raises `NextActionMissing` (A21-1)."""
        self._check(act, "draft", "returned")
        missing = sorted(map(str, self.served - self.with_action))
        if missing:
            raise NextActionMissing(field="actions", count=len(missing), cases=", ".join(missing[:5]))
        self.trigger_event(
            ReportSubmitted,
            report_id=self.id,
            form_version=form_version,
            execution=execution,
            submitted_on=act.on,
            submitted_by=act.person,
        )

    def consolidate(self, act: Act, remarks: Personal | None) -> None:
        """The coordinator makes it one with the management report."""
        self._check(act, "submitted")
        self.trigger_event(
            ReportConsolidated,
            report_id=self.id,
            remarks=remarks,
            consolidated_on=act.on,
            consolidated_by=act.person,
        )

    def send_back(self, act: Act, reason: Personal) -> None:
        """Give it back to its author."""
        self._check(act, "submitted", "consolidated")
        self.trigger_event(ReportReturned, report_id=self.id, reason=reason, returned_on=act.on, returned_by=act.person)

    def approve(self, act: Act, *, content_hash: str, cut_off_day: date) -> None:
        """Make it official. Raises `SeparationOfDuties` for an author (SOD-6) and for operator staff (SOD-5)."""
        if act.person in self.authors:
            raise SeparationOfDuties(rule="SOD-6", explanation="quien elaboró el informe no lo aprueba.")
        if "operator_staff" in act.roles or act.contracts:
            raise SeparationOfDuties(rule="SOD-5", explanation="el personal de un operador no aprueba el informe.")
        self._check(act, "consolidated")
        self.trigger_event(
            ReportApproved,
            report_id=self.id,
            type=self.type,
            period=self.period,
            cut_off=cut_off_day,
            content_hash=content_hash,
            approved_on=act.on,
            approved_by=act.person,
        )

    def _check(self, act: Act, *states: str) -> None:
        if self.state not in states:
            raise ReportStateNotAllowed(state=STATES[self.state], allowed=ALLOWED[self.state])
        act.check_not_before(self.last_on)
