"""Act. 8: referral by the right document, its reply, its term, and back to act. 6."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from services.profiling.definition import SERVICE
from services.profiling.terms import ended
from shared.runtime.deadlines import settle
from tests.services import bodies
from tests.services.casework import TODAY, Office, Refused, office
from tests.services.profiling.profile import profiled
from tests.unit.documents.pdf_text import pdf_text, squeezed

OVERDUE_FROM = date(2026, 11, 26)
"""The eleventh working day after Tuesday 2026-11-10: Monday the 16th is a holiday."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(SERVICE, tmp_path) as opened:
        opened.hire("office", "receiving_office")
        yield opened


def choosing(desk: Office, alternative: str = "training", *, purposes: tuple[str, ...] = ("profiling",)) -> UUID:
    """A case not approved, whose person chose ``alternative``."""
    case = profiled(desk, desk.call(), is_producer=False, is_trader=True)
    if "referral" in purposes:
        desk.hear("intake.ConsentRecorded", case, notice_version="1", purpose_codes=list(purposes))
    desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation("not_approve"))
    desk.act("caseworker", "InformAlternatives", case, **bodies.alternatives())
    desk.act("caseworker", "RecordAlternativeInterest", case, **bodies.chosen(alternative))
    return case


def referred(desk: Office) -> UUID:
    case = choosing(desk)
    desk.act("caseworker", "IssueReferral", case, **bodies.referral())
    return case


def refused(desk: Office, code: str, who: str, command: str, case: UUID, **body: object) -> None:
    with pytest.raises(Refused) as found:
        desk.act(who, command, case, **body)
    assert found.value.code == code, str(found.value)


def test_a_memo_goes_to_an_office_which_receives_the_person(desk: Office) -> None:
    """A08-1, FO-069, X-18: internal by memo, numbered; the office acknowledges and the case closes."""
    case = referred(desk)
    page = desk.ask("case", id=str(case))
    assert page["state"] == "referred"
    paper = next(each for each in page["documents"] if each["code"] == "FO-069")
    assert paper["number"] == "FO-069-2026-0001"
    refused(desk, "NOT_AUTHORISED", "caseworker", "AcknowledgeReferral", case)
    desk.act("office", "AcknowledgeReferral", case)
    assert desk.ask("case", id=str(case))["state"] == "closed_referred"
    assert [event.type for event in desk.published()][-2:] == ["ReferralAcknowledged", "CaseReferredClosed"]
    refused(desk, "CASE_CLOSED", "office", "RejectReferral", case, reason="Tarde")


def test_each_kind_of_referral_has_its_document(desk: Office) -> None:
    """A08-1: the wrong document is refused, and takes no number."""
    case = choosing(desk)
    refused(desk, "WRONG_DOCUMENT", "caseworker", "IssueReferral", case, **bodies.referral("FRM-14"))
    refused(desk, "FIELD_INVALID", "caseworker", "IssueReferral", case, **bodies.referral(office=None))
    desk.act("caseworker", "IssueReferral", case, **bodies.referral())
    assert desk.ask("case", id=str(case))["documents"][-1]["number"] == "FO-069-2026-0001"


def test_another_entity_gets_no_data_without_the_persons_authorisation(desk: Office) -> None:
    """A08-1, X-12, FRM-14: the authorisation must name the referral."""
    case = choosing(desk, "sena")
    letter = bodies.referral("FRM-14", office=None)
    refused(desk, "CONSENT_MISSING", "caseworker", "IssueReferral", case, **letter)
    desk.hear("intake.ConsentRecorded", case, notice_version="2", purpose_codes=["referral"])
    desk.act("caseworker", "IssueReferral", case, **letter)
    refused(desk, "EVIDENCE_MISSING", "caseworker", "AcknowledgeReferral", case)
    refused(desk, "NOT_AUTHORISED", "office", "AcknowledgeReferral", case)
    files = desk.application.files
    reply = str(files.put(io.BytesIO(b"%PDF-1.7\n"), subject=None, kind="s", media_type="", name="r.pdf").id)
    desk.act("caseworker", "AcknowledgeReferral", case, file=reply)
    assert desk.ask("case", id=str(case))["state"] == "closed_referred"


def text_of(desk: Office, case: UUID) -> str:
    paper = desk.ask("case", id=str(case))["documents"][-1]
    return pdf_text(base64.b64decode(desk.ask("document", "psychosocial", id=paper["id"])["pdf"]))


def test_the_memo_prints_its_number_the_person_and_who_received_it(desk: Office) -> None:
    """FRM-4, FRM-5, FO-069: from the office of the programme, with the name as it was written in the act."""
    case = referred(desk)
    text = text_of(desk, case)
    for said in ("NúmeroFO-069-2026-0001", "DeSubdireccióndeEmprendimiento", f"{str(case)[:8]}GloriaAmparoMosquera"):
        assert said in text, said
    desk.act("office", "AcknowledgeReferral", case)
    assert "Recibidoel10denoviembrede2026" not in text
    assert "Recibidoel10denoviembrede2026" in text_of(desk, case)


