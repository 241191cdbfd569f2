"""Use cases of other alternatives: information, interest, referral and its answer (acts 5 to 8)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.profiling.application.base import ProfilingBase
from services.profiling.domain import Process
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class Alternatives(ProfilingBase):
    """Where a person goes whom this service does not take, or who does not want it."""

    def inform_alternatives(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        presented: list[dict[str, Any]],
        channel: str,
        route_undetermined: bool | None,
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.inform_alternatives(
            act,
            presented=assign(presented, case.subject()),
            channel=channel,
            route_undetermined=bool(route_undetermined),
        )
        return {"id": str(case_id)}

    def record_alternative_interest(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        interested: bool,
        alternative: str | None,
        declined: list[str],
        reason: Personal,
        note: Personal | None,
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        process = uow.find(Process, case.call_id) if case.call_id else None
        person = case.subject()
        case.record_alternative_interest(
            act,
            interested=interested,
            alternative=alternative,
            declined=declined,
            reason=assign(reason, person),
            note=assign(note, person),
            own_service=process.service if process else "",
        )
        return {"id": str(case_id)}

    def issue_referral(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        document: str,
        office: str | None,
        person: Personal,
        subject: str,
        body: Personal,
        signed_by: dict[str, Any],
        attachments: list[UUID],
    ) -> dict[str, Any]:
        """Refer the person by memo or letter; its number is taken only if the case accepts it (X-18)."""
        case, referral_id = self.case(uow, case_id), uuid4()
        kind = self.kind_of(case.chosen, act.on)
        if kind == "internal" and office is None:
            raise FieldInvalid(field="office", explanation="indique la dependencia que recibe.")
        form = {"subject": subject, "body": body, "signed_by": signed_by, "alternative": case.chosen}
        if kind == "internal":
            named = [{"case": case_id, "name": person}]
            form |= {"to_office": office, "persons": named, "attachments": attachments}
        else:
            form |= {"entity": case.chosen, "person": person}
        case.issue_referral(
            act,
            referral_id=referral_id,
            kind=kind,
            target_code=(office if kind == "internal" else case.chosen) or "",
            document=document,
            document_no=self.number(uow, document, act, referral_id),
            form_version=self.catalogue.form(document, act.on).version,
            form=assign(form, case.subject()),
            reply_due=self.reply_due(act.on),
        )
        return {"id": str(case_id), "referral_id": str(referral_id)}

    def acknowledge_referral(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal | None, file: str | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.acknowledge_referral(act, reason=assign(reason, case.subject()), evidence=file)
        return {"id": str(case_id)}

    def reject_referral(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal, file: str | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.reject_referral(act, reason=assign(reason, case.subject()), evidence=file)
        return {"id": str(case_id)}

    def close_unanswered_referral(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.close_unanswered_referral(act, reason=assign(reason, case.subject()))
        return {"id": str(case_id)}

    def note_referral_overdue(self, uow: UnitOfWork, case_id: UUID, referral_id: UUID, day: date) -> bool:
        """Record that a referral has no reply in time; the system's own act."""
        return self.case(uow, case_id).note_referral_overdue(referral_id, day)
