"""Corrections of what a case's documents say: less was withdrawn, delivered or returned than was written down.

More than is written has another document, signed by who received it (A19-1, AMB-11): only less is a correction.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from services.inventory.domain.asked import Stock, check_wanted
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.case_movement import DELIVERY, RETURN, WITHDRAWAL, CaseLine, CaseMovement, movement_of
from services.inventory.domain.correction import REGISTRAR, Correction
from services.inventory.domain.duties import BOOKED, check_apart
from services.inventory.domain.papers import Rows
from services.inventory.domain.quantities import NONE, check_counted, plain
from services.inventory.domain.refusals import AlreadyUsed, NotTheirMovement
from services.inventory.domain.second_person import KEEPER
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

_MAY_PROPOSE = {WITHDRAWAL: (KEEPER,), RETURN: (KEEPER,), DELIVERY: (REGISTRAR, KEEPER)}


def propose(
    case: CaseIncentive,
    act: Act,
    id: UUID,
    *,
    movement_id: UUID,
    said: list[tuple[UUID, Decimal]],
    stock: Stock,
    reason_code: str,
    reason: Personal,
) -> Correction:
    """Propose the right quantities (zero: not at all) of lines of a document; ``said`` names a line, or its lot.

    Raises `NotFound`, `NotTheirMovement`, `SeparationOfDuties` (SOD-3), `FieldInvalid`, `AlreadyUsed`,
    `NotInDecision` and `StockInsufficient`.
    """
    wrong = _movement(case, movement_id)
    if act.role not in _MAY_PROPOSE[wrong.kind]:
        raise NotTheirMovement()
    act.check_not_before(wrong.on)
    check_apart(act.person, "corrige el documento", *wrong.others)
    rows = [_line(act, wrong, _named(wrong, name), qty, stock) for name, qty in said]
    if len({row["line"] for row in rows}) != len(rows):
        raise FieldInvalid(field="lines", explanation="cada renglón va una sola vez.")
    _check_room(case, wrong, rows, stock)
    return Correction.put_forward(
        act,
        id,
        corrected_movement=wrong.id,
        kind=wrong.kind,
        number=wrong.number,
        lines=rows,
        was=wrong.place(),
        right=wrong.place(),
        authors=sorted(wrong.authors),
        reason_code=reason_code,
        reason=reason,
    )


def approve(correction: Correction, act: Act, *, movement_id: UUID, case: CaseIncentive, stock: Stock) -> None:
    """Case and lots follow, as of the day of the document. Raises as `propose` does, and SOD-4."""
    correction.check_decidable(act)
    wrong = _movement(case, correction.corrected_movement)
    for row in correction.lines:
        _check_used(wrong.lines[row["line"]], row["right"])
    _check_room(case, wrong, correction.lines, stock)
    for row in correction.lines:
        entries = _entries(wrong, row)
        if entries:
            stock(row["lot"]).correct(movement_id, entries, received_on=None, booked_by=None)
    case.trigger_event(
        case.CaseMovementCorrected,
        correction_id=correction.id,
        corrected_movement=wrong.id,
        kind=wrong.kind,
        number=wrong.number,
        decision_id=wrong.withdrawal.decision,
        withdrawal_id=wrong.withdrawal.id,
        warehouse=wrong.withdrawal.warehouse,
        lines=correction.lines,
        moved_on=wrong.on,
        corrected_on=act.on,
        approved_by=act.person,
    )
    correction.book(act, movement_id)


def _movement(case: CaseIncentive, movement_id: UUID) -> CaseMovement:
    found = movement_of(case, movement_id)
    if found is None:
        raise NotFound(what="ese documento del caso", field="movement")
    return found


def _named(wrong: CaseMovement, name: UUID) -> CaseLine:
    if name in wrong.lines:
        return wrong.lines[name]
    of_lot = [line for line in wrong.lines.values() if line.lot == name]
    if not of_lot:
        raise FieldInvalid(field="lines", explanation="ese lote o renglón no está en el documento que corrige.")
    if len(of_lot) > 1:
        raise FieldInvalid(field="lines", explanation="el lote está en varios renglones; indique cuál.")
    return of_lot[0]


def _line(act: Act, wrong: CaseMovement, line: CaseLine, qty: Decimal, stock: Stock) -> dict[str, Any]:
    lot = stock(line.lot)
    check_counted(qty, lot.decimals, lot.unit, field="lines")
    if wrong.kind != RETURN:
        check_apart(act.person, "corrige el documento", (BOOKED, line.bookers | lot.bookers))
    if qty >= line.qty:
        explanation = "solo se corrige a una cantidad menor; lo que falte va en otro documento, con su firma."
        raise FieldInvalid(field="lines", explanation=explanation)
    _check_used(line, qty)
    quantities = {"was": line.qty, "right": qty, "qty": qty - line.qty, "unit_cost": None, "total": None}
    row = {"lot": line.lot, "item": line.item, "unit": line.unit, **quantities}
    return {**row, "line": line.id, "source": line.source, "origin": line.origin}


def _check_used(line: CaseLine, qty: Decimal) -> None:
    if qty < line.used:
        raise AlreadyUsed(field="lines", used=plain(line.used), asked=plain(qty))


def _check_room(case: CaseIncentive, wrong: CaseMovement, rows: Rows, stock: Stock) -> None:
    """What was not returned after all is in custody, or with the beneficiary, again: there must be need of it."""
    again: dict[str, Decimal] = {}
    for row in rows:
        stock(row["lot"]).check_correction(_entries(wrong, row))
        again[row["item"]] = again.get(row["item"], NONE) - row["qty"]
    if wrong.kind == RETURN:
        for row in rows:
            need = case.need(wrong.withdrawal.decision, row["item"])
            check_wanted(need.open, again[row["item"]], row["item"], row["unit"])


def _entries(wrong: CaseMovement, row: dict[str, Any]) -> Rows:
    """What the correction changes in the warehouse, on the day of the document; a delivery was no matter of it."""
    at = {"warehouse": wrong.withdrawal.warehouse, "on": wrong.on}
    if wrong.kind == WITHDRAWAL:
        return [{**at, "qty": -row["qty"], "assigned": -row["qty"]}]
    return [{**at, "qty": row["qty"]}] if wrong.kind == RETURN else []
