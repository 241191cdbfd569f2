"""Read models of intake: tables, how events change them, and the queries that the gateway asks."""

from services.intake.views.tables import (
    attachments,
    call_lists,
    calls,
    case_sources,
    cases,
    checks,
    documents,
    imports,
    metadata,
    people,
    suspicions,
)

__all__ = [
    "attachments",
    "call_lists",
    "calls",
    "case_sources",
    "cases",
    "checks",
    "documents",
    "imports",
    "metadata",
    "people",
    "suspicions",
]
