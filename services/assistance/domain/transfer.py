"""A change of executor in the middle of the assistance (PR-156 act. 16; A16-4)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.assistance.domain.handover import HandoverActs
from services.assistance.domain.state import CaseState, Event, Executor, FormerExecutor
from shared.catalogue.refusals import FieldInvalid, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class ExecutorTransferProposed(Event):
    """The coordinator names another executor; the present one stays responsible until that one accepts."""

    TOPIC = "assistance.ExecutorTransferProposed"
    new_contract_id: UUID | None
    new_team_id: UUID | None
    team_lead: UUID | None
    call_id: UUID
    reason: Personal
    proposed_on: date
    proposed_by: UUID
    reply_due: date | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.transfer = Executor(
            self.new_contract_id,
            self.new_team_id,
            self.team_lead,
            self.call_id,
            self.proposed_on,
            reply_due=self.reply_due,
        )


class ExecutorTransferred(Event):
    """The new executor accepted: what is open goes on under it. The old one reads what it did until ``readable_until``,
    that day included (ROL-03)."""

    TOPIC = "assistance.ExecutorTransferred"
    old_contract_id: UUID | None
    old_team_id: UUID | None
    new_contract_id: UUID | None
    new_team_id: UUID | None
    call_id: UUID
    accepted_on: date
    accepted_by: UUID
    readable_until: date

    def apply(self, aggregate: CaseState) -> None:
        assert aggregate.transfer is not None
        if self.old_contract_id is not None:
            before = self.originator_version - 1
            aggregate.former_executors[self.old_contract_id] = FormerExecutor(before, self.readable_until)
        aggregate.executor, aggregate.transfer = aggregate.transfer, None
        aggregate.executor.accepted_on = self.accepted_on
        if self.new_contract_id is not None:
            aggregate.former_executors.pop(self.new_contract_id, None)


class ExecutorTransferDeclined(Event):
    """The named executor does not take the case, or the coordinator withdrew the change: nothing moves."""

    TOPIC = "assistance.ExecutorTransferDeclined"
    new_contract_id: UUID | None
    new_team_id: UUID | None
    reason: Personal
    declined_on: date
    declined_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.transfer = None


class TransferActs(HandoverActs):
    """Hand-over, and the change of who received the case."""

    def transfer_executor(
        self,
        act: Act,
        *,
        contract_id: UUID | None,
        team_id: UUID | None,
        team_lead: UUID | None,
        reason: Personal,
        reply_due: date | None,
    ) -> None:
        """Name another executor; it counts once that one accepts (A16-4). The contract is checked by its own aggregate.

        Raises `StepOutOfOrder` while another change waits for its answer, `FieldInvalid` unless exactly one executor
        is named and it is not the present one.
        """
        self.check_open(act)
        executor = self.executor
        assert executor is not None
        if self.transfer is not None:
            raise StepOutOfOrder(missing="la respuesta al cambio de ejecutor que ya está propuesto")
        if (contract_id is None) == (team_lead is None):
            raise FieldInvalid(field="contract", explanation="indique un contrato o un líder de equipo, no ambos.")
        if contract_id is not None and contract_id == executor.contract_id:
            raise FieldInvalid(field="contract", explanation="ese contrato ya ejecuta el caso.")
        if team_lead is not None and team_lead == executor.team_lead:
            raise FieldInvalid(field="team_lead", explanation="esa persona ya lidera el equipo que ejecuta el caso.")
        act.check_not_before(executor.accepted_on)
        self.trigger_event(
            ExecutorTransferProposed,
            new_contract_id=contract_id,
            new_team_id=team_id,
            team_lead=team_lead,
            call_id=executor.call_id,
            reason=reason,
            proposed_on=act.on,
            proposed_by=act.person,
            reply_due=reply_due,
        )

    def accept_transfer(self, act: Act, *, readable_until: date) -> None:
        """The named executor takes the case over. Raises `NotAuthorised`, `StepOutOfOrder`."""
        new, old = self._proposed(act), self.executor
        assert old is not None
        self._check_receiver(act, new)
        self.trigger_event(
            ExecutorTransferred,
            old_contract_id=old.contract_id,
            old_team_id=old.team_id,
            new_contract_id=new.contract_id,
            new_team_id=new.team_id,
            call_id=new.call_id,
            accepted_on=act.on,
            accepted_by=act.person,
            readable_until=readable_until,
        )

    def decline_transfer(self, act: Act, *, reason: Personal) -> None:
        """The named executor refuses; after P-32 without an answer the coordinator may withdraw the change."""
        new = self._proposed(act)
        overdue = new.reply_due is not None and act.on > new.reply_due
        if not (act.role == "coordinator" and overdue):
            self._check_receiver(act, new)
        self.trigger_event(
            ExecutorTransferDeclined,
            new_contract_id=new.contract_id,
            new_team_id=new.team_id,
            reason=reason,
            declined_on=act.on,
            declined_by=act.person,
        )

    def _proposed(self, act: Act) -> Executor:
        self.check_open(act)
        if self.transfer is None:
            raise StepOutOfOrder(missing="que la coordinación proponga un cambio de ejecutor")
        act.check_not_before(self.transfer.handed_on)
        return self.transfer
