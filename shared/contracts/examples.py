"""An invented but lawful instance of every published event: what the documents show and the test kit emits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from uuid import UUID

from shared.contracts.envelope import Envelope
from shared.contracts.events import Contract
from shared.contracts.published import Id, Lines, PublishedField

EPOCH = "5d0c7a6be1f24c55a1b2c3d4e5f60718"
CASE = UUID("4f6f1f2e-8a55-4f7b-9a51-0a9d6f3c2b10")
RECORDED = datetime(2026, 10, 15, 19, 42, 7, 120000, tzinfo=UTC)
_TOLD = MappingProxyType(
    {
        "closes_on": "2026-11-30",
        "cohort_quota": 120,
        "candidates_count": 87,
        "list_no": 3,
        "expires_on": "2027-06-30",
        # An operator's contract or a team of IPES, never both.
        "team_id": None,
    }
)
"""Values that tell more than the example of their kind does."""


def event_example(contract: Contract) -> dict[str, Any]:
    """A payload that is valid under the contract. The same field has the same id in every event."""
    return {name: _value(name, field) for name, field in contract.fields.items()}


def public_example(contract: Contract, *, sequence: int = 1207, previous: int = 1198, epoch: str = EPOCH) -> Envelope:
    """A public event as an integrator gets it. Later sequences are recorded later.

    Raises `NotPublic` when integrators do not get that kind.
    """
    of_programme = bool(contract.activities)
    event = Envelope(
        source=contract.service,
        type=contract.type,
        subject=CASE,
        sequence=sequence,
        recorded_at=RECORDED + timedelta(seconds=sequence - 1207),
        happened_on=date(2026, 10, 14),
        epoch=epoch,
        correlation_id=_id("act"),
        data=event_example(contract),
        audience=contract.audience,
        major=contract.major,
        case_version=12,
        activity=contract.activity,
        actor_role="caseworker",
    )
    if of_programme:
        event = replace(event, programme="PR-156", procedure="PR-156", procedure_version="01")
    return event.for_integrators(previous)


def _value(name: str, field: PublishedField) -> Any:
    if isinstance(field, Lines):
        return [{column: _value(column, one) for column, one in field.columns.items()}]
    if isinstance(field, Id):
        return _TOLD.get(name, str(_id(name)))
    return _TOLD.get(name, field.example)


def _id(name: str) -> UUID:
    return UUID(bytes=sha256(name.encode()).digest()[:16], version=4)
