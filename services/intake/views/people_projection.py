"""Suspected duplicates, merged cases and the register of exclusions: how their events change the read model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from services.intake.directory import Directory
from services.intake.domain.cases import Case
from services.intake.domain.exclusion import Exclusion
from services.intake.views.tables import cases, exclusions, merges, suspicions
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel

Apply = Callable[[ReadModel, Any, Meta, Directory], None]


def _suspected(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    # Two cases that are parted again are suspected again under the same id.
    model.delete(suspicions, event.suspicion_id)
    model.insert(suspicions, {"id": event.suspicion_id, "case_id": event.originator_id, "other_case": event.other_case})


def _resolved(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.update(suspicions, event.suspicion_id, {"resolution": event.resolution})


def _merged(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.update(cases, event.other_case, {"state": "merged"})
    joined = {name: getattr(event, name) for name in ("other_case", "surviving_case", "merged_on")}
    model.insert(merges, joined)


def _split(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    """A term that ran before counts anew, as when a case is opened again."""
    now = {"state": event.state} | ({"told_on": event.split_on} if event.state == "not_eligible" else {})
    model.update(cases, event.other_case, now)
    model.delete(merges, event.other_case)


def _exclusion_proposed(model: ReadModel, event: Any, _meta: Meta, directory: Directory) -> None:
    if event.identity.erased:
        return
    identity = event.identity.value
    row = {name: getattr(event, name) for name in ("kind", "service", "act_no", "from_date", "to_date")}
    fingerprint = directory.document(identity["doc_type"], identity["doc_no"])
    made = {"id": event.originator_id, "version": 1, "document_index": fingerprint, "state": "proposed"}
    model.insert(exclusions, {**made, **row})


def _exclusion(state: str) -> Apply:
    def apply(model: ReadModel, event: Any, meta: Meta, _directory: Directory) -> None:
        change: dict[str, Any] = {"state": state, "version": event.originator_version}
        if state == "lifted":
            change["to_date"] = meta.happened_on - timedelta(days=1)
        model.update(exclusions, event.originator_id, change)

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
