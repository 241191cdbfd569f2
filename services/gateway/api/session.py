"""Log-in for programs: ``POST /api/session`` gives a bearer token of the same session store."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.door import LoginFailed
from services.gateway.edge import Caller, Edge, require
from services.gateway.problems import Problem
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
        return require(await edge.caller(request, token.strip(), "api"))
    cookie = request.cookies.get(cookie_name(request), "")
    if cookie and not writes:
        return require(await edge.caller(request, cookie, "console"))
    return require(None)


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


def throttled(retry_after_s: int) -> Problem:
    minutes = max(1, -(-retry_after_s // 60))
    return Problem(
        429,
        "LOGIN_THROTTLED",
        f"Hubo demasiados intentos fallidos. Espere {minutes} min y reintente, o pida que restablezcan su contraseña.",
        headers={"Retry-After": str(retry_after_s)},
    )
