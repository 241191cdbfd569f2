"""Read models of assistance: cases with what is due, their acts and documents, talks and contracts.

No personal value is kept here: pages that need one read the case itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from services.assistance import (
    agenda_views,
    contract_views,
    executor_views,
    follow_up_views,
    improvement_views,
    programme_views,
)
from services.assistance.domain import (
    commitment,
    completion,
    handover,
    incentive,
    knowledge,
    phases,
    plan,
    production,
    reopening,
    result,
    training,
    transfer,
    valuation,
)
from services.assistance.domain.contract_oversight import ContractEvent
from services.assistance.domain.improvement import ImprovementAction
from services.assistance.domain.state import Event
from services.assistance.domain.talk import TalkHeld, TalkPrepared, TalkScheduled
from services.assistance.domain.work_programme import WorkProgramme
from shared.casework.attaching import Attached
from shared.casework.attachments import attachments_table, project_attachment
from shared.casework.papers import project_papers
from shared.editing.shelf import with_shelf
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel
from shared.eventstore.views import Views

metadata = contract_views.metadata

cases = sa.Table(
    "assistance_cases",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.String(40), nullable=False, default=""),
    sa.Column("since", sa.Date),
    sa.Column("call_id", sa.Uuid),
    sa.Column("route", sa.String(40), nullable=False, default=""),
    sa.Column("training", sa.String(20), nullable=False, default="not_started"),
    sa.Column("hours_total", sa.String(12), nullable=False, default="0"),
    sa.Column("contract_id", sa.Uuid),
    sa.Column("caseworker", sa.Uuid),
    sa.Column("reply_due", sa.Date),
    sa.Column("visit_planned_on", sa.Date),
    sa.Index("assistance_cases_by_state", "state", "since"),
)

acts = sa.Table(
    "assistance_acts",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("type", sa.String(60), nullable=False),
    sa.Column("activity", sa.Integer, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("actor", sa.Uuid),
    sa.Column("role", sa.String(40), nullable=False),
)

documents = sa.Table(
    "assistance_documents",
    metadata,
    sa.Column("document_id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("code", sa.String(20), nullable=False),
    sa.Column("number", sa.String(40)),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("corrects", sa.Uuid),
)

FORMS = sa.select(
    documents.c.document_id.label("id"),
    documents.c.case_id,
    documents.c.code,
    documents.c.number,
    documents.c.issued_on.label("dated"),
    documents.c.version.label("case_version"),
    documents.c.corrects,
)

attachments = attachments_table(metadata, "assistance_attachments")

talks = sa.Table(
    "assistance_talks",
    metadata,
    sa.Column("talk_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("call_id", sa.Uuid, nullable=False, index=True),
    sa.Column("planned_on", sa.Date),
    sa.Column("held_on", sa.Date),
    sa.Column("place", sa.String(200), nullable=False, default=""),
)

STATE_AFTER: dict[type[Any], str] = {
    knowledge.AssistanceOpened: "accepted",
    commitment.CommitmentSigned: "committed",
    valuation.UnitVisitScheduled: "in_valuation",
    valuation.UnitVisited: "in_valuation",
    valuation.ValidationReportIssued: "report_issued",
    result.ValidationReportReturned: "in_valuation",
    result.UnitValidated: "preselected",
    result.UnitNotValidated: "strengthening",
    result.StrengtheningClosed: "waiting_next_call",
    handover.HandedOver: "handover_pending",
    handover.HandoverAccepted: "in_assistance",
    handover.HandoverRejected: "preselected",
    completion.ProcessCompleted: "completed",
    completion.ExPostStarted: "ex_post",
    completion.CaseClosed: "closed_completed",
    knowledge.CaseWithdrawn: "withdrawn",
    knowledge.BeneficiaryExcluded: "excluded",
    knowledge.DeathRecorded: "deceased",
}


def version_id(plan_id: UUID, version: int) -> UUID:
    """The id of one version of a plan as a document."""
    return uuid5(plan_id, str(version))


Change = Callable[[Any], dict[str, Any]]

CHANGES: dict[type[Any], Change] = {
    knowledge.AssistanceOpened: lambda e: {"call_id": e.call_id, "route": e.route},
    knowledge.CaseworkerNoted: lambda e: {"caseworker": e.caseworker},
    knowledge.ClosureNoted: lambda e: {"state": e.state},
    reopening.CaseReopened: lambda e: {"state": e.state},
    reopening.ReopeningNoted: lambda e: {"state": e.state},
    result.NextCallEnrolled: lambda e: {"call_id": e.call_id},
    training.TrainingMemoIssued: lambda e: {"training": "memo_sent"},
    training.TrainingEnrolled: lambda e: {"training": "enrolled"},
    training.TrainingHoursRecorded: lambda e: {"training": "in_progress", "hours_total": str(e.hours_total)},
    training.TrainingCompleted: lambda e: {"training": "completed"},
    training.TrainingExceptionAuthorised: lambda e: {"training": "excepted"},
    valuation.UnitVisitScheduled: lambda e: {"visit_planned_on": e.planned_on},
    valuation.UnitVisited: lambda e: {"visit_planned_on": None},
    handover.HandedOver: lambda e: {"contract_id": e.contract_id, "reply_due": e.reply_due},
    handover.HandoverAccepted: lambda e: {"reply_due": None},
    handover.HandoverRejected: lambda e: {"contract_id": None, "reply_due": None},
    transfer.ExecutorTransferProposed: lambda e: {"reply_due": e.reply_due},
    transfer.ExecutorTransferred: lambda e: {"contract_id": e.new_contract_id, "reply_due": None},
    transfer.ExecutorTransferDeclined: lambda e: {"reply_due": None},
}
"""What each fact changes in the row of its case, besides the state."""

DOCUMENTS: dict[type[Any], Change] = {
    commitment.TalkAttended: lambda e: {"document_id": uuid5(e.talk_id, str(e.originator_id)), "code": "FO-078"},
    commitment.CommitmentSigned: lambda e: {"document_id": e.commitment_id, "code": "FRM-12"},
    training.TrainingMemoIssued: lambda e: {"document_id": e.training_id, "code": "FO-069", "number": e.memo_no},
    valuation.CapacityEvaluated: lambda e: {"document_id": e.form_instance_ids[0], "code": "FO-781"},
    valuation.ProductEvaluated: lambda e: {"document_id": e.form_instance_ids[0], "code": "FO-779"},
    valuation.ProductSheetFiled: lambda e: {"document_id": e.form_instance_ids[0], "code": "FO-780"},
    valuation.ValidationReportIssued: lambda e: {"document_id": e.report_id, "code": "FRM-13"},
    plan.PlanDrafted: lambda e: {"document_id": version_id(e.plan_id, e.version), "code": "FRM-16"},
    plan.PlanRevised: lambda e: {"document_id": version_id(e.plan_id, e.version), "code": "FRM-16"},
    production.ProductionOrderCreated: lambda e: {"document_id": e.order_id, "code": "FRM-21", "number": e.order_no},
    phases.FollowUpVisited: lambda e: {"document_id": e.visit_id, "code": "FO-419"},
    handover.HandedOver: lambda e: {"document_id": e.minutes_id, "code": "FO-051", "number": e.minutes_no},
}

QUIET = (
    knowledge.CaseAnnounced,
    knowledge.CandidateNoted,
    knowledge.CaseworkerNoted,
    knowledge.EntryNoted,
    incentive.GoodsMoved,
    incentive.GoodsCorrected,
)
"""News of other services that are no act of this one."""


def project(model: ReadModel, event: Any, meta: Meta, _application: Any) -> None:
    """Change the read models by one of this service's events."""
    if isinstance(event, Event):
        _project_case(model, event, meta)
    elif isinstance(event, TalkScheduled):
        row = {"planned_on": event.planned_on, "place": event.place}
        model.insert(talks, {"talk_id": event.originator_id, "version": 1, "call_id": event.call_id, **row})
    elif isinstance(event, TalkPrepared):
        model.insert(talks, {"talk_id": event.originator_id, "version": 1, "call_id": event.call_id})
    elif isinstance(event, TalkHeld):
        held = {"held_on": event.held_on, "version": event.originator_version}
        model.update(talks, event.originator_id, held)
    elif isinstance(event, ContractEvent):
        contract_views.project(model, event)
    elif isinstance(event, ImprovementAction.Event):
        improvement_views.project(model, event)
    elif isinstance(event, WorkProgramme.Event):
        programme_views.project(model, event)


