"""Codes on a case that no event carries outside, asked of their owners (BRD-1), and the goods (BRD-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.reporting.application import ReportingApplication
from services.reporting.application.counting import Positions
from services.reporting.application.folds import answers_of
from services.reporting.queries.board.rows import Row
from shared.runtime.folds import OF_CASES, STOCK, Asked

OWNERS = {"locality": "intake", "product": "assistance"}
"""Who knows what: the locality is of FO-203, the product types are of the technical sheets."""
UNMATCHED = {
    "receipt": "Entradas sin asignar",
    "assignment": "Asignaciones sin retirar",
    "withdrawal": "Retiros sin entrega firmada",
    "forms": "Formatos firmados sin entregar al almacén",
    "count": "Diferencias de conteo sin decisión",
}


def add_codes(
    app: ReportingApplication,
    rows: Mapping[UUID, Row],
    positions: Positions,
    happened: date,
    names: Iterable[str],
    *,
    every: bool = False,
) -> None:
    """Put the codes ``names`` on ``rows``; ``every``: they are all cases there are. Raises `OwnerAway`."""
    for name in names:
        service = OWNERS[name]
        for row in _ask(app, service, OF_CASES, positions, happened, None if every else frozenset(rows)):
            for one in (rows[UUID(case)] for case in row["cases"] if UUID(case) in rows):
                if name == "locality":
                    one.locality = row["by"][0]
                else:
                    one.products.add(row["by"][0])


def stock(app: ReportingApplication, positions: Positions, happened: date) -> dict[str, list[dict[str, Any]]]:
    """On hand by item, and the lines without counterpart by kind with the cases they concern. Raises `OwnerAway`."""
    key = (positions.get("inventory", 0), happened)
    if app.goods is None or app.goods[0] != key:
        # The whole store is folded for it: once for each change there, not for each look at the board.
        app.goods = (key, _ask(app, "inventory", STOCK, positions, happened, None))
    found = app.goods[1]
    on_hand = [
        {"code": item, "label": name, "value": row["value"], "unit": unit}
        for row in found
        if row["line"] == "on_hand"
        for item, name, unit in (row["by"],)
    ]
    waiting = {row["by"][0]: row for row in found if row["line"] == "unmatched"}
    unmatched = [
        {
            "code": kind,
            "label": label,
            "value": int(waiting[kind]["value"]) if kind in waiting else 0,
            "cases": sorted(waiting[kind]["cases"]) if kind in waiting else [],
        }
        for kind, label in UNMATCHED.items()
    ]
    return {"on_hand": on_hand, "unmatched": unmatched}


def _ask(
    app: ReportingApplication,
    service: str,
    fold: str,
    positions: Positions,
    happened: date,
    cases: frozenset[UUID] | None,
) -> list[dict[str, Any]]:
    owner = app.owners.get(service)
    if owner is None:
        return []
    return answers_of(service, owner, fold, [Asked(date.min, happened, positions.get(service, 0), cases)])[0]
