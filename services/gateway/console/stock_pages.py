"""The warehouse: what is in stock, what it is worth, and what the person may do there (PR-156 act 19)."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.console.notices import done_notice
from services.gateway.console.render import page
from services.gateway.edge import Caller, Edge
from shared.runtime.clock import BOGOTA

KINDS = {
    "receipt": "Alta sin asignar",
    "assignment": "Asignación sin retirar",
    "withdrawal": "Retiro sin entrega firmada",
    "forms": "Formato firmado sin entregar al almacén",
    "count": "Diferencia de conteo sin decidir",
}
"""What an unmatched line waits for (INV-11)."""


async def stock(request: Request, caller: Caller) -> Response:
    """Existences by warehouse, item and lot as of both clocks, and what the person may do in the warehouse."""
    edge: Edge = request.app.state.edge
    asked = {name: request.query_params.get(name, "")[:64] for name in ("almacen", "ocurrido", "registrado")}
    wanted = {"warehouse": asked["almacen"], "as_of": asked["ocurrido"], "recorded_until": _moment(asked["registrado"])}
    params = {"limit": 200, **{name: value for name, value in wanted.items() if value}}
    rows = (await edge.query(request, caller, "inventory", "stock", params))["items"]
    unmatched = await edge.query(request, caller, "inventory", "unmatched", {"limit": 200})
    expiring = await edge.query(request, caller, "inventory", "expiring", {"limit": 200})
    warehouses = (await edge.query(request, caller, "inventory", "warehouses", {"limit": 200}))["items"]
    acts = [
        definition
        for definition in edge.catalogue.commands("inventory")
        if (definition.creates or definition.subject in ("warehouse", "item"))
        and definition.subject != "case"
        and caller.roles.intersection(definition.roles)
    ]
    return await page(
        request,
        "stock.html",
        rows=rows,
        warehouses=warehouses,
        unmatched=unmatched,
        kinds=KINDS,
        expiring=expiring,
        chosen=asked["almacen"],
        happened=asked["ocurrido"],
        recorded=asked["registrado"],
        acts=acts,
        notice=done_notice(edge, request),
    )


def _moment(text: str) -> str:
    """What a field of day and hour holds, with its zone; what is no moment goes on as it is, to be refused."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BOGOTA).isoformat() if text else ""
    except ValueError:
        return text
