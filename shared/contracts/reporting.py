"""Events of reporting: HEMI outbox and reports (requirements 9; PR-156 act 21)."""

from __future__ import annotations

from shared.contracts.events import Service
from shared.contracts.every_service import every_service
from shared.contracts.published import Code, Count, Day, Id, Month

reporting = Service("reporting")

HEMI = {
    "entry_id": Id(),
    "activity": Count(),
    "kind": Code(example="offered"),
    "receipt_id": Code(optional=True, example="HEMI-2026-00031"),
}

CONTRACTS = (
    reporting.event("HemiEntryQueued", tuple(range(7, 22)), "S", **HEMI),
    reporting.event("HemiEntrySent", tuple(range(7, 22)), "S", **HEMI),
    reporting.event("HemiEntryReceipted", tuple(range(7, 22)), "S", **HEMI),
    reporting.event("HemiEntryRejected", tuple(range(7, 22)), "S", **HEMI),
    reporting.event(
        "ReportApproved",
        (21,),
        "I",
        report_id=Id(),
        type=Code(example="monthly"),
        period=Month(),
        cut_off=Day(),
        content_hash=Code(example="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ),
    *reporting.kept_inside(
        "ReportDrafted",
        "NextActionSet",
        "ReportSubmitted",
        "ReportConsolidated",
        "ReportReturned",
        "HemiEntryResent",
    ),
    *every_service(reporting),
)
