"""The public events of a service for integrators: pages, pages that wait for the next event, and a stream (SSE)."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.gateway.api.params import Param, read_params, uuid
from services.gateway.api.session import api_caller
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from services.gateway.waiting import LONGEST_S, Waiting
from shared.catalogue.commands import SERVICES
from shared.contracts import all_contracts

MAX_EVENTS = 1000
STREAM = "text/event-stream"
STREAM_S = 15 * 60.0
"""Seconds that a stream lasts. The client opens the next one where it was, as it does after any break."""
HEARTBEAT_S = 15.0
"""Seconds of silence after which a stream shows that it lives; and how often its right to be told is asked again."""
AWAY_S = 2.0
_TYPE = r"[A-Z][A-Za-z0-9]{1,60}(\.v[1-9][0-9]{0,5})?"
TYPES = rf"^{_TYPE}(,{_TYPE}){{0,49}}$"
LAST = r"^([0-9A-Za-z-]{1,64}:)?[0-9]{1,18}$"


def _after(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**62:
        raise ValueError
    return value


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MAX_EVENTS:
        raise ValueError
    return value


def _wait(text: str) -> int:
    value = int(text)
    if not 0 <= value <= LONGEST_S:
        raise ValueError
    return value


def _types(text: str) -> list[str]:
    if not re.fullmatch(TYPES, text):
        raise ValueError
    return text.split(",")


FEED_PARAMS = (
    Param(
        "after",
        _after,
        "Secuencia del último evento que ya tiene (0 para empezar).",
        {"type": "integer"},
    ),
    Param(
        "limit",
        _count,
        "Eventos por página (100 si no se indica).",
        {"type": "integer", "maximum": MAX_EVENTS},
    ),
    Param("epoch", lambda text: text[:64], "Identidad del registro que ya conoce.", {"type": "string"}),
    Param(
        "type",
        _types,
        "Solo estos tipos, separados por comas: CallOpened o CallOpened.v1.",
        {"type": "string", "pattern": TYPES},
    ),
    Param("subject", uuid, "Solo los de este caso (o convocatoria, o contrato).", {"type": "string", "format": "uuid"}),
    Param(
        "wait",
        _wait,
        "Segundos que espera el próximo evento si no hay ninguno.",
        {"type": "integer", "minimum": 0, "maximum": int(LONGEST_S)},
    ),
)


async def events(request: Request) -> Response:
    """The public events (audience I) of a service, in order."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    service = str(request.path_params["service"])
    if service not in SERVICES:
        raise Problem(404, "ROUTE_NOT_FOUND", "No hay un servicio con ese nombre.")
    params = read_params(request, FEED_PARAMS)
    _check_types(service, params.get("type"))
    wait = float(params.pop("wait", 0))
    if STREAM in request.headers.get("accept", ""):
        return await _stream(request, edge, caller, service, _resumed(request, params))
    if not wait:
        return JSONResponse(await edge.feed(request, caller, service, params))
    return JSONResponse(await _waited(request, edge, caller, service, params, wait))


async def _waited(
    request: Request, edge: Edge, caller: Caller, service: str, params: dict[str, Any], wait: float
) -> dict[str, Any]:
    """The first page with an event in it, or an empty one after ``wait`` seconds."""
    room: Waiting = request.app.state.waiting
    ends = time.monotonic() + min(wait, room.longest_s)
    with room.place(caller.person):
        while True:
            page = await edge.feed(request, caller, service, params)
            left = ends - time.monotonic()
            if page["events"] or left <= 0 or room.closed or await request.is_disconnected():
                return page
            # What was looked through without a hit is not looked through again.
            params = {**params, "after": page["next"], "epoch": page["epoch"]}
            if page["next"] >= page["head"]:
                await room.moved(service, page["head"], left)


async def _stream(request: Request, edge: Edge, caller: Caller, service: str, params: dict[str, Any]) -> Response:
    room: Waiting = request.app.state.waiting
    # The first page is asked for before anything is answered: a refusal then has its status and its problem.
    page = await edge.feed(request, caller, service, params)
    place = ExitStack()
    place.enter_context(room.place(caller.person))
    return _Told(_pieces(request, edge, caller, service, params, page, room), place)


class _Told(StreamingResponse):
    """A stream that gives its place in the waiting room back, however it ends."""

    def __init__(self, pieces: AsyncIterator[str], place: ExitStack) -> None:
        # A proxy that collects an answer before it passes it on would keep every event back.
        super().__init__(pieces, media_type=STREAM, headers={"X-Accel-Buffering": "no"})
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place:
            await super().__call__(scope, receive, send)


async def _pieces(
    request: Request,
    edge: Edge,
    caller: Caller,
    service: str,
    params: dict[str, Any],
    page: dict[str, Any],
    room: Waiting,
) -> AsyncIterator[str]:
    ends, known = time.monotonic() + STREAM_S, time.monotonic()
    yield "retry: 2000\n\n"
    while not room.closed and time.monotonic() < ends:
        for event in page["events"]:
            yield _event(event)
        if page["next"] > int(params.get("after", 0)) and not page["events"]:
            # Without data nothing is dispatched, but the place is kept: a reconnection does not look through it again.
            yield f"id: {page['epoch']}:{page['next']}\n\n"
        params = {**params, "after": page["next"], "epoch": page["epoch"]}
        try:
            if page["next"] >= page["head"] and not await room.moved(service, page["head"], HEARTBEAT_S):
                yield ": \n\n"
            if time.monotonic() - known >= HEARTBEAT_S:
                # A session that ended, or a right that was taken away, ends the stream.
                caller, known = await api_caller(request), time.monotonic()
            page = await edge.feed(request, caller, service, params)
        except Problem as problem:
            if problem.status != 503:
                body = json.dumps(problem.body(request.state.request_id), ensure_ascii=False)
                yield f"event: problem\ndata: {body}\n\n"
                return
            page = {"events": [], "next": params["after"], "head": params["after"] + 1, "epoch": params["epoch"]}
            yield ": \n\n"
            await asyncio.sleep(AWAY_S)


def _event(event: dict[str, Any]) -> str:
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return f"id: {event['epoch']}:{int(event['sequence'])}\nevent: {event['type']}\ndata: {data}\n\n"


def _resumed(request: Request, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters, with the place that a reconnecting client names (``<epoch>:<sequence>``) before its address's."""
    last = request.headers.get("last-event-id", "")
    if not last:
        return params
    if not re.fullmatch(LAST, last):
        raise Problem(422, "PARAMETER_INVALID", "«Last-Event-ID» no es de este canal.", field="Last-Event-ID")
    epoch, _, sequence = last.rpartition(":")
    return {**params, "after": int(sequence), **({"epoch": epoch} if epoch else {})}


def _check_types(service: str, asked: list[str] | None) -> None:
    """A type that the service does not publish would be waited for in vain. Raises `Problem`."""
    public = [one for one in all_contracts() if one.public and one.service == service]
    known = {name for one in public for name in (one.type, one.routing_key)}
    if asked and (unknown := [name for name in asked if name not in known]):
        names = ", ".join(sorted(one.type for one in public))
        raise Problem(422, "PARAMETER_INVALID", f"{service} no publica «{unknown[0]}». Publica: {names}.", field="type")
