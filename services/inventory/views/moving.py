"""Rows of the ledger and of the documents, as the warehouse's events make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.inventory.views.tables import documents, movements
from shared.eventstore.read_model import ReadModel

OF_NO_CASE = ("receipt", "transfer", "adjustment", "write_off", "correction")
KINDS = {
    "receipt": "Alta",
    "assignment": "Asignación",
    "release": "Liberación de la asignación",
    "withdrawal": "Retiro",
    "delivery": "Entrega",
    "return": "Devolución",
    "transfer": "Traslado",
    "adjustment": "Ajuste",
    "write_off": "Baja",
    "correction": "Corrección",
}
"""What people call a movement."""


def issue(
    model: ReadModel,
    event: Any,
    document_id: UUID,
    code: str,
    part: str,
    number: str,
    warehouse: UUID,
    on: date,
    *,
    of_case: bool = True,
) -> None:
    """Add a printed document; ``of_case`` False where no case is behind it."""
    model.insert(
        documents,
        {
            "id": document_id,
            "version": event.originator_version,
            "code": code,
            "part": part,
            "number": number,
            "warehouse": warehouse,
            "case_id": event.originator_id if of_case else None,
            "issued_on": on,
            "file": event.document["file"],
            "content": event.document["content"],
        },
    )


def move(
    model: ReadModel,
    event: Any,
    kind: str,
    on: date,
    warehouse: UUID,
    person: UUID,
    number: str | None,
    rows: list[tuple[UUID, Decimal, Decimal, Decimal]],
    traces: Sequence[Mapping[str, Any]] = (),
    first: int = 0,
    case_id: UUID | None = None,
) -> None:
    """Add a movement a row. ``traces``, one a row: line, source, reservation, cost, custodian, where it has them."""
    traced = traces or [{}] * len(rows)
    same = {
        "document": event.originator_id,
        "version": event.originator_version,
        "kind": kind,
        "happened_on": on,
        "warehouse": warehouse,
        "number": number,
        "movement": _movement(event, kind, case_id),
        "case_id": case_id if kind in OF_NO_CASE else event.originator_id,
        "person": person,
    }
    for position, ((lot, on_hand, assigned, custody), trace) in enumerate(zip(rows, traced, strict=True), first):
        moved = {"position": position, "lot": lot, "on_hand": on_hand, "assigned": assigned, "custody": custody}
        model.insert(movements, {**same, **moved, **trace})


def _movement(event: Any, kind: str, case_id: UUID | None) -> UUID | None:
    if kind in OF_NO_CASE:
        return None if case_id else event.originator_id
    name = _NAMED_BY.get(kind)
    return None if name is None else getattr(event, name)


_NAMED_BY = {"withdrawal": "withdrawal_id", "delivery": "delivery_id", "return": "movement_id"}
"""What may be corrected of a case's documents; an assignment is released instead."""
