"""Scans and photos that become documents of a case (FRM-2, X-05)."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.assistance.domain import AssistanceCase
from tests.services.assistance.field import Field
from tests.services.casework import Refused

SCAN = b"%PDF-1.7 acta firmada"


def upload(field: Field, case: UUID | None, content: bytes = SCAN, kind: Any = "s", name: str = "acta.pdf") -> str:
    """A file in the store of the service, for the person of the case."""
    application = field.desk.application
    subject = None if case is None else person(field, case)
    stored = application.files.put(
        io.BytesIO(content), subject=subject, kind=kind, media_type="application/pdf", name=name
    )
    return str(stored.id)


def person(field: Field, case: UUID) -> UUID:
    found = field.desk.application.loader.get(AssistanceCase, case)
    assert found is not None
    return found.subject()


def attach(field: Field, case: UUID, file: str, who: str = "caseworker", **changes: Any) -> Any:
    body = {"document": "signed_form", "file": file, "for_activity": 11, "number": "AC-12"} | changes
    return field.desk.act(who, "AttachDocument", case, on="2026-11-16", **body)


def refused(field: Field, code: str, case: UUID, file: str, who: str = "caseworker", **changes: Any) -> Refused:
    with pytest.raises(Refused) as found:
        attach(field, case, file, who, **changes)
    assert found.value.code == code, str(found.value)
    return found.value


def opened(field: Field, document: str, who: str) -> Any:
    return field.desk.ask("document", who, id=document)


def test_a_scan_becomes_a_document_of_the_case(field: Field) -> None:
    """FRM-2, X-05: with what it is, its type, its size, its hash, its day and who attached it; it opens as it came."""
    case = field.committed()
    file = upload(field, case)
    document = attach(field, case, file)["document_id"]
    shown = field.desk.ask("case", id=str(case))["documents"][-1]
    assert (shown["id"], shown["code"], shown["name"]) == (document, "signed_form", "Formato firmado y escaneado")
    about = opened(field, document, "caseworker")
    assert (about["file_id"], about["name"], about["media_type"]) == (file, "acta.pdf", "application/pdf")
    head, pieces = field.desk.desk.fetch({"id": file, "token": "caseworker"})
    assert "ok" in head and b"".join(pieces) == SCAN
    told = field.desk.published()[-1]
    assert (told.type, told.subject) == ("DocumentAttached", case)
    payload = {"document_id": document, "code": "signed_form", "version": "1", "number": "AC-12", "hash": file}
    assert told.data == payload


def test_a_file_is_attached_once_and_only_to_its_persons_case(field: Field) -> None:
    """X-05, X-12: a second time is refused, and so is a file of somebody else, of nobody, or none at all."""
    case, other = field.committed(), field.committed()
    file = upload(field, case)
    attach(field, case, file)
    refused(field, "DOCUMENT_ALREADY_ATTACHED", case, file)
    assert refused(field, "FIELD_INVALID", other, file).field == "file"
    assert refused(field, "FIELD_INVALID", case, upload(field, None)).field == "file"
    assert refused(field, "NOT_FOUND", case, "a" * 64).field == "file"
    assert refused(field, "FIELD_INVALID", case, upload(field, case, b"%PDF-1.7 2"), document="x").field == "document"


def test_documents_are_attached_to_open_cases_by_their_people(field: Field) -> None:
    """FRM-2, ROL-02: not to a case that ended; an operator's staff to the cases that they execute alone."""
    waiting, assisted = field.committed(), field.in_assistance()
    file = upload(field, assisted)
    refused(field, "NOT_AUTHORISED", assisted, file, "supervisor")
    refused(field, "NOT_FOUND", waiting, upload(field, waiting), "operator")
    field.desk.hire("stranger", "operator_staff", contract=str(uuid4()))
    refused(field, "NOT_AUTHORISED", assisted, file, "stranger")
    document = attach(field, assisted, file, "operator")["document_id"]
    assert opened(field, document, "operator")["file_id"] == file
    with pytest.raises(Refused):
        opened(field, document, "stranger")
    assert "refusal" in field.desk.desk.fetch({"id": file, "token": "stranger"})[0]
    field.desk.act("caseworker", "WithdrawCase", waiting, on="2026-11-16", reason_code="other", reason="Se fue")
    refused(field, "CASE_CLOSED", waiting, upload(field, waiting))


def test_a_document_opens_to_those_who_may_read_its_class(field: Field) -> None:
    """PRO-10, SOD-9: a psychosocial one to that team alone, none to who audits or supervises contracts."""
    case = field.committed()
    plain = attach(field, case, upload(field, case))["document_id"]
    private = attach(field, case, upload(field, case, b"%PDF-1.7 p", "p"), "psychosocial")["document_id"]
    assert opened(field, private, "psychosocial")
    for document, who in ((private, "caseworker"), (private, "auditor"), (plain, "auditor"), (plain, "supervisor")):
        with pytest.raises(Refused) as found:
            opened(field, document, who)
        assert found.value.code == "NOT_AUTHORISED"


def test_an_erased_document_says_so(field: Field) -> None:
    """X-12: once the person's key is gone the document is known to have been there and cannot be read."""
    case = field.committed()
    file = upload(field, case)
    document = attach(field, case, file)["document_id"]
    field.desk.application.keys.destroy(person(field, case), "s")
    with pytest.raises(Refused) as found:
        opened(field, document, "caseworker")
    assert found.value.code == "FILE_ERASED"
    assert field.desk.ask("case", id=str(case))["documents"][-1]["id"] == document
