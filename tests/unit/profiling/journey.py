"""A case on its way through profiling: each step does the act that the next one presupposes."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.profiling.domain import ProfilingCase
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.types import Act, Instrument
from shared.privacy.personal import Personal

DAY = date(2026, 3, 2)
TODAY = date(2026, 12, 1)
CATALOGUE = Catalogue.load()
PROCEDURE = CATALOGUE.procedure("PR-156", DAY)
MATRIX = CATALOGUE.matrix("profile", DAY)
DISC: Instrument = CATALOGUE.instrument("DISC", DAY)
DIMENSIONS = ["skills", "entrepreneurial_behaviour", "required_characteristics"]

MARTA, DIEGO, LUCIA = uuid4(), uuid4(), uuid4()
"""Marta the psychosocial professional, Diego the caseworker, Lucía who validates (psychosocial)."""


def act(command: str, person: UUID = MARTA, role: str = "psychosocial", on: date = DAY) -> Act:
    return Act(command, person, role, on, TODAY, PROCEDURE, frozenset({role}))


class Journey:
    """The case of an eligible person who authorised the treatment of their data, with the acts as methods."""

    def __init__(self) -> None:
        self.person, self.call = uuid4(), uuid4()
        self.case = ProfilingCase.announce(uuid4(), self.person, self.call)
        self.case.note_eligibility(met=True, sent_on=DAY)
        self.case.note_consent(DAY)
        self.history = list(self.case.collect_events())

    def text(self, value: str) -> Personal:
        return Personal(self.person, "p", value)

    def started(self, *, on: date = DAY) -> Journey:
        self.case.start_profiling(act("StartProfiling", on=on), profiling_id=uuid4())
        return self

    def interviewed(self, *, person: UUID = MARTA, role: str = "psychosocial", **changes: Any) -> Journey:
        form = {
            "guide": "GUIA-PR-156",
            "guide_version": "1",
            "ratings": [{"dimension": each} for each in DIMENSIONS],
        }
        self.case.record_interview(
            act("RecordInterview", person, role),
            form_id=uuid4(),
            version="V1",
            form=form | changes,
            guide_version="1",
            dimensions=DIMENSIONS,
        )
        return self

    def applied(
        self, *, problem: str = "", person: UUID = MARTA, role: str = "psychosocial", production: bool = False
    ) -> Journey:
        self.case.apply_instrument(
            act("ApplyInstrument", person, role),
            instrument=DISC,
            responses=self.text("…"),
            result=self.text("…"),
            external={},
            problem=problem,
            minutes=12,
            production=production,
        )
        return self

    def identified(self, *, on: date = DAY) -> Journey:
        self.case.note_identification(on)
        return self

    def classified(
        self,
        *,
        profile: bool = True,
        producer: bool = True,
        trader: bool = False,
        person: UUID = MARTA,
        role: str = "psychosocial",
    ) -> Journey:
        self.case.classify_profile(
            act("ClassifyProfile", person, role),
            entrepreneurial_profile=profile,
            is_producer=producer,
            is_trader=trader,
            reason=self.text("Produce y tiene iniciativa"),
            matrix=MATRIX,
        )
        return self

    def profiled(self, **classification: bool) -> Journey:
        return self.started().interviewed().applied().identified().classified(**classification)

    def validated(
        self,
        decision: str = "approve",
        *,
        manual: str | None = None,
        person: UUID = LUCIA,
        role: str = "psychosocial",
        reason: str = "Revisado",
    ) -> Journey:
        self.case.validate_profile(
            act("ValidateProfile", person, role), decision=decision, manual_decision=manual, reason=self.text(reason)
        )
        return self

    def approved(self) -> Journey:
        return self.profiled().validated()

    def entered(self, result: str = "met") -> Journey:
        self.case.note_entry(evaluation_id=uuid4(), result=result)
        return self

    def offered(
        self,
        *,
        started: date | None = date(2024, 1, 15),
        clear_idea: bool | None = None,
        main_income: bool | None = True,
        closed: tuple[UUID, ...] = (),
        on: date = DAY,
    ) -> Journey:
        self.case.present_offer(
            act("PresentOffer", on=on),
            processes=[self.call],
            closed=list(closed),
            started=None if started is None else Personal(self.person, "s", started),
            clear_business_idea=Personal(self.person, "s", clear_idea),
            main_income=Personal(self.person, "s", main_income),
            attendees=Personal(self.person, "i", ["Ana"]),
            threshold=12,
        )
        return self

    def interested(self, process: UUID | None = None, *, yes: bool = True) -> Journey:
        answers = [{"process": process or self.call, "interested": yes}]
        self.case.record_interest(act("RecordInterest"), answers=answers)
        return self

    def accepted(self, process: UUID | None = None, *, on: date = DAY) -> Journey:
        self.case.accept_offer(
            act("AcceptOffer", on=on),
            process=process or self.call,
            service="technical_assistance",
            channel="in_person",
            threshold=12,
        )
        return self

    def declined(self) -> Journey:
        self.case.decline_offer(
            act("DeclineOffer"), process=None, reason_code="no_time", reason=self.text("Sin tiempo"), channel="phone"
        )
        return self

    def informed(self, *alternatives: str, route_undetermined: bool = False) -> Journey:
        presented = [{"alternative": code, "kind": "internal"} for code in alternatives]
        self.case.inform_alternatives(
            act("InformAlternatives"), presented=presented, channel="phone", route_undetermined=route_undetermined
        )
        return self

    def answered(self, alternative: str | None = None, *, interested: bool = True) -> Journey:
        self.case.record_alternative_interest(
            act("RecordAlternativeInterest"),
            interested=interested,
            alternative=alternative,
            declined=[],
            reason=self.text("Prefiere otra cosa"),
            note=None,
            own_service="training",
        )
        return self

    def facts(self) -> list[str]:
        """The names of the events since the last look."""
        return [type(event).__name__ for event in self.case.collect_events()]