def test_the_letter_to_another_entity_prints_its_reply(desk: Office) -> None:
    """FRM-4, FRM-5, FRM-14: the person, that they authorised it, and what the entity answered."""
    case = choosing(desk, "sena", purposes=("profiling", "referral"))
    desk.act("caseworker", "IssueReferral", case, **bodies.referral("FRM-14", office=None))
    text = text_of(desk, case)
    for said in ("NúmeroFRM-14-2026-0001", "PersonaGloriaAmparoMosquera", "?Sí"):
        assert said in text, said
    reply = str(
        desk.application.files.put(io.BytesIO(b"%PDF-1.7\n"), subject=None, kind="s", media_type="", name="r").id
    )
    desk.act("caseworker", "RejectReferral", case, reason="No hay cupo en la Ñ", file=reply)
    text = text_of(desk, case)
    for said in ("RespuestaRechazada", "NohaycupoenlaÑ"):
        assert said in text, said


def test_a_withdrawn_authorisation_counts(desk: Office) -> None:
    """X-12: what was withdrawn no longer allows the referral."""
    case = choosing(desk, "sena", purposes=("profiling", "referral"))
    desk.hear("intake.ConsentWithdrawn", case, notice_version=None, purpose_codes=["referral"])
    letter = bodies.referral("FRM-14", office=None)
    refused(desk, "CONSENT_MISSING", "caseworker", "IssueReferral", case, **letter)


def test_a_rejected_referral_goes_back_to_the_alternatives(desk: Office) -> None:
    """A08-3, A06-1, CASE-1: act. 6 → 8 → rejected → 6, and another choice or a no."""
    case = referred(desk)
    desk.act("office", "RejectReferral", case, reason="No hay cupo")
    assert desk.ask("case", id=str(case))["state"] == "alternatives_pending"
    refused(desk, "STEP_OUT_OF_ORDER", "caseworker", "IssueReferral", case, **bodies.referral())
    desk.act("caseworker", "RecordAlternativeInterest", case, **bodies.chosen("job_orientation"))
    desk.act("caseworker", "IssueReferral", case, **bodies.referral())
    desk.act("office", "RejectReferral", case, reason="No hay cupo")
    desk.act("caseworker", "RecordAlternativeInterest", case, **bodies.no_alternative())
    assert desk.ask("case", id=str(case))["state"] == "closed_declined"


def test_a_referral_without_reply_is_noted_once_and_closed_by_a_coordinator(tmp_path: Path) -> None:
    """A08-2, P-31: ten working days, holidays left out; the eleventh is late."""
    with office(SERVICE, tmp_path) as desk:
        case = referred(desk)
        refused(desk, "REFERRAL_NOT_OVERDUE", "coordinator", "CloseUnansweredReferral", case, reason="Sin respuesta")
        refused(desk, "NOT_AUTHORISED", "caseworker", "CloseUnansweredReferral", case, reason="Sin respuesta")
        due = date.fromisoformat(desk.ask("referrals")["items"][0]["reply_due"])
        assert due == date(2026, 11, 25)
        application = desk.application
        assert settle(application, ended, due, lambda: False) == 0
        assert settle(application, ended, OVERDUE_FROM, lambda: False) == 1
        assert settle(application, ended, OVERDUE_FROM, lambda: False) == 0
        assert [row["state"] for row in desk.ask("referrals", state="overdue")["items"]] == ["overdue"]
        desk.desk._day = lambda: OVERDUE_FROM
        desk.act("coordinator", "CloseUnansweredReferral", case, on=OVERDUE_FROM.isoformat(), reason="Sin respuesta")
        assert desk.ask("case", id=str(case))["state"] == "closed_referred"
        assert [row["state"] for row in desk.ask("referrals")["items"]] == ["unanswered"]
    assert TODAY < OVERDUE_FROM


def test_letters_and_interview_open_as_pdf_to_those_who_may_read_them(desk: Office) -> None:
    """FO-069, FO-423, FRM-4, PRO-10: what the profiling found is for the psychosocial team and its authors."""
    case = referred(desk)
    papers = {each["code"]: each["id"] for each in desk.ask("case", id=str(case))["documents"]}
    memo, interview = (
        _text(desk, papers[code], who) for code, who in (("FO-069", "office"), ("FO-423", "psychosocial"))
    )
    assert all(squeezed(word) in memo for word in ["Solicito", "atender", "a", "Gloria", "Amparo", "Mosquera"])
    assert all(
        squeezed(word) in interview for word in ["Cose", "maletas", "de", "cuero", "desde", "los", "quince", "años"]
    )
    with pytest.raises(Refused) as found:
        desk.ask("document", "caseworker", id=papers["FO-423"])
    assert found.value.code == "NOT_AUTHORISED"


def _text(desk: Office, document: str, who: str) -> str:
    return pdf_text(base64.b64decode(desk.ask("document", who, id=document)["pdf"]))
