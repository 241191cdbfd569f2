"""The institutional log-in in the browser: there, back, and the provider's own call that somebody logged out."""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.gateway import bodies
from services.gateway.api.session import address_of, cookie_name
from services.gateway.console import guard
from services.gateway.console.login_form import form, set_cookie
from services.gateway.edge import Caller, Edge
from services.gateway.institution.entrance import Entrance, EntranceRefused
from services.gateway.institution.provider import ProviderAway
from services.gateway.institution.verification import TokenRefused
from services.gateway.problems import Problem

STATUSES = {"INSTITUTION_AWAY": 503, "INSTITUTION_UNKNOWN": 403}
PARAMETERS = ("state", "code", "iss", "error")
log = structlog.get_logger("impulso.gateway")


async def begin(request: Request) -> Response:
    """Send the browser to the provider."""
    edge: Edge = request.app.state.edge
    entrance = _entrance(request)
    after = guard.local_path(request.query_params.get("siguiente", "/trabajo"))
    browser = request.cookies.get(guard.PRE_COOKIE) or guard.new_pre_cookie()
    try:
        there = await entrance.begin(edge.blocking, browser=browser, after=after, here=_here(request))
    except EntranceRefused as error:
        return await _refused(request, error, after)
    response = RedirectResponse(there, 303)
    set_cookie(request, response, guard.PRE_COOKIE, browser, path="/entrar")
    return response


async def back(request: Request) -> Response:
    """Let in whom the provider confirms; a new session, never one that was there before."""
    edge: Edge = request.app.state.edge
    entrance = _entrance(request)
    given = {name: request.query_params[name][:4096] for name in PARAMETERS if name in request.query_params}
    try:
        token, _, after = await entrance.enter(
            edge.blocking,
            given,
            browser=request.cookies.get(guard.PRE_COOKIE, ""),
            here=_here(request),
            address=address_of(request),
            request_id=request.state.request_id,
        )
    except EntranceRefused as error:
        return await _refused(request, error)
    old = request.cookies.get(cookie_name(request), "")
    if old:
        await edge.blocking(lambda: edge.door.sessions.end(old))
    response = RedirectResponse(guard.local_path(after), 303)
    set_cookie(request, response, cookie_name(request), token)
    response.delete_cookie(guard.PRE_COOKIE, path="/entrar")
    return response


async def logged_out(request: Request) -> Response:
    """OpenID Connect Back-Channel Logout 2.5: the provider says that somebody logged out there."""
    edge: Edge = request.app.state.edge
    entrance = _entrance(request)
    fields = await bodies.form_fields(request)
    token = (fields.get("logout_token") or [""])[0]
    try:
        count = await entrance.log_out(edge.blocking, token, request_id=request.state.request_id)
    except TokenRefused as error:
        log.warning("institution_logout_refused", why=error.why)
        return JSONResponse({"error": "invalid_request"}, 400)
    except ProviderAway as error:
        log.warning("institution_away", why=error.why)
        return JSONResponse({"error": "temporarily_unavailable"}, 503, headers={"Retry-After": "30"})
    log.info("institution_logout", sessions=count)
    return Response(status_code=200)


async def after_logout(request: Request, caller: Caller) -> str:
    """Where who logged out here goes: to the log-in page, which shows the provider's own way out where there is one."""
    edge: Edge = request.app.state.edge
    entrance = edge.entrance
    if entrance is None or not await edge.blocking(lambda: entrance.visits.came_through(caller.session.name)):
        return "/entrar"
    return "/entrar?salida=institucion"


async def way_out(request: Request) -> str:
    """The provider's address that ends its own session, for who has just logged out here; else empty."""
    edge: Edge = request.app.state.edge
    if edge.entrance is None or request.query_params.get("salida") != "institucion":
        return ""
    return await edge.entrance.way_out(_here(request))


def _entrance(request: Request) -> Entrance:
    edge: Edge = request.app.state.edge
    if edge.entrance is None:
        raise Problem(404, "ROUTE_NOT_FOUND", "Esta instalación no tiene ingreso institucional.")
    return edge.entrance


async def _refused(request: Request, error: EntranceRefused, after: str = "/trabajo") -> Response:
    log.warning("institution_login_refused", code=error.code, why=error.why)
    return await form(request, after, problem=error.text, status=STATUSES.get(error.code, 401))


def _here(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"
