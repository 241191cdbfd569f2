"""Entrepreneurial profile and/or producer? (PR-156 act. 4, the control point of the procedure)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.profiling.domain.refusals import ManualDecisionRequired, MatrixNotPassed
from services.profiling.domain.state import CaseState, Event
from shared.catalogue.refusals import FieldInvalid, SeparationOfDuties
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class Validated(Event):
    """A second person decided on the profile."""

    profiling_id: UUID
    matrix_version: str
    validated_on: date
    validated_by: UUID
    reason: Personal


class ProfileApproved(Validated):
    TOPIC = "profiling.ProfileApproved"

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "profile_approved"
        aggregate.decided_on = self.validated_on


class ProfileNotApproved(Validated):
    TOPIC = "profiling.ProfileNotApproved"

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "profile_not_approved"
        aggregate.decided_on = self.validated_on


class ProfileReturned(Validated):
    """Back to act. 3; earlier results stay and their authors stay authors."""

    TOPIC = "profiling.ProfileReturned"

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "profiling"


class ValidationActs(CaseState):
    """What may happen in act. 4."""

    def validate_profile(self, act: Act, *, decision: str, manual_decision: str | None, reason: Personal) -> None:
        """Approve, not approve or return. Who interviewed, applied or classified does not validate (SOD-1).

        Raises `SeparationOfDuties`, `MatrixNotPassed`, `ManualDecisionRequired`, `FieldInvalid`.
        """
        self.check_open(act)
        found = self.classification
        assert found is not None
        act.check_not_before(found.classified_on)
        if act.person in self.authors:
            raise SeparationOfDuties(
                rule="SOD-1", explanation="quien entrevistó, aplicó el instrumento o clasificó no valida el perfil."
            )
        if decision == "approve" and found.result != "pass":
            raise MatrixNotPassed(field="decision")
        if found.manual_decision:
            if manual_decision is None or "psychosocial" not in act.roles:
                raise ManualDecisionRequired(field="manual_decision")
            decision = "not_approve" if manual_decision == "confirm_referral" else "return"
        elif manual_decision is not None:
            raise FieldInvalid(field="manual_decision", explanation="este resultado no pide una decisión manual.")
        if decision == "not_approve" and found.result == "pass" and reason.value == found.reason.value:
            raise FieldInvalid(
                field="reason", explanation="no aprobar un perfil que cumple la matriz necesita una razón propia."
            )
        facts: dict[str, Any] = {
            "profiling_id": self.profiling_id,
            "matrix_version": found.matrix_version,
            "validated_on": act.on,
            "validated_by": act.person,
            "reason": reason,
        }
        events = {"approve": ProfileApproved, "not_approve": ProfileNotApproved, "return": ProfileReturned}
        self.trigger_event(events[decision], **facts)
