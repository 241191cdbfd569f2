"""The papers of a case: letters kept as PDF, and forms printed when they are opened; who may fetch a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.domain.calls import Call
from services.intake.domain.cases import Case
from services.intake.domain.filing import RecordCorrected
from services.intake.domain.identification import BasicIdentificationRecorded
from services.intake.domain.socioeconomic import SocioeconomicSheetRecorded
from services.intake.queries.confinement import check_case_visible
from services.intake.queries.erasures import READERS as RIGHTS_READERS
from services.intake.queries.paging import check_staff, id_of
from services.intake.queries.personal import READERS
from services.intake.views import attachments, documents, imports
from services.intake.views.rights_tables import data_request_files
from services.intake.views.tables import filed_forms
from shared.casework.attachments import Attachments
from shared.casework.papers import told
from shared.catalogue.refusals import NotFound
from shared.privacy.content import PDF
from shared.privacy.personal import Personal
from shared.runtime.papers import FiledForm, event_at, names_in, printed
from shared.runtime.tokens import Who

MINUTES_READERS = frozenset({"caseworker", "psychosocial", "coordinator", "subdirector"})
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
        return _printed(app, filed, who, names_in(params))
    if row is not None and row.call_id is not None:
        return _minutes(app, row, who, names_in(params))
    if row is None or row.file_id is None:
        raise NotFound(what="el documento", field="id")
    check_case_visible(app, row.case_id, who)
    name = f"{row.number}.pdf"
    return {"file_id": row.file_id, "name": name, "media_type": PDF, "code": row.code, "number": row.number}


def _printed(app: IntakeApplication, row: Any, who: Who, names: Mapping[str, str]) -> dict[str, Any]:
    check_case_visible(app, row.case_id, who)
    event = event_at(app, row.case_id, row.case_version)
    if isinstance(event, BasicIdentificationRecorded):
        values = _identification(app, event)
    elif isinstance(event, SocioeconomicSheetRecorded | RecordCorrected):
        values = event.form
    else:
        raise NotFound(what="el documento impreso", field="id")
    filed = FiledForm(row.code, row.form_version, "", row.filed_on, row.case_id, values)

    def may_read(kind: str) -> bool:
        return bool(READERS.get(kind, frozenset()) & who.roles)  # type: ignore[call-overload]

    return printed(app, filed, who, may_read, names=names)


def _identification(app: IntakeApplication, event: BasicIdentificationRecorded) -> dict[str, Any]:
    """FO-203 as it was filed, each answer under its own class; what was erased is not there."""
    fields = app.catalogue.form("FO-203", version=event.form_version).fields
    types = {each.name: each.type for each in fields}
    values: dict[str, Any] = {"version_reason": event.version_reason}
    for group in event.facts.values():
        for name, value in (group.value or {}).items():
            if types.get(name) == "date" and isinstance(value, str):
                value = date.fromisoformat(value)
            values[name] = Personal(group.subject, group.kind, value)
    for each in fields:
        # What is asked in parts is kept flat, each part under its own class.
        parts = {part.name: values.pop(f"{each.name}_{part.name}", None) for part in each.fields}
        if each.type == "group" and any(part is not None for part in parts.values()):
            values[each.name] = parts
    return values


def _minutes(app: IntakeApplication, row: Any, who: Who, names: Mapping[str, str]) -> dict[str, Any]:
    """FO-051 of a list of candidates: no case's, so no operator's."""
    if who.contracts:
        raise NotFound(what="el documento", field="id")
    for stored in app.recorder.select_events(row.call_id):
        event = app.mapper.to_domain_event(stored)
        if isinstance(event, Call.FormFiled) and event.form_instance_id == row.id:
            filed = FiledForm(row.code, event.version, event.number, row.issued_on, row.call_id, event.form)
            return printed(app, filed, who, lambda _kind: bool(MINUTES_READERS & who.roles), names=names)
    raise NotFound(what="el documento", field="id")


def may_read(app: IntakeApplication, who: Who, file_id: str) -> bool:
    """Whether a person may fetch a file: letters of a case, the files of an import for who imports, and
    those of a request on data for who answers for them."""
    with app.database.read() as connection:
        is_attached = connection.execute(sa.select(attachments.c.file).where(attachments.c.file == file_id)).first()
        asked = sa.select(data_request_files.c.file_id).where(data_request_files.c.file_id == file_id)
        of_a_request = connection.execute(asked).first()
    if is_attached is not None:
        return ATTACHMENTS.may_read(app, who, file_id)
    if of_a_request is not None:
        return bool(who.roles & RIGHTS_READERS)
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
