"""The documents of goods that move: FO-110 part B, FO-128 and the beneficiary's receipt (PR-156 act. 19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.documents.images import Images
from shared.documents.sheet import Sheet, paragraphs, rows, signature
from shared.documents.spanish import EMPTY, breakable, quantity, words
from shared.documents.typesetting import render

PURPOSES = {"delivery": "Entrega a beneficiario", "site_transfer": "Traslado entre almacenes"}
Column = tuple[str, str, str]
"""Key of the line, title, width in cm (empty: what is left)."""
_NUMBERS = ("qty", "no")


def stock_assignment(sheet: Sheet, facts: Mapping[str, Any]) -> bytes:
    """The PDF of FO-110 part B, *asignación de activo*.

    ``facts``: ``assigned_on`` date; ``warehouse`` name; ``case`` what names the case; ``incentive_decision`` what names
    the decision; ``lines`` list of {``receipt_line`` what names the line of FO-110 part A, ``item``, ``lot``, ``qty``,
    ``unit``}; ``responsible`` signature; ``remarks`` long.
    """
    images = Images()
    summary = rows(
        ("Asignado el", facts.get("assigned_on")),
        ("Almacén", facts.get("warehouse")),
        ("Caso", facts.get("case")),
        ("Decisión de incentivo", facts.get("incentive_decision")),
    )
    return _movement(
        sheet,
        facts,
        images,
        summary=summary,
        summary_columns=2,
        lines_title="Elementos asignados al caso",
        columns=(_RECEIPT_LINE, *_GOODS),
        signatures=[signature("Responsable de la asignación", facts.get("responsible"), images)],
    )


def withdrawal(sheet: Sheet, facts: Mapping[str, Any]) -> bytes:
    """The PDF of FO-128 *Traslado de elementos*, signed by the professional who withdraws.

    ``facts``: ``withdrawn_on`` date; ``purpose`` delivery | site_transfer; ``from_warehouse`` name; ``to`` the case or
    warehouse; ``lines`` list of {``assignment_line``, ``item``, ``lot``, ``qty``, ``unit``}; ``requested_by`` name or
    signature; ``released_by``, ``withdrawn_by`` signatures; ``forms_received_on`` date and ``forms_received_by`` name,
    once the signed forms came back to the warehouse; ``remarks`` long. Lines of a site_transfer have ``receipt_line``
    (what names the line of FO-110 part A) instead of ``assignment_line``.
    """
    images = Images()
    between_warehouses = facts.get("purpose") == "site_transfer"
    line: Column = ("assignment_line", "Línea de la asignación", "4.4")
    requested_by = facts.get("requested_by")
    asked = requested_by if isinstance(requested_by, Mapping) or requested_by is None else {"signer": requested_by}
    summary = rows(
        ("Retirado el", facts.get("withdrawn_on")),
        ("Finalidad", PURPOSES.get(str(facts.get("purpose")), facts.get("purpose"))),
        ("Sale del almacén", facts.get("from_warehouse")),
        ("Con destino a", facts.get("to")),
    )
    return _movement(
        sheet,
        facts,
        images,
        summary=summary,
        summary_columns=2,
        lines_title="Elementos que se trasladan",
        columns=(_RECEIPT_LINE if between_warehouses else line, *_GOODS),
        signatures=[
            signature("Solicita", asked, images),
            signature("Entrega en almacén", facts.get("released_by"), images),
            signature(
                "Retira y lleva" if between_warehouses else "Retira: profesional responsable",
                facts.get("withdrawn_by"),
                images,
            ),
        ],
        closing=rows(
            ("Formatos firmados recibidos en almacén el día", facts.get("forms_received_on")),
            ("Recibidos por", facts.get("forms_received_by")),
        ),
    )


def delivery_receipt(sheet: Sheet, facts: Mapping[str, Any]) -> bytes:
    """The PDF of FRM-10, *acta de entrega al beneficiario* (annex of FO-128).

    ``facts``: ``delivered_on`` date; ``place``; ``case``; ``withdrawal_no`` number of the FO-128; ``lines`` list of
    {``withdrawal_line``, ``item``, ``qty``, ``unit``, ``condition``}; ``beneficiary`` signature; ``witness`` name, with
    a fingerprint only; ``recorded_by`` name; ``photo`` PNG or JPEG bytes, optional; ``remarks`` long.
    """
    images = Images()
    photo = facts.get("photo")
    witness = facts.get("witness")
    recorded_by = facts.get("recorded_by")
    signatures = [signature("Recibe: beneficiario(a)", facts.get("beneficiary"), images)]
    if witness:
        signatures.append(signature("Testigo de la huella", {"signer": witness}, images))
    signatures.append(signature("Registra la entrega", {"signer": recorded_by} if recorded_by else None, images))
    return _movement(
        sheet,
        facts,
        images,
        summary=rows(
            ("Entregado el", facts.get("delivered_on")),
            ("Lugar", facts.get("place")),
            ("Caso", facts.get("case")),
            ("FO-128 n.º", facts.get("withdrawal_no")),
        ),
        summary_columns=2,
        lines_title="Elementos entregados",
        columns=(
            ("withdrawal_line", "Línea del traslado", "4.4"),
            ("item", "Elemento", ""),
            ("qty", "Cantidad", "2"),
            ("unit", "Unidad", "1.8"),
            ("condition", "Estado", "3.2"),
        ),
        statement=[
            "Recibo los elementos descritos, en la cantidad y el estado que se indican, como incentivo en especie para "
            "mi unidad productiva. Me comprometo a usarlos en ella."
        ],
        signatures=signatures,
        photo=images.add(photo, width=90, height=60) if isinstance(photo, bytes) else "",
    )


_RECEIPT_LINE: Column = ("receipt_line", "Línea del alta", "4.4")
_GOODS: tuple[Column, ...] = (
    ("item", "Elemento", ""),
    ("lot", "Lote", "4.2"),
    ("qty", "Cantidad", "2"),
    ("unit", "Unidad", "1.8"),
)


def _movement(
    sheet: Sheet,
    facts: Mapping[str, Any],
    images: Images,
    *,
    columns: Sequence[Column],
    signatures: list[dict[str, str]],
    **parts: Any,
) -> bytes:
    data = {
        "sheet": sheet.data(images),
        "columns": [{"title": title, "width": width, "right": key in _NUMBERS} for key, title, width in columns],
        "lines": [[_cell(key, line.get(key)) for key, _, _ in columns] for line in facts["lines"]],
        "signatures": signatures,
        "remarks": paragraphs(facts.get("remarks")),
        "statement": [],
        "closing": [],
        "photo": "",
        **parts,
    }
    return render("stock_movement", data, images=images)


def _cell(key: str, value: Any) -> str:
    return (EMPTY if value is None else quantity(value)) if key in _NUMBERS else breakable(words(value))
