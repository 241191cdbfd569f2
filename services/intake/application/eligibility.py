"""Use cases of the entry criteria: checks, evaluation, the letter, re-checks (PR-156 act. 2)."""

from __future__ import annotations

import io
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.intake.application.base import CRITERIA
from services.intake.application.exclusions import Exclusions
from services.intake.application.households import Households
from services.intake.application.letters import letter_facts, letter_pdf
from services.intake.domain.calls import Call
from services.intake.domain.facts import by_class, merged
from services.intake.domain.letter import FO_068
from shared.catalogue.refusals import DateInFuture
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.content import PDF
from shared.privacy.personal import Personal, assign

SOURCES = "outside_source"


class Eligibility(Exclusions, Households):
    """Checking the entry criteria and telling the citizen."""

    def record_external_check(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        source: str,
        queried_on: date,
        result: str,
        file: str | None = None,
    ) -> dict[str, Any]:
        """Note a query of a public system (CRI-2)."""
        check_id = uuid4()
        entries = self.catalogue.code_list(SOURCES, act.on).entries
        self.case(uow, case_id).record_check(
            act,
            check_id=check_id,
            source=source,
            sources={code: (entry.attributes["criterion"],) for code, entry in entries.items()},
            queried_on=queried_on,
            result=result,
            file=self.stored(file),
            validity_days=self.days("P-33", act.on),
        )
        return {"id": str(case_id), "check_id": str(check_id)}

    def evaluate_criteria(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        as_of: date,
        requires_credit: Personal | None = None,
        credit_reports: list[dict[str, Any]] | None = None,
        excluded: Personal | None = None,
        disqualified: Personal | None = None,
    ) -> dict[str, Any]:
        """Check the criteria in force on ``as_of`` over the known facts and those stated now (A02-1)."""
        if as_of > act.today:
            raise DateInFuture(field="as_of", date=as_of.isoformat())
        case = self.case(uow, case_id)
        act.check_not_before(case.identified_basically_on or case.identified_on)
        listed = self.list_of(uow, case_id) is not None
        case.check_ready(listed=listed)
        self.learn_exclusions(uow, case)
        if case.excluded_on(as_of):
            excluded = Personal(None, "s", True)
        stated = {
            "requires_credit": requires_credit,
            "credit_reports": credit_reports or [],
            "excluded": excluded,
            "disqualified": disqualified,
        }
        declared = by_class({name: value for name, value in stated.items() if value is not None}, case.candidate_id)
        service = self.call(uow, case.call_id).service
        verdict = self.judge(merged(case.facts, declared), as_of, service, waived=case.waived)
        uow.meta.versions[f"criteria:{CRITERIA}"] = verdict.version
        evaluation_id = uuid4()
        case.evaluate(act, verdict, evaluation_id=evaluation_id, declared=declared, listed=listed)
        self.flag_household(uow, case, as_of)
        return {"id": str(case_id), "evaluation_id": str(evaluation_id), "result": verdict.result}

    def communicate_eligibility(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        channel: str,
        signed_by: dict[str, Any],
        address: Personal | None = None,
        favourable_points: Personal | None = None,
        sent_on: date | None = None,
        delivery_proof: str | None = None,
    ) -> dict[str, Any]:
        """Issue the FO-068 with either outcome (A02-2): number, PDF in the encrypted store, event."""
        sent_on = sent_on or act.on
        if sent_on > act.today:
            raise DateInFuture(field="sent_on", date=sent_on.isoformat())
        case = self.case(uow, case_id)
        self.stored(delivery_proof, "delivery_proof")
        on = case.evaluation.as_of if case.evaluation is not None else act.on
        criteria = self.catalogue.criteria(CRITERIA, on)
        evaluation = case.check_communicable(
            act,
            evidenced=[each.code for each in criteria.criteria if each.outside_check],
            pre=[each.code for each in criteria.criteria if each.phase == "pre"],
            validity_days=self.days("P-33", on),
            minutes_missing=self._minutes_missing(uow, case_id),
        )
        instance_id = uuid4()
        form = letter_facts(
            case,
            evaluation,
            criteria,
            number=self.number(uow, FO_068, act, instance_id),
            dated=act.on,
            channel=channel,
            address=address,
            favourable_points=favourable_points,
            signed_by=assign(signed_by, instance_id),
            sent_on=sent_on,
            delivery_proof=delivery_proof,
        )
        definition = self.catalogue.form(FO_068, act.on)
        pdf = letter_pdf(form, definition, self.catalogue, sent_on, self._image(signed_by))
        name = f"{form['letter_no']}.pdf"
        stored = self.files.put(io.BytesIO(pdf), subject=case.candidate_id, kind="s", media_type=PDF, name=name)
        case.communicate(
            act,
            form_instance_id=instance_id,
            form_version=definition.version,
            number=form["letter_no"],
            channel=channel,
            sent_on=sent_on,
            form=form,
            file_id=stored.id,
            file_hash=stored.sha256,
            delivery_proof=delivery_proof,
            changes_state=not self.handed_on(uow, case_id),
        )
        uow.meta.versions.update({f"form:{FO_068}": definition.version, f"criteria:{CRITERIA}": evaluation.version})
        return {
            "id": str(case_id),
            "form_instance_id": str(instance_id),
            "number": form["letter_no"],
            "result": evaluation.result,
        }

    def request_recheck(self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal) -> dict[str, Any]:
        """Order a new evaluation (CRI-3)."""
        case = self.case(uow, case_id)
        case.request_recheck(
            act, reason=assign(reason, case.candidate_id), changes_state=not self.handed_on(uow, case_id)
        )
        return {"id": str(case_id)}

    def _minutes_missing(self, uow: UnitOfWork, case_id: UUID) -> bool:
        """True while the list of the case was frozen from a file and has no FO-051 yet (A01-5)."""
        listed = self.list_of(uow, case_id)
        if listed is None:
            return False
        call = uow.get(Call, listed[0])
        return listed[1] not in call.with_minutes

    def _image(self, signed_by: dict[str, Any]) -> bytes | None:
        image = signed_by.get("image")
        if image is None or image.value is None:
            return None
        self.stored(image.value, "signed_by.image")
        return self.files.read(image.value)
