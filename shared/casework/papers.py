"""The read model of filed forms and their corrections, and how a page tells of them: the same in every service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.casework.filing import Corrected, Filed, FilingActs
from shared.casework.paperwork import MINUTES, correction_id

Rows = list[dict[str, Any]]


def project_papers(connection: Connection, table: sa.Table, event: Any) -> None:
    """Add the row of a form that was filed by itself, or of what a form reads after a correction."""
    if isinstance(event, Filed):
        row = {"document_id": event.form_instance_id, "issued_on": event.filed_on}
    elif isinstance(event, Corrected):
        made = correction_id(event.form_instance_id, event.originator_version)
        row = {"document_id": made, "issued_on": event.corrected_on, "corrects": event.form_instance_id}
    else:
        return
    row |= {"case_id": event.originator_id, "version": event.originator_version}
    connection.execute(table.insert().values(code=event.code, number=event.number, **row))


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
