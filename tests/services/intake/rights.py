"""What the privacy officers do: requests of data subjects, holds, erasures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.services.intake.counter import Counter

LATER = timedelta(hours=73)


def hire(counter: Counter) -> None:
    """Two of them, so that one may confirm what the other asked for."""
    counter.office.hire("privacy", "privacy_officer")
    counter.office.hire("second_privacy", "privacy_officer")


def ask_data(counter: Counter, case: str, kind: str = "query", on: str = "2026-11-03", **changes: Any) -> Any:
    body = {"case": case, "kind": kind, "asked_by": "holder", "channel": "e_mail", "text": "¿Qué tienen de mí?"}
    return counter.act("privacy", "OpenDataRequest", on=on, **(body | changes))


def answer(counter: Counter, request: str, outcome: str = "granted", on: str = "2026-11-20", **changes: Any) -> Any:
    body = {"outcome": outcome, "text": "Esto es lo que hay.", "file": counter.file()} | changes
    if outcome != "granted":
        body.setdefault("ground", "legal_duty")
    return counter.act("privacy", "AnswerDataRequest", request, on=on, **body)


def extend(counter: Counter, request: str, answer_by: str, on: str) -> Any:
    body = {"reason": "Hay que reunir los expedientes", "notice": counter.file(), "answer_by": answer_by}
    return counter.act("privacy", "ExtendDataRequest", request, on=on, **body)


def hold(counter: Counter, case: str, on: str = "2026-11-18") -> str:
    """A hold that waits for its second person."""
    body = {
        "case": case,
        "ground": "court",
        "authority": "Juzgado 5 Civil del Circuito",
        "reference": "2026-00123",
        "reason": "Los soportes del proceso",
        "file": counter.file(),
    }
    return str(counter.act("privacy", "RequestLegalHold", on=on, **body)["id"])


def placed(counter: Counter, case: str) -> str:
    found = hold(counter, case)
    counter.act("second_privacy", "ConfirmLegalHold", found, on="2026-11-18")
    return found


def withdraw(counter: Counter, case: str) -> None:
    counter.act("caseworker", "WithdrawCase", case, reason_code="own_will", reason="Se fue de la ciudad")


def ask_erasure(counter: Counter, case: str, **changes: Any) -> str:
    body = {"case": case, "legal_basis": "consent_withdrawn", "reason": "Ya no quiero estar allí"} | changes
    return str(counter.act("privacy", "RequestKeyDestruction", on="2026-11-20", **body)["id"])


def wait(counter: Counter) -> None:
    counter.app.now = lambda: datetime.now(UTC) + LATER


def restrict(counter: Counter, case: str, *classes: str, **changes: Any) -> str:
    body = {"case": case, "ground": "erasure_refused", "reason": "Se deben conservar los soportes"} | changes
    body |= {"data_classes": list(classes)} if classes else {}
    return str(counter.act("privacy", "RestrictProcessing", on="2026-11-18", **body)["id"])


def lift_restriction(counter: Counter, restriction: str, *classes: str) -> None:
    body = {"reason": "Se aclaró"} | ({"data_classes": list(classes)} if classes else {})
    counter.act("privacy", "LiftRestriction", restriction, on="2026-11-19", **body)