def _project_case(model: ReadModel, event: Any, meta: Meta) -> None:
    kind, case_id = type(event), event.originator_id
    if kind is knowledge.CaseAnnounced:
        model.insert(cases, {"case_id": case_id})
    change = CHANGES[kind](event) if kind in CHANGES else {}
    if kind in STATE_AFTER:
        change["state"] = STATE_AFTER[kind]
    if "state" in change:
        change["since"] = meta.happened_on
    if change:
        model.update(cases, case_id, change)
    if isinstance(event, Attached):
        project_attachment(model, attachments, event)
    for view in (follow_up_views, executor_views, agenda_views):
        view.project(model, event)
    project_papers(model, documents, event)
    if not isinstance(event, QUIET):
        model.insert(
            acts,
            {
                "case_id": case_id,
                "version": event.originator_version,
                "type": kind.__name__,
                "activity": meta.activity,
                "happened_on": meta.happened_on,
                "actor": meta.actor,
                "role": meta.role,
            },
        )
    if kind in DOCUMENTS:
        row = DOCUMENTS[kind](event)
        if row["document_id"] is None:
            # Handed over before its minutes had a number.
            return
        row |= {"case_id": case_id, "issued_on": meta.happened_on, "version": event.originator_version}
        model.insert(documents, row)


VIEWS = with_shelf(Views(metadata, project))
