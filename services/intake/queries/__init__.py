"""The queries that the gateway asks of intake, by name."""

from __future__ import annotations

from collections.abc import Mapping

from services.intake.queries import (
    calls,
    data_requests,
    erasures,
    exclusions,
    field_days,
    imports,
    legal_holds,
    reconsiderations,
    restrictions,
    what_ifs,
)
from services.intake.queries.as_of import case_as_of, case_pack
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
    "data_requests": data_requests.several,
    "data_request": data_requests.one,
    "legal_holds": legal_holds.several,
    "restrictions": restrictions.several,
    "erasures": erasures.several,
    "erasure": erasures.one,
    "exclusions": exclusions.several,
    "what_ifs": what_ifs.several,
    "what_if": what_ifs.one,
    "reconsiderations": reconsiderations.several,
    "field_days": field_days.several,
    "candidates": candidates,
    "candidates_file": candidates_file,
    "case": case,
    "case_as_of": case_as_of,
    "case_pack": case_pack,
    "document": document,
    "choices": choices,
}

__all__ = ["QUERIES", "may_read"]
