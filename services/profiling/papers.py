"""The forms of profiling on paper: which event holds which form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.profiling import views
from services.profiling.application import ProfilingApplication
from services.profiling.domain import ProfilingCase, interview, referral
from shared.catalogue.refusals import NotFound
from shared.runtime.papers import FiledForm, event_at, printed
from shared.runtime.tokens import Who

READERS = frozenset({"caseworker", "psychosocial", "coordinator", "subdirector", "receiving_office"})
"""Who may read the letters of a case; what the profiling found is for the psychosocial team and its author (PRO-10)."""


def document(application: ProfilingApplication, document_id: UUID, who: Who) -> dict[str, Any]:
    """The PDF of a document. Raises `NotFound`, `NotAuthorised`."""
    table = views.documents
    with application.database.read() as connection:
        row = connection.execute(sa.select(table).where(table.c.document_id == document_id)).first()
    case = application.loader.get(ProfilingCase, row.case_id) if row is not None and not who.contracts else None
    if row is None or case is None:
        raise NotFound(what="el documento", field="id")
    event = event_at(application, row.case_id, row.version)
    if not isinstance(event, interview.InterviewRecorded | referral.ReferralIssued):
        raise NotFound(what="el documento impreso", field="id")

    def may_read(kind: str) -> bool:
        if kind == "p":
            return "psychosocial" in who.roles or who.person in case.authors
        return bool(READERS & who.roles)

    filed = FiledForm(row.code, event.form_version, row.number or "", row.issued_on, row.case_id, event.form)
    return printed(application, filed, who, may_read)
