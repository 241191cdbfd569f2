"""FO-110 part B (*asignación de activo*): received goods are reserved for a case, or given back."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

from services.inventory.domain.asked import Asked, Stock, check_wanted, summed
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.papers import Issue, Rows
from services.inventory.domain.quantities import NONE, check_quantity, plain
from services.inventory.domain.refusals import DecisionUnknown, NotAssigned
from services.inventory.domain.signatures import Signature, check_signed
from shared.catalogue.refusals import StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


def assign(
    case: CaseIncentive,
    act: Act,
    *,
    assignment_id: UUID,
    decision_id: UUID,
    warehouse: UUID,
    lots: Asked,
    stock: Stock,
    responsible: Signature | None,
    issue: Issue,
) -> Rows:
    """Reserve lots of ``warehouse`` for the lines of a decision; answers the assignment's lines.

    Raises `StepOutOfOrder` before act. 18, `NotInDecision` above the open need, `StockInsufficient`.
    """
    case.check_open(act)
    if not case.decisions:
        raise StepOutOfOrder(missing="la decisión de entregar un incentivo (act. 18)")
    decision = case.decisions.get(decision_id)
    if decision is None:
        raise DecisionUnknown(field="decision")
    act.check_not_before(decision.decided_on)
    signed = check_signed(responsible, "la del responsable de la asignación", field="responsible")
    rows: Rows = []
    taken: dict[str, Decimal] = {}
    for lot_id, qty in summed(lots):
        lot = stock(lot_id)
        act.check_not_before(lot.received_on)
        check_quantity(qty, lot.decimals, lot.unit, field="lines")
        need = decision.needs.get(lot.item)
        taken[lot.item] = taken.get(lot.item, NONE) + qty
        same_unit = need is not None and need.unit == lot.unit
        check_wanted(need.open if need is not None and same_unit else NONE, taken[lot.item], lot.item, lot.unit)
        line = uuid4()
        lot.assign(warehouse, line, qty, act.on)
        row = {"line": line, "lot": lot_id, "lot_name": lot.name, "item": lot.item, "qty": qty, "unit": lot.unit}
        rows.append({**row, "booked_by": lot.booked_by})
    issued = issue(rows)
    case.trigger_event(
        case.StockAssigned,
        assignment_id=assignment_id,
        fo110_no=issued.number,
        decision_id=decision_id,
        warehouse=warehouse,
        lines=rows,
        assigned_on=act.on,
        assigned_by=act.person,
        responsible=signed,
        document=issued.document,
    )
    return rows


def release_assignment(
    case: CaseIncentive, act: Act, *, assignment_id: UUID, lines: Asked, stock: Stock, reason: Personal
) -> None:
    """Give back what was assigned and neither asked for nor withdrawn; it is free stock again. Raises `NotAssigned`."""
    rows: Rows = []
    for line_id, qty in summed(lines):
        line = case.assigned(line_id, qty)
        if line.assignment != assignment_id:
            raise NotAssigned(field="lines", open="0", asked=plain(qty))
        act.check_not_before(line.assigned_on)
        lot = stock(line.lot)
        check_quantity(qty, lot.decimals, lot.unit, field="lines")
        lot.free(line.warehouse, line_id, qty, act.on)
        rows.append({"line": line_id, "lot": line.lot, "item": line.item, "qty": qty, "unit": line.unit})
    first = case.assignment_lines[rows[0]["line"]]
    case.trigger_event(
        case.StockAssignmentReleased,
        assignment_id=assignment_id,
        decision_id=first.decision,
        warehouse=first.warehouse,
        lines=rows,
        released_on=act.on,
        released_by=act.person,
        reason=reason,
    )
