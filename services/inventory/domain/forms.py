"""Signed forms handed to the warehouse (A19-2): the same fact for a receipt and for the documents of a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.catalogue.types import Act


class DocumentEvent(Aggregate.Event):
    """Base of the events of whatever issues documents."""

    def apply(self, aggregate: Any) -> None: ...


class WarehouseFormsReceived(DocumentEvent):
    """The signed originals or scans of ``document_numbers`` are in the warehouse; ``evidence``: ids of the scans."""

    TOPIC = "inventory.WarehouseFormsReceived"
    document_numbers: list[str]
    received_on: date
    received_by: UUID
    evidence: list[str]

    def apply(self, aggregate: Any) -> None:
        for number in self.document_numbers:
            aggregate.documents[number] = self.received_on


def hand_in(issuer: Any, act: Act, numbers: list[str], evidence: list[str], issued_on: Mapping[str, date]) -> None:
    """Note on ``issuer`` which of its ``numbers`` are now in the warehouse; a second time changes nothing.

    ``issued_on``: the day of each of its documents, before which none can be handed in.
    """
    missing = [number for number in numbers if issuer.documents[number] is None]
    for number in missing:
        act.check_not_before(issued_on[number])
    if missing:
        issuer.trigger_event(
            WarehouseFormsReceived,
            document_numbers=missing,
            received_on=act.on,
            received_by=act.person,
            evidence=evidence,
        )
