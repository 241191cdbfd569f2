"""The papers of a case: letters kept as PDF, and forms printed when they are opened; who may fetch a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.domain.cases import Case
from services.intake.domain.filing import RecordCorrected
from services.intake.domain.socioeconomic import SocioeconomicSheetRecorded
from services.intake.queries.confinement import check_case_visible
from services.intake.queries.paging import check_staff, id_of
from services.intake.queries.personal import READERS
from services.intake.views import attachments, documents, imports
from services.intake.views.tables import filed_forms
from shared.casework.attachments import Attachments
from shared.casework.papers import told
from shared.catalogue.refusals import NotFound
from shared.privacy.content import PDF
from shared.runtime.papers import FiledForm, event_at, printed
from shared.runtime.tokens import Who

ATTACHMENTS = Attachments(attachments, "intake", check_case_visible)


def papers_of(app: IntakeApplication, case_id: UUID) -> list[dict[str, Any]]:
    """What was issued and filed on a case."""
    issued = sa.select(documents).where(documents.c.case_id == case_id)
    filed = sa.select(filed_forms).where(filed_forms.c.case_id == case_id).order_by(filed_forms.c.case_version)
    with app.database.read() as connection:
        rows = [(row.id, row.code, row.number, row.issued_on) for row in connection.execute(issued)]
        sheets = connection.execute(filed).all()
        rows += [(row.id, row.code, None, row.filed_on) for row in sheets]
        attached = ATTACHMENTS.of_case(connection, case_id, app.catalogue)
    made = [
        {
            "id": str(document_id),
            "code": code,
            "number": number,
            "name": app.catalogue.form(code, on).name,
            "issued_on": on.isoformat(),
            "service": "intake",
        }
        for document_id, code, number, on in rows
    ]
    case = app.loader.get(Case, case_id)
    assert case is not None
    return told(case, [*made, *attached], [row.id for row in sheets if row.corrects])


def document(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """The file of an issued document, or a filed form as PDF. Raises `NotFound`, `NotAuthorised`."""
    check_staff(who, "Ver documentos")
    document_id = id_of(params)
    attached = ATTACHMENTS.opened(app, document_id, who)
    if attached is not None:
        return attached
    with app.database.read() as connection:
        row = connection.execute(sa.select(documents).where(documents.c.id == document_id)).first()
        filed = connection.execute(sa.select(filed_forms).where(filed_forms.c.id == document_id)).first()
    if filed is not None:
        return _printed(app, filed, who)
    if row is None or row.file_id is None:
        raise NotFound(what="el documento", field="id")
    check_case_visible(app, row.case_id, who)
    name = f"{row.number}.pdf"
    return {"file_id": row.file_id, "name": name, "media_type": PDF, "code": row.code, "number": row.number}


def _printed(app: IntakeApplication, row: Any, who: Who) -> dict[str, Any]:
    check_case_visible(app, row.case_id, who)
    event = event_at(app, row.case_id, row.case_version)
    if not isinstance(event, SocioeconomicSheetRecorded | RecordCorrected):
        raise NotFound(what="el documento impreso", field="id")
    filed = FiledForm(row.code, row.form_version, "", row.filed_on, row.case_id, event.form)
    return printed(app, filed, who, lambda kind: bool(READERS.get(kind, frozenset()) & who.roles))  # type: ignore[call-overload]


def may_read(app: IntakeApplication, who: Who, file_id: str) -> bool:
    """Whether a person may fetch a file: letters of a case, and the files of an import for who imports."""
    with app.database.read() as connection:
        is_attached = connection.execute(sa.select(attachments.c.file).where(attachments.c.file == file_id)).first()
    if is_attached is not None:
        return ATTACHMENTS.may_read(app, who, file_id)
    if who.contracts:
        return False
    letter = sa.select(documents.c.id).where(documents.c.file_id == file_id)
    report = sa.select(imports.c.id).where((imports.c.rejected_file == file_id) | (imports.c.report_file == file_id))
    with app.database.read() as connection:
        if connection.execute(letter).first() is not None:
            return bool(who.roles & {"caseworker", "psychosocial", "coordinator", "subdirector", "auditor"})
        if connection.execute(report).first() is not None:
            return bool(who.roles & {"caseworker", "coordinator"})
    return bool(who.roles & {"caseworker", "coordinator"}) and _attached(app, file_id)


def _attached(app: IntakeApplication, file_id: str) -> bool:
    """True for a file of this service that belongs to no read model: evidence that staff attached."""
    try:
        app.files.info(file_id)
    except NotFound:
        return False
    return True
