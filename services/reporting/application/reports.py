"""Use cases of the monthly report (PR-156 act. 21; requirements 6.4)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.reporting.application.base import ReportingBase
from services.reporting.application.counting import (
    Asks,
    Counted,
    Counting,
    Owners,
    Positions,
    month_before,
    positions_at,
    span_of,
)
from services.reporting.application.folds import Numbers, ask_owners, kept, restored
from services.reporting.application.hemi import MAPPING
from services.reporting.domain.hemi import HemiEntry
from services.reporting.domain.refusals import CutOffNotReached, PeriodNotEnded, ReportExists
from services.reporting.domain.report import MonthlyReport
from services.reporting.views import cases
from shared.catalogue.refusals import NotFound, Refusal
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign
from shared.runtime.clock import BOGOTA

MONTHLY = "monthly"
TEMPLATE = "FRM-18-monthly"
FORM = "FRM-18"
IN_A_ROW = {"due": "due", "actions": "case"}
"""What may be wrong with one beneficiary's next action, and the field of the row at which that is said."""


class ReportUseCases(ReportingBase):
    """Drafting, next actions, and the two steps to the official report."""

    def now(self) -> datetime:
        """The moment at which a report is drafted; the cut-off must lie before it."""
        return datetime.now(UTC)

    def draft_report(self, uow: UnitOfWork, act: Act, *, period: str) -> dict[str, Any]:
        """Count the month at its cut-off and begin its report. Raises `PeriodNotEnded`, `CutOffNotReached`."""
        span = span_of(period)
        if act.today <= span.last:
            starts = span.last.fromordinal(span.last.toordinal() + 1)
            raise PeriodNotEnded(field="period", period=period, starts=starts.isoformat())
        cut_off = self.cut_off(span.last)
        if self.now() < cut_off:
            raise CutOffNotReached(field="period", cut_off=cut_off.astimezone(BOGOTA).isoformat(timespec="minutes"))
        if uow.find(MonthlyReport, MonthlyReport.id_of(MONTHLY, period)) is not None:
            raise ReportExists(field="period", period=period)
        counting = self.counting(period)
        positions = uow.query(lambda connection: positions_at(connection, cut_off))
        earlier = self._previous(uow, period)
        folds: list[dict[str, Any]] = []

        def owners(asks: Asks) -> list[Numbers]:
            found = ask_owners(self.owners, counting.figures, asks)
            cases = list({case for numbers in found for count in numbers.values() for case in count.cases})
            folds.extend(kept(asks, found, uow.query(lambda connection: subjects_of(connection, cases))))
            return found

        counted = uow.query(lambda connection: counting.run(connection, period, positions, earlier, owners))
        report = MonthlyReport.draft(
            act,
            kind=MONTHLY,
            period=period,
            cut_off=cut_off,
            template_version=counting.template.version,
            figures_version=counting.figures.version,
            positions=positions,
            previous=earlier,
            served=list(counted.served),
            figures_hash=figures_hash(counted),
            folds=folds,
        )
        uow.add(report)
        return {"id": str(report.id), "served": len(counted.served), "figures_hash": report.figures_hash}

    def set_next_action(
        self, uow: UnitOfWork, act: Act, report_id: UUID, *, actions: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Say for one or more served beneficiaries what was reached and what comes next."""
        report = self._report(uow, report_id)
        subjects = uow.query(lambda connection: subjects_of(connection, [row["case"] for row in actions]))
        for position, row in enumerate(actions):
            facts = {name: row.get(name) for name in ("progress", "findings", "next_action", "responsible", "due")}
            said = assign(facts, subjects.get(row["case"], row["case"]))
            try:
                report.set_next_action(act, case_id=row["case"], **said)
            except Refusal as refusal:
                # Said at the row that it is about.
                if refusal.field in IN_A_ROW:
                    refusal.field = f"actions[{position}].{IN_A_ROW[refusal.field]}"
                raise
        return {"id": str(report_id), "pending": len(report.served - report.with_action)}

    def submit_report(self, uow: UnitOfWork, act: Act, report_id: UUID, *, form: dict[str, Any]) -> dict[str, Any]:
        version = self.catalogue.form(FORM, act.on).version
        self._report(uow, report_id).submit(act, form_version=version, execution=assign(form, report_id))
        return {"id": str(report_id)}

    def consolidate_report(
        self, uow: UnitOfWork, act: Act, report_id: UUID, *, remarks: Personal | None
    ) -> dict[str, Any]:
        self._report(uow, report_id).consolidate(act, assign(remarks, report_id))
        return {"id": str(report_id)}

    def return_report(self, uow: UnitOfWork, act: Act, report_id: UUID, *, reason: Personal) -> dict[str, Any]:
        self._report(uow, report_id).send_back(act, assign(reason, report_id))
        return {"id": str(report_id)}

    def approve_report(self, uow: UnitOfWork, act: Act, report_id: UUID) -> dict[str, Any]:
        """Make it official, and ask for a HEMI entry for each served beneficiary (act. 21)."""
        report = self._report(uow, report_id)
        content = self.content_hash(report)
        report.approve(act, content_hash=content, cut_off_day=report.cut_off.astimezone(BOGOTA).date())
        mapping = self.catalogue.hemi_mapping(MAPPING, act.on)
        rule = mapping.rule("reporting", "ReportApproved")
        if rule is not None:
            for case_id in sorted(report.served, key=str):
                entry = HemiEntry.queue(
                    case_id,
                    rule.activity,
                    f"reporting/{report_id}",
                    case_id=case_id,
                    kind=rule.kind,
                    module=rule.module,
                    payload={"report_id": str(report_id), "period": report.period},
                    mapping_version=mapping.version,
                    queued_on=act.on,
                )
                uow.add(entry)
        return {"id": str(report_id), "content_hash": content}

    def counting(self, period: str, template: str | None = None, figures: str | None = None) -> Counting:
        """What counts a month: the definitions in force on its last day, or the versions that a report stores."""
        last = span_of(period).last
        chosen = self.catalogue.report_template(TEMPLATE, last, version=template)
        return Counting(self, chosen, self.catalogue.figures(chosen.figures, last, version=figures))

    def content_hash(self, report: MonthlyReport) -> str:
        """Hash of the figures and of every stored entry of the report, sealed as it is: erasure leaves it (REP-1)."""
        entries = [entry for entry in self.log.of_aggregate(report.id) if not entry.topic.endswith(".ReportApproved")]
        return digest({"figures": report.figures_hash, "entries": [entry.hash for entry in entries]})

    def recount(self, report: MonthlyReport) -> Counted:
        """The report's month counted again at its own cut-off: the same as the first time, whatever came since."""
        counting = self.counting(report.period, report.template_version, report.figures_version)
        with self.database.read() as connection:
            return counting.run(connection, report.period, report.positions, report.previous, _kept_by(report))

    def _previous(self, uow: UnitOfWork, period: str) -> Positions:
        """What the report of the month before knew; without one, what was recorded up to its cut-off."""
        before = month_before(period)
        report = uow.find(MonthlyReport, MonthlyReport.id_of(MONTHLY, before))
        if report is not None:
            return report.positions
        cut_off = self.cut_off(span_of(before).last)
        return uow.query(lambda connection: positions_at(connection, cut_off))

    def _report(self, uow: UnitOfWork, report_id: UUID) -> MonthlyReport:
        report = uow.find(MonthlyReport, report_id)
        if report is None:
            raise NotFound(what="el informe", field="id")
        return report


def _kept_by(report: MonthlyReport) -> Owners:
    """What the owners answered then; a report of before they were asked has none."""

    def owners(asks: Asks) -> list[Numbers]:
        return restored(report.folds) if report.folds else [{} for _ in asks]

    return owners


def subjects_of(connection: Connection, case_ids: list[UUID]) -> dict[UUID, UUID]:
    """The person of each case, under whose keys free text about the case lies."""
    query = sa.select(cases.c.case_id, cases.c.candidate_id).where(cases.c.case_id.in_(case_ids))
    return {row.case_id: row.candidate_id for row in connection.execute(query) if row.candidate_id is not None}


def figures_hash(counted: Counted) -> str:
    """Hash of the numbers with the cases and events behind them, the late data and who was served.

    Of what the owners count only the values: which cases they are is sealed, and stands in the hash of the entries.
    """
    return digest(
        {
            "numbers": _plain(counted.numbers),
            "late": {month: _plain(numbers) for month, numbers in counted.late.items()},
            "served": {str(case): list(stands) for case, stands in counted.served.items()},
        }
    )


def digest(content: Any) -> str:
    """SHA-256 of the canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _plain(numbers: Any) -> list[Any]:
    return [
        [figure, line, list(by), str(count.value.normalize())]
        + ([] if count.folded else [sorted(map(str, count.cases)), sorted(count.events)])
        for (figure, line, by), count in sorted(numbers.items())
    ]
