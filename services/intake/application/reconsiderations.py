"""Use cases after a result that the citizen does not agree with: waiver, reconsideration, closing (act. 2)."""

from __future__ import annotations

import io
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.intake.application.base import CRITERIA
from services.intake.application.eligibility import Eligibility
from services.intake.application.letters import CALENDAR, RESOLUTIONS, letter_facts, letter_pdf
from services.intake.domain.letter import FO_068
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.catalogue.working_days import add_working_days
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.content import PDF
from shared.privacy.personal import Personal, assign


class Reconsiderations(Eligibility):
    """What P-30 and DE-017 allow after "no cumple"."""

    def waive_criterion(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, criterion: str, reason: Personal
    ) -> dict[str, Any]:
        """Waive a criterion that its version marks as waivable (A02-4)."""
        case = self.case(uow, case_id)
        criteria = self.catalogue.criteria(CRITERIA, act.on)
        found = next((each for each in criteria.criteria if each.code == criterion), None)
        if found is None:
            raise FieldInvalid(field="criterion", explanation=f"{CRITERIA} no tiene un criterio «{criterion}».")
        case.waive(
            act,
            criterion=criterion,
            version=criteria.version,
            waivable=found.waivable,
            reason=assign(reason, case.candidate_id),
        )
        return {"id": str(case_id)}

    def request_reconsideration(self, uow: UnitOfWork, act: Act, case_id: UUID, *, grounds: Personal) -> dict[str, Any]:
        case = self.case(uow, case_id)
        last_day = self.last_day_to_ask(case.told_on) if case.told_on else None
        case.request_reconsideration(act, grounds=assign(grounds, case.candidate_id), last_day=last_day)
        return {"id": str(case_id)}

    def resolve_reconsideration(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        resolution: str,
        reason: Personal,
        channel: str,
        address: Personal | None,
        signed_by: dict[str, Any],
    ) -> dict[str, Any]:
        """Resolve the request and tell the citizen by FO-068 (A02-3)."""
        case = self.case(uow, case_id)
        case.check_resolvable(act)
        evaluation = case.evaluation
        assert evaluation is not None
        instance_id = uuid4()
        form = letter_facts(
            case,
            evaluation,
            self.catalogue.criteria(CRITERIA, evaluation.as_of),
            number=self.number(uow, FO_068, act, instance_id),
            dated=act.on,
            channel=channel,
            address=address,
            favourable_points=reason,
            signed_by=assign(signed_by, instance_id),
            sent_on=act.on,
            delivery_proof=None,
        )
        form |= {"subject": RESOLUTIONS[resolution], "how_to_request_reconsideration": None}
        definition = self.catalogue.form(FO_068, act.on)
        pdf = letter_pdf(form, definition, self.catalogue, act.on, self._image(signed_by), answer=True)
        name = f"{form['letter_no']}.pdf"
        stored = self.files.put(io.BytesIO(pdf), subject=case.candidate_id, kind="s", media_type=PDF, name=name)
        case.resolve_reconsideration(
            act,
            resolution=resolution,
            reason=assign(reason, case.candidate_id),
            form_instance_id=instance_id,
            form_version=definition.version,
            number=form["letter_no"],
            form=form,
            file_id=stored.id,
            file_hash=stored.sha256,
        )
        uow.meta.versions[f"form:{FO_068}"] = definition.version
        return {"id": str(case_id), "form_instance_id": str(instance_id), "number": form["letter_no"]}

    def close_not_eligible(self, uow: UnitOfWork, case_id: UUID, day: date) -> bool:
        """Close a case whose term to ask has passed; the system's own act."""
        case = self.case(uow, case_id)
        if case.told_on is None:
            return False
        return case.close_not_eligible(day, self.last_day_to_ask(case.told_on))

    def last_day_to_ask(self, sent_on: date) -> date:
        """P-30 working days after the letter was sent."""
        return add_working_days(sent_on, self.days("P-30", sent_on), self.catalogue.calendar(CALENDAR, sent_on))
