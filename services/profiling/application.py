"""The use cases of profiling: one method a command, named as the command (acts 3 to 10)."""

from __future__ import annotations

import os
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.profiling.domain import NumberSeries, Process, ProfilingCase
from services.profiling.domain.scoring import TOO_FAST, Response, Result, score
from services.profiling.views import VIEWS
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act, Instrument
from shared.catalogue.working_days import add_working_days
from shared.eventstore.application import ServiceApplication
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign, reveal

PROGRAMME = "PR-156"
MATRIX = "profile"
PRODUCTION = "IMPULSO_PRODUCTION"
"""Environment switch: "1" when the programme serves real people, so that demonstration content is refused (PRO-6)."""


class ProfilingApplication(ServiceApplication):
    """Profiling over its own store."""

    name = "profiling"
    views = VIEWS

    @property
    def production(self) -> bool:
        """True when the programme is in production."""
        return os.environ.get(PRODUCTION) == "1"

    def case(self, uow: UnitOfWork, case_id: UUID) -> ProfilingCase:
        """The case. Raises `NotFound` in the words of a person."""
        case = uow.find(ProfilingCase, case_id)
        if case is None:
            raise NotFound(what="el caso", field="id")
        return case

    def route_threshold(self, on: date) -> int:
        """P-05 on a date: months of operation from which the route is strengthening."""
        return int(self.catalogue.parameter("P-05", on))

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
            scored = score(found, [Response(row["block"], row["most"], row["least"]) for row in plain], minutes)
            kept, problem = {}, _problem(scored)
            choices, result = Personal(person, "p", plain), Personal(person, "p", scored.plain())
        case.apply_instrument(
            act,
            instrument=found,
            responses=choices,
            result=result,
            external=kept,
            problem=problem,
            production=self.production,
        )
        return {"id": str(case_id), "usable": not problem}

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

    def issue_referral(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        document: str,
        office: str | None,
        subject: str,
        body: Personal,
        signed_by: dict[str, Any],
    ) -> dict[str, Any]:
        """Refer the person by memo or letter; its number is taken only if the case accepts it (X-18)."""
        case, referral_id = self.case(uow, case_id), uuid4()
        person = case.subject()
        kind = self.kind_of(case.chosen, act.on)
        if kind == "internal" and office is None:
            raise FieldInvalid(field="office", explanation="indique la dependencia que recibe.")
        form = {"subject": subject, "body": body, "signed_by": signed_by, "alternative": case.chosen}
        form |= {"to_office": office} if kind == "internal" else {"entity": case.chosen}
        case.issue_referral(
            act,
            referral_id=referral_id,
            kind=kind,
            target_code=(office if kind == "internal" else case.chosen) or "",
            document=document,
            document_no=self.number(uow, document, act, referral_id),
            form_version=self.catalogue.form(document, act.on).version,
            form=assign(form, person),
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

    def kind_of(self, alternative: str, on: date) -> str:
        """Whether an alternative is of the entity (internal) or of another one (external)."""
        entries = self.catalogue.code_list("alternative", on).entries
        return str(entries[alternative].attributes["kind"]) if alternative in entries else "internal"

    def reply_due(self, on: date) -> date:
        """The last day to answer a referral: P-31 working days after it."""
        days = int(self.catalogue.parameter("P-31", on))
        return add_working_days(on, days, self.catalogue.calendar("CO", on))

    def number(self, uow: UnitOfWork, code: str, act: Act, document_id: UUID) -> str:
        """The next number of a document of this programme and the year of the act (X-18)."""
        series_id = NumberSeries.series_id(code, PROGRAMME, act.on.year)
        series = uow.find(NumberSeries, series_id)
        if series is None:
            series = NumberSeries.open(code, PROGRAMME, act.on.year)
            uow.add(series)
        return series.issue(document_id)

    def exclude_beneficiary(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, exclusion: UUID, reason: Personal
    ) -> dict[str, Any]:
        """Take the case out because of an exclusion in force (CASE-3)."""
        case = self.case(uow, case_id)
        case.exclude_beneficiary(act, exclusion_id=exclusion, reason=assign(reason, case.subject()))
        return {"id": str(case_id)}

    def record_death(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, died_on: date | None, source: Personal, file: str | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.record_death(act, died_on=died_on, source=assign(source, case.subject()), file=file)
        return {"id": str(case_id)}

    def withdraw_case(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason_code: str, reason: Personal
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.withdraw_case(act, reason_code=reason_code, reason=assign(reason, case.subject()))
        return {"id": str(case_id)}


def _problem(result: Result) -> str:
    """Why an application cannot be used, in Spanish; empty if it can."""
    if result.usable:
        return ""
    return "duró menos del mínimo." if result.flags == (TOO_FAST,) else "quedaron bloques sin responder."
