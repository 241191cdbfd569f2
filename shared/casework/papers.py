"""The read model of filed forms and their corrections, and how a page tells of them: the same in every service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from shared.casework.filing import MINUTES, Corrected, Filed, FilingActs
from shared.eventstore.database import Database
from shared.eventstore.read_model import ReadModel

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class PaperRow:
    """Where a document of a case is: the version of the case that first filed or attached it."""

    document_id: UUID
    case_id: UUID
    code: str
    number: str | None
    dated: date
    case_version: int
    attached_as: str | None = None
    """The keyed address of an attached file; None for a form."""


def correction_id(form_instance_id: UUID, case_version: int) -> UUID:
    """The id, as a document, of what a form reads after it was put right in that version of its case."""
    return uuid5(form_instance_id, str(case_version))


def paper_row(database: Database, forms: sa.Select[Any], attached: sa.Table, document_id: UUID) -> PaperRow | None:
    """A document by the read models of a service: a form, to whose first filing a correction leads, or a file.

    ``forms`` gives id, case_id, code, number, dated, case_version and corrects of each form of the service.
    """
    known = forms.subquery()
    with database.read() as connection:
        row = connection.execute(sa.select(known).where(known.c.id == document_id)).first()
        if row is not None and row.corrects is not None:
            row = connection.execute(sa.select(known).where(known.c.id == row.corrects)).first()
        if row is not None:
            return PaperRow(row.id, row.case_id, row.code, row.number, row.dated, row.case_version)
        file = connection.execute(sa.select(attached).where(attached.c.document_id == document_id)).first()
    if file is None:
        return None
    return PaperRow(
        file.document_id, file.case_id, file.code, file.number, file.attached_on, file.case_version, file.file
    )


def project_papers(model: ReadModel, table: sa.Table, event: Any) -> None:
    """Add the row of a form that was filed by itself, or of what a form reads after a correction."""
    if isinstance(event, Filed):
        row = {"document_id": event.form_instance_id, "issued_on": event.filed_on}
    elif isinstance(event, Corrected):
        made = correction_id(event.form_instance_id, event.originator_version)
        row = {"document_id": made, "issued_on": event.corrected_on, "corrects": event.form_instance_id}
    else:
        return
    row |= {"case_id": event.originator_id, "version": event.originator_version}
    model.insert(table, {"code": event.code, "number": event.number, **row})


def told(case: FilingActs, papers: Iterable[dict[str, Any]], corrections: Iterable[UUID]) -> Rows:
    """The documents of a page, each with what became of it: voided, put right, or itself a correction."""
    made, rows = {str(each) for each in corrections}, []
    for paper in papers:
        document, name = str(paper["id"]), str(paper["name"])
        if document in made:
            paper = {**paper, "name": f"{name} (corrección)", "corrects": True}
        elif UUID(document) in case.voided:
            paper = {**paper, "name": f"{name} (anulado)", "voided": True}
        elif UUID(document) in case.corrected:
            paper = {**paper, "name": f"{name} (corregido después)"}
        rows.append(paper)
    return rows


def paper_choices(case: FilingActs, papers: Iterable[dict[str, Any]], to: str, correctable: Iterable[str]) -> Rows:
    """What `VoidForm` (``voidable``) or `CorrectRecord` (``correctable``) may name, by its code, number and day."""
    codes = set(correctable)
    chosen = []
    for paper in papers:
        document = UUID(str(paper["id"]))
        alone = document in case.papers
        if to == "voidable":
            fits = alone or paper.get("attached")
        else:
            fits = paper["code"] in codes and (alone or paper["code"] != MINUTES)
        if fits and document not in case.voided and not paper.get("corrects"):
            shown = " ".join(str(part) for part in (paper["name"], paper.get("number")) if part)
            chosen.append({"id": str(document), "label": f"{shown}, {paper['issued_on']}"})
    return chosen
