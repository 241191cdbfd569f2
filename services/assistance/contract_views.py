"""Read models of operator contracts: what runs out, obligations and the ratings of each month (OPC-1 to OPC-3)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.assistance.domain import contract_oversight as oversight
from services.assistance.domain.contract import OperatorContractRegistered
from shared.eventstore.read_model import ReadModel

metadata = sa.MetaData()

contracts = sa.Table(
    "assistance_contracts",
    metadata,
    sa.Column("contract_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("number", sa.String(60), nullable=False),
    sa.Column("operator", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
)

contract_terms = sa.Table(
    "assistance_contract_terms",
    metadata,
    sa.Column("contract_id", sa.Uuid, primary_key=True),
    sa.Column("policy_no", sa.String(60), primary_key=True),
    sa.Column("kind", sa.String(200), nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("alerted", sa.Boolean, nullable=False, default=False),
    sa.Index("assistance_contract_terms_due", "alerted", "ends_on"),
)
"""What runs out: each guarantee by its policy number, the contract itself without one."""

assessments = sa.Table(
    "assistance_assessments",
    metadata,
    sa.Column("contract_id", sa.Uuid, primary_key=True),
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("aspect", sa.String(20), primary_key=True),
    sa.Column("rating", sa.String(20), nullable=False),
    sa.Column("findings", sa.Text, nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("action_due", sa.Date),
    sa.Column("assessed_on", sa.Date, nullable=False),
    sa.Column("assessed_by", sa.Uuid, nullable=False),
)

obligations = sa.Table(
    "assistance_obligations",
    metadata,
    sa.Column("contract_id", sa.Uuid, primary_key=True),
    sa.Column("obligation", sa.String(20), primary_key=True),
    sa.Column("aspect", sa.String(20), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("due", sa.Date),
    sa.Column("met_on", sa.Date),
)


def project(model: ReadModel, event: Any) -> None:
    """Change the read models by one event of a contract."""
    contract_id = event.originator_id
    if isinstance(event, OperatorContractRegistered):
        row = {name: getattr(event, name) for name in ("number", "operator", "kind", "starts_on", "ends_on")}
        model.insert(contracts, {"contract_id": contract_id, "version": 1, **row})
        _term(model, contract_id, oversight.WHOLE_CONTRACT, event.kind, event.ends_on)
        _duties(model, contract_id, event.obligations)
        return
    changed: dict[str, Any] = {"version": event.originator_version}
    if isinstance(event, oversight.OperatorContractAmended):
        if event.ends_on is not None:
            changed["ends_on"] = event.ends_on
            _term(model, contract_id, oversight.WHOLE_CONTRACT, "contract", event.ends_on)
        for row in event.guarantees:
            _term(model, contract_id, row["policy_no"], row["kind"], row["to"])
        _duties(model, contract_id, event.obligations)
    elif isinstance(event, oversight.ObligationMet):
        model.update(obligations, (contract_id, event.obligation), {"met_on": event.met_on})
    elif isinstance(event, oversight.OperatorComplianceAssessed):
        _rated(model, event)
    elif isinstance(event, oversight.ContractAlertRaised):
        model.update(contract_terms, (contract_id, event.policy_no), {"alerted": True})
    model.update(contracts, contract_id, changed)


def _term(model: ReadModel, contract_id: UUID, policy_no: str, kind: str, ends_on: date) -> None:
    model.delete(contract_terms, (contract_id, policy_no))
    row = {"contract_id": contract_id, "policy_no": policy_no, "kind": kind, "ends_on": ends_on, "alerted": False}
    model.insert(contract_terms, row)


def _duties(model: ReadModel, contract_id: UUID, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        duty = {"obligation": row["id"], "aspect": row["aspect"], "text": row["text"], "due": row.get("due")}
        model.insert(obligations, {"contract_id": contract_id, **duty})


def _rated(model: ReadModel, event: oversight.OperatorComplianceAssessed) -> None:
    key = {"contract_id": event.originator_id, "month": event.month, "aspect": event.aspect}
    model.delete(assessments, tuple(key.values()))
    names = ("rating", "findings", "action", "action_due", "assessed_on", "assessed_by")
    model.insert(assessments, {**key, **{name: getattr(event, name) for name in names}})
