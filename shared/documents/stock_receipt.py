"""FO-110 part A, *alta de almacén*: what came into the warehouse, with its cost (PR-156 act. 19, INV-2)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.documents.images import Images
from shared.documents.sheet import Sheet, paragraphs, rows, signature
from shared.documents.spanish import EMPTY, money, quantity, short_day, words
from shared.documents.typesetting import render

ORIGINS = {
    "operator_contract": "Contrato con operador",
    "ipes_purchase": "Compra de la entidad",
    "donation": "Donación",
    "other": "Otro",
}
_CENTS = Decimal("0.01")


def stock_receipt(sheet: Sheet, facts: Mapping[str, Any]) -> bytes:
    """The PDF of FO-110 part A.

    ``facts``: ``received_on`` date; ``warehouse`` name; ``origin`` operator_contract | ipes_purchase | donation |
    other; ``contract``, ``supplier``, ``delivery_note`` text, optional; ``lines`` list of {``line``, ``item``,
    ``description``, ``lot``, ``expires_on`` date, ``qty``, ``unit``, ``unit_cost`` COP, ``total`` COP: by default
    quantity by cost, half up}; ``received_by`` signature; ``booked_by`` name; ``remarks`` long.
    """
    images = Images()
    totals = [_total(line) for line in facts["lines"]]
    data = {
        "sheet": sheet.data(images),
        "summary": rows(
            ("Almacén", facts.get("warehouse")),
            ("Recibido el", facts.get("received_on")),
            ("Origen", ORIGINS.get(str(facts.get("origin")), facts.get("origin"))),
            ("Contrato", facts.get("contract")),
            ("Proveedor", facts.get("supplier")),
            ("Remisión o factura", facts.get("delivery_note")),
        ),
        "lines": [
            _line(at, line, total) for at, (line, total) in enumerate(zip(facts["lines"], totals, strict=True), 1)
        ],
        "total": money(sum(totals, Decimal(0))),
        "remarks": paragraphs(facts.get("remarks")),
        "signatures": [
            signature("Recibe en almacén", facts.get("received_by"), images),
            signature("Registra el alta", {"signer": facts["booked_by"]} if facts.get("booked_by") else None, images),
        ],
    }
    return render("stock_receipt", data, images=images)


def _total(line: Mapping[str, Any]) -> Decimal:
    given = line.get("total")
    exact = Decimal(line["qty"]) * Decimal(line["unit_cost"]) if given is None else Decimal(given)
    return exact.quantize(_CENTS, ROUND_HALF_UP)


def _line(at: int, line: Mapping[str, Any], total: Decimal) -> list[str]:
    expires_on = line.get("expires_on")
    name = " · ".join(words(part) for part in (line.get("item"), line.get("description")) if part)
    return [
        words(line.get("line") or at),
        name or EMPTY,
        words(line.get("lot")),
        short_day(expires_on) if expires_on else EMPTY,
        quantity(line["qty"]),
        words(line.get("unit")),
        money(line["unit_cost"]),
        money(total),
    ]
