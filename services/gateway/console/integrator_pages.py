"""Integrators: their service tokens, for the administrator."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.console.notices import done_notice
from services.gateway.console.render import page
from services.gateway.edge import Caller, Edge
from shared.runtime.clock import today


async def tokens(request: Request, caller: Caller) -> Response:
    """Every service token, with its last use."""
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, "gateway", "service_tokens", {})
    return await page(
        request,
        "integrators.html",
        tokens=[{**one, "used": _instant(one["used_at"])} for one in found["items"]],
        people=await edge.blocking(edge.door.people),
        scope_labels=scope_labels(edge),
        today=today().isoformat(),
        notice=done_notice(edge, request),
    )


def scope_labels(edge: Edge) -> dict[str, str]:
    """Scope → its Spanish label, as the command that grants it has them."""
    fields = edge.catalogue.command("IssueServiceToken", "gateway").fields
    item: Any = next(each.item for each in fields if each.name == "scopes")
    return dict(item.options)


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
