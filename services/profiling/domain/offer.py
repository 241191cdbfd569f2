"""The offer and its answer (PR-156 acts 9 and 10)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.profiling.domain.refusals import EntryNotComplete, OfferNotCurrent, ProcessNotOffered
from services.profiling.domain.route import route_of
from services.profiling.domain.state import CaseState, Event, Offer
from shared.catalogue.refusals import StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class ServiceOffered(Event):
    """Processes presented to the person, and the route with the facts it was computed from (OBJ-3)."""

    TOPIC = "profiling.ServiceOffered"
    process_ids: list[UUID]
    route: str
    started: Personal | None
    conditions: dict[str, Any]
    attendees: Personal
    offered_on: date
    offered_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "offered"
        aggregate.offer = Offer(self.process_ids, self.offered_on, self.route, self.started)


class InterestRecorded(Event):
    """``process_ids`` are those that the person is interested in; ``answers`` has a row for each one presented."""

    TOPIC = "profiling.InterestRecorded"
    process_ids: list[UUID]
    route: str
    answers: list[dict[str, Any]]
    interest_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        assert aggregate.offer is not None
        aggregate.offer.interested = self.process_ids
        aggregate.offer.interest_on = self.interest_on


class OfferAccepted(Event):
    """The route is fixed here, as of ``accepted_on``."""

    TOPIC = "profiling.OfferAccepted"
    process_id: UUID
    service: str
    route: str
    channel: str
    accepted_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "accepted"


class OfferDeclined(Event):
    TOPIC = "profiling.OfferDeclined"
    process_id: UUID | None
    reason_code: str
    reason: Personal
    channel: str
    declined_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "alternatives_pending"
        aggregate.decided_on = self.declined_on
        aggregate.offer = None


class OfferActs(CaseState):
    """What may happen in acts 9 and 10."""

    def present_offer(
        self,
        act: Act,
        *,
        processes: list[UUID],
        closed: list[UUID],
        started: Personal | None,
        clear_business_idea: Personal | None,
        main_income: Personal | None,
        attendees: Personal,
        threshold: int,
    ) -> None:
        """Present processes; ``closed`` are those of them not open on the date, ``threshold`` is P-05 in months.

        Raises `EntryNotComplete`, `OfferNotCurrent`, `RouteUndetermined`.
        """
        self.check_open(act)
        act.check_not_before(self.decided_on)
        if self.entry_result != "met":
            raise EntryNotComplete()
        if closed:
            raise OfferNotCurrent(field="processes", date=act.on.isoformat())
        route = route_of(
            started.value if started else None,
            clear_business_idea=clear_business_idea.value if clear_business_idea else None,
            main_income=main_income.value if main_income else None,
            as_of=act.on,
            threshold=threshold,
        )
        self.trigger_event(
            ServiceOffered,
            process_ids=processes,
            route=route,
            started=started,
            conditions={"clear_business_idea": clear_business_idea, "main_income": main_income},
            attendees=attendees,
            offered_on=act.on,
            offered_by=act.person,
        )

    def record_interest(self, act: Act, *, answers: list[dict[str, Any]]) -> None:
        """Record for each process whether the person is interested. Raises `ProcessNotOffered`."""
        offer = self._offer(act)
        for row in answers:
            self._check_offered(offer, row["process"], "interest")
        self.trigger_event(
            InterestRecorded,
            process_ids=[row["process"] for row in answers if row["interested"]],
            route=offer.route,
            answers=answers,
            interest_on=act.on,
            recorded_by=act.person,
        )

    def accept_offer(self, act: Act, *, process: UUID, service: str, channel: str, threshold: int) -> None:
        """Accept one presented process, once the interest is recorded. Raises `StepOutOfOrder`, `ProcessNotOffered`."""
        offer = self._answered(act)
        self._check_offered(offer, process, "process")
        self.trigger_event(
            OfferAccepted,
            process_id=process,
            service=service,
            route=self._route_on(offer, act.on, threshold),
            channel=channel,
            accepted_on=act.on,
            recorded_by=act.person,
        )

    def decline_offer(
        self, act: Act, *, process: UUID | None, reason_code: str, reason: Personal, channel: str
    ) -> None:
        """Decline with a reason; the case goes on to act. 6."""
        offer = self._answered(act)
        if process is not None:
            self._check_offered(offer, process, "process")
        self.trigger_event(
            OfferDeclined,
            process_id=process,
            reason_code=reason_code,
            reason=reason,
            channel=channel,
            declined_on=act.on,
            recorded_by=act.person,
        )

    def _offer(self, act: Act) -> Offer:
        self.check_open(act)
        assert self.offer is not None
        act.check_not_before(self.offer.offered_on)
        return self.offer

    def _answered(self, act: Act) -> Offer:
        offer = self._offer(act)
        if offer.interested is None:
            raise StepOutOfOrder(missing="registrar el interés de la persona (actividad 9)")
        act.check_not_before(offer.interest_on)
        return offer

    @staticmethod
    def _route_on(offer: Offer, day: date, threshold: int) -> str:
        if offer.started is None or offer.started.erased:
            return offer.route
        return route_of(offer.started.value, clear_business_idea=None, main_income=True, as_of=day, threshold=threshold)

    @staticmethod
    def _check_offered(offer: Offer, process: UUID, field: str) -> None:
        if process not in offer.process_ids:
            raise ProcessNotOffered(field=field)
