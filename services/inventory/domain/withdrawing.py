"""FO-128 (*traslado de elementos*): assigned goods are asked for, and released into a professional's custody."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

from services.inventory.domain.asked import Asked, Stock, check_still_wanted, summed
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.duties import BOOKED, RELEASED, REQUESTED, check_apart
from services.inventory.domain.incentive_lines import AssignmentLine
from services.inventory.domain.papers import Issue, Rows
from services.inventory.domain.quantities import NONE, check_quantity, plain
from services.inventory.domain.refusals import NotAssigned
from services.inventory.domain.signatures import Signature, check_signed
from shared.catalogue.refusals import FieldInvalid, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


def request_withdrawal(case: CaseIncentive, act: Act, *, request_id: UUID, lines: Asked, stock: Stock) -> None:
    """Ask the warehouse for assigned goods of one decision and one warehouse.

    Raises `StepOutOfOrder` before any assignment, `NotAssigned`, SOD-3.
    """
    case.check_open(act)
    if not case.assignment_lines:
        raise StepOutOfOrder(missing="la asignación de los bienes al caso (FO-110 parte B)")
    rows: Rows = []
    sources: set[tuple[UUID, UUID]] = set()
    for line_id, qty in summed(lines):
        line = case.assigned(line_id, qty)
        lot = stock(line.lot)
        check_quantity(qty, lot.decimals, lot.unit, field="lines")
        act.check_not_before(line.assigned_on)
        check_apart(act.person, "solicita el retiro", (BOOKED, line.bookers | lot.bookers))
        rows.append({"assignment_line": line_id, "lot": line.lot, "item": line.item, "qty": qty, "unit": line.unit})
        sources.add((line.decision, line.warehouse))
    if len(sources) > 1:
        explanation = "una solicitud es de una sola decisión y un solo almacén; haga una por cada uno."
        raise FieldInvalid(field="lines", explanation=explanation)
    decision, warehouse = sources.pop()
    case.trigger_event(
        case.WithdrawalRequested,
        request_id=request_id,
        decision_id=decision,
        warehouse=warehouse,
        lines=rows,
        requested_on=act.on,
        requested_by=act.person,
    )


def refuse_withdrawal(case: CaseIncentive, act: Act, *, request_id: UUID, reason: Personal) -> None:
    """The warehouse refuses a request that waits; the assignment stands."""
    request = case.waiting_request(request_id)
    act.check_not_before(request.requested_on)
    case.trigger_event(
        case.WithdrawalRefused, request_id=request_id, refused_on=act.on, refused_by=act.person, reason=reason
    )


def release_withdrawal(
    case: CaseIncentive,
    act: Act,
    *,
    withdrawal_id: UUID,
    request_id: UUID,
    professional: UUID | None,
    lines: Asked,
    stock: Stock,
    withdrawn_by: Signature | None,
    released_by: Signature | None,
    issue: Issue,
) -> Rows:
    """Hand goods to the professional who signs ``withdrawn_by`` for them (default: who asked); answers the lines.

    ``lines`` (of the assignment) may release less than was asked; empty: all of it. Raises `SignatureRequired`,
    SOD-3, `LotExpired`, `StockInsufficient`, `NotInDecision` if the need was cancelled meanwhile.
    """
    case.check_open(act)
    request = case.waiting_request(request_id)
    act.check_not_before(request.requested_on)
    taker = professional or request.requested_by
    rows: Rows = []
    taken: dict[str, Decimal] = {}
    for line_id, qty in summed(lines or request.lines.items()):
        asked = request.lines.get(line_id, NONE)
        if qty > asked:
            raise NotAssigned(field="lines", open=plain(asked), asked=plain(qty))
        line = case.assignment_lines[line_id]
        booked = (BOOKED, line.bookers | stock(line.lot).bookers)
        check_apart(act.person, "autoriza el FO-128", (REQUESTED, [request.requested_by]), booked)
        check_apart(taker, "retira los bienes", (RELEASED, [act.person]), booked)
        taken[line.item] = taken.get(line.item, NONE) + qty
        need = case.need(request.decision, line.item)
        check_still_wanted(need, need.in_custody + need.delivered_net, line, taken[line.item])
        rows.append(_take(line, qty, act, stock))
    signed = check_signed(withdrawn_by, "la del profesional que retira los bienes", field="withdrawn_by")
    issued = issue(rows)
    case.trigger_event(
        case.StockWithdrawn,
        withdrawal_id=withdrawal_id,
        request_id=request_id,
        decision_id=request.decision,
        fo128_no=issued.number,
        warehouse=request.warehouse,
        lines=rows,
        withdrawn_on=act.on,
        requested_by=request.requested_by,
        released_by=act.person,
        withdrawn_by=taker,
        release_signature=released_by,
        withdrawal_signature=signed,
        document=issued.document,
    )
    return rows


def _take(line: AssignmentLine, qty: Decimal, act: Act, stock: Stock) -> dict[str, object]:
    act.check_not_before(line.assigned_on)
    lot = stock(line.lot)
    check_quantity(qty, lot.decimals, lot.unit, field="lines")
    taken = uuid4()
    lot.withdraw(line.warehouse, taken, qty, act.on)
    row = {"line": taken, "assignment_line": line.id, "lot": line.lot, "lot_name": lot.name}
    return {**row, "item": line.item, "qty": qty, "unit": line.unit}
