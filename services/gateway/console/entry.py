"""Log-in, log-out, change of password."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway import bodies
from services.gateway.api.session import address_of, cookie_name, institution_required, login_failed, throttled
from services.gateway.console import guard, institution_pages
from services.gateway.console.login_form import form, set_cookie
from services.gateway.console.render import page
from services.gateway.door import InstitutionOnly, LoginFailed, PasswordUnfit
from services.gateway.edge import Caller, Edge
from services.gateway.throttle import Throttled


async def login_page(request: Request) -> Response:
    """The log-in form."""
    leaving = await institution_pages.way_out(request)
    return await form(request, guard.local_path(request.query_params.get("siguiente", "/trabajo")), leaving=leaving)


async def login(request: Request) -> Response:
    """Check login and password; a new session, never one that was there before."""
    edge: Edge = request.app.state.edge
    fields = await bodies.form_fields(request)
    guard.check_pre_form(request, fields)
    after = guard.local_path((fields.get("siguiente") or ["/trabajo"])[0])
    name = (fields.get("usuario") or [""])[0]
    password = (fields.get("contrasena") or [""])[0]
    if not name.strip() or not password:
        missing = {} if name.strip() else {"usuario": "Escriba su usuario."}
        if not password:
            missing["contrasena"] = "Escriba su contraseña."
        return await form(request, after, name, missing, 422)
    try:
        token, _ = await edge.blocking(
            lambda: edge.door.enter(
                name,
                password,
                address=address_of(request),
                channel="console",
                request_id=request.state.request_id,
            ),
            heavy=True,
        )
    except LoginFailed:
        return await form(request, after, name, {"usuario": login_failed().detail}, 401)
    except InstitutionOnly:
        return await form(request, after, name, {"usuario": institution_required().detail}, 401)
    except Throttled as error:
        problem = throttled(error.retry_after_s)
        return await form(request, after, name, {"usuario": problem.detail}, 429, problem.headers)
    old = request.cookies.get(cookie_name(request), "")
    if old:
        await edge.blocking(lambda: edge.door.sessions.end(old))
    response = RedirectResponse(after, 303)
    set_cookie(request, response, cookie_name(request), token)
    response.delete_cookie(guard.PRE_COOKIE, path="/entrar")
    return response


async def logout(request: Request, caller: Caller) -> Response:
    """End the session and forget the cookie."""
    edge: Edge = request.app.state.edge
    guard.check_form(caller, await bodies.form_fields(request))
    after = await institution_pages.after_logout(request, caller)
    await edge.blocking(lambda: edge.door.leave(caller.token, caller.session, request_id=request.state.request_id))
    response = RedirectResponse(after, 303)
    response.delete_cookie(
        cookie_name(request), path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response


async def password_page(request: Request, caller: Caller) -> Response:
    """The form to change one's password."""
    return await page(request, "password.html", errors={}, done=False)


async def change_password(request: Request, caller: Caller) -> Response:
    """Change it; every other session of the account ends."""
    edge: Edge = request.app.state.edge
    fields = await bodies.form_fields(request)
    guard.check_form(caller, fields)
    current, new, again = ((fields.get(name) or [""])[0] for name in ("actual", "nueva", "repetida"))
    if new != again:
        errors = {"repetida": "Las dos contraseñas nuevas no son iguales."}
        return await page(request, "password.html", status=422, errors=errors, done=False)
    try:
        await edge.blocking(
            lambda: edge.door.change_password(
                caller.session, current, new, address=address_of(request), request_id=request.state.request_id
            ),
            heavy=True,
        )
    except PasswordUnfit as error:
        return await page(request, "password.html", status=422, errors={"nueva": error.text}, done=False)
    except LoginFailed:
        errors = {"actual": "La contraseña actual no es correcta."}
        return await page(request, "password.html", status=422, errors=errors, done=False)
    except Throttled as error:
        problem = throttled(error.retry_after_s)
        return await page(request, "password.html", status=429, errors={"actual": problem.detail}, done=False)
    return await page(request, "password.html", errors={}, done=True)
