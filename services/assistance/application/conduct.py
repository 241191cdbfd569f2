"""Use cases of acts 17 and 20: phases, follow-up, work of the executor, completion and ex-post follow-up."""

from __future__ import annotations

import calendar
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.application.base import AssistanceBase, new_id
from services.assistance.domain.conduct import Measurement
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign

Rows = list[dict[str, Any]]


class ConductUseCases(AssistanceBase):
    """Ids, numbers and values of the catalogue come from here; the domain decides what may happen."""

    def start_phase(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, phase: str, visits: list[date]
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        planned = [(new_id(), day) for day in visits]
        case.start_phase(act, phase=phase, visits=planned, at_least=int(self.quantity("P-08", act.on)))
        return {"id": str(case_id), "visits": [str(visit) for visit, _ in planned]}

    def close_phase(self, uow: UnitOfWork, act: Act, case_id: UUID, *, phase: str) -> dict[str, Any]:
        self.case(uow, case_id).close_phase(act, phase=phase, at_least=int(self.quantity("P-08", act.on)))
        return {"id": str(case_id)}

    def evaluate_stage(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, phase: str, result: Personal, rating: int | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.evaluate_stage(act, phase=phase, result=assign(result, case.subject()), rating=rating)
        return {"id": str(case_id)}

    def schedule_follow_up(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, phase: str, planned_on: date
    ) -> dict[str, Any]:
        visit_id = new_id()
        self.case(uow, case_id).schedule_follow_up(act, visit_id=visit_id, phase=phase, planned_on=planned_on)
        return {"id": str(case_id), "visit_id": str(visit_id)}

    def record_follow_up(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, visit: UUID | None, form: dict[str, Any]
    ) -> dict[str, Any]:
        """File FO-419; a new commitment gets an id by which the next visit says what became of it (FUP-2)."""
        case, visit_id = self.case(uow, case_id), visit or new_id()
        made = form.get("commitments") or []
        pledges = [{"id": f"{visit_id}/{number}", "due": row["due"]} for number, row in enumerate(made, start=1)]
        settled = [
            {"id": row["commitment"], "outcome": row["outcome"]} for row in form.get("earlier_commitments") or []
        ]
        for position, row in enumerate(form.get("earlier_commitments") or []):
            if row["outcome"] == "dropped" and row["reason"] is None:
                where = f"form.earlier_commitments[{position}].reason"
                raise FieldInvalid(field=where, explanation="diga por qué se descarta el compromiso.")
        case.record_follow_up(
            act,
            visit_id=visit_id,
            scheduled=visit is not None,
            form_version=self.form_version("FO-419", act),
            form=assign(form, case.subject()),
            pledges=pledges,
            settled=settled,
        )
        return {"id": str(case_id), "visit_id": str(visit_id), "commitments": [row["id"] for row in pledges]}

    def note_follow_up_overdue(self, uow: UnitOfWork, case_id: UUID, visit_id: UUID, day: date) -> bool:
        """Record that a planned visit did not take place; the system's own act."""
        return self.case(uow, case_id).note_overdue(visit_id, day)

    def revise_plan(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        reason: Personal,
        dropped: Rows,
        form: dict[str, Any],
        production: Rows | None = None,
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        about = case.subject()
        self.check_of_model(form["components"], act.on)
        kind, content = form["kind"], {name: value for name, value in form.items() if name != "kind"}
        case.revise_plan(
            act,
            kind=kind,
            content=assign(content, about),
            production=production or [],
            dropped=assign(dropped, about),
            reason=assign(reason, about),
        )
        assert case.plan is not None
        return {"id": str(case_id), "plan_id": str(case.plan.plan_id), "plan_version": case.plan.version}

    def record_plan_defence(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, result: str, panel: Rows, remarks: Personal | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        about = case.subject()
        case.record_plan_defence(act, result=result, panel=assign(panel, about), remarks=assign(remarks, about))
        return {"id": str(case_id)}

    def record_component_activity(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        item: str,
        topic: str,
        method: str,
        hours: Decimal,
        accountable: UUID,
        **details: Any,
    ) -> dict[str, Any]:
        """Record an activity; its component is that of the item in the intervention model."""
        case, activity_id = self.case(uow, case_id), new_id()
        component = self.component_of(item, act.on)
        case.record_component_activity(
            act,
            activity_id=activity_id,
            component=component,
            item=item,
            topic=topic,
            hours=hours,
            method=method,
            accountable=accountable,
            details=assign(details, case.subject()),
        )
        return {"id": str(case_id), "activity_id": str(activity_id)}

    def record_measurement(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        kind: str,
        accountable: UUID,
        units: Decimal,
        resources: Decimal,
        hours: Decimal | None,
        installed_capacity: Rows,
        **rest: Any,
    ) -> dict[str, Any]:
        case, measurement_id = self.case(uow, case_id), new_id()
        case.record_measurement(
            act,
            kind=kind,
            measurement_id=measurement_id,
            measurement=Measurement(rest.pop("from"), rest.pop("to"), units, resources),
            hours=hours,
            capacity=installed_capacity,
            accountable=accountable,
            details=assign(rest, case.subject()),
        )
        return {"id": str(case_id), "measurement_id": str(measurement_id)}

    def create_production_order(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, accountable: UUID, form: dict[str, Any]
    ) -> dict[str, Any]:
        """Issue FRM-21; its number is taken only if the order is accepted."""
        case, order_id = self.case(uow, case_id), new_id()
        order_no = self.number(uow, "FRM-21", act, order_id)
        case.create_production_order(
            act,
            order_id=order_id,
            order_no=order_no,
            form_version=self.form_version("FRM-21", act),
            form=assign(form, case.subject()),
            accountable=accountable,
        )
        return {"id": str(case_id), "order_id": str(order_id), "number": order_no}

    def complete_production_order(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        order: UUID,
        quantity_done: Decimal,
        remarks: Personal | None,
        accountable: UUID,
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        about = case.subject()
        case.complete_production_order(
            act, order_id=order, qty=quantity_done, remarks=assign(remarks, about), accountable=accountable
        )
        return {"id": str(case_id), "order_id": str(order)}

    def record_commercial_link(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        product_type: str,
        qty: Decimal | None,
        channel: str,
        accountable: UUID,
        **details: Any,
    ) -> dict[str, Any]:
        case, link_id = self.case(uow, case_id), new_id()
        case.record_commercial_link(
            act,
            link_id=link_id,
            product_type=product_type,
            qty=qty,
            channel=channel,
            accountable=accountable,
            details=assign(details, case.subject()),
        )
        return {"id": str(case_id), "link_id": str(link_id)}

    def record_commercial_scenario(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        product_type: str,
        qty: Decimal | None,
        accountable: UUID,
        **details: Any,
    ) -> dict[str, Any]:
        case, scenario_id = self.case(uow, case_id), new_id()
        case.record_commercial_scenario(
            act,
            scenario_id=scenario_id,
            product_type=product_type,
            qty=qty,
            accountable=accountable,
            details=assign(details, case.subject()),
        )
        return {"id": str(case_id), "scenario_id": str(scenario_id)}

    def complete_process(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, dropped: Rows, no_result_reason: Personal | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        about = case.subject()
        case.complete_process(
            act,
            dropped=assign(dropped, about),
            no_result_reason=assign(no_result_reason, about),
            phase_of=self.phase_of(act.on),
        )
        return {"id": str(case_id)}

    def start_ex_post(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, line_of_intervention: Personal
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.start_ex_post(act, line_of_intervention=assign(line_of_intervention, case.subject()))
        return {"id": str(case_id)}

    def record_ex_post_visit(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, findings: Personal, advice: Personal, file: UUID | None
    ) -> dict[str, Any]:
        case, visit_id = self.case(uow, case_id), new_id()
        about = case.subject()
        started = case.conduct.ex_post_on or act.on
        case.record_ex_post_visit(
            act,
            visit_id=visit_id,
            findings=assign(findings, about),
            advice=assign(advice, about),
            file=file,
            window_ends=_months_after(started, int(self.quantity("P-36", started))),
        )
        return {"id": str(case_id), "visit_id": str(visit_id)}

    def close_case(self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal | None) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.close_case(act, reason=assign(reason, case.subject()), visits=int(self.quantity("P-35", act.on)))
        return {"id": str(case_id)}

    def phase_of(self, on: date) -> dict[str, str]:
        """The phase that each component belongs to (A17-5); components f and g belong to none."""
        return dict(self.model(on).phases)


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
