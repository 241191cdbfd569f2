"""The gateway as an ASGI application: one factory, everything it stands on handed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route

from services.gateway.api import (
    accesses,
    as_of,
    audit,
    commands,
    events,
    files,
    openapi,
    operations,
    queries,
    session,
    system,
)
from services.gateway.api import catalogue as catalogue_api
from services.gateway.api import evidence as evidence_api
from services.gateway.api import webhooks as webhooks_api
from services.gateway.api.names import CommandNames
from services.gateway.api.routes import ROUTES
from services.gateway.console import pages
from services.gateway.console.assets import Assets
from services.gateway.door import Door
from services.gateway.edge import Edge
from services.gateway.institution.entrance import Entrance
from services.gateway.measured import MeasuredPort
from services.gateway.middleware import Surround
from services.gateway.port import ServicePort
from services.gateway.problems import Problem
from services.gateway.rate_limit import Buckets, Limits, RateLimit
from services.gateway.sweep import living
from services.gateway.tokens import TokenIssuer
from services.gateway.waiting import Waiting
from services.gateway.webhooks.courier import Courier
from services.gateway.webhooks.settings import WebhookSettings
from shared.catalogue.catalogue import Catalogue
from shared.runtime.health import Checks
from shared.runtime.instruments import Instruments

COMMAND_PATHS = ("/api/{collection}/{id:uuid}/{command}", "/api/{collection}/{command}")


async def _nothing_needed() -> Checks:
    return {}


def create_app(
    port: ServicePort,
    door: Door,
    issuer: TokenIssuer,
    catalogue: Catalogue,
    *,
    assets: Path | None = None,
    ready: Callable[[], Awaitable[Checks]] = _nothing_needed,
    entrance: Entrance | None = None,
    instruments: Instruments | None = None,
    more: Sequence[BaseRoute] = (),
    limits: Limits | None = None,
    webhooks: WebhookSettings | None = None,
) -> Starlette:
    """The application. ``port`` reaches every service, the gateway's own included (see `JoinedPort`); ``ready`` says
    what this process needs to do its work, and how that is; ``more`` are routes of this host alone; ``limits`` what a
    client may ask of it (none: as much as it likes)."""
    instruments = instruments or Instruments()
    door.access_log.listeners.append(instruments.access)
    measured = MeasuredPort(port, instruments)
    courier = Courier(measured, door, issuer, webhooks or WebhookSettings(), door.pause_webhook)
    app = Starlette(
        routes=[*more, *_api(), *pages.routes(), Mount("/static", Assets(assets))],
        middleware=[
            Middleware(Surround, instruments=instruments),
            *([Middleware(RateLimit, buckets=Buckets(limits))] if limits else []),
        ],
        exception_handlers={Problem: _problem, HTTPException: _http_error},
        lifespan=living(door, courier),
    )
    app.state.edge = Edge(measured, door, issuer, catalogue, entrance, courier)
    app.state.waiting = Waiting(port)
    app.state.command_names = CommandNames.of(catalogue)
    app.state.openapi = None
    app.state.ready = ready
    app.state.assets = Assets(assets)
    return app


def _api() -> list[BaseRoute]:
    read = ["GET"]
    return [
        Route("/healthz", system.health, methods=read),
        Route("/healthz/live", system.live, methods=read),
        Route("/healthz/ready", system.ready, methods=read),
        Route("/api/openapi.json", _openapi, methods=read),
        Route("/api/session", session.open_session, methods=["POST"]),
        Route("/api/session", session.close_session, methods=["DELETE"]),
        Route("/api/me", session.me, methods=read),
        Route("/api/work", system.work, methods=read),
        Route("/api/accounts", system.accounts, methods=read),
        Route("/api/webhooks", webhooks_api.listing, methods=read),
        Route("/api/webhooks/{id:uuid}/deliveries", webhooks_api.deliveries, methods=read),
        Route("/api/webhooks/{id:uuid}/ping", webhooks_api.ping, methods=["POST"]),
        Route("/api/webhooks/{id:uuid}/replay", webhooks_api.replay, methods=["POST"]),
        Route("/api/service-tokens", system.service_tokens, methods=read),
        Route("/api/catalogue", system.catalogue, methods=read),
        Route("/api/catalogue/{kind}/{code}/{version}", catalogue_api.content, methods=read),
        Route("/api/catalogue/{kind}/{code}/{version}/decisions/{service}", catalogue_api.decisions, methods=read),
        Route("/api/catalogue-versions", catalogue_api.versions, methods=read),
        Route("/api/catalogue-versions/{id:uuid}", catalogue_api.version, methods=read),
        Route("/api/events/{service}", events.events, methods=read),
        Route("/api/audit/{service}/checkpoint", audit.checkpoint, methods=read),
        Route("/api/audit/{service}/consistency", audit.consistency, methods=read),
        Route("/api/audit/{service}/events/{sequence:int}", audit.event, methods=read),
        Route("/api/audit/documents/{id:uuid}", audit.document, methods=read),
        Route("/api/access/{service}", accesses.listing, methods=read),
        Route("/api/operations/status", operations.status, methods=read),
        Route("/api/operations/checkup", operations.checkup, methods=read),
        Route("/api/operations/parked", operations.parked, methods=read),
        Route("/api/operations/{service}/parked/{upstream}/{sequence:int}", operations.explain, methods=read),
        Route("/api/operations/{service}/acts", operations.acts, methods=read),
        *(
            Route(f"/api/operations/{{service}}/{name}", operations.operate(name), methods=["POST"])
            for name in operations.ACTS
        ),
        Route("/api/documents/{service}/{id:uuid}", files.document, methods=read),
        Route("/api/candidates/export", files.candidates, methods=read),
        Route("/api/kardex/export", files.kardex, methods=read),
        Route("/api/files/{service}", files.upload, methods=["POST"]),
        Route("/api/files/{service}/{id}", files.download, methods=read),
        Route("/api/people/search", queries.people_search, methods=["POST"]),
        *(Route(route.path, queries.handler(route), methods=read) for route in ROUTES),
        Route("/api/cases/{id:uuid}", queries.case, methods=read),
        Route("/api/board/as-of", as_of.board, methods=read),
        Route("/api/stock/as-of", as_of.stock, methods=read),
        Route("/api/cases/{id:uuid}/as-of", as_of.case, methods=read),
        Route("/api/cases/{id:uuid}/evidence", evidence_api.pack, methods=read),
        Route("/api/cases/{id:uuid}/reveal", queries.reveal, methods=["POST"]),
        Route("/api/what-ifs/{id:uuid}/reveal", catalogue_api.what_if_reasons, methods=["POST"]),
        *(Route(path, commands.run_command, methods=["POST"]) for path in COMMAND_PATHS),
    ]


async def _openapi(request: Request) -> Response:
    return JSONResponse(openapi.current(request.app.state))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    if _is_api(request):
        return error.response(request.state.request_id)
    return await pages.problem_page(request, error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers: dict[str, Any] = dict(error.headers or {})
    if error.status_code == 405 and _is_served(request):
        problem = Problem(
            405, "METHOD_NOT_ALLOWED", "Esta dirección no admite ese método. Vea /api/docs.", headers=headers
        )
    else:
        problem = Problem(404, "ROUTE_NOT_FOUND", "Esta dirección no existe. Vea las acciones en /api/docs.")
    return await _problem(request, problem)


def _is_served(request: Request) -> bool:
    """Whether the address exists for another method. The command's pattern alone matches anything of its length."""
    for route in request.app.routes:
        found, scope = route.matches(request.scope)
        if found is Match.NONE:
            continue
        given = scope["path_params"]
        if getattr(route, "path", "") not in COMMAND_PATHS:
            return True
        if (given["collection"], given["command"]) in request.app.state.command_names.by_address:
            return True
    return False


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/healthz")) and request.url.path != "/api/docs"
