"""Which scope of a service token opens which address: what is not listed here, no token opens."""

from __future__ import annotations

from collections.abc import Mapping

OPENED: Mapping[str, tuple[str, ...]] = {
    "/api/me": (),
    "/api/events/{service}": ("events:read", "events:read:{service}"),
    "/api/catalogue": ("catalogue:read",),
    "/api/catalogue/{kind}/{code}/{version}": ("catalogue:read",),
    "/api/catalogue-versions": ("catalogue:read",),
    "/api/catalogue-versions/{id:uuid}": ("catalogue:read",),
    "/api/audit/{service}/checkpoint": ("audit:read",),
    "/api/audit/{service}/consistency": ("audit:read",),
    "/api/audit/{service}/events/{sequence:int}": ("audit:read",),
    "/api/webhooks": ("webhooks:read", "webhooks:write"),
    "/api/webhooks/{id:uuid}/deliveries": ("webhooks:read", "webhooks:write"),
    "/api/webhooks/{id:uuid}/ping": ("webhooks:write",),
    "/api/webhooks/{id:uuid}/replay": ("webhooks:write",),
    "/api/webhooks/register-webhook": ("webhooks:write",),
    "/api/webhooks/{id:uuid}/rotate-webhook-secret": ("webhooks:write",),
    "/api/webhooks/{id:uuid}/pause-webhook": ("webhooks:write",),
    "/api/webhooks/{id:uuid}/resume-webhook": ("webhooks:write",),
    "/api/webhooks/{id:uuid}/remove-webhook": ("webhooks:write",),
}
"""Route → the scopes of which one is enough (none named: every token); ``{service}`` stands for that of the address.

A command stands here under its own address, which the route of all commands is made of.
"""
FEED = "/api/events/{service}"
"""Whoever has events sent somewhere must be able to read them."""


def opens(scopes: frozenset[str], route: str, params: Mapping[str, object]) -> bool:
    """Whether a token with ``scopes`` opens this address."""
    for part in ("collection", "command"):
        route = route.replace(f"{{{part}}}", str(params.get(part, "")))
    wanted = OPENED.get(route)
    if wanted is None:
        return False
    return not wanted or not scopes.isdisjoint(one.format(**params) for one in wanted)
