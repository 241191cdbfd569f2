"""The log-in form, whoever shows it: with its cookie, and what went wrong."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.console import guard
from services.gateway.console.render import page
from services.gateway.edge import Edge


async def form(
    request: Request,
    after: str,
    name: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    problem: str = "",
    leaving: str = "",
) -> Response:
    """The form. ``errors`` belong to its fields, ``problem`` to none; ``leaving`` is the provider's own way out."""
    edge: Edge = request.app.state.edge
    cookie = request.cookies.get(guard.PRE_COOKIE) or guard.new_pre_cookie()
    response = await page(
        request,
        "login.html",
        status=status,
        headers=headers,
        token=guard.pre_token(cookie),
        after=after,
        name=name,
        errors=errors or {},
        problem=problem,
        leaving=leaving,
        institution=None if edge.entrance is None else edge.entrance.settings.label,
    )
    set_cookie(request, response, guard.PRE_COOKIE, cookie, path="/entrar")
    return response


def set_cookie(request: Request, response: Response, name: str, value: str, path: str = "/") -> None:
    """A cookie that no script reads, no other site sends with a form, and nothing sends in the clear over https."""
    response.set_cookie(name, value, path=path, httponly=True, samesite="lax", secure=request.url.scheme == "https")
