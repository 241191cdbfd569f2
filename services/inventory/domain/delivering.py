"""Delivery to the beneficiary (AMB-11), and goods that come back from the professional or the beneficiary."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from services.inventory.domain.asked import Asked, Stock, check_still_wanted, summed
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.duties import BOOKED, RELEASED, check_apart
from services.inventory.domain.incentive_lines import DeliveryLine, Withdrawal, WithdrawalLine
from services.inventory.domain.papers import Issue, Rows
from services.inventory.domain.quantities import NONE, check_quantity, plain
from services.inventory.domain.refusals import CustodyExceeded, Excluded, NotCustodian, ReturnExceeds
from services.inventory.domain.signatures import Signature, check_beneficiary_signed
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


def deliver(
    case: CaseIncentive,
    act: Act,
    *,
    delivery_id: UUID,
    withdrawal_id: UUID,
    lines: Asked,
    conditions: dict[UUID, str],
    stock: Stock,
    beneficiary: Signature | None,
    witness: Personal | None,
    place: Personal | None,
    photo: Personal | None,
    issue: Issue,
) -> bool:
    """Record what the beneficiary received and signed for; ``lines`` are of the FO-128. True when nothing is missing.

    Raises `StepOutOfOrder` before any FO-128, SOD-3, `NotCustodian`, `Excluded`, `CustodyExceeded`,
    `SignatureRequired`, `NotInDecision` if the need was cancelled meanwhile.
    """
    case.check_open(act)
    withdrawal = case.withdrawal_of(withdrawal_id)
    act.check_not_before(withdrawal.withdrawn_on)
    if any(exclusion.in_force(act.on) for exclusion in case.exclusions.values()):
        raise Excluded()
    rows: Rows = []
    more: dict[str, Decimal] = {}
    for line_id, qty in summed(lines):
        line = _in_custody(case, act, withdrawal, line_id, qty, stock)
        lot = stock(line.lot)
        check_quantity(qty, lot.decimals, lot.unit, field="lines")
        more[line.item] = more.get(line.item, NONE) + qty
        need = case.need(withdrawal.decision, line.item)
        check_still_wanted(need, need.delivered_net, case.assignment_lines[line.assignment_line], more[line.item])
        row = {"line": uuid4(), "withdrawal_line": line_id, "lot": line.lot, "lot_name": lot.name, "item": line.item}
        rows.append({**row, "qty": qty, "unit": line.unit, "condition": conditions.get(line_id, "")})
    if act.person != withdrawal.withdrawn_by:
        raise NotCustodian()
    signed = check_beneficiary_signed(beneficiary, witness)
    needs = case.decisions[withdrawal.decision].needs.values()
    complete = all(need.decided <= need.delivered_net + more.get(need.item, NONE) + need.cancelled for need in needs)
    issued = issue(rows)
    case.trigger_event(
        case.IncentiveDelivered,
        delivery_id=delivery_id,
        withdrawal_id=withdrawal_id,
        decision_id=withdrawal.decision,
        fo128_no=withdrawal.number,
        receipt_no=issued.number,
        lines=rows,
        delivered_on=act.on,
        complete=complete,
        recorded_by=act.person,
        place=place,
        beneficiary=signed,
        witness=witness,
        photo=photo,
        document=issued.document,
    )
    return complete


def take_back(
    case: CaseIncentive,
    act: Act,
    *,
    movement_id: UUID,
    withdrawal_id: UUID,
    lines: Asked,
    reason_code: str,
    reason: Personal | None,
    stock: Stock,
) -> None:
    """Goods of an FO-128 come back: ``lines`` of it (from custody) or of its deliveries (from the beneficiary).

    They are free stock of the same lot again (INV-10). Raises `StepOutOfOrder`, `ReturnExceeds`.
    """
    withdrawal = case.withdrawal_of(withdrawal_id)
    rows = [_returned(case, act, withdrawal, line_id, qty, stock) for line_id, qty in summed(lines)]
    case.trigger_event(
        case.StockReturned,
        movement_id=movement_id,
        withdrawal_id=withdrawal_id,
        decision_id=withdrawal.decision,
        warehouse=withdrawal.warehouse,
        lines=rows,
        reason_code=reason_code,
        reason=reason,
        returned_on=act.on,
        taken_by=act.person,
    )


def _in_custody(
    case: CaseIncentive, act: Act, withdrawal: Withdrawal, line_id: UUID, qty: Decimal, stock: Stock
) -> WithdrawalLine:
    line = case.withdrawal_lines.get(line_id)
    if line is None or line.withdrawal != withdrawal.id:
        raise CustodyExceeded(field="lines", open="0", asked=plain(qty))
    bookers = case.assignment_lines[line.assignment_line].bookers | stock(line.lot).bookers
    check_apart(act.person, "registra el recibo", (RELEASED, [withdrawal.released_by]), (BOOKED, bookers))
    if qty > line.in_custody:
        raise CustodyExceeded(field="lines", open=plain(line.in_custody), asked=plain(qty))
    return line


def _returned(
    case: CaseIncentive, act: Act, withdrawal: Withdrawal, line_id: UUID, qty: Decimal, stock: Stock
) -> dict[str, Any]:
    source: WithdrawalLine | DeliveryLine | None = case.withdrawal_lines.get(line_id) or case.delivery_lines.get(
        line_id
    )
    if isinstance(source, WithdrawalLine):
        belongs, left, since, origin = source.withdrawal, source.in_custody, withdrawal.withdrawn_on, "custody"
    elif isinstance(source, DeliveryLine):
        belongs = case.withdrawal_lines[source.withdrawal_line].withdrawal
        left, since, origin = source.kept, source.delivered_on, "beneficiary"
    else:
        raise ReturnExceeds(field="lines", open="0", asked=plain(qty))
    if belongs != withdrawal.id:
        raise FieldInvalid(field="lines", explanation="todos los renglones son del FO-128 que indica.")
    if qty > left:
        raise ReturnExceeds(field="lines", open=plain(left), asked=plain(qty))
    act.check_not_before(since)
    lot = stock(source.lot)
    check_quantity(qty, lot.decimals, lot.unit, field="lines")
    back = uuid4()
    lot.take_back(withdrawal.warehouse, back, qty, act.on)
    row = {"line": back, "source": line_id, "origin": origin, "lot": source.lot}
    return {**row, "item": source.item, "qty": qty, "unit": source.unit}
