"""Correction (*corrección de un movimiento*): a wrong entry is taken back and the right one made, by two people."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain.asked import Stock
from services.inventory.domain.duties import BOOKED, HANDLED, check_apart
from services.inventory.domain.lot import Lot
from services.inventory.domain.movement import ADJUSTMENT, RECEIPT, TRANSFER, WRITE_OFF, Movement, entries
from services.inventory.domain.papers import Rows
from services.inventory.domain.quantities import NONE, check_counted
from services.inventory.domain.refusals import NotTheirMovement
from services.inventory.domain.second_person import APPROVED, KEEPER, PROPOSED, REJECTED, check_decision
from services.inventory.domain.valuation import cents
from shared.catalogue.refusals import FieldInvalid, SeparationOfDuties
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

THIS = "esta corrección"
REGISTRAR = "warehouse_registrar"
MAY_PROPOSE = {
    RECEIPT: (REGISTRAR,),
    TRANSFER: (KEEPER,),
    ADJUSTMENT: (REGISTRAR, KEEPER),
    WRITE_OFF: (REGISTRAR, KEEPER),
}
"""The roles of the original command (X-10)."""

Hands = Callable[[UUID], Collection[UUID]]
"""Who asked for goods of a lot, released or took them so far: none of them may book it (SOD-3)."""


@dataclass(frozen=True)
class Said:
    """What a person says was right of a lot: ``qty`` without sign, ``unit_cost`` (COP) only if that was wrong."""

    lot: UUID
    qty: Decimal
    unit_cost: Decimal | None = None


class Correction(Aggregate):
    """A proposal to correct a movement, and what became of it. The corrected movement itself never changes."""

    TOPIC = "inventory.Correction"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class CorrectionProposed(Event, Aggregate.Created):
        """``corrected_movement`` is wrong. Each line has ``lot``, ``item``, ``unit``, ``was`` and ``right``
        (quantities signed as the movement has them), ``qty`` (right less was), and of a receipt ``unit_cost`` and
        ``total`` (COP) as they were right. ``was`` and ``right`` of the event are its places: ``on``, ``warehouse``
        and ``to_warehouse``."""

        TOPIC = "inventory.CorrectionProposed"
        corrected_movement: UUID
        kind: str
        number: str | None
        lines: Rows
        was: dict[str, Any]
        right: dict[str, Any]
        authors: list[UUID]
        reason_code: str
        reason: Personal
        proposed_on: date
        proposed_by: UUID

    Created = CorrectionProposed

    class MovementCorrected(Event):
        """The wrong entry is taken back on the day on which it stood, and the right one stands on its own day."""

        TOPIC = "inventory.MovementCorrected"
        movement_id: UUID
        corrected_movement: UUID
        kind: str
        number: str | None
        lines: Rows
        was: dict[str, Any]
        right: dict[str, Any]
        reason_code: str
        corrected_on: date
        approved_by: UUID

        @property
        def case_id(self) -> UUID | None:
            """Whose document it was; None of a movement of the store alone."""
            return self.right.get("case")

        @property
        def decision_id(self) -> UUID | None:
            """The decision of act. 18 behind the document of a case."""
            return self.right.get("decision")

        def apply(self, aggregate: Correction) -> None:
            aggregate.state = APPROVED

    class CorrectionRejected(Event):
        """The movement stands as it is."""

        TOPIC = "inventory.CorrectionRejected"
        rejected_on: date
        rejected_by: UUID
        reason: Personal

        def apply(self, aggregate: Correction) -> None:
            aggregate.state = REJECTED

    def __init__(
        self,
        corrected_movement: UUID,
        kind: str,
        number: str | None,
        lines: Rows,
        was: dict[str, Any],
        right: dict[str, Any],
        authors: list[UUID],
        reason_code: str,
        proposed_on: date,
        proposed_by: UUID,
    ) -> None:
        self.corrected_movement = corrected_movement
        self.kind = kind
        self.number = number
        self.lines = lines
        self.was = was
        self.right = right
        self.authors = authors
        self.reason_code = reason_code
        self.proposed_on = proposed_on
        self.proposed_by = proposed_by
        self.state = PROPOSED

    @property
    def case_id(self) -> UUID | None:
        """Whose document is corrected; None of a movement of the store alone."""
        return self.right.get("case")

    @property
    def movement(self) -> Movement | None:
        """The right entry, which may be corrected in turn; None until it stands."""
        if self.state != APPROVED or self.case_id is not None:
            return None
        return Movement(
            self.id,
            self.kind,
            self.number,
            self.right["on"],
            self.right["warehouse"],
            self.right["to_warehouse"],
            {line["lot"]: line["right"] for line in self.lines},
            frozenset((*self.authors, self.proposed_by)),
            {line["lot"]: line["unit_cost"] for line in self.lines if line["unit_cost"] is not None},
        )

    @classmethod
    def propose(
        cls,
        act: Act,
        id: UUID,
        *,
        wrong: Movement,
        right_on: date | None,
        warehouse: UUID | None,
        to_warehouse: UUID | None,
        said: list[Said],
        stock: Stock,
        hands: Hands,
        reason_code: str,
        reason: Personal,
    ) -> Correction:
        """Propose that lots of ``wrong`` moved in other quantities (zero: not at all), on another day or elsewhere.

        Raises `NotTheirMovement`, `SeparationOfDuties`
        (SOD-3), `FieldInvalid`, and `StockInsufficient` already now if what follows could not have happened.
        """
        if act.role not in MAY_PROPOSE[wrong.kind]:
            raise NotTheirMovement()
        act.check_not_before(wrong.on)
        right = wrong.at(right_on or wrong.on, warehouse or wrong.warehouse, _destination(wrong, to_warehouse))
        _check_place(act, right)
        lines = [_line(act, wrong, right, each, stock, hands) for each in said]
        if len({line["lot"] for line in lines}) != len(lines):
            raise FieldInvalid(field="lines", explanation="cada lote va una sola vez.")
        return cls.put_forward(
            act,
            id,
            corrected_movement=wrong.id,
            kind=wrong.kind,
            number=wrong.number,
            lines=lines,
            was=wrong.place(),
            right=right.place(),
            authors=sorted(wrong.authors),
            reason_code=reason_code,
            reason=reason,
        )

    @classmethod
    def put_forward(cls, act: Act, id: UUID, **facts: Any) -> Correction:
        """A proposal with the facts of `CorrectionProposed`, whose rules the caller has checked."""
        return cls._create(
            event_class=cls.CorrectionProposed, id=id, proposed_on=act.on, proposed_by=act.person, **facts
        )

    def check_decidable(self, act: Act) -> None:
        """Refuse unless ``act`` may decide: a second person, no keeper, no author of what was wrong (SOD-4)."""
        check_decision(act, self.state, self.proposed_by, THIS)
        if act.person in self.authors:
            explanation = f"quien registró o propuso el movimiento no puede ser quien decide {THIS}."
            raise SeparationOfDuties(rule="SOD-4", explanation=explanation)
        act.check_not_before(self.proposed_on)

    def approve(self, act: Act, *, movement_id: UUID, stock: Stock) -> None:
        """Reversal and right entry, in one act. Raises `SeparationOfDuties` (SOD-4), `StockInsufficient` (INV-3)."""
        self.check_decidable(act)
        is_receipt = self.kind == RECEIPT
        for line in self.lines:
            stock(line["lot"]).correct(
                movement_id,
                _changes(self.was, self.right, line["was"], line["right"]),
                received_on=self.right["on"] if is_receipt else None,
                booked_by=self.proposed_by if is_receipt else None,
            )
        self.book(act, movement_id)

    def book(self, act: Act, movement_id: UUID) -> None:
        """It is done: the lots, and the case if there is one, have followed."""
        self.trigger_event(
            self.MovementCorrected,
            movement_id=movement_id,
            corrected_movement=self.corrected_movement,
            kind=self.kind,
            number=self.number,
            lines=self.lines,
            was=self.was,
            right=self.right,
            reason_code=self.reason_code,
            corrected_on=act.on,
            approved_by=act.person,
        )

    def reject(self, act: Act, *, reason: Personal) -> None:
        """Nothing changes. Raises `SeparationOfDuties`."""
        check_decision(act, self.state, self.proposed_by, THIS)
        act.check_not_before(self.proposed_on)
        self.trigger_event(self.CorrectionRejected, rejected_on=act.on, rejected_by=act.person, reason=reason)


def _destination(wrong: Movement, to_warehouse: UUID | None) -> UUID | None:
    if wrong.kind != TRANSFER and to_warehouse is not None:
        raise FieldInvalid(field="to_warehouse", explanation="solo un traslado tiene almacén de destino.")
    return to_warehouse or wrong.to_warehouse


def _check_place(act: Act, right: Movement) -> None:
    if right.on > act.on:
        raise FieldInvalid(field="right_on", explanation="la fecha correcta no puede ser posterior a la corrección.")
    if right.warehouse == right.to_warehouse:
        raise FieldInvalid(field="to_warehouse", explanation="elija un almacén distinto del de origen.")


def _line(act: Act, wrong: Movement, right: Movement, said: Said, stock: Stock, hands: Hands) -> dict[str, Any]:
    was = wrong.quantities.get(said.lot)
    if was is None:
        raise FieldInvalid(field="lines", explanation="ese lote no está en el movimiento que corrige.")
    lot = stock(said.lot)
    check_counted(said.qty, lot.decimals, lot.unit, field="lines")
    _check_duties(act, wrong, lot, hands)
    now = said.qty.copy_sign(was) if said.qty else NONE
    cost = _unit_cost(wrong, said)
    stays = right.place() == wrong.place() and cost == wrong.unit_costs.get(said.lot)
    if now == was and (not now or stays):
        raise FieldInvalid(field="lines", explanation=f"el lote {lot.name} quedaría igual; indique qué cambia.")
    if wrong.kind != RECEIPT and right.on < lot.received_on:
        raise FieldInvalid(field="right_on", explanation=f"el lote {lot.name} se recibió después de esa fecha.")
    lot.check_correction(_changes(wrong.place(), right.place(), was, now))
    row = {"lot": said.lot, "item": lot.item, "unit": lot.unit, "was": was, "right": now, "qty": now - was}
    return {**row, "unit_cost": cost, "total": None if cost is None else cents(now * cost)}


def _unit_cost(wrong: Movement, said: Said) -> Decimal | None:
    if said.unit_cost is None:
        return wrong.unit_costs.get(said.lot)
    if wrong.kind != RECEIPT:
        raise FieldInvalid(field="lines", explanation="solo un alta tiene costo unitario.")
    if said.unit_cost < NONE:
        raise FieldInvalid(field="lines", explanation="el costo unitario no puede ser negativo.")
    return said.unit_cost


def _check_duties(act: Act, wrong: Movement, lot: Lot, hands: Hands) -> None:
    """Who corrects a receipt books it, who corrects a transfer releases it: SOD-3 holds as it did for the original."""
    if wrong.kind == RECEIPT:
        check_apart(act.person, "corrige el FO-110", (HANDLED, hands(lot.id)))
    if wrong.kind == TRANSFER:
        check_apart(act.person, "corrige el FO-128", (BOOKED, lot.bookers))


def _changes(was: dict[str, Any], right: dict[str, Any], wrong_qty: Decimal, right_qty: Decimal) -> Rows:
    """Reversal and right entry, as on hand sees them."""
    return [*entries(was, -wrong_qty), *(entries(right, right_qty) if right_qty else [])]
