"""``…/as-of``: a case, the stock or the board, as it was known and as far as it had come, on any two dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway.api.params import Param, read_params
from services.gateway.api.session import api_caller
from services.gateway.as_of import at_once, case_as_of
from services.gateway.differences import numbers
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from shared.catalogue.refusals import FieldInvalid
from shared.runtime import clock


def _came(read: Callable[[str], str], name: str) -> Callable[[str], str]:
    def checked(text: str) -> str:
        try:
            return read(text)
        except FieldInvalid as refused:
            raise Problem(422, "PARAMETER_INVALID", refused.text, field=name) from None

    return checked


def _known(name: str, about: str) -> Param:
    def read(text: str) -> str:
        return clock.known_by(text, field=name).astimezone(UTC).isoformat(timespec="microseconds")

    schema = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
    return Param(name, _came(read, name), about, schema)


def _happened(name: str, about: str) -> Param:
    def read(text: str) -> str:
        return clock.happened_by(text, field=name).isoformat()

    return Param(name, _came(read, name), about, {"type": "string", "format": "date"})


KNOWN = "Lo que se sabía: lo registrado hasta el final de ese día en Bogotá, o hasta ese instante ISO 8601 con zona."
HAPPENED = "Lo que había ocurrido hasta ese día."
AS_OF = (
    _known("known_by", KNOWN),
    _happened("happened_by", HAPPENED),
    _known("from_known_by", f"Punto con el que se compara. {KNOWN}"),
    _happened("from_happened_by", f"Punto con el que se compara. {HAPPENED}"),
)


async def stock(request: Request) -> Response:
    """The balance of every lot at the point, and how it differs from another point."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    asked = at_once(read_params(request, AS_OF))
    answer = await edge.query(request, caller, "inventory", "stock_as_of", asked)
    return JSONResponse({"known_by": asked["known_by"], "happened_by": asked.get("happened_by"), **answer})


async def board(request: Request) -> Response:
    """The numbers of the control board at the point, and which of them differ from another point."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    asked = read_params(request, AS_OF)
    points = at_once(asked)
    found = await _board(edge, request, caller, asked, "")
    difference = None
    if "from_known_by" in points:
        before = await _board(edge, request, caller, asked, "from_")
        difference = numbers(before["blocks"], found["blocks"])
    answer = {name: found[name] for name in ("total", "missing", "blocks")}
    happened = points.get("happened_by")
    return JSONResponse({"known_by": points["known_by"], "happened_by": happened, **answer, "difference": difference})


async def _board(edge: Edge, request: Request, caller: Caller, asked: dict[str, Any], prefix: str) -> dict[str, Any]:
    clocks = {"recorded_until": f"{prefix}known_by", "happened_until": f"{prefix}happened_by"}
    params = {name: asked[given] for name, given in clocks.items() if asked.get(given)}
    return await edge.query(request, caller, "reporting", "board", {**params, "limit": 1})


async def case(request: Request) -> Response:
    """The case at the point, what is left out of it, and how it differs from another point."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    asked: dict[str, Any] = read_params(request, AS_OF)
    return JSONResponse(await case_as_of(edge, request, caller, request.path_params["id"], asked))
