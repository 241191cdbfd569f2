"""Read model of who executes each case (ROL-02, ROL-03)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.assistance.contract_views import metadata
from services.assistance.domain import handover, transfer
from shared.eventstore.read_model import ReadModel

case_contracts = sa.Table(
    "assistance_case_contracts",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("contract_id", sa.Uuid, primary_key=True),
    sa.Column("standing", sa.String(10), primary_key=True),
    sa.Column("until", sa.Date),
    sa.Index("assistance_case_contracts_of", "contract_id", "case_id"),
)
"""The operator contracts whose staff may find a case: the executor, one named to take it over, and former ones, each up
to and including ``until`` (ROL-02, ROL-03)."""


def project(model: ReadModel, event: Any) -> None:
    """Change the read model by one event of a case."""
    case_id = event.originator_id
    if isinstance(event, handover.HandedOver):
        _let_find(model, case_id, event.contract_id, "executor")
    elif isinstance(event, handover.HandoverRejected):
        _forget(model, case_id, event.contract_id, "executor")
    elif isinstance(event, transfer.ExecutorTransferProposed):
        _let_find(model, case_id, event.new_contract_id, "named")
    elif isinstance(event, transfer.ExecutorTransferDeclined):
        _forget(model, case_id, event.new_contract_id, "named")
    elif isinstance(event, transfer.ExecutorTransferred):
        _forget(model, case_id, event.new_contract_id, "named", "former")
        _let_find(model, case_id, event.new_contract_id, "executor")
        _forget(model, case_id, event.old_contract_id, "executor")
        _let_find(model, case_id, event.old_contract_id, "former", event.readable_until)


def _let_find(
    model: ReadModel, case_id: UUID, contract_id: UUID | None, standing: str, until: date | None = None
) -> None:
    if contract_id is not None:
        row = {"case_id": case_id, "contract_id": contract_id, "standing": standing, "until": until}
        model.insert(case_contracts, row)


def _forget(model: ReadModel, case_id: UUID, contract_id: UUID | None, *standings: str) -> None:
    for standing in standings:
        model.delete(case_contracts, (case_id, contract_id, standing))
