"""Read models of profiling: cases by state, their acts and documents. No personal value is kept here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.profiling.domain import (
    alternatives,
    instruments,
    interview,
    knowledge,
    offer,
    referral,
    reopening,
    validation,
)
from services.profiling.domain.state import Event, result_id
from shared.casework.attaching import Attached
from shared.casework.attachments import attachments_table, project_attachment
from shared.casework.papers import project_papers
from shared.editing.shelf import with_shelf
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel
from shared.eventstore.views import Views

metadata = sa.MetaData()

cases = sa.Table(
    "profiling_cases",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.String(40), nullable=False, default=""),
    sa.Column("since", sa.Date),
    sa.Column("call_id", sa.Uuid),
    sa.Column("eligible", sa.Boolean, nullable=False, default=False),
    sa.Column("consented", sa.Boolean, nullable=False, default=False),
    sa.Column("manual_decision", sa.Boolean, nullable=False, default=False),
    sa.Index("profiling_cases_by_state", "state", "since"),
)

acts = sa.Table(
    "profiling_acts",
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
    "profiling_documents",
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

attachments = attachments_table(metadata, "profiling_attachments")

referrals = sa.Table(
    "profiling_referrals",
    metadata,
    sa.Column("referral_id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("target_code", sa.String(40), nullable=False),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("reply_due", sa.Date, nullable=False),
    sa.Column("reply", sa.String(20)),
    sa.Column("overdue", sa.Boolean, nullable=False, default=False),
)

STATE_AFTER: dict[type[Any], str] = {
    interview.ProfilingStarted: "profiling",
    interview.ProfileClassified: "profiled",
    validation.ProfileApproved: "profile_approved",
    validation.ProfileNotApproved: "profile_not_approved",
    validation.ProfileReturned: "profiling",
    alternatives.AlternativesInformed: "alternatives_pending",
    alternatives.CaseDeclinedClosed: "closed_declined",
    referral.ReferralIssued: "referred",
    referral.ReferralRejected: "alternatives_pending",
    referral.CaseReferredClosed: "closed_referred",
    offer.ServiceOffered: "offered",
    offer.OfferAccepted: "accepted",
    offer.OfferDeclined: "alternatives_pending",
    knowledge.CaseWithdrawn: "withdrawn",
    knowledge.BeneficiaryExcluded: "excluded",
    knowledge.DeathRecorded: "deceased",
}

QUIET = (
    knowledge.CaseAnnounced,
    knowledge.CandidateNoted,
    knowledge.EligibilityNoted,
    knowledge.ConsentNoted,
    knowledge.IdentificationNoted,
    knowledge.DuplicateNoted,
    knowledge.EntryNoted,
    knowledge.ClosureNoted,
    reopening.ReopeningNoted,
    knowledge.ExclusionNoted,
    referral.SharingNoted,
)
"""News of other services that are no act of this one."""


def project(model: ReadModel, event: Any, meta: Meta, _application: Any) -> None:
    """Change the read models by one of this service's events."""
    if not isinstance(event, Event):
        return
    case_id = event.originator_id
    if isinstance(event, knowledge.CaseAnnounced):
        model.insert(cases, {"case_id": case_id, "call_id": event.call_id})
    if isinstance(event, Attached):
        project_attachment(model, attachments, event)
    project_papers(model, documents, event)
    change = _change(event)
    if "state" in change:
        change["since"] = meta.happened_on
    if change:
        model.update(cases, case_id, change)
    if not isinstance(event, QUIET):
        model.insert(
            acts,
            {
                "case_id": case_id,
                "version": event.originator_version,
                "type": type(event).__name__,
                "activity": meta.activity,
                "happened_on": meta.happened_on,
                "actor": meta.actor,
                "role": meta.role,
            },
        )
    _project_referral(model, event, meta)
    if isinstance(event, instruments.InstrumentApplied | instruments.InstrumentRescored):
        model.insert(
            documents,
            {
                "document_id": result_id(case_id, event.originator_version),
                "case_id": case_id,
                "code": "FRM-11",
                "issued_on": meta.happened_on,
                "version": event.originator_version,
            },
        )
    if isinstance(event, interview.InterviewRecorded):
        model.insert(
            documents,
            {
                "document_id": event.form_instance_id,
                "case_id": case_id,
                "code": "FO-423",
                "issued_on": meta.happened_on,
                "version": event.originator_version,
            },
        )


def _project_referral(model: ReadModel, event: Any, meta: Meta) -> None:
    table = referrals
    match event:
        case referral.ReferralIssued():
            row = {name: getattr(event, name) for name in ("kind", "target_code", "issued_on", "reply_due")}
            made = {"referral_id": event.referral_id, "case_id": event.originator_id, "overdue": False}
            model.insert(table, {**made, **row})
            paper = {"document_id": event.referral_id, "code": event.document, "number": event.document_no}
            paper |= {"issued_on": meta.happened_on, "version": event.originator_version}
            model.insert(documents, {"case_id": event.originator_id, **paper})
        case referral.ReferralOverdue():
            _reply(model, event.referral_id, overdue=True)
        case referral.ReferralAcknowledged():
            _reply(model, event.referral_id, reply="acknowledged")
        case referral.ReferralRejected():
            _reply(model, event.referral_id, reply="rejected")
        case referral.CaseReferredClosed() if event.unanswered:
            _reply(model, event.referral_id, reply="unanswered")


def _reply(model: ReadModel, referral_id: UUID, **change: Any) -> None:
    model.update(referrals, referral_id, change)


def _change(event: Any) -> dict[str, Any]:
    """What a fact changes in the row of its case."""
    match event:
        case knowledge.CandidateNoted():
            return {"call_id": event.call_id}
        case knowledge.EligibilityNoted():
            return {"eligible": event.met}
        case knowledge.ConsentNoted():
            return {"consented": event.given_on is not None}
        case knowledge.ClosureNoted() | reopening.CaseReopened() | reopening.ReopeningNoted():
            return {"state": event.state}
        case interview.ProfileClassified():
            return {"state": "profiled", "manual_decision": event.manual_decision}
    state = STATE_AFTER.get(type(event))
    return {"state": state} if state else {}


VIEWS = with_shelf(Views(metadata, project))
