"""Log-in for programs: ``POST /api/session`` gives a bearer token of the same session store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.door import InstitutionOnly, LoginFailed
from services.gateway.edge import Caller, Edge, require
from services.gateway.problems import Problem
from services.gateway.scopes import FEED, opens
from services.gateway.sessions import ABSOLUTE_S, IDLE_S
from services.gateway.throttle import Throttled


def cookie_name(request: Request) -> str:
    """Over https the prefix makes browsers refuse the cookie from a subdomain or over http."""
    return "__Host-impulso" if request.url.scheme == "https" else "impulso"


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


async def api_caller(request: Request, *, writes: bool = False) -> Caller:
    """Who calls the API: by bearer token, or for reading by the console's cookie.

    A cookie never writes here: a page of another origin could ride on it. Raises `Problem` 401.
    """
    edge: Edge = request.app.state.edge
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        caller = require(await edge.caller(request, token.strip(), "api"))
        route = getattr(request.scope.get("route"), "path", "")
        await _check_scopes(edge, request, caller, route, request.path_params)
        return caller
    cookie = request.cookies.get(cookie_name(request), "")
    if cookie and not writes:
        return require(await edge.caller(request, cookie, "console"))
    return require(None)


async def check_readable(edge: Edge, request: Request, caller: Caller, services: Iterable[object]) -> None:
    """Raise `Problem` 403 unless the caller may read the events of these services, which it wants to have sent."""
    for service in services:
        await _check_scopes(edge, request, caller, FEED, {"service": service})


async def _check_scopes(edge: Edge, request: Request, caller: Caller, route: str, params: Mapping[str, object]) -> None:
    """Raise `Problem` 403 for an address that the service token's scopes do not open; the denial is noted."""
    if caller.scopes is None or opens(caller.scopes, route, params):
        return
    await edge.note(request, caller, "denied", code="SCOPE_MISSING", act=route[:64])
    raise Problem(
        403,
        "SCOPE_MISSING",
        "Este token de servicio no tiene permiso para esta dirección. Pida a la administración de accesos un token "
        "con el permiso que necesita.",
        headers={"WWW-Authenticate": 'Bearer realm="impulso", error="insufficient_scope"'},
    )


async def open_session(request: Request) -> Response:
    """Log in. 401 for any wrong pair, 429 with Retry-After after too many."""
    edge: Edge = request.app.state.edge
    body = await bodies.json_object(request)
    login, password = body.get("login"), body.get("password")
    for name, value in (("login", login), ("password", password)):
        if not isinstance(value, str) or not value:
            raise Problem(422, "FIELD_INVALID", f"Falta «{name}»: envíe usuario y contraseña.", field=name)
    unknown = sorted(set(body) - {"login", "password"})
    if unknown:
        raise Problem(422, "FIELD_INVALID", "Envíe solo «login» y «password».", field=unknown[0][:40])
    try:
        token, session = await edge.blocking(
            lambda: edge.door.enter(
                str(login),
                str(password),
                address=address_of(request),
                channel="api",
                request_id=request.state.request_id,
            ),
            heavy=True,
        )
    except LoginFailed:
        raise login_failed() from None
    except InstitutionOnly:
        raise institution_required() from None
    except Throttled as error:
        raise throttled(error.retry_after_s) from None
    return JSONResponse(
        {
            "token": token,
            "token_type": "Bearer",
            "expires_in": ABSOLUTE_S,
            "idle_timeout": IDLE_S,
            "person": str(session.person),
        },
        201,
    )


async def close_session(request: Request) -> Response:
    """Log out: the token opens nothing from now on."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request, writes=True)
    await edge.blocking(lambda: edge.door.leave(caller.token, caller.session, request_id=request.state.request_id))
    return Response(status_code=204)


async def me(request: Request) -> Response:
    """The caller, with the grants in force."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    names = await edge.blocking(lambda: edge.door.names({caller.person}))
    return JSONResponse(
        {
            "person": str(caller.person),
            "display_name": names.get(caller.person),
            "session": str(caller.session.name),
            "channel": caller.session.channel,
            "scopes": None if caller.scopes is None else sorted(caller.scopes),
            "grants": [
                {
                    "id": grant.id,
                    "role": grant.role,
                    "role_label": role_label(edge, grant.role),
                    "organisation": grant.organisation,
                    "programme": grant.programme,
                    "contract": grant.contract,
                }
                for grant in caller.grants
            ],
        }
    )


def role_label(edge: Edge, role: str) -> str:
    try:
        return str(edge.catalogue.role(role).label)
    except KeyError:
        return role


def login_failed() -> Problem:
    return Problem(401, "LOGIN_FAILED", "El usuario o la contraseña no son correctos. Verifíquelos y reintente.")


def institution_required() -> Problem:
    text = "Esta cuenta entra solo por el ingreso institucional. Use ese botón en la página de ingreso."
    return Problem(401, "INSTITUTION_REQUIRED", text)


def throttled(retry_after_s: int) -> Problem:
    minutes = max(1, -(-retry_after_s // 60))
    return Problem(
        429,
        "LOGIN_THROTTLED",
        f"Hubo demasiados intentos fallidos. Espere {minutes} min y reintente, o pida que restablezcan su contraseña.",
        headers={"Retry-After": str(retry_after_s)},
    )
