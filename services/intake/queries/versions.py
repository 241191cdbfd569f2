"""The versions of aggregates, for rows on which a command can act."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.eventstore.tables import events


def versions(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, int]:
    """The version of each aggregate that exists."""
    query = (
        sa.select(events.c.originator_id, sa.func.max(events.c.originator_version).label("version"))
        .where(events.c.originator_id.in_(list(ids)))
        .group_by(events.c.originator_id)
    )
    return {row.originator_id: row.version for row in connection.execute(query)}
