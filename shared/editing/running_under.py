"""The version of the procedure under which a case runs: that of its opening, or where it was moved (CAT-05, CAT-07)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.domain import Aggregate

from shared.catalogue.procedures import ProcedureVersion
from shared.catalogue.refusals import CatalogueNotEffective
from shared.eventstore.tables import events


def procedure_of(application: Any, programme: str, case_id: UUID | None, day: date) -> ProcedureVersion:
    """The version under which an act on a case is decided; that in force on ``day`` where it is on none."""
    catalogue = application.catalogue
    in_force: ProcedureVersion = catalogue.procedure(programme, day)
    if case_id is None or len(catalogue.versions("procedure", programme)) == 1:
        return in_force
    case = application.loader.get(Aggregate, case_id)
    moved_to = getattr(case, "moved_to", None)
    if moved_to is None:
        # Nothing known of the case here, or a record of this service's own that no version is kept of.
        return in_force
    query = sa.select(events.c.state).where(events.c.originator_id == case_id, events.c.originator_version == 1)
    with application.database.read() as connection:
        first = application.mapper.metadata(connection.execute(query).scalar_one())
    label = moved_to or first.procedure_version
    try:
        labelled: ProcedureVersion = catalogue.procedure_labelled(programme, label)
        return labelled
    except CatalogueNotEffective:
        opened: ProcedureVersion = catalogue.procedure(programme, first.happened_on)
        return opened
