"""Which cases a caller may find: operators those of their own contract alone (ROL-02)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.application.base import OPERATED
from shared.catalogue.refusals import OutsideContract
from shared.eventstore.tables import claims
from shared.runtime.tokens import Who


def visible(app: IntakeApplication, ids: Sequence[UUID], who: Who) -> list[UUID]:
    """Those of ``ids`` that the caller may find, in the order given."""
    if not who.contracts or not ids:
        return list(ids)
    query = sa.select(claims.c.key, claims.c.owner).where(
        claims.c.kind == OPERATED, claims.c.key.in_([str(each) for each in ids])
    )
    with app.database.read() as connection:
        own = {row.key for row in connection.execute(query) if str(row.owner) in who.contracts}
    return [each for each in ids if str(each) in own]


def check_case_visible(app: IntakeApplication, case_id: UUID, who: Who) -> None:
    """Raise `OutsideContract` for the case of another contract, as for one that does not exist (ROL-02)."""
    if not visible(app, [case_id], who):
        raise OutsideContract(what="el caso", field="id")
