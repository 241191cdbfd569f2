"""The forms of assistance on paper: which event holds which form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.assistance import views
from services.assistance.application import AssistanceApplication
from services.assistance.case_facts import SOCIO_ECONOMIC
from services.assistance.domain import (
    AssistanceCase,
    commitment,
    filing,
    handover,
    phases,
    plan,
    production,
    training,
    valuation,
)
from services.assistance.domain.talk import TalkHeld
from services.assistance.written import WRITTEN, Filing, minutes
from shared.catalogue.refusals import NotFound
from shared.documents.spanish import day
from shared.runtime.papers import FiledForm, event_at, events_after, printed
from shared.runtime.tokens import Who

Filled = Callable[[Any], dict[str, Any]]

FILLED: dict[type[Any], Filled] = {
    commitment.CommitmentSigned: lambda e: e.form,
    training.TrainingMemoIssued: lambda e: {**e.memo, "course": e.course, "planned_hours": e.planned_hours},
    valuation.CapacityEvaluated: lambda e: e.form,
    valuation.ProductEvaluated: lambda e: e.form,
    valuation.ProductSheetFiled: lambda e: e.form,
    valuation.ValidationReportIssued: lambda e: {
        "proposed": e.proposed,
        "reasons": e.reasons,
        "recommendations": e.recommendations,
        "components_to_strengthen": e.components,
    },
    plan.PlanDrafted: lambda e: {"kind": e.kind, **e.content},
    plan.PlanRevised: lambda e: {"kind": e.kind, **e.content},
    production.ProductionOrderCreated: lambda e: e.form,
    phases.FollowUpVisited: lambda e: e.form,
    handover.HandedOver: minutes,
    filing.FormFiled: lambda e: e.form,
    filing.RecordCorrected: lambda e: e.form,
}
"""What each event has of the form that it filed."""


def _filed_version(event: Any) -> str:
    return str(event.version) if isinstance(event, filing.FormFiled | filing.RecordCorrected) else ""


def _written(application: AssistanceApplication, row: Any, event: Any) -> dict[str, Any]:
    """What the system wrote on the form; a correction keeps that of the form which it corrects."""
    history = events_after(application, row.case_id, 0)
    if isinstance(event, filing.RecordCorrected):
        table = views.documents
        with application.database.read() as connection:
            original = connection.execute(sa.select(table).where(table.c.document_id == row.corrects)).first()
        assert original is not None
        event = history[original.version - 1]
    write = WRITTEN.get(type(event))
    if write is None:
        return {}
    at = event.originator_version
    return write(Filing(event, row.case_id, history[: at - 1], history[at:]))


def _attendance(application: AssistanceApplication, event: commitment.TalkAttended) -> TalkHeld:
    """The sheet of the talk that the person came to."""
    for stored in application.recorder.select_events(event.talk_id):
        held = application.mapper.to_domain_event(stored)
        if isinstance(held, TalkHeld):
            return held
    raise NotFound(what="la charla", field="id")


def _of_one(sheet: TalkHeld, event: commitment.TalkAttended) -> dict[str, Any]:
    """FO-078 with the row of this person alone: who else came is no part of the case."""
    return {**sheet.form, "held_on": event.held_on, "attendees": [event.attendance]}


def document(
    application: AssistanceApplication, document_id: UUID, who: Who, case: AssistanceCase, *, names: Mapping[str, str]
) -> dict[str, Any]:
    """The PDF of a document of ``case``; ``names`` of staff by id. Raises `NotFound`, `NotAuthorised`."""
    table = views.documents
    with application.database.read() as connection:
        row = connection.execute(sa.select(table).where(table.c.document_id == document_id)).first()
    if row is None or row.case_id != case.id:
        raise NotFound(what="el documento", field="id")
    event = event_at(application, row.case_id, row.version)
    if isinstance(event, commitment.TalkAttended):
        sheet = _attendance(application, event)
        filed = FiledForm(row.code, sheet.form_version, "", row.issued_on, row.case_id, _of_one(sheet, event))
        return printed(application, filed, who, _may_read(who), names=names)
    filled = FILLED.get(type(event))
    if filled is None:
        raise NotFound(what="el documento impreso", field="id")
    version = (
        getattr(event, "form_version", "")
        or _filed_version(event)
        or application.catalogue.form(row.code, row.issued_on).version
    )
    written = _written(application, row, event)
    filed = FiledForm(row.code, version, row.number or "", row.issued_on, row.case_id, filled(event), written)
    return printed(application, filed, who, _may_read(who), names={**names, **_visits(case)})


def _visits(case: AssistanceCase) -> dict[str, str]:
    """What a visit of a valuation is called: the day on which it was made."""
    return {
        str(visit.visit_id): day(visit.visited_on)
        for valuation in case.valuations
        for visit in valuation.visits.values()
        if visit.visited_on is not None
    }


def _may_read(who: Who) -> Callable[[str], bool]:
    return lambda _kind: bool(SOCIO_ECONOMIC & who.roles)
