"""Other programmes and entities (PR-156 acts 5 to 7)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.profiling.domain.refusals import AlternativeNotLawful, AlternativeRequired, AlternativesRequired
from services.profiling.domain.state import CaseState, Event
from shared.catalogue.refusals import FormIncomplete, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class AlternativesInformed(Event):
    """What was presented to the person: rows of alternative, kind (internal, external) and information."""

    TOPIC = "profiling.AlternativesInformed"
    alternative_codes: list[str]
    presented: list[dict[str, Any]]
    channel: str
    informed_on: date
    informed_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "alternatives_pending"
        aggregate.informed_on = self.informed_on


class AlternativeChosen(Event):
    TOPIC = "profiling.AlternativeChosen"
    alternative_codes: list[str]
    reason: Personal
    answered_on: date
    answered_to: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.chosen = self.alternative_codes[0]
        aggregate.chosen_on = self.answered_on


class AlternativeDeclined(Event):
    """The person wants none of what was presented."""

    TOPIC = "profiling.AlternativeDeclined"
    alternative_codes: list[str]
    reason: Personal
    note: Personal | None
    answered_on: date
    answered_to: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.chosen = ""


class CaseDeclinedClosed(Event):
    """A07-1: the case closes at once; reporting queues the HEMI entry."""

    TOPIC = "profiling.CaseDeclinedClosed"
    declined_on: date

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("closed_declined")


class AlternativesActs(CaseState):
    """What may happen in acts 5 and 6; act. 7 follows from a no by itself."""

    def inform_alternatives(
        self, act: Act, *, presented: list[dict[str, Any]], channel: str, route_undetermined: bool
    ) -> None:
        """Present alternatives. An approved profile comes here only when it cannot be offered the service (act. 5)."""
        self.check_open(act)
        act.check_not_before(self.decided_on)
        if self.state == "profile_approved" and self.entry_result == "met" and not route_undetermined:
            raise StepOutOfOrder(missing="ofertar el servicio (actividad 9), que es lo que sigue para este caso")
        if self.interviewed_on is None:
            raise FormIncomplete(form="FO-423", missing="la entrevista inicial")
        if not presented:
            raise AlternativesRequired(field="presented")
        self.trigger_event(
            AlternativesInformed,
            alternative_codes=[row["alternative"] for row in presented],
            presented=presented,
            channel=channel,
            informed_on=act.on,
            informed_by=act.person,
        )

    def record_alternative_interest(
        self,
        act: Act,
        *,
        interested: bool,
        alternative: str | None,
        declined: list[str],
        reason: Personal,
        note: Personal | None,
        own_service: str,
    ) -> None:
        """Record the answer; a no closes the case. ``own_service`` is what the case's call offers (A06-1).

        Raises `AlternativeRequired`, `AlternativeNotLawful`.
        """
        self.check_open(act)
        act.check_not_before(self.informed_on)
        act.check_not_before(self.decided_on)
        if not interested:
            self.trigger_event(
                AlternativeDeclined,
                alternative_codes=declined,
                reason=reason,
                note=note,
                answered_on=act.on,
                answered_to=act.person,
            )
            self.trigger_event(CaseDeclinedClosed, declined_on=act.on)
            return
        if alternative is None:
            raise AlternativeRequired(field="alternative")
        if alternative == own_service:
            raise AlternativeNotLawful(field="alternative")
        self.trigger_event(
            AlternativeChosen,
            alternative_codes=[alternative],
            reason=reason,
            answered_on=act.on,
            answered_to=act.person,
        )
