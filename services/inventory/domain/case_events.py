"""What the warehouse learns about a case from the services that own it (requirements 9.2)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from services.inventory.domain.forms import DocumentEvent
from services.inventory.domain.incentive_lines import Exclusion

if TYPE_CHECKING:
    from services.inventory.domain.case_incentive import CaseIncentive

ACT_19 = "in_assistance"
"""The state of a case in which act. 19 is open."""


class CandidateLinked(DocumentEvent):
    """Whose case it is; personal values of the case are kept under this person."""

    TOPIC = "inventory.CandidateLinked"
    candidate_id: UUID

    def apply(self, aggregate: CaseIncentive) -> None:
        aggregate.candidate_id = self.candidate_id


class CaseStateNoted(DocumentEvent):
    """The case is in ``state`` since ``since``: act. 19 opens or ends (HandoverAccepted, ProcessCompleted, exits)."""

    TOPIC = "inventory.CaseStateNoted"
    state: str
    since: date
    contract_id: UUID | None

    def apply(self, aggregate: CaseIncentive) -> None:
        aggregate.previous_state, aggregate.state = aggregate.state, self.state
        aggregate.contract_id = self.contract_id or aggregate.contract_id
        if self.state == ACT_19 and aggregate.opened_on is None:
            aggregate.opened_on = self.since


class ExecutorNoted(DocumentEvent):
    """The operator contract under which the case is assisted now: who of an operator may see it (ROL-02)."""

    TOPIC = "inventory.ExecutorNoted"
    contract_id: UUID
    since: date

    def apply(self, aggregate: CaseIncentive) -> None:
        aggregate.contract_id = self.contract_id


class ExclusionNoted(DocumentEvent):
    """The person is excluded from ``since`` until ``until`` (None: open)."""

    TOPIC = "inventory.ExclusionNoted"
    exclusion_id: UUID
    since: date
    until: date | None

    def apply(self, aggregate: CaseIncentive) -> None:
        aggregate.exclusions[self.exclusion_id] = Exclusion(self.since, self.until)


class ExclusionLiftNoted(DocumentEvent):
    """The exclusion ends on ``lifted_on``."""

    TOPIC = "inventory.ExclusionLiftNoted"
    exclusion_id: UUID
    lifted_on: date

    def apply(self, aggregate: CaseIncentive) -> None:
        exclusion = aggregate.exclusions.get(self.exclusion_id)
        if exclusion is not None:
            exclusion.lifted_on = self.lifted_on
