"""Terms of profiling that end by themselves: referrals without a reply in time (P-31)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.profiling import views
from services.profiling.application import ProfilingApplication
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.deadlines import Deadline


def ended(application: ProfilingApplication, day: date) -> Iterator[Deadline]:
    """Every referral whose reply was due before ``day`` and that nobody answered or noted as overdue."""
    table = views.referrals
    query = sa.select(table.c.case_id, table.c.referral_id).where(
        table.c.reply.is_(None), table.c.overdue.is_(False), table.c.reply_due < day
    )
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        decide = _decide(application, row.case_id, row.referral_id)
        yield Deadline(f"P-31/{row.referral_id}", "NoteReferralOverdue", 8, decide)


def _decide(application: ProfilingApplication, case_id: UUID, referral_id: UUID) -> Any:
    def decide(uow: UnitOfWork, day: date) -> dict[str, Any] | None:
        noted = application.note_referral_overdue(uow, case_id, referral_id, day)
        return {"id": str(case_id)} if noted else None

    return decide
