"""Use cases of the offer: presented, answered, accepted or declined (acts 9 and 10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.profiling.application.base import ProfilingBase
from services.profiling.domain import Process
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class Offers(ProfilingBase):
    """The service as it is offered to the person, and the answer."""

    def present_offer(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        processes: list[UUID],
        operation_start_date: Personal | None,
        clear_business_idea: Personal | None,
        main_income: Personal | None,
        attendees: Personal,
    ) -> dict[str, Any]:
        """Present processes that are open on the date of the act, and compute the route from the unit's facts."""
        case = self.case(uow, case_id)
        person = case.subject()
        known = {call: uow.find(Process, call) for call in processes}
        case.present_offer(
            act,
            processes=processes,
            closed=[call for call, process in known.items() if process is None or not process.is_open(act.on)],
            started=assign(operation_start_date, person),
            clear_business_idea=assign(clear_business_idea, person),
            main_income=assign(main_income, person),
            attendees=assign(attendees, person),
            threshold=self.route_threshold(act.on),
        )
        assert case.offer is not None
        return {"id": str(case_id), "route": case.offer.route}

    def record_interest(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, interest: list[dict[str, Any]]
    ) -> dict[str, Any]:
        self.case(uow, case_id).record_interest(act, answers=interest)
        return {"id": str(case_id)}

    def accept_offer(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, process: UUID, service: str, channel: str
    ) -> dict[str, Any]:
        self.case(uow, case_id).accept_offer(
            act, process=process, service=service, channel=channel, threshold=self.route_threshold(act.on)
        )
        return {"id": str(case_id)}

    def decline_offer(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        process: UUID | None,
        reason_code: str,
        reason: Personal,
        channel: str,
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.decline_offer(
            act,
            process=process,
            reason_code=reason_code,
            reason=assign(reason, case.subject()),
            channel=channel,
        )
        return {"id": str(case_id)}
