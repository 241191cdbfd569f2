"""Terms of assistance that end by themselves: planned visits, contracts and their guarantees (act. 20)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.assistance import contract_views
from services.assistance.application import AssistanceApplication
from services.assistance.follow_up_views import follow_ups
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.deadlines import Deadline


def ended(application: AssistanceApplication, day: date) -> Iterator[Deadline]:
    """Every visit planned before ``day`` that was neither made nor noted as overdue."""
    table = follow_ups
    query = sa.select(table.c.case_id, table.c.visit_id).where(
        table.c.visited_on.is_(None), table.c.overdue.is_(False), table.c.planned_on < day
    )
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        yield Deadline(
            f"follow-up/{row.visit_id}", "NoteFollowUpOverdue", 20, _decide(application, row.case_id, row.visit_id)
        )


def _decide(application: AssistanceApplication, case_id: UUID, visit_id: UUID) -> Any:
    def decide(uow: UnitOfWork, day: date) -> dict[str, Any] | None:
        noted = application.note_follow_up_overdue(uow, case_id, visit_id, day)
        return {"id": str(case_id)} if noted else None

    return decide


def contracts_ended(application: AssistanceApplication, day: date) -> Iterator[Deadline]:
    """Every contract and guarantee that ran out before ``day`` without an alert (OPC-3)."""
    table = contract_views.contract_terms
    query = sa.select(table.c.contract_id, table.c.policy_no, table.c.ends_on).where(
        table.c.alerted.is_(False), table.c.ends_on < day
    )
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        key = f"contract-term/{row.contract_id}/{row.policy_no}/{row.ends_on}"
        yield Deadline(key, "RaiseContractAlert", 20, _alert(application, row.contract_id, row.policy_no))


def _alert(application: AssistanceApplication, contract_id: UUID, policy_no: str) -> Any:
    def decide(uow: UnitOfWork, day: date) -> dict[str, Any] | None:
        raised = application.note_contract_ended(uow, contract_id, policy_no, day)
        return {"id": str(contract_id)} if raised else None

    return decide
