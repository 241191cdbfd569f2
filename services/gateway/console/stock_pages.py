"""The warehouse: what is in stock, what it is worth, and what the person may do there (PR-156 act 19)."""

from __future__ import annotations

import base64
from datetime import datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.console.notices import done_notice
from services.gateway.console.render import page
from services.gateway.edge import Caller, Edge
from shared.runtime.clock import BOGOTA, today

KINDS = {
    "receipt": "Alta sin asignar",
    "assignment": "Asignación sin retirar",
    "withdrawal": "Retiro sin entrega firmada",
    "forms": "Formato firmado sin entregar al almacén",
    "count": "Diferencia de conteo sin decidir",
}
"""What an unmatched line waits for (INV-11)."""
KARDEX_BY = {
    "elemento": "item",
    "lote": "lot",
    "almacen": "warehouse",
    "caso": "case",
    "contrato": "contract",
    "persona": "person",
}
"""Names in the console's address by what the kardex is asked by (INV-8)."""


async def stock(request: Request, caller: Caller) -> Response:
    """Existences by warehouse, item and lot as of both clocks, and what the person may do in the warehouse."""
    edge: Edge = request.app.state.edge
    asked = {name: request.query_params.get(name, "")[:64] for name in ("almacen", "ocurrido", "registrado")}
    wanted = {"warehouse": asked["almacen"], "as_of": asked["ocurrido"], "recorded_until": moment(asked["registrado"])}
    params = {"limit": 200, **{name: value for name, value in wanted.items() if value}}
    clocks = {name: value for name, value in params.items() if name != "warehouse"}
    rows = (await edge.query(request, caller, "inventory", "stock", params))["items"]
    unmatched = await edge.query(request, caller, "inventory", "unmatched", clocks)
    expiring = await edge.query(request, caller, "inventory", "expiring", clocks)
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
        units=_units(edge),
        notice=done_notice(edge, request),
    )


def moment(text: str) -> str:
    """What a field of day and hour holds, in Bogotá and with its zone; what is no moment goes on as it is, to be
    refused."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (found.astimezone(BOGOTA) if found.tzinfo else found.replace(tzinfo=BOGOTA)).isoformat()


async def closings(request: Request, caller: Caller) -> Response:
    """Closed months with the figures that they keep, by month and warehouse."""
    edge: Edge = request.app.state.edge
    asked = {name: request.query_params.get(name, "")[:40] for name in ("mes", "almacen")}
    wanted = {
        "period": asked["mes"],
        "warehouse": asked["almacen"],
        "cursor": request.query_params.get("desde", "")[:64],
    }
    params = {"limit": 12, **{name: value for name, value in wanted.items() if value}}
    found = await edge.query(request, caller, "inventory", "closed_periods", params)
    close = edge.catalogue.command("ClosePeriod", "inventory")
    following = {**{name: value for name, value in asked.items() if value}, "desde": found["next"]}
    return await page(
        request,
        "closings.html",
        rows=found["items"],
        asked=asked,
        warehouses=(await edge.query(request, caller, "inventory", "warehouses", {"limit": 200}))["items"],
        creates=[close] if caller.roles.intersection(close.roles) else [],
        next=f"/almacen/cierres?{urlencode(following)}" if found["next"] else None,
        notice=done_notice(edge, request),
    )


async def kardex(request: Request, caller: Caller) -> Response:
    """Movements by what the address names, with the balance after each."""
    edge: Edge = request.app.state.edge
    asked = _asked(request)
    params = {**_wanted(asked), "limit": 100, **({"cursor": asked["desde"]} if asked["desde"] else {})}
    found = await edge.query(request, caller, "inventory", "kardex", params)
    narrowed = {name: value for name, value in asked.items() if value and name != "desde"}
    return await page(
        request,
        "kardex.html",
        rows=found["items"],
        asked=asked,
        units=_units(edge),
        workbook=f"/almacen/kardex.xlsx?{urlencode(narrowed)}",
        next=f"/almacen/kardex?{urlencode({**narrowed, 'desde': found['next']})}" if found["next"] else None,
    )


async def kardex_workbook(request: Request, caller: Caller) -> Response:
    """The same as a workbook; the download is noted in the access log first."""
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, "inventory", "kardex_workbook", _wanted(_asked(request)))
    await edge.note(request, caller, "export", service="inventory", act="kardex")
    headers = {"Content-Disposition": f'attachment; filename="{found["name"]}"'}
    return Response(base64.b64decode(found["content"]), media_type=found["media_type"], headers=headers)


def _units(edge: Edge) -> dict[str, str]:
    """Units of measure as people write them after a number, by code."""
    return {code: label.lower() for code, label in edge.catalogue.code_list("unit_of_measure", today()).labels.items()}


def _asked(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "")[:64] for name in (*KARDEX_BY, "ocurrido", "registrado", "desde")}


def _wanted(asked: dict[str, str]) -> dict[str, str]:
    clocks = {"as_of": asked["ocurrido"], "recorded_until": moment(asked["registrado"])}
    narrowed = {**{query: asked[name] for name, query in KARDEX_BY.items()}, **clocks}
    return {name: value for name, value in narrowed.items() if value}
