"""Operator contracts (OPC-1; MS-012): who may receive cases, until when, for which calls."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assistance.domain import contract_oversight as oversight
from services.assistance.domain.contract_oversight import (
    ContractEvent,
    Oversight,
    check_new_obligations,
    check_not_operator,
)
from services.assistance.domain.refusals import ContractNotInForce
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class OperatorContractRegistered(ContractEvent, Aggregate.Created):
    """``value`` in COP. Names of natural persons are personal, each under the contract's own key."""

    TOPIC = "assistance.OperatorContractRegistered"
    contract_id: UUID
    number: str
    kind: str
    operator: str
    object: str
    purposes: list[str]
    value: Decimal
    starts_on: date
    ends_on: date
    supervisor: Personal
    calls_covered: list[UUID]
    obligations: list[dict[str, Any]]
    registered_on: date
    registered_by: UUID

    def apply(self, aggregate: OperatorContract) -> None:
        aggregate.number = self.number
        aggregate.operator = self.operator
        aggregate.starts_on = self.starts_on
        aggregate.ends_on = self.ends_on
        aggregate.calls_covered = frozenset(self.calls_covered)
        aggregate.learn_obligations(self.obligations)


class OperatorContract(Oversight, Aggregate):
    """One contract or agreement with an operator."""

    TOPIC = "assistance.OperatorContract"
    Event = ContractEvent
    Created = OperatorContractRegistered
    OperatorContractRegistered = OperatorContractRegistered
    OperatorContractAmended = oversight.OperatorContractAmended
    ObligationMet = oversight.ObligationMet
    OperatorComplianceAssessed = oversight.OperatorComplianceAssessed
    ContractAlertRaised = oversight.ContractAlertRaised

    number = ""
    operator = ""

    @classmethod
    def register(cls, contract_id: UUID, act: Act, **facts: Any) -> OperatorContract:
        """Register a contract. Raises `FieldInvalid` if it ends before it starts, `SeparationOfDuties` (SOD-5)."""
        check_not_operator(act)
        if facts["ends_on"] < facts["starts_on"]:
            raise FieldInvalid(field="ends_on", explanation="el contrato termina antes de empezar.")
        check_new_obligations(facts["obligations"], {})
        return cls._create(
            event_class=OperatorContractRegistered,
            id=contract_id,
            contract_id=contract_id,
            registered_on=act.on,
            registered_by=act.person,
            **facts,
        )

    def check_may_receive(self, call_id: UUID | None, on: date) -> None:
        """Refuse with `ContractNotInForce` unless it is in force on ``on`` and covers the call (A16-2)."""
        if not self.starts_on <= on <= self.ends_on:
            raise ContractNotInForce(
                field="contract", number=self.number, explanation=f"rige del {self.starts_on} al {self.ends_on}."
            )
        if call_id not in self.calls_covered:
            raise ContractNotInForce(
                field="contract", number=self.number, explanation="no cubre la convocatoria de este caso."
            )
