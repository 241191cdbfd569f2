"""Instruments (PR-156 act. 3, 4.5): applied here or outside, and scored again under a newer version."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.profiling.domain.refusals import DemoInstrument
from services.profiling.domain.state import Application, CaseState, Event, result_id
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act, Instrument
from shared.privacy.personal import Personal


class InstrumentApplied(Event):
    """One application, kept whether usable or not (PRO-4). ``problem`` is empty when it is usable.

    ``minutes``: how long it took, None if nobody noted it; a later version may ask for more of them.
    """

    TOPIC = "profiling.InstrumentApplied"
    class_version = 2
    instrument: str
    instrument_version: str
    mode: str
    responses: Personal | None
    result: Personal
    external: dict[str, Any]
    problem: str
    applied_on: date
    applied_by: UUID
    psychosocial: bool
    minutes: int | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["minutes"] = None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.applications.append(
            Application(
                result_id(self.originator_id, self.originator_version),
                self.instrument,
                self.instrument_version,
                self.applied_on,
                self.applied_on,
                self.applied_by,
                self.problem,
                self.responses,
                self.result,
                self.minutes,
            )
        )
        aggregate.note_author(self.applied_by, self.psychosocial)


class InstrumentRescored(Event):
    """The responses of an application under a newer version of its instrument; the old result stays (PRO-7).

    ``application_id`` is the result that this one replaces, ``applied_on`` the day of the responses.
    """

    TOPIC = "profiling.InstrumentRescored"
    application_id: UUID
    instrument: str
    instrument_version: str
    result: Personal
    problem: str
    applied_on: date
    rescored_on: date
    rescored_by: UUID
    psychosocial: bool

    def apply(self, aggregate: CaseState) -> None:
        earlier = aggregate.application(self.application_id)
        earlier.replaced = True
        aggregate.applications.append(
            Application(
                result_id(self.originator_id, self.originator_version),
                self.instrument,
                self.instrument_version,
                self.applied_on,
                self.rescored_on,
                self.rescored_by,
                self.problem,
                earlier.responses,
                self.result,
                earlier.minutes,
            )
        )
        aggregate.note_author(self.rescored_by, self.psychosocial)


class InstrumentActs(CaseState):
    """What may happen to the instruments of a profiling."""

    def apply_instrument(
        self,
        act: Act,
        *,
        instrument: Instrument,
        responses: Personal | None,
        result: Personal,
        external: dict[str, Any],
        problem: str,
        minutes: int | None,
        production: bool,
    ) -> None:
        """Keep an application scored here (``responses``) or outside. ``production``: the programme is in production.

        Raises `DemoInstrument`.
        """
        self.check_profiling(act)
        if instrument.demonstration and production:
            raise DemoInstrument(field="instrument")
        self.trigger_event(
            InstrumentApplied,
            instrument=instrument.code,
            instrument_version=instrument.version,
            mode="here" if responses is not None else "external",
            responses=responses,
            result=result,
            external=external,
            problem=problem,
            applied_on=act.on,
            applied_by=act.person,
            psychosocial="psychosocial" in act.roles,
            minutes=minutes,
        )

    def rescorable(self, application_id: UUID) -> Application:
        """The application, if its responses can be scored again. Raises `FieldInvalid`."""
        found = next((each for each in self.applications if each.result_id == application_id), None)
        if found is None:
            raise FieldInvalid(field="application", explanation="el caso no tiene esa aplicación del instrumento.")
        if found.responses is None or found.responses.erased:
            why = "un resultado externo no tiene respuestas que calificar de nuevo."
            raise FieldInvalid(field="application", explanation=why)
        if found.replaced:
            raise FieldInvalid(
                field="application", explanation="ya se calificó de nuevo: elija el resultado más nuevo."
            )
        return found

    def rescore_instrument(
        self,
        act: Act,
        *,
        application_id: UUID,
        instrument: Instrument,
        result: Personal,
        problem: str,
        production: bool,
    ) -> None:
        """Score the same responses under the version in force. Raises `FieldInvalid`, `DemoInstrument`."""
        self.check_profiling(act)
        earlier = self.rescorable(application_id)
        act.check_not_before(earlier.scored_on)
        if earlier.version == instrument.version:
            why = f"ya está calificada con la versión vigente ({instrument.version}); el resultado sería el mismo."
            raise FieldInvalid(field="application", explanation=why)
        if instrument.demonstration and production:
            raise DemoInstrument(field="application")
        self.trigger_event(
            InstrumentRescored,
            application_id=application_id,
            instrument=instrument.code,
            instrument_version=instrument.version,
            result=result,
            problem=problem,
            applied_on=earlier.applied_on,
            rescored_on=act.on,
            rescored_by=act.person,
            psychosocial="psychosocial" in act.roles,
        )
