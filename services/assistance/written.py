"""What the system writes on the forms of assistance: their number and day, and what later acts decided on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.assistance.domain import commitment, handover, phases, plan, production, result, training, valuation

OWN_OFFICE = "sesec"
"""The office that carries the programme and writes its memos (PR-156)."""
HANDOVER_SUBJECT = "Entrega formal del caso a quien ejecuta la asistencia"


@dataclass(frozen=True)
class Filing:
    """The event that filed a form, and what the case knew before and learnt after it."""

    event: Any
    case_id: UUID
    before: Sequence[Any]
    later: Sequence[Any]

    def latest(self, kind: type[Any] | tuple[type[Any], ...]) -> Any:
        """The last event of a kind before the form was filed; None if there is none."""
        return next((each for each in reversed(self.before) if isinstance(each, kind)), None)


def _memo(filing: Filing) -> dict[str, Any]:
    event = filing.event
    written = {"memo_no": event.memo_no, "dated": event.issued_on, "from_office": OWN_OFFICE}
    for each in filing.later:
        if isinstance(each, training.TrainingMemoAcknowledged):
            written |= {"acknowledged_by": each.acknowledged_by, "acknowledged_on": each.acknowledged_on}
    return written


_CODES: dict[type[Any], str] = {
    valuation.CapacityEvaluated: "FO-781",
    valuation.ProductEvaluated: "FO-779",
    valuation.ProductSheetFiled: "FO-780",
}


def _report(filing: Filing) -> dict[str, Any]:
    """The forms that the report is over, and what was declared on it; on a report that went back, nothing was."""
    event = filing.event
    codes = {
        form: _CODES[type(each)] for each in filing.before if type(each) in _CODES for form in each.form_instance_ids
    }
    visit = filing.latest(valuation.UnitVisited)
    written: dict[str, Any] = {
        "visit": visit.visit_id if visit else None,
        "forms": [{"code": codes.get(each, ""), "instance": each} for each in event.form_instance_ids],
        "issued_by": event.issued_by,
    }
    for each in filing.later:
        if isinstance(each, result.ValidationReportReturned):
            break
        if isinstance(each, result.ResultDeclared):
            written["declared"] = "apto" if isinstance(each, result.UnitValidated) else "no_apto"
            written |= {"declared_by": each.declared_by, "declared_on": each.declared_on, "reason": each.reason}
            break
    return written


def _plan(filing: Filing) -> dict[str, Any]:
    event = filing.event
    diagnosis = filing.latest(plan.DiagnosisRecorded)
    written: dict[str, Any] = {"version": event.version, "author": event.author}
    if diagnosis is not None:
        written["diagnosis"] = diagnosis.diagnosis_id
    for each in filing.later:
        if isinstance(each, plan.PlanApproved) and each.version == event.version:
            written["approved_by"] = each.approved_by
        elif isinstance(each, plan.PlanDefended) and each.version == event.version:
            written["defence"] = {"date": each.defended_on, "panel": each.panel, "result": each.result}
    return written


def _order(filing: Filing) -> dict[str, Any]:
    event = filing.event
    capacity = filing.latest(valuation.CapacityEvaluated)
    written: dict[str, Any] = {"order_no": event.order_no, "case": filing.case_id}
    if capacity is not None:
        written["capacity_basis"] = capacity.form_instance_ids[0]
    for each in filing.later:
        if isinstance(each, production.ProductionOrderCompleted) and each.order_id == event.order_id:
            written |= {"completed_on": each.happened_on, "quantity_done": each.qty}
    return written


def _follow_up(filing: Filing) -> dict[str, Any]:
    visit = filing.latest(valuation.UnitVisited)
    return {"visit_on": filing.event.visited_on, "unit": visit.unit_id if visit else None}


WRITTEN: dict[type[Any], Callable[[Filing], dict[str, Any]]] = {
    commitment.CommitmentSigned: lambda filing: {"signed_on": filing.event.signed_on},
    training.TrainingMemoIssued: _memo,
    valuation.ValidationReportIssued: _report,
    plan.PlanDrafted: _plan,
    plan.PlanRevised: _plan,
    production.ProductionOrderCreated: _order,
    phases.FollowUpVisited: _follow_up,
}
"""By the event that filed the form."""


def minutes(event: handover.HandedOver) -> dict[str, Any]:
    """FO-051 of the hand-over: who signed it was there (act. 16)."""
    said = event.minutes
    return {
        "minutes_no": event.minutes_no,
        "meeting_on": event.handed_on,
        "place": said["place"],
        "subject": HANDOVER_SUBJECT,
        "activity": 16,
        "attendees": [_signer(said[each]) for each in ("entity", "executor", "beneficiary")],
        "development": said["minutes"],
        "executor": "Contrato de operador" if event.contract_id else "Equipo de la entidad",
        "contract": event.contract_id,
        "documents_handed": event.documents_handed,
    }


def _signer(signature: dict[str, Any]) -> dict[str, Any]:
    return {"name": signature["signer"], "post": signature.get("capacity"), "signature": signature}
