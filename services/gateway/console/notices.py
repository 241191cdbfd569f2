"""The word that something was done, after the browser was sent on."""

from __future__ import annotations

from starlette.requests import Request

from services.gateway.edge import Edge


def done_notice(edge: Edge, request: Request) -> str | None:
    """The label of the command named in ``?hecho=``; nothing that an address carries is shown as it is."""
    service, _, name = request.query_params.get("hecho", "").partition(".")
    if not name:
        return None
    try:
        return edge.catalogue.command(name, service).label
    except KeyError:
        return None
