"""A commitment that was not kept (CASE-4, A11-2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.services.assistance.field import Field
from tests.services.casework import Refused

BREACH = {
    "commitment": "C2",
    "facts": "No recibió la visita acordada",
    "evidence": ["b" * 64],
    "answer": "Estaba en una cita médica",
}


def breach(field: Field, case: UUID, *, who: str = "caseworker", on: str = "2026-11-12", **changes: Any) -> Any:
    return field.desk.act(who, "RecordCommitmentBreach", case, on=on, **(BREACH | changes))


def refused(field: Field, case: UUID, **changes: Any) -> Refused:
    with pytest.raises(Refused) as found:
        breach(field, case, **changes)
    return found.value


def test_a_breach_names_its_commitment_and_changes_no_state(field: Field) -> None:
    """CASE-4, A11-2: one of the commitments listed in the signed document; the state stays."""
    case = field.committed()
    breach(field, case)
    assert field.state(case) == "committed"
    told = [event for event in field.desk.published() if event.type == "CommitmentBreached"]
    assert [(event.subject, set(event.data)) for event in told] == [(case, {"commitment_id"})]
    facts = field.desk.ask("case", id=str(case))["facts"]
    assert {"group": "Compromiso", "label": "Incumplido el 2026-11-12", "value": "C2. Compromiso 2"} in facts


def test_a_breach_is_of_a_commitment_that_was_signed(field: Field) -> None:
    """CASE-4, A11-2: another name is refused with the names of the signed document."""
    found = refused(field, field.committed(), commitment="C9")
    assert (found.code, found.field) == ("FIELD_INVALID", "commitment")
    assert "C1, C2" in found.refusal["text"]


def test_nothing_is_breached_before_the_commitment(field: Field) -> None:
    """CASE-4, X-08: neither before it was signed nor dated before it."""
    early = field.accepted()
    assert refused(field, early).code == "STEP_OUT_OF_ORDER"
    assert "acta" in field.desk.ask("case", id=str(early))["blocked"]["RecordCommitmentBreach"]
    assert refused(field, field.committed(), on="2026-11-09").code == "DATE_BEFORE_PRECONDITION"


def test_a_breach_is_proved_and_answered(field: Field) -> None:
    """CASE-4: facts, evidence and the answer of the citizen."""
    case = field.committed()
    assert refused(field, case, evidence=[]).code == "EVIDENCE_MISSING"
    for name in ("facts", "answer"):
        found = refused(field, case, **{name: None})
        assert (found.code, found.field) == ("FIELD_INVALID", name)


def test_a_breach_is_recorded_by_a_caseworker_on_an_open_case(field: Field) -> None:
    """CASE-4: other roles and finished cases are refused."""
    case = field.committed()
    assert refused(field, case, who="adviser").code == "NOT_AUTHORISED"
    field.desk.act("caseworker", "WithdrawCase", case, on="2026-11-12", reason_code="commitment_breach", reason="Salió")
    assert refused(field, case).code == "CASE_CLOSED"
