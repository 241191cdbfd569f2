"""Signed forms handed to the warehouse (A19-2): the same fact for a receipt and for the documents of a case."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate


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
