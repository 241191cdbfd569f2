"""Use cases of the profile: interview, instrument, classification, validation (acts 3 and 4)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from services.profiling.application.base import ProfilingBase
from services.profiling.domain.scoring import TOO_FAST, Response, Result, score
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act, Instrument
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign, reveal

MATRIX = "profile"


class Profiles(ProfilingBase):
    """From the start of profiling to the decision of a second person."""

    def start_profiling(self, uow: UnitOfWork, act: Act, case_id: UUID) -> dict[str, Any]:
        profiling_id = uuid4()
        self.case(uow, case_id).start_profiling(act, profiling_id=profiling_id)
        return {"id": str(case_id), "profiling_id": str(profiling_id)}

    def record_interview(self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]) -> dict[str, Any]:
        case, form_id = self.case(uow, case_id), uuid4()
        guide = self.catalogue.guide(form["guide"], act.on)
        case.record_interview(
            act,
            form_id=form_id,
            version=self.catalogue.form("FO-423", act.on).version,
            form=assign(form, case.subject()),
            guide_version=guide.version,
            dimensions=list(guide.dimensions),
        )
        return {"id": str(case_id), "form_instance_id": str(form_id)}

    def apply_instrument(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        instrument: str,
        minutes: int | None,
        responses: list[dict[str, Any]],
        external: dict[str, Any] | None,
    ) -> dict[str, Any]:
        """Score the responses, or keep a result obtained outside; an unusable application is kept too (PRO-4)."""
        case = self.case(uow, case_id)
        found: Instrument = self.catalogue.instrument(instrument, act.on)
        if bool(responses) == bool(external):
            raise FieldInvalid(field="responses", explanation="envíe las respuestas o un resultado externo, no ambos.")
        person = case.subject()
        if external:
            kept = assign(external, person)
            problem, choices, result = "", None, Personal(person, "p", reveal(external["results"]))
        elif found.kind != "forced_choice":
            raise FieldInvalid(field="external", explanation=f"de {found.name} se registra el resultado externo.")
        else:
            plain = reveal(responses)
            scored = score(found, _responses(plain), minutes)
            kept, problem = {}, _problem(scored)
            choices, result = Personal(person, "p", plain), Personal(person, "p", scored.plain())
        case.apply_instrument(
            act,
            instrument=found,
            responses=choices,
            result=result,
            external=kept,
            problem=problem,
            minutes=minutes,
            production=self.production,
        )
        return {"id": str(case_id), "usable": not problem}

    def rescore_instrument(self, uow: UnitOfWork, act: Act, case_id: UUID, *, application: UUID) -> dict[str, Any]:
        """Score the responses of an application under the version in force; the old result stays (PRO-7)."""
        case = self.case(uow, case_id)
        earlier = case.rescorable(application)
        found = self.catalogue.instrument(earlier.instrument, act.on)
        scored = score(found, _responses(earlier.responses), earlier.minutes)
        case.rescore_instrument(
            act,
            application_id=application,
            instrument=found,
            result=Personal(case.subject(), "p", scored.plain()),
            problem=_problem(scored),
            production=self.production,
        )
        return {"id": str(case_id), "usable": scored.usable}

    def classify_profile(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal, **classification: bool
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.classify_profile(
            act,
            reason=assign(reason, case.subject()),
            matrix=self.catalogue.matrix(MATRIX, act.on),
            **classification,
        )
        return {"id": str(case_id)}

    def validate_profile(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        decision: str,
        manual_decision: str | None,
        reason: Personal,
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.validate_profile(
            act, decision=decision, manual_decision=manual_decision, reason=assign(reason, case.subject())
        )
        return {"id": str(case_id)}


def _responses(kept: Any) -> list[Response]:
    return [Response(row["block"], row["most"], row["least"]) for row in reveal(kept)]


def _problem(result: Result) -> str:
    """Why an application cannot be used, in Spanish; empty if it can."""
    if result.usable:
        return ""
    return "duró menos del mínimo." if result.flags == (TOO_FAST,) else "quedaron bloques sin responder."
