"""The queries that the gateway asks of intake, by name."""

from __future__ import annotations

from collections.abc import Mapping

from services.intake.queries import calls, exclusions, field_days, imports, reconsiderations, what_ifs
from services.intake.queries.case import case, choices
from services.intake.queries.papers import document, may_read
from services.intake.queries.people import named, people_search
from services.intake.queries.register import candidates, candidates_file
from shared.runtime.definition import Query

QUERIES: Mapping[str, Query] = {
    "people_search": people_search,
    "people": named,
    "calls": calls.several,
    "call": calls.one,
    "imports": imports.several,
    "import": imports.one,
    "exclusions": exclusions.several,
    "what_ifs": what_ifs.several,
    "what_if": what_ifs.one,
    "reconsiderations": reconsiderations.several,
    "field_days": field_days.several,
    "candidates": candidates,
    "candidates_file": candidates_file,
    "case": case,
    "document": document,
    "choices": choices,
}

__all__ = ["QUERIES", "may_read"]
