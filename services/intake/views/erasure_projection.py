"""Erasures: how their events change the read model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.intake.directory import Directory
from services.intake.domain.erasure import Erasure
from services.intake.domain.key_destruction import KeyDestruction
from services.intake.views.rights_tables import erasures, key_executions, key_orders
from services.intake.views.tables import people
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel

Apply = Callable[[ReadModel, Any, Meta, Directory], None]


def _requested(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    names = ("case_id", "legal_basis", "data_classes", "requested_on", "requested_at", "requested_by")
    row = {name: getattr(event, name) for name in names}
    model.insert(erasures, row | {"id": event.originator_id, "version": event.originator_version, "state": "requested"})


def _cancelled(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.update(erasures, event.originator_id, {"state": "cancelled", "version": event.originator_version})


def _destroyed(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    ordered = {"state": "ordered", "confirmed_by": event.confirmed_by, "ordered_at": event.destroyed_at}
    model.update(erasures, event.originator_id, ordered | {"version": event.originator_version})
    key = {"case_id": event.case_id, "subject": event.subject_key_id, "kind": event.data_class}
    model.insert(key_orders, key | {"erasure_id": event.originator_id, "ordered_at": event.destroyed_at})


def _confirmed(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.update(erasures, event.originator_id, {"version": event.originator_version})
    key = {"case_id": event.case_id, "subject": event.subject_key_id, "kind": event.data_class}
    model.insert(key_executions, key | {"service": event.service, "executed_at": event.executed_at})


def _executed(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    if event.data_class == "i":
        model.delete(people, event.case_id)


APPLY: dict[type, Apply] = {
    Erasure.KeyDestructionRequested: _requested,
    Erasure.KeyDestructionCancelled: _cancelled,
    Erasure.KeyDestroyed: _destroyed,
    Erasure.KeyDestructionConfirmed: _confirmed,
    KeyDestruction.KeyDestructionExecuted: _executed,
}
