"""Minutes, sheets, attached documents and outside checks: how their events change the read model."""

from __future__ import annotations

from typing import Any

from services.intake.directory import Directory
from services.intake.domain.calls import FO_051, Call
from services.intake.domain.cases import Case
from services.intake.domain.socioeconomic import FO_201
from services.intake.views.tables import attachments, checks, documents, filed_forms
from shared.casework.attachments import project_attachment
from shared.casework.papers import correction_id
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel


def _minutes_filed(model: ReadModel, event: Call.FormFiled, meta: Meta, _directory: Directory) -> None:
    model.insert(
        documents,
        {
            "id": event.form_instance_id,
            "call_id": event.originator_id,
            "code": FO_051,
            "number": event.number,
            "issued_on": meta.happened_on,
        },
    )


def _attached(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    project_attachment(model, attachments, event)


def _checked(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.insert(
        checks,
        {
            "id": event.check_id,
            "case_id": event.originator_id,
            "source": event.source,
            "queried_on": event.queried_on,
            "result": event.result,
            "file": event.file,
        },
    )


def _sheet(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.insert(
        filed_forms,
        {
            "id": event.form_instance_id,
            "case_id": event.originator_id,
            "case_version": event.originator_version,
            "code": FO_201,
            "form_version": event.form_version,
            "filed_on": event.filled_on,
        },
    )


def _sheet_corrected(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.insert(
        filed_forms,
        {
            "id": correction_id(event.form_instance_id, event.originator_version),
            "case_id": event.originator_id,
            "case_version": event.originator_version,
            "code": event.code,
            "form_version": event.version,
            "filed_on": event.corrected_on,
            "corrects": event.form_instance_id,
        },
    )


APPLY: dict[type, Any] = {
    Call.FormFiled: _minutes_filed,
    Case.SocioeconomicSheetRecorded: _sheet,
    Case.DocumentAttached: _attached,
    Case.RecordCorrected: _sheet_corrected,
    Case.ExternalCheckRecorded: _checked,
}
