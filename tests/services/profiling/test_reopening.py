"""A case that ended in profiling is taken up again (CASE-6)."""

from __future__ import annotations

from tests.services import bodies
from tests.services.casework import Office
from tests.services.profiling.test_referral import choosing, desk, referred, refused

__all__ = ["desk"]


def reopen(desk: Office, case: object) -> None:
    desk.act("coordinator", "RequestReopen", str(case), on="2026-11-12", reason="Cambió de opinión")
    desk.act("subdirector", "ConfirmReopen", str(case), on="2026-11-13")


def test_who_declined_may_choose_after_all(desk: Office) -> None:
    """CASE-6, CASE-1: the case is again before act. 6 and goes on from there."""
    case = choosing(desk)
    desk.act("caseworker", "IssueReferral", case, **bodies.referral())
    desk.act("office", "RejectReferral", case, reason="No hay cupo")
    desk.act("caseworker", "RecordAlternativeInterest", case, **bodies.no_alternative())
    assert desk.ask("case", id=str(case))["state"] == "closed_declined"
    reopen(desk, case)
    assert desk.ask("case", id=str(case))["state"] == "alternatives_pending"
    desk.act("caseworker", "RecordAlternativeInterest", case, on="2026-11-13", **bodies.chosen("job_orientation"))
    desk.act("caseworker", "IssueReferral", case, on="2026-11-13", **bodies.referral())
    assert desk.ask("case", id=str(case))["state"] == "referred"


def test_a_referral_that_was_received_may_still_be_rejected(desk: Office) -> None:
    """CASE-6, A08-3: the office could not serve the person after all."""
    case = referred(desk)
    desk.act("office", "AcknowledgeReferral", case)
    refused(desk, "CASE_CLOSED", "office", "RejectReferral", case, reason="Tarde")
    reopen(desk, case)
    desk.act("office", "RejectReferral", case, on="2026-11-13", reason="Se cerró el programa")
    assert desk.ask("case", id=str(case))["state"] == "alternatives_pending"


def test_profiling_hears_of_ends_and_reopenings_elsewhere(desk: Office) -> None:
    """CASE-6: what intake or assistance ended and opened again is here as it was."""
    case = referred(desk)
    for service in ("intake", "assistance"):
        desk.hear(f"{service}.CaseWithdrawn", case, reason_code="other")
        refused(desk, "CASE_CLOSED", "office", "RejectReferral", case, reason="Cerrado")
        desk.hear(f"{service}.CaseReopened", case)
        assert desk.ask("case", id=str(case))["state"] == "referred"
