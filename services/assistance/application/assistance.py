"""Use cases of acts 16 to 18: contracts, hand-over, diagnosis and plan, incentive; and the withdrawal of a case."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.application.base import AssistanceBase, new_id
from services.assistance.domain import AssistanceCase, CallCohort, OperatorContract
from services.assistance.domain.handover import Filters
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class Assistance(AssistanceBase):
    """Hand-over and what the executor does with the case."""

    def register_contract(
        self, uow: UnitOfWork, act: Act, *, number: str, calls_covered: list[UUID], **facts: Any
    ) -> dict[str, Any]:
        """Register a contract under a number that no other has."""
        contract_id = new_id()
        holder = uow.claimed("contract_number", number)
        if holder is not None:
            raise FieldInvalid(field="number", explanation="ya hay un contrato con ese número.")
        for position, call in enumerate(calls_covered):
            self.cohort(uow, call, f"calls_covered[{position}]")
        contract = OperatorContract.register(
            contract_id, act, number=number, calls_covered=calls_covered, **assign(facts, contract_id)
        )
        uow.claim("contract_number", number, contract_id)
        uow.add(contract)
        return {"id": str(contract_id)}

    def hand_over(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        contract: UUID | None,
        team_lead: UUID | None,
        documents_handed: list[UUID],
        **minutes: Any,
    ) -> dict[str, Any]:
        """Hand the case over: filters, then contract, then a place of the quota, all in one commit (act. 16)."""
        case, minutes_id = self.case(uow, case_id), new_id()
        case.hand_over(
            act,
            contract_id=contract,
            team_id=None if contract else new_id(),
            team_lead=team_lead,
            minutes=assign(minutes, case.subject()),
            minutes_id=minutes_id,
            minutes_no=self.number(uow, "FO-051", act, minutes_id),
            form_version=self.form_version("FO-051", act),
            documents_handed=documents_handed,
            filters=Filters(self.quantity("P-04", act.on), case.excluded_on(act.on)),
            reply_due=self.reply_due(act),
        )
        if contract is not None:
            self._check_may_receive(uow, contract, case.call_id, act.on)
        self.cohort(uow, case.call_id).take_place(case_id)
        return {"id": str(case_id)}

    def transfer_executor(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        contract: UUID | None,
        team_lead: UUID | None,
        reason: Personal,
    ) -> dict[str, Any]:
        """Name another executor in the middle of the assistance; the case keeps its place of the quota (A16-4)."""
        case = self.case(uow, case_id)
        case.transfer_executor(
            act,
            contract_id=contract,
            team_id=None if contract else new_id(),
            team_lead=team_lead,
            reason=assign(reason, case.subject()),
            reply_due=self.reply_due(act),
        )
        if contract is not None:
            self._check_may_receive(uow, contract, case.call_id, act.on)
        return {"id": str(case_id)}

    def accept_handover(self, uow: UnitOfWork, act: Act, case_id: UUID) -> dict[str, Any]:
        """The named executor receives the case: the first one (act. 16), or another in the middle (A16-4)."""
        case = self.case(uow, case_id)
        if case.state == "in_assistance":
            case.accept_transfer(act, readable_until=act.on + timedelta(days=int(self.quantity("P-51", act.on))))
        else:
            case.accept_handover(act)
        return {"id": str(case_id)}

    def reject_handover(self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal) -> dict[str, Any]:
        case = self.case(uow, case_id)
        why = assign(reason, case.subject())
        if case.state == "in_assistance":
            case.decline_transfer(act, reason=why)
        else:
            case.reject_handover(act, reason=why)
            self.cohort(uow, case.call_id).release_place(case_id)
        return {"id": str(case_id)}

    @staticmethod
    def _check_may_receive(uow: UnitOfWork, contract_id: UUID, call_id: UUID | None, on: date) -> None:
        found = uow.find(OperatorContract, contract_id)
        if found is None:
            raise NotFound(what="el contrato", field="contract")
        found.check_may_receive(call_id, on)

    def record_diagnosis(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, diagnosis: Personal, file: UUID | None
    ) -> dict[str, Any]:
        case, diagnosis_id = self.case(uow, case_id), new_id()
        case.record_diagnosis(act, diagnosis_id=diagnosis_id, diagnosis=assign(diagnosis, case.subject()), file=file)
        return {"id": str(case_id), "diagnosis_id": str(diagnosis_id)}

    def draft_plan(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        form: dict[str, Any],
        production: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        self.check_of_model(form["components"], act.on)
        kind, content = form["kind"], {name: value for name, value in form.items() if name != "kind"}
        content = assign(content, case.subject())
        case.draft_plan(act, plan_id=new_id(), kind=kind, content=content, production=production or [])
        assert case.plan is not None
        return {"id": str(case_id), "plan_id": str(case.plan.plan_id), "plan_version": case.plan.version}

    def approve_plan(self, uow: UnitOfWork, act: Act, case_id: UUID) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.approve_plan(act)
        assert case.plan is not None
        return {"id": str(case_id), "plan_id": str(case.plan.plan_id), "plan_version": case.plan.version}

    def decide_incentive(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, decision: str, reason: Personal, lines: list[dict[str, Any]]
    ) -> dict[str, Any]:
        case, decision_id = self.case(uow, case_id), new_id()
        case.decide_incentive(
            act,
            decision_id=decision_id,
            decision=decision,
            reason=assign(reason, case.subject()),
            lines=lines,
        )
        return {"id": str(case_id), "decision_id": str(decision_id)}

    def cancel_incentive(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, decision: UUID, line: int, qty: Decimal, reason: Personal
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.cancel_incentive(act, decision_id=decision, line=line, qty=qty, reason=assign(reason, case.subject()))
        return {"id": str(case_id), "decision_id": str(decision)}

    def exclude_beneficiary(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, exclusion: UUID, reason: Personal
    ) -> dict[str, Any]:
        """Take the case out because of an exclusion in force (CASE-3)."""
        case = self.case(uow, case_id)
        case.exclude_beneficiary(act, exclusion_id=exclusion, reason=assign(reason, case.subject()))
        self.free_place(uow, case)
        return {"id": str(case_id)}

    def record_death(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, died_on: date | None, source: Personal, file: str | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.record_death(act, died_on=died_on, source=assign(source, case.subject()), file=file)
        self.free_place(uow, case)
        return {"id": str(case_id)}

    def withdraw_case(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason_code: str, reason: Personal
    ) -> dict[str, Any]:
        """Take the case out."""
        case = self.case(uow, case_id)
        case.withdraw_case(act, reason_code=reason_code, reason=assign(reason, case.subject()))
        self.free_place(uow, case)
        return {"id": str(case_id)}

    def free_place(self, uow: UnitOfWork, case: AssistanceCase) -> None:
        """A place of the quota whose hand-over nobody accepted becomes free with the end of its case."""
        cohort = uow.find(CallCohort, case.call_id) if case.ended_from == "handover_pending" and case.call_id else None
        if cohort is not None:
            cohort.release_place(case.id)
