"""Making a read model anew from the log, and from what the service follows where that is all it holds."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from shared.delivery import parking
from shared.eventstore import tracking
from shared.eventstore.application import ServiceApplication
from shared.eventstore.tables import log_head
from shared.runtime.definition import ServiceDefinition

BATCH = 1000
Progress = Callable[[int, int], None]


def rebuild(
    application: ServiceApplication,
    definition: ServiceDefinition,
    *,
    progress: Progress = lambda done, total: None,
) -> int:
    """Empty the read model and apply the service's own log again; the number of entries applied.

    A service that ``only_reads`` forgets its positions too, and what is parked: its followers then pull everything
    anew. All of it is one transaction, so an interrupted rebuild leaves the old read model. ``progress(done, total)``
    is called per batch.
    """
    views = application.views
    # Alone: an event that commits beside us would be projected by its writer and by us, or by neither, and a follower
    # in hand would leave its rows behind and its position forgotten.
    with application.database.write(alone=True) as connection:
        total = connection.execute(sa.select(log_head.c.head)).scalar_one()
        views.clear(connection)
        if definition.only_reads:
            for upstream in definition.follows:
                tracking.reset(connection, upstream)
                # Else they would be parked a second time, under the same numbers.
                parking.forget(connection, upstream)
        done = 0
        while entries := application.log.entries(done, BATCH, connection):
            views.project_all(connection, application.mapper.open_many(entries), application)
            done = entries[-1].sequence
            progress(done, total)
        views.mark_built(connection, definition.name)
    return done
