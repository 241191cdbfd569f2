"""The kardex as a workbook, with the same lines in the same order (INV-8)."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import xlsxwriter

from services.inventory.views.kardex import as_told, kardex_lines
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.runtime.tokens import Who

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 20_000
"""Lines of a workbook: more than a year of a busy warehouse, and still one answer of a few megabytes."""
_TEXTS = {
    "Ocurrió": "happened_on",
    "Contabilizado": "posted_on",
    "Mes tardío": "late_period",
    "Movimiento": "label",
    "Documento": "number",
    "Almacén": "warehouse_code",
    "Elemento": "item_code",
    "Lote": "lot_name",
    "Unidad": "unit",
    "Caso": "case_id",
    "Persona": "person",
    "En custodia de": "custodian",
}
_NUMBERS = {
    "Existencia": ("on_hand",),
    "Asignado": ("assigned",),
    "Custodia": ("custody",),
    "Valor (COP)": ("value",),
    "Saldo de existencia": ("balance", "on_hand"),
    "Saldo asignado": ("balance", "assigned"),
    "Saldo en custodia": ("balance", "custody"),
    "Existencia del elemento en el almacén": ("account", "on_hand"),
    "Valor del elemento en el almacén (COP)": ("account", "value"),
    "Costo promedio (COP)": ("account", "average"),
}


def kardex_workbook(application: Any, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """The kardex that ``params`` ask for, whole; ``content`` is base64. Raises `NotFound` for operator staff."""
    if who.contracts:
        raise NotFound(what="el kárdex")
    with application.database.read() as connection:
        lines = [as_told(line) for line in kardex_lines(connection, params)]
    if len(lines) > MOST:
        raise FieldInvalid(field="item", explanation=f"son más de {MOST} renglones; elija un elemento, lote o almacén.")
    content = base64.b64encode(_book(lines)).decode("ascii")
    return {"name": "kardex.xlsx", "media_type": MEDIA_TYPE, "content": content}


def _book(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Everything is written as text or number, never as a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The same lines give the same bytes: the moment of writing has no place in it.
    book.set_properties({"title": "Kárdex", "created": datetime(2019, 10, 23)})
    sheet, bold = book.add_worksheet("Kárdex"), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(_TEXTS) + len(_NUMBERS) - 1, 18)
    for column, title in enumerate((*_TEXTS, *_NUMBERS)):
        sheet.write_string(0, column, title, bold)
    for row, line in enumerate(lines, 1):
        for column, name in enumerate(_TEXTS.values()):
            sheet.write_string(row, column, line[name] or "")
        for column, path in enumerate(_NUMBERS.values(), len(_TEXTS)):
            value: Any = line
            for name in path:
                value = value[name]
            sheet.write_number(row, column, float(value))
    book.close()
    return out.getvalue()
