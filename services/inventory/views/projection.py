"""How the warehouse's own events change its read model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from services.inventory.views import closings, corrections, count_projection, write_offs
from services.inventory.views.moving import issue, move
from services.inventory.views.tables import documents, items, lots, warehouses, withdrawals
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel

NONE = Decimal(0)


def project(model: ReadModel, event: Any, meta: Meta, _application: Any) -> None:
    """Apply one event of this service to the tables."""
    change = _CHANGES.get(type(event).TOPIC)
    if change is not None:
        change(model, event)


def _warehouse_registered(model: ReadModel, event: Any) -> None:
    row = {"id": event.originator_id, "version": event.originator_version, "code": event.code}
    model.insert(warehouses, {**row, "name": event.name, "place": event.place})


_DESCRIBED = ("name", "kind", "unit", "decimals", "lot_tracked", "expiry_tracked")


def _item_registered(model: ReadModel, event: Any) -> None:
    row = {name: getattr(event, name) for name in _DESCRIBED}
    model.insert(items, {"id": event.originator_id, "version": 1, "code": event.code, **row})


def _item_amended(model: ReadModel, event: Any) -> None:
    row = {name: getattr(event, name) for name in _DESCRIBED}
    _update(model, items, event.originator_id, version=event.originator_version, **row)


def _item_put_in_use(model: ReadModel, event: Any) -> None:
    _update(model, items, event.originator_id, version=event.originator_version)


def _received(model: ReadModel, event: Any) -> None:
    number, on = event.fo110_no, event.received_on
    issue(model, event, event.originator_id, "FO-110", "A", number, event.warehouse, on, of_case=False)
    for line in event.lines:
        model.insert(
            lots,
            {
                "id": line["lot"],
                "name": f"{event.fo110_no}-{line['line']}",
                "receipt": event.originator_id,
                "contract": event.contract_id,
                "item": line["item"],
                "unit": line["unit"],
                "supplier_lot": line["supplier_lot"],
                "expires_on": line["expires_on"],
            },
        )
    rows = [(line["lot"], line["qty"], NONE, NONE) for line in event.lines]
    traces = [{"line": line["lot"], "cost": line["total"]} for line in event.lines]
    move(model, event, "receipt", event.received_on, event.warehouse, event.booked_by, event.fo110_no, rows, traces)


def _assigned(model: ReadModel, event: Any) -> None:
    issue(model, event, event.assignment_id, "FO-110", "B", event.fo110_no, event.warehouse, event.assigned_on)
    rows = [(line["lot"], NONE, line["qty"], NONE) for line in event.lines]
    on, number = event.assigned_on, event.fo110_no
    move(model, event, "assignment", on, event.warehouse, event.assigned_by, number, rows, _reserved(event))


def _assignment_released(model: ReadModel, event: Any) -> None:
    rows = [(line["lot"], NONE, -line["qty"], NONE) for line in event.lines]
    on, number = event.released_on, None
    move(model, event, "release", on, event.warehouse, event.released_by, number, rows, _reserved(event))


def _reserved(event: Any) -> list[dict[str, Any]]:
    return [{"reserved": line["line"]} for line in event.lines]


def _withdrawal_requested(model: ReadModel, event: Any) -> None:
    model.insert(
        withdrawals,
        {
            "id": event.request_id,
            "version": event.originator_version,
            "case_id": event.originator_id,
            "warehouse": event.warehouse,
            "state": "requested",
            "since": event.requested_on,
            "custody": NONE,
        },
    )


def _withdrawal_refused(model: ReadModel, event: Any) -> None:
    changed = {"state": "refused", "since": event.refused_on, "version": event.originator_version}
    _update(model, withdrawals, event.request_id, **changed)


def _withdrawn(model: ReadModel, event: Any) -> None:
    total = sum((line["qty"] for line in event.lines), NONE)
    issue(model, event, event.withdrawal_id, "FO-128", "", event.fo128_no, event.warehouse, event.withdrawn_on)
    _update(
        model,
        withdrawals,
        event.request_id,
        withdrawal=event.withdrawal_id,
        custodian=event.withdrawn_by,
        number=event.fo128_no,
        state="withdrawn",
        since=event.withdrawn_on,
        custody=total,
        version=event.originator_version,
    )
    rows = [(line["lot"], -line["qty"], -line["qty"], line["qty"]) for line in event.lines]
    traces = [
        {"line": line["line"], "reserved": line["assignment_line"], "custodian": event.withdrawn_by}
        for line in event.lines
    ]
    move(
        model,
        event,
        "withdrawal",
        event.withdrawn_on,
        event.warehouse,
        event.withdrawn_by,
        event.fo128_no,
        rows,
        traces,
    )


def _delivered(model: ReadModel, event: Any) -> None:
    warehouse, custodian = _leave_custody(model, event, event.delivered_on, event.lines)
    issue(model, event, event.delivery_id, "FRM-10", "", event.receipt_no, warehouse, event.delivered_on)
    rows = [(line["lot"], NONE, NONE, -line["qty"]) for line in event.lines]
    traces = [{"line": line["line"], "source": line["withdrawal_line"], "custodian": custodian} for line in event.lines]
    move(model, event, "delivery", event.delivered_on, warehouse, event.recorded_by, event.receipt_no, rows, traces)


def _returned(model: ReadModel, event: Any) -> None:
    from_custody = [line for line in event.lines if line["origin"] == "custody"]
    _, custodian = _leave_custody(model, event, event.returned_on, from_custody)
    rows = [
        (line["lot"], line["qty"], NONE, -line["qty"] if line["origin"] == "custody" else NONE) for line in event.lines
    ]
    traces = [
        {
            "line": line["line"],
            "source": line["source"],
            "custodian": custodian if line["origin"] == "custody" else None,
        }
        for line in event.lines
    ]
    move(model, event, "return", event.returned_on, event.warehouse, event.taken_by, None, rows, traces)


def _transferred(model: ReadModel, event: Any) -> None:
    number, on, carrier = event.fo128_no, event.transferred_on, event.carried_by
    issue(model, event, event.movement_id, "FO-128", "", number, event.warehouse, on, of_case=False)
    out = [(line["lot"], -line["qty"], NONE, NONE) for line in event.lines]
    into = [(line["lot"], line["qty"], NONE, NONE) for line in event.lines]
    left = [{"line": uuid5(event.movement_id, str(line["lot"]))} for line in event.lines]
    came = [{"source": each["line"], "line": uuid5(each["line"], "in")} for each in left]
    move(model, event, "transfer", on, event.warehouse, carrier, number, out, left)
    move(model, event, "transfer", on, event.to_warehouse, carrier, number, into, came, first=len(out))


def _adjusted(model: ReadModel, event: Any) -> None:
    count_projection.approved(model, event)
    rows = [(line["lot"], line["qty"], NONE, NONE) for line in event.lines]
    traces = [{"line": uuid5(event.movement_id, str(line["lot"]))} for line in event.lines]
    move(model, event, "adjustment", event.adjusted_on, event.warehouse, event.approved_by, None, rows, traces)


def _written_off(model: ReadModel, event: Any) -> None:
    write_offs.approved(model, event)
    rows = [(line["lot"], line["qty"], NONE, NONE) for line in event.lines]
    traces = [{"line": uuid5(event.movement_id, str(line["lot"]))} for line in event.lines]
    move(model, event, "write_off", event.written_off_on, event.warehouse, event.approved_by, None, rows, traces)


def _corrected(model: ReadModel, event: Any) -> None:
    corrections.approved(model, event)
    if event.case_id is not None:
        return
    for first, (lot, entry, trace) in enumerate(corrections.rows(model, event)):
        moved = (entry["on"], entry["warehouse"], event.approved_by, event.number)
        row = (lot, entry["qty"], NONE, NONE)
        move(model, event, "correction", *moved, [row], [trace], first=first)


def _case_corrected(model: ReadModel, event: Any) -> None:
    """The goods are where the right entry has them, at the cost they had."""
    sign = {"withdrawal": (-1, -1, 1), "delivery": (0, 0, -1), "return": (1, 0, -1)}[event.kind]
    rows, traces = [], []
    found = _withdrawal(model, event.withdrawal_id)
    custody = found["custody"]
    for line in event.lines:
        at_the_beneficiary = line["origin"] == "beneficiary"
        on_hand, assigned, held = (each * line["qty"] for each in sign)
        held = NONE if at_the_beneficiary else held
        custody += held
        rows.append((line["lot"], on_hand, assigned, held))
        into = {} if event.kind == "withdrawal" else {"line": line["source"]}
        reserved = {"reserved": line["source"]} if event.kind == "withdrawal" else {}
        holder = None if at_the_beneficiary else found["custodian"]
        traces.append({"source": line["line"], "custodian": holder, **into, **reserved})
    state = "withdrawn" if custody else "closed"
    _update(model, withdrawals, found["id"], custody=custody, state=state, version=event.originator_version)
    person, case = event.approved_by, event.originator_id
    at = (event.moved_on, event.warehouse, person, event.number)
    move(model, event, "correction", *at, rows, traces, case_id=case)


def _forms_received(model: ReadModel, event: Any) -> None:
    told = {"handed_in": event.originator_id, "handed_in_version": event.originator_version}
    for number in event.document_numbers:
        paper = model.find(documents, "number", number)
        if paper is not None:
            model.update(documents, paper["id"], {"forms_received_on": event.received_on, **told})


def _leave_custody(model: ReadModel, event: Any, on: date, lines: list[dict[str, Any]]) -> tuple[UUID, UUID | None]:
    """Lower what the withdrawal has in custody; answers its warehouse and who holds the goods."""
    found = _withdrawal(model, event.withdrawal_id)
    left = found["custody"] - sum((line["qty"] for line in lines), NONE)
    changed = {"custody": left, "version": event.originator_version}
    if not left and lines:
        changed |= {"state": "closed", "since": on}
    _update(model, withdrawals, found["id"], **changed)
    return found["warehouse"], found["custodian"]


def _withdrawal(model: ReadModel, withdrawal: UUID) -> Mapping[str, Any]:
    found = model.find(withdrawals, "withdrawal", withdrawal)
    assert found is not None, "a withdrawal stands before whatever leaves it"
    return found


def _update(model: ReadModel, table: sa.Table, row_id: UUID, **changed: Any) -> None:
    model.update(table, row_id, changed)


_CHANGES: dict[str, Callable[[ReadModel, Any], None]] = {
    "inventory.WarehouseRegistered": _warehouse_registered,
    "inventory.ItemRegistered": _item_registered,
    "inventory.ItemAmended": _item_amended,
    "inventory.ItemPutInUse": _item_put_in_use,
    "inventory.StockReceived": _received,
    "inventory.StockAssigned": _assigned,
    "inventory.StockAssignmentReleased": _assignment_released,
    "inventory.WithdrawalRequested": _withdrawal_requested,
    "inventory.WithdrawalRefused": _withdrawal_refused,
    "inventory.StockWithdrawn": _withdrawn,
    "inventory.IncentiveDelivered": _delivered,
    "inventory.StockReturned": _returned,
    "inventory.StockTransferred": _transferred,
    "inventory.CountStarted": count_projection.started,
    "inventory.CountRecorded": count_projection.recorded,
    "inventory.AdjustmentProposed": count_projection.proposed,
    "inventory.StockAdjusted": _adjusted,
    "inventory.AdjustmentRejected": count_projection.rejected,
    "inventory.WriteOffProposed": write_offs.proposed,
    "inventory.StockWrittenOff": _written_off,
    "inventory.WriteOffRejected": write_offs.rejected,
    "inventory.CorrectionProposed": corrections.proposed,
    "inventory.MovementCorrected": _corrected,
    "inventory.CaseMovementCorrected": _case_corrected,
    "inventory.CorrectionRejected": corrections.rejected,
    "inventory.WarehouseFormsReceived": _forms_received,
    "inventory.PeriodClosed": closings.closed,
}
