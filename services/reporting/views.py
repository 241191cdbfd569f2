"""Read models: every event of every service by case, and what each case has come to. No personal value is here."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shared.editing.shelf import with_shelf
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel
from shared.eventstore.views import Views

tables = sa.MetaData()

timeline = sa.Table(
    "timeline",
    tables,
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("case_id", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("activity", sa.Integer, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False, comment="microseconds of UTC since 1970"),
    sa.Column("actor", sa.Uuid),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("causation_id", sa.Text, nullable=False),
    sa.Column("correlation_id", sa.Uuid, nullable=False),
    sa.Column("procedure_version", sa.Text, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("timeline_case", "case_id", "service", "sequence"),
)

cases = sa.Table(
    "cases",
    tables,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False, comment="when the event of the state was recorded"),
    sa.Column("activity", sa.Integer, nullable=False),
    sa.Column("candidate_id", sa.Uuid),
    sa.Column("call_id", sa.Uuid),
    sa.Column("call_since", sa.BigInteger, comment="when the event that set the call was recorded"),
    sa.Column("route", sa.Text),
    sa.Column("caseworker", sa.Uuid),
    sa.Column("contract_id", sa.Text),
    sa.Column("training", sa.Text),
    sa.Column("duplicate", sa.Text),
    sa.Column("incentive", sa.Text),
    sa.Column("incentive_since", sa.BigInteger, comment="when the event that moved the incentive was recorded"),
    sa.Index("cases_state", "state", "case_id"),
    sa.Index("cases_call", "call_id", "case_id"),
)

calls = sa.Table(
    "calls",
    tables,
    sa.Column("call_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
)

hemi_entries = sa.Table(
    "hemi_entries",
    tables,
    sa.Column("entry_id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid),
    sa.Column("about", sa.Uuid, nullable=False),
    sa.Column("activity", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("source_event", sa.Text, nullable=False),
    sa.Column("corrects_receipt", sa.Text),
    sa.Column("queued_on", sa.Date, nullable=False),
    sa.Column("adapter", sa.Text),
    sa.Column("sent_on", sa.Date),
    sa.Column("receipt_id", sa.Text),
    sa.Column("receipted_on", sa.Date),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("hemi_entries_state", "state", "queued_on", "entry_id"),
    sa.Index("hemi_entries_case", "case_id"),
)

hemi_pauses = sa.Table(
    "hemi_pauses",
    tables,
    sa.Column("entry_id", sa.Uuid, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False, comment="microseconds of UTC since 1970"),
    sa.Column("error", sa.Text, nullable=False, comment="kind of failure, never the text of an answer"),
)

reports = sa.Table(
    "reports",
    tables,
    sa.Column("report_id", sa.Uuid, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("cut_off", sa.Text, nullable=False),
    sa.Column("content_hash", sa.Text),
    sa.Column("served", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("reports_period", "period", "report_id"),
)


report_files = sa.Table(
    "report_files",
    tables,
    sa.Column("file_id", sa.Text, primary_key=True),
    sa.Column("report_id", sa.Uuid, nullable=False),
)


def project(model: ReadModel, event: Any, _meta: Meta, _application: Any) -> None:
    """Apply one of reporting's own events."""
    change = _CHANGES.get(type(event).__name__)
    if change is not None:
        change(model, event)


def _queued(model: ReadModel, event: Any) -> None:
    row = {name: getattr(event, name) for name in ("entry_id", "case_id", "about", "activity", "kind", "module")}
    row |= {"source_event": event.source_event, "corrects_receipt": event.corrects_receipt}
    model.insert(hemi_entries, row | {"state": "pending", "attempt": 1, "queued_on": event.queued_on, "version": 1})


def _entry(state: str, *names: str) -> Any:
    def change(model: ReadModel, event: Any) -> None:
        values = {name: getattr(event, name) for name in names}
        model.update(hemi_entries, event.entry_id, {"state": state, "version": event.originator_version, **values})
        if state == "pending":
            table = hemi_entries
            again = table.update().where(table.c.entry_id == event.entry_id)
            model.execute(again.values(attempt=table.c.attempt + 1), table)
            model.delete(hemi_pauses, event.entry_id)

    return change


def _drafted(model: ReadModel, event: Any) -> None:
    row = {name: getattr(event, name) for name in ("report_id", "type", "period")}
    row |= {"state": "draft", "cut_off": event.cut_off.isoformat(), "served": len(event.served), "version": 1}
    model.insert(reports, row)


def _report(state: str | None, *names: str) -> Any:
    def change(model: ReadModel, event: Any) -> None:
        values = {name: getattr(event, name) for name in names} | {"version": event.originator_version}
        if state is not None:
            values["state"] = state
        model.update(reports, event.report_id, values)

    return change


_CHANGES: dict[str, Any] = {
    "HemiEntryQueued": _queued,
    "HemiEntrySent": _entry("sent", "adapter", "sent_on"),
    "HemiEntryReceipted": _entry("receipted", "receipt_id", "receipted_on"),
    "HemiEntryRejected": _entry("rejected"),
    "HemiEntryResent": _entry("pending"),
    "ReportDrafted": _drafted,
    "NextActionSet": _report(None),
    "ReportSubmitted": _report("submitted"),
    "ReportConsolidated": _report("consolidated"),
    "ReportReturned": _report("returned"),
    "ReportApproved": _report("approved", "content_hash"),
}

VIEWS = with_shelf(Views(tables, project, kept=frozenset({"hemi_pauses", "report_files"})))
