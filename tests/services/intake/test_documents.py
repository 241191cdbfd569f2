"""Documents that intake and profiling attach to their cases (FRM-2); the rules are tried in assistance."""

from __future__ import annotations

import base64
import io
from uuid import UUID

from services.intake.domain.cases import Case
from services.profiling.domain import ProfilingCase
from tests.services.intake.counter import Counter
from tests.services.profiling.test_referral import desk, referred
from tests.unit.documents.pdf_text import pdf_text

__all__ = ["desk"]


def test_intake_keeps_the_papers_that_a_person_brings(counter: Counter) -> None:
    """FRM-2, X-05"""
    case = counter.candidate()
    person = counter.app.loader.get(Case, UUID(case)).candidate_id
    paper = counter.app.files.put(io.BytesIO(b"%PDF-1.7"), subject=person, kind="i", media_type="", name="cedula.PDF")
    body = {"document": "identity_document", "file": paper.id}
    document = counter.act("caseworker", "AttachDocument", case, **body)["document_id"]
    shown = counter.ask("case", id=case)["documents"][-1]
    assert (shown["id"], shown["name"]) == (document, "Documento de identidad")
    assert counter.ask("document", id=document)["name"] == "cedula.PDF"
    assert counter.events(case)[-1] == "DocumentAttached"
    assert "ok" in counter.office.desk.fetch({"id": paper.id, "token": "caseworker"})[0]
    assert "refusal" in counter.office.desk.fetch({"id": paper.id, "token": "auditor"})[0]


def test_profiling_keeps_the_answer_of_another_office(desk) -> None:  # type: ignore[no-untyped-def]
    """FRM-2, X-05"""
    case = referred(desk)
    person = desk.application.loader.get(ProfilingCase, case).subject()
    paper = desk.application.files.put(io.BytesIO(b"%PDF-1.7"), subject=person, kind="s", media_type="", name="r.pdf")
    body = {"document": "letter", "file": paper.id, "for_activity": 8}
    document = desk.act("caseworker", "AttachDocument", case, **body)["document_id"]
    assert desk.ask("case", id=str(case))["documents"][-1]["name"] == "Carta o comunicación recibida"
    assert desk.ask("document", id=document)["file_id"] == paper.id
    assert "ok" in desk.desk.fetch({"id": paper.id, "token": "psychosocial"})[0]


def test_the_sheet_is_put_right_and_both_open(counter: Counter) -> None:
    """X-10, FO-201: the first stays as it was filed."""
    case = counter.identify(counter.open_call())
    counter.act("caseworker", "RecordSocioeconomicSheet", case, form={"filled_on": "2026-11-05", "stratum": 2})
    [first] = [each["id"] for each in counter.ask("case", id=case)["documents"]]
    assert counter.ask("choices", to="correctable", case_id=case)["items"][0]["id"] == first
    change = {"document": first, "reason": "Recibo de otro predio", "changes": [{"field": "stratum", "value": "1"}]}
    assert counter.act("caseworker", "CorrectRecord", case, **change)["affected"] == []
    rows = counter.ask("case", id=case)["documents"]
    assert [row["name"].rpartition(" (")[2] for row in rows] == ["corregido después)", "corrección)"]
    texts = [pdf_text(base64.b64decode(counter.ask("document", id=row["id"])["pdf"])) for row in rows]
    assert texts[0] != texts[1]
    assert counter.events(case)[-1] == "RecordCorrected"
