"""Use cases of the HEMI outbox (requirements 6.5)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.reporting.application.base import ReportingBase
from services.reporting.domain.hemi import HemiEntry
from services.reporting.domain.refusals import ReceiptIdTaken
from shared.catalogue.refusals import CatalogueNotEffective, NotFound
from shared.catalogue.reports import HemiMapping
from shared.catalogue.types import Act
from shared.contracts.envelope import Envelope
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign

MAPPING = "HEMI-PR-156"
RECEIPT = "hemi_receipt"
CORRECTION = "RecordCorrected"


class HemiUseCases(ReportingBase):
    """What goes to HEMI and what came back."""

    def ask_for_hemi_entry(self, uow: UnitOfWork, event: Envelope) -> None:
        """Queue the entry that ``event`` asks for by the mapping of its day; the same event asks once (HEM-1)."""
        try:
            mapping: HemiMapping = self.catalogue.hemi_mapping(MAPPING, event.happened_on)
        except CatalogueNotEffective:
            # Older than the procedure: nothing asked for an entry then.
            return
        if event.type == CORRECTION:
            self._correct(uow, mapping, event)
            return
        rule = mapping.rule(event.source, event.type)
        if rule is None:
            return
        if uow.find(HemiEntry, HemiEntry.id_of(event.subject, rule.activity, event.id)) is not None:
            return
        self._queue(
            uow,
            event.subject,
            rule.activity,
            event.id,
            # An operator's follow-up is about a contract, all others about a case.
            case_id=None if event.data.get("contract_id") and rule.kind == "operator_follow_up" else event.subject,
            kind=rule.kind,
            module=rule.module,
            payload={name: event.data[name] for name in rule.payload if event.data.get(name) is not None},
            mapping_version=mapping.version,
            queued_on=event.happened_on,
        )

    def _correct(self, uow: UnitOfWork, mapping: HemiMapping, event: Envelope) -> None:
        """A correction of what asked for an entry asks for one that names the earlier receipt (HEM-5)."""
        corrected = str(event.data.get("corrected_event_id", ""))
        for activity in {rule.activity for rule in mapping.rules if rule.service == event.source}:
            earlier = uow.find(HemiEntry, HemiEntry.id_of(event.subject, activity, corrected))
            known = uow.find(HemiEntry, HemiEntry.id_of(event.subject, activity, event.id))
            if earlier is None or known is not None:
                continue
            self._queue(
                uow,
                event.subject,
                activity,
                event.id,
                case_id=earlier.case_id,
                kind=earlier.kind,
                module=earlier.module,
                payload={"corrected_fields": event.data.get("field_names", [])},
                mapping_version=mapping.version,
                corrects=earlier.id,
                corrects_receipt=earlier.receipt_id,
                queued_on=event.happened_on,
            )

    def _queue(self, uow: UnitOfWork, about: UUID, activity: int, source_event: str, **facts: Any) -> None:
        uow.add(HemiEntry.queue(about, activity, source_event, **facts))

    def record_hemi_receipt(self, uow: UnitOfWork, act: Act, entry_id: UUID, *, form: dict[str, Any]) -> dict[str, Any]:
        """A person typed the entry into HEMI and has its number (HEM-3)."""
        entry, receipt = self._entry(uow, entry_id), form["receipt_id"]
        self.take_receipt(uow, entry, receipt)
        entry.check_dated(form["receipted_on"], act.today, "receipted_on")
        evidence = form.get("evidence")
        entry.receipted(
            receipt,
            form["receipted_on"],
            evidence=None if evidence is None else str(evidence),
            recorded_by=act.person,
        )
        return {"id": str(entry_id), "receipt_id": receipt}

    def record_hemi_rejection(
        self, uow: UnitOfWork, act: Act, entry_id: UUID, *, reason: Personal, rejected_on: date, evidence: Any
    ) -> dict[str, Any]:
        """HEMI refused what a person typed; with its evidence."""
        entry = self._entry(uow, entry_id)
        entry.check_dated(rejected_on, act.today, "rejected_on")
        entry.rejected(assign(reason, entry.subject()), rejected_on, evidence=str(evidence), recorded_by=act.person)
        return {"id": str(entry_id)}

    def resend_hemi_entry(self, uow: UnitOfWork, act: Act, entry_id: UUID, *, correction: Personal) -> dict[str, Any]:
        """Put a rejected entry back among the pending ones, as a new attempt (HEM-4)."""
        entry = self._entry(uow, entry_id)
        entry.resend(act, assign(correction, entry.subject()))
        return {"id": str(entry_id), "attempt": entry.attempt}

    def take_receipt(self, uow: UnitOfWork, entry: HemiEntry, receipt: str) -> None:
        """A receipt belongs to one entry. Raises `ReceiptIdTaken`."""
        if uow.claimed(RECEIPT, receipt) not in (None, entry.id):
            raise ReceiptIdTaken(field="receipt_id", receipt=receipt)
        uow.claim(RECEIPT, receipt, entry.id)

    def _entry(self, uow: UnitOfWork, entry_id: UUID) -> HemiEntry:
        entry = uow.find(HemiEntry, entry_id)
        if entry is None:
            raise NotFound(what="el registro HEMI", field="id")
        return entry
