"""What every page checks: who is logged in, and that a form came from a page of ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway import bodies
from services.gateway.api.session import cookie_name
from services.gateway.console.render import PURPOSE
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem

Page = Callable[[Request], Awaitable[Response]]
PRE_COOKIE = "impulso-entrada"
"""Ties the log-in form to the browser before there is a session."""


def logged_in(endpoint: Callable[[Request, Caller], Awaitable[Response]]) -> Page:
    """The endpoint with its caller; without one, the log-in page."""

    async def guarded(request: Request) -> Response:
        caller = await caller_of(request)
        if caller is None:
            if request.headers.get("hx-request"):
                # A fragment must not show the log-in form inside a page: the browser goes there whole.
                return Response(status_code=204, headers={"HX-Redirect": "/entrar"})
            back = request.url.path if request.method == "GET" else "/trabajo"
            return RedirectResponse(f"/entrar?siguiente={quote(back, safe='/')}", 303)
        return await endpoint(request, caller)

    guarded.__name__ = getattr(endpoint, "__name__", "page")
    return guarded


async def caller_of(request: Request) -> Caller | None:
    """Who is logged in in this browser."""
    edge: Edge = request.app.state.edge
    token = request.cookies.get(cookie_name(request), "")
    return await edge.caller(request, token, "console") if token else None


def check_form(caller: Caller, fields: Mapping[str, Sequence[str]]) -> None:
    """Raise `Problem` 403 unless the form carries this session's token."""
    given = (fields.get("_csrf") or [""])[0]
    if not hmac.compare_digest(given.encode(), caller.session.csrf.encode()):
        raise Problem(
            403, "CSRF_FAILED", "El formulario venció o no salió de esta sesión. Vuelva a la página y reintente."
        )


async def declared_form(request: Request, caller: Caller) -> dict[str, list[str]]:
    """The form with which ``caller`` opens data; the purpose that it names holds from here on.

    Raises `Problem` 403 as `check_form` does, and 422 for a purpose that is not on the list.
    """
    edge: Edge = request.app.state.edge
    fields = await bodies.form_fields(request)
    check_form(caller, fields)
    edge.declare(request, caller, "".join(fields.get(PURPOSE, ())))
    return fields


def pre_token(cookie: str) -> str:
    """The log-in form's token, for the browser that holds ``cookie``."""
    return hashlib.sha256(b"impulso.pre.v1" + cookie.encode()).hexdigest()


def new_pre_cookie() -> str:
    return secrets.token_urlsafe(24)


def check_pre_form(request: Request, fields: Mapping[str, Sequence[str]]) -> None:
    """The same before log-in, so that nobody is logged in to an account that is not theirs."""
    cookie = request.cookies.get(PRE_COOKIE, "")
    given = (fields.get("_csrf") or [""])[0]
    if not cookie or not hmac.compare_digest(given.encode(), pre_token(cookie).encode()):
        raise Problem(403, "CSRF_FAILED", "La página de ingreso venció. Vuelva a abrirla e inténtelo de nuevo.")


def local_path(given: str) -> str:
    """``given`` if it is an address of this console; else the person's own work: a log-in never leads elsewhere."""
    if given.startswith("/") and not given.startswith("//") and "\\" not in given and given.isprintable():
        return given
    return "/trabajo"
