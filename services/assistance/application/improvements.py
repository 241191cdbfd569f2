"""Use cases of the register of improvement actions (IMP-1 to IMP-3, OPC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.assistance.application.base import AssistanceBase, new_id
from services.assistance.domain import OperatorContract
from services.assistance.domain.improvement import OPERATOR_COMPLIANCE, ImprovementAction
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork

Rows = list[dict[str, Any]]
ASPECTS = {"technical": "técnico", "financial": "financiero", "legal": "jurídico"}


class ImprovementUseCases(AssistanceBase):
    """What is found, done about it, and verified."""

    def open_improvement_action(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        contract: UUID | None,
        activities: Rows,
        evidence: list[str] | None,
        **facts: Any,
    ) -> dict[str, Any]:
        if contract is not None and uow.find(OperatorContract, contract) is None:
            raise NotFound(what="el contrato", field="contract")
        action = ImprovementAction.open(
            act, new_id(), contract_id=contract, activities=activities, evidence=evidence or [], **facts
        )
        uow.add(action)
        return {"id": str(action.id)}

    def follow_up_improvement_action(
        self, uow: UnitOfWork, act: Act, action_id: UUID, *, evidence: list[str] | None, done: bool | None, **facts: Any
    ) -> dict[str, Any]:
        self._action(uow, action_id).follow_up(act, evidence=evidence or [], done=bool(done), **facts)
        return {"id": str(action_id)}

    def replan_improvement_action(
        self, uow: UnitOfWork, act: Act, action_id: UUID, *, justification: str | None, activities: Rows
    ) -> dict[str, Any]:
        action = self._action(uow, action_id)
        action.replan(act, justification=justification, activities=activities)
        return {"id": str(action_id), "plan_version": len(action.plans)}

    def close_improvement_action(
        self,
        uow: UnitOfWork,
        act: Act,
        action_id: UUID,
        *,
        effective: bool,
        effectiveness: str,
        evidence: list[str] | None,
    ) -> dict[str, Any]:
        action = self._action(uow, action_id)
        action.close(act, effective=effective, effectiveness=effectiveness, evidence=evidence or [])
        return {"id": str(action_id)}

    def open_for_aspect(
        self, uow: UnitOfWork, act: Act, contract: OperatorContract, month: str, row: Mapping[str, Any]
    ) -> UUID | None:
        """Open the action that a non-compliant aspect asks for; None while one on the same aspect is open (OPC-4)."""
        number = 1
        while True:
            action_id = ImprovementAction.id_of_aspect(contract.id, month, row["aspect"], number)
            known = uow.find(ImprovementAction, action_id)
            if known is None:
                break
            if known.state == "open":
                return None
            number += 1
        uow.add(
            ImprovementAction.open(
                act,
                action_id,
                kind="corrective",
                origin=OPERATOR_COMPLIANCE,
                source_ref=f"Contrato {contract.number}, aspecto {ASPECTS[row['aspect']]}, {month}",
                contract_id=contract.id,
                finding=row["findings"],
                cause=None,
                owner=None,
                activities=[{"text": row["action"], "owner": None, "due": row["action_due"]}],
                evidence=list(row["evidence"]),
            )
        )
        return action_id

    @staticmethod
    def _action(uow: UnitOfWork, action_id: UUID) -> ImprovementAction:
        action = uow.find(ImprovementAction, action_id)
        if action is None:
            raise NotFound(what="la acción de mejora", field="id")
        return action
