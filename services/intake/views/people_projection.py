"""Suspected duplicates, merged cases and the register of exclusions: how their events change the read model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection

from services.intake.directory import Directory
from services.intake.domain.cases import Case
from services.intake.domain.exclusion import Exclusion
from services.intake.views.tables import cases, exclusions, merges, suspicions
from shared.eventstore.metadata import Meta

Apply = Callable[[Connection, Any, Meta, Directory], None]


def _suspected(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    # Two cases that are parted again are suspected again under the same id.
    connection.execute(suspicions.delete().where(suspicions.c.id == event.suspicion_id))
    connection.execute(
        suspicions.insert().values(id=event.suspicion_id, case_id=event.originator_id, other_case=event.other_case)
    )


def _resolved(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    update = suspicions.update().where(suspicions.c.id == event.suspicion_id)
    connection.execute(update.values(resolution=event.resolution))


def _merged(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    connection.execute(cases.update().where(cases.c.id == event.other_case).values(state="merged"))
    joined = {name: getattr(event, name) for name in ("other_case", "surviving_case", "merged_on")}
    connection.execute(merges.insert().values(**joined))


def _split(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    """A term that ran before counts anew, as when a case is opened again."""
    now = {"state": event.state} | ({"told_on": event.split_on} if event.state == "not_eligible" else {})
    connection.execute(cases.update().where(cases.c.id == event.other_case).values(**now))
    connection.execute(merges.delete().where(merges.c.other_case == event.other_case))


def _exclusion_proposed(connection: Connection, event: Any, _meta: Meta, directory: Directory) -> None:
    if event.identity.erased:
        return
    identity = event.identity.value
    row = {name: getattr(event, name) for name in ("kind", "service", "act_no", "from_date", "to_date")}
    fingerprint = directory.document(identity["doc_type"], identity["doc_no"])
    made = {"id": event.originator_id, "version": 1, "document_index": fingerprint, "state": "proposed"}
    connection.execute(exclusions.insert().values(**made, **row))


def _exclusion(state: str) -> Apply:
    def apply(connection: Connection, event: Any, meta: Meta, _directory: Directory) -> None:
        change: dict[str, Any] = {"state": state, "version": event.originator_version}
        if state == "lifted":
            change["to_date"] = meta.happened_on - timedelta(days=1)
        connection.execute(exclusions.update().where(exclusions.c.id == event.originator_id).values(**change))

    return apply


APPLY: dict[type, Apply] = {
    Case.DuplicateSuspected: _suspected,
    Case.DuplicateResolved: _resolved,
    Case.CasesMerged: _merged,
    Case.CasesSplit: _split,
    Exclusion.ExclusionProposed: _exclusion_proposed,
    Exclusion.ExclusionApproved: _exclusion("in_force"),
    Exclusion.ExclusionEnded: _exclusion("lifted"),
}
