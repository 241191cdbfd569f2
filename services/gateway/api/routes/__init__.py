"""One table maps every address to a service's query."""

from __future__ import annotations

from services.gateway.api.routes import casework, reports, store

ROUTES = (*reports.ROUTES, *casework.ROUTES, *store.ROUTES)
