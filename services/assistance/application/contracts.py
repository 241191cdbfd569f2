"""Use cases of the supervision of operator contracts (act. 20; OPC-1 to OPC-5)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.assistance.application.improvements import ImprovementUseCases
from services.assistance.domain import OperatorContract
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import assign

Rows = list[dict[str, Any]]


class ContractUseCases(ImprovementUseCases):
    """What the supervision records about a contract."""

    def amend_contract(
        self,
        uow: UnitOfWork,
        act: Act,
        contract_id: UUID,
        *,
        reason: str,
        calls_covered: list[UUID] | None,
        **changes: Any,
    ) -> dict[str, Any]:
        contract = self._contract(uow, contract_id)
        for position, call in enumerate(calls_covered or ()):
            self.cohort(uow, call, f"calls_covered[{position}]")
        lists = {name: changes.pop(name) or [] for name in ("professionals", "guarantees", "obligations")}
        contract.amend(act, reason=reason, calls_covered=calls_covered or [], **lists, **assign(changes, contract_id))
        return {"id": str(contract_id)}

    def meet_obligation(
        self,
        uow: UnitOfWork,
        act: Act,
        contract_id: UUID,
        *,
        obligation: str,
        evidence: list[str] | None,
        remarks: str | None,
    ) -> dict[str, Any]:
        contract = self._contract(uow, contract_id)
        contract.meet_obligation(act, obligation=obligation, evidence=evidence or [], remarks=remarks)
        return {"id": str(contract_id)}

    def assess_operator_compliance(
        self, uow: UnitOfWork, act: Act, contract_id: UUID, *, month: str, aspects: Rows
    ) -> dict[str, Any]:
        """Rate the aspects of a month under the MS-012 in force; each that is not complied with opens an improvement
        action (OPC-4)."""
        # Which version of the manual it was stays with the event (CAT-05).
        self.catalogue.document("MS-012", act.on)
        rows = [{**row, "evidence": row.get("evidence") or []} for row in aspects]
        contract = self._contract(uow, contract_id)
        contract.assess(act, month=month, aspects=rows)
        opened = [
            self.open_for_aspect(uow, act, contract, month, row) for row in rows if row["rating"] == "non_compliant"
        ]
        actions = [str(action) for action in opened if action is not None]
        return {"id": str(contract_id), "month": month, "improvement_actions": actions}

    def note_contract_ended(self, uow: UnitOfWork, contract_id: UUID, policy_no: str, day: date) -> bool:
        """Raise the alert of a contract or guarantee that ran out; the system's own act."""
        return self._contract(uow, contract_id).note_ended(policy_no, day)

    def _contract(self, uow: UnitOfWork, contract_id: UUID) -> OperatorContract:
        contract = uow.find(OperatorContract, contract_id)
        if contract is None:
            raise NotFound(what="el contrato", field="id")
        return contract
