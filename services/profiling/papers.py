"""The forms of profiling on paper: which event holds which form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.profiling import views
from services.profiling.application import ProfilingApplication
from services.profiling.domain import ProfilingCase, filing, instruments, interview, referral
from services.profiling.results_form import filled
from shared.catalogue.refusals import NotFound
from shared.documents.profile_graph import profile_graph
from shared.runtime.papers import FiledForm, event_at, events_after, printed
from shared.runtime.tokens import Who

OWN_OFFICE = "sesec"
"""The office that carries the programme and writes its memos (PR-156)."""
INTERVIEW = "FO-423"
VALIDATORS = frozenset({"caseworker", "psychosocial"})
"""Who may validate, and so reads what was found while the case waits for it (PRO-10)."""
READERS = frozenset({"caseworker", "psychosocial", "coordinator", "subdirector", "receiving_office"})
"""Who may read the letters of a case; what the profiling found is for the psychosocial team and its author (PRO-10)."""


def document(
    application: ProfilingApplication, document_id: UUID, who: Who, *, names: Mapping[str, str]
) -> dict[str, Any]:
    """The PDF of a document; ``names`` of staff by id. Raises `NotFound`, `NotAuthorised`."""
    table = views.documents
    with application.database.read() as connection:
        row = connection.execute(sa.select(table).where(table.c.document_id == document_id)).first()
    case = application.loader.get(ProfilingCase, row.case_id) if row is not None and not who.contracts else None
    if row is None or case is None:
        raise NotFound(what="el documento", field="id")
    event = event_at(application, row.case_id, row.version)
    version, values, author = _filed(application, row, event)

    def may_read(kind: str) -> bool:
        if kind == "p":
            validator = case.state == "profiled" and bool(VALIDATORS & who.roles)
            return "psychosocial" in who.roles or who.person == author or validator
        return bool(READERS & who.roles)

    written = _written(application, row, event)
    filed = FiledForm(row.code, version, row.number or "", row.issued_on, row.case_id, values, written)
    return printed(application, filed, who, may_read, names=names, graphs={"scales": profile_graph})


def _filed(application: ProfilingApplication, row: Any, event: Any) -> tuple[str, dict[str, Any], UUID | None]:
    """Version and values of the form that ``event`` filed, and whose own entry it is (PRO-10)."""
    match event:
        case interview.InterviewRecorded():
            return event.form_version, event.form, event.interviewed_by
        case filing.RecordCorrected():
            return event.version, event.form, event.corrected_by
        case filing.FormFiled():
            return event.version, event.form, None
        case referral.ReferralIssued():
            return event.form_version, event.form, None
        case instruments.InstrumentApplied() | instruments.InstrumentRescored():
            stored = application.recorder.select_events(row.case_id, gt=row.version)
            later = [application.mapper.to_domain_event(each) for each in stored]
            instrument = application.catalogue.instrument(event.instrument, version=event.instrument_version)
            author = event.applied_by if isinstance(event, instruments.InstrumentApplied) else event.rescored_by
            return application.catalogue.form(row.code, row.issued_on).version, filled(event, later, instrument), author
    raise NotFound(what="el documento impreso", field="id")


def _written(application: ProfilingApplication, row: Any, event: Any) -> dict[str, Any]:
    """What the system and the answer to a referral wrote on the form; a correction is of the day of the interview."""
    if isinstance(event, filing.RecordCorrected) and row.code == INTERVIEW:
        filed = [
            each for each in events_after(application, row.case_id, 0) if isinstance(each, interview.InterviewRecorded)
        ]
        event = next(each for each in filed if each.form_instance_id == row.corrects)
    if isinstance(event, interview.InterviewRecorded):
        return {"interviewed_on": event.interviewed_on}
    if not isinstance(event, referral.ReferralIssued):
        return {}
    replies = (
        each
        for each in events_after(application, row.case_id, row.version)
        if isinstance(each, referral.ReferralReplied) and each.referral_id == event.referral_id
    )
    reply = next(replies, None)
    if event.kind == "internal":
        written = {"memo_no": event.document_no, "dated": event.issued_on, "from_office": OWN_OFFICE}
        if isinstance(reply, referral.ReferralAcknowledged):
            written |= {"acknowledged_by": reply.recorded_by, "acknowledged_on": reply.replied_on}
        return written
    written = {"letter_no": event.document_no, "dated": event.issued_on, "sharing_authorised": True}
    if reply is not None:
        said = "received" if isinstance(reply, referral.ReferralAcknowledged) else "rejected"
        written |= {"reply": said, "reply_reason": reply.reason, "replied_on": reply.replied_on}
    return written
