"""What of a stored entry may leave its service: the contracts decide, an unknown kind shows nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.contracts import all_contracts
from shared.contracts.envelope import Envelope
from shared.contracts.events import Audience, Contract
from shared.eventstore.log import Entry
from shared.eventstore.mapper import SealingMapper


class ContractPublication:
    """The `Publication` of one service, by the contracts of ``shared.contracts``.

    It never opens a personal value: it reads the stored state as it is, sealed.
    """

    def __init__(self, service: str, mapper: SealingMapper) -> None:
        self.service = service
        self._mapper = mapper
        self._contracts: dict[str, Contract] = {
            contract.topic: contract for contract in all_contracts() if contract.service == service
        }

    def is_public(self, entry: Entry) -> bool:
        contract = self._contracts.get(entry.topic)
        return contract is not None and contract.public

    def internal(self, entry: Entry, epoch: str) -> Envelope:
        facts, meta = self._mapper.outline(entry)
        contract = self._contracts.get(entry.topic)
        audience: Audience = "-" if contract is None else contract.audience
        subject: UUID = getattr(facts, "case_id", None) or entry.originator_id
        data: dict[str, Any] = {} if contract is None or audience == "-" else contract.payload(facts)
        return Envelope(
            source=self.service,
            type=entry.topic.partition(".")[2],
            subject=subject,
            sequence=entry.sequence,
            recorded_at=entry.recorded_at,
            happened_on=meta.happened_on,
            epoch=epoch,
            correlation_id=meta.correlation_id,
            data=data,
            audience=audience,
            major=1 if contract is None else contract.major,
            case_version=entry.originator_version,
            causation_id=meta.causation_id,
            traceparent=meta.traceparent,
            activity=(contract.activity if contract is not None else 0) or meta.activity,
            programme=meta.programme,
            procedure=meta.procedure,
            procedure_version=meta.procedure_version,
            actor=meta.actor,
            actor_role=meta.role,
            entry_hash=entry.hash,
        )

    def public(self, entry: Entry, epoch: str, previous: int) -> Envelope:
        return self.internal(entry, epoch).for_integrators(previous)

    def check(self, event: Any) -> None:
        """Raise what publishing ``event`` would raise (`PayloadInvalid`, `PersonalInPublishedEvent`)."""
        contract = self._contracts.get(getattr(type(event), "TOPIC", ""))
        if contract is not None and contract.audience != "-":
            contract.payload(event)
