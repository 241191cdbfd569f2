"""Questions that reporting answers."""

from __future__ import annotations

from services.reporting.queries.board import board
from services.reporting.queries.cases import CASE_PACK, case_timeline, counts, list_cases
from services.reporting.queries.exports import document, may_read
from services.reporting.queries.hemi import hemi_list
from services.reporting.queries.reports import figure, report, report_list
from services.reporting.queries.times import activity_times

QUERIES = {
    "case_pack": CASE_PACK,
    "cases": list_cases,
    "timeline": case_timeline,
    "counts": counts,
    "hemi": hemi_list,
    "reports": report_list,
    "report": report,
    "figure": figure,
    "document": document,
    "board": board,
    "times": activity_times,
}

__all__ = ["QUERIES", "case_timeline", "counts", "list_cases", "may_read"]
