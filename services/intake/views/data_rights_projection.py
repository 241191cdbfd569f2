"""Requests of data subjects, legal holds and restrictions: how their events change the read model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.intake.directory import Directory
from services.intake.domain.data_request import DataRequest
from services.intake.domain.legal_hold import LegalHold
from services.intake.domain.restriction import Restriction
from services.intake.views.rights_tables import (
    data_request_files,
    data_requests,
    legal_holds,
    restricted_classes,
    restrictions,
)
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel

Apply = Callable[[ReadModel, Any, Meta, Directory], None]
_OPENED = (
    "case_id",
    "person",
    "kind",
    "asked_by",
    "channel",
    "received_on",
    "opened_on",
    "due_on",
    "extendable_until",
    "completion_until",
    "legend_by",
)
_HELD = ("case_id", "ground", "authority", "reference", "requested_on")


def _opened(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    row = {name: getattr(event, name) for name in _OPENED}
    model.insert(data_requests, row | {"id": event.originator_id, "version": event.originator_version, "state": "open"})
    _attached(model, event, event.evidence)


def _request(file: str = "", **columns: Callable[[Any], Any]) -> Apply:
    """Set columns of the request's row, and keep the file that the event names in ``file``."""

    def apply(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
        values = {name: value(event) for name, value in columns.items()}
        model.update(data_requests, event.originator_id, values | {"version": event.originator_version})
        if file:
            _attached(model, event, getattr(event, file))

    return apply


def _hold_requested(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    row = {name: getattr(event, name) for name in _HELD}
    known = {"id": event.originator_id, "version": event.originator_version, "state": "requested"}
    model.insert(legal_holds, row | known)
    _attached(model, event, event.file)


def _hold(file: str = "", **columns: Callable[[Any], Any]) -> Apply:
    """Set columns of the hold's row, as `_request` does."""

    def apply(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
        values = {name: value(event) for name, value in columns.items()}
        model.update(legal_holds, event.originator_id, values | {"version": event.originator_version})
        if file:
            _attached(model, event, getattr(event, file))

    return apply


def _restriction_decided(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    row = {name: getattr(event, name) for name in ("case_id", "ground", "request_id", "decided_on")}
    model.insert(restrictions, row | {"id": event.originator_id, "version": event.originator_version})
    if event.request_id is not None:
        model.update(data_requests, event.request_id, {"restriction_id": event.originator_id})


def _restricted(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    key = {"case_id": event.case_id, "subject": event.subject_id, "data_class": event.data_class}
    model.insert(restricted_classes, key | {"restriction_id": event.originator_id})
    model.update(restrictions, event.originator_id, {"version": event.originator_version})


def _lift_decided(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.update(
        restrictions,
        event.originator_id,
        {"lifted_on": event.decided_on, "version": event.originator_version},
    )


def _restriction_lifted(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    table = restricted_classes.c
    gone = restricted_classes.delete().where(
        table.restriction_id == event.originator_id,
        table.case_id == event.case_id,
        table.subject == event.subject_id,
        table.data_class == event.data_class,
    )
    model.execute(gone, restricted_classes)
    model.update(restrictions, event.originator_id, {"version": event.originator_version})


def _attached(model: ReadModel, event: Any, file_id: str | None) -> None:
    if file_id is not None:
        row = {"owner_id": event.originator_id, "number": event.originator_version}
        model.insert(data_request_files, row | {"file_id": file_id, "case_id": event.case_id})


APPLY: dict[type, Apply] = {
    DataRequest.DataRequestOpened: _opened,
    DataRequest.DataRequestCompletionAsked: _request(
        state=lambda event: "incomplete", lapses_on=lambda event: event.lapses_on, completion_until=lambda event: None
    ),
    DataRequest.DataRequestCompleted: _request(
        "evidence",
        state=lambda event: "open",
        lapses_on=lambda event: None,
        due_on=lambda event: event.due_on,
        extendable_until=lambda event: event.extendable_until,
    ),
    DataRequest.DataRequestLapsed: _request(state=lambda event: "lapsed", answered_on=lambda event: event.lapsed_on),
    DataRequest.DataRequestExtended: _request(
        "notice", due_on=lambda event: event.due_on, extended_on=lambda event: event.notified_on
    ),
    DataRequest.DataRequestAnswered: _request(
        "file",
        state=lambda event: "answered",
        outcome=lambda event: event.outcome,
        ground=lambda event: event.ground,
        answered_on=lambda event: event.answered_on,
        late=lambda event: event.late,
    ),
    DataRequest.DataRequestErasureAsked: _request(erasure_id=lambda event: event.erasure_id),
    Restriction.RestrictionDecided: _restriction_decided,
    Restriction.ProcessingRestricted: _restricted,
    Restriction.RestrictionLiftDecided: _lift_decided,
    Restriction.RestrictionLifted: _restriction_lifted,
    LegalHold.LegalHoldRequested: _hold_requested,
    LegalHold.LegalHoldPlaced: _hold(state=lambda event: "placed", placed_on=lambda event: event.placed_on),
    LegalHold.LegalHoldLiftRequested: _hold("file", state=lambda event: "lift_requested"),
    LegalHold.LegalHoldLifted: _hold(state=lambda event: "lifted", lifted_on=lambda event: event.lifted_on),
}
