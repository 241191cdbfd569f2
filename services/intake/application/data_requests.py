"""Use cases of data subjects' requests and of legal holds (X-12, SOD-8): files, terms and who the person is."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.intake.application.erasures import ERASURE, LEGAL_HOLD, Erasures
from services.intake.application.letters import CALENDAR
from services.intake.domain.data_request import CLAIM, QUERY, DataRequest
from services.intake.domain.data_request import ERASURE as ERASURE_ASKED
from services.intake.domain.data_terms import Terms
from services.intake.domain.erasure import ORDERED, Erasure
from services.intake.domain.legal_hold import LegalHold
from services.intake.domain.refusals import LegalHoldTooLate
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal


class DataRequests(Erasures):
    """What a data subject asks, from the request to the answer."""

    def data_terms(self, on: date) -> Terms:
        """The terms in force on a day. Raises `CatalogueNotEffective` while one of them is empty."""
        return Terms(
            calendar=self.catalogue.calendar(CALENDAR, on),
            to_answer={
                QUERY: self._with_extension("P-43", on),
                CLAIM: self._with_extension("P-42", on),
                ERASURE_ASKED: self._with_extension("P-42", on),
            },
            to_ask_completion=self.days("P-56", on),
            to_complete=self.days("P-57", on),
            to_mark=self.days("P-58", on),
        )

    def open_data_request(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        case: UUID,
        kind: str,
        asked_by: str,
        evidence: str | None,
        channel: str,
        text: Personal,
    ) -> dict[str, Any]:
        """Record a request; the day of the act is that on which it came in."""
        request = DataRequest.open(
            act,
            self.data_terms(act.on),
            person=self.case(uow, case).candidate_id,
            case_id=case,
            kind=kind,
            asked_by=asked_by,
            evidence=self.stored(evidence, "evidence"),
            channel=channel,
            text=str(text.value),
        )
        uow.add(request)
        return {"id": str(request.id), "due_on": request.due_on.isoformat()}

    def ask_data_request_completion(
        self, uow: UnitOfWork, act: Act, request_id: UUID, *, missing: Personal
    ) -> dict[str, Any]:
        request = uow.get(DataRequest, request_id)
        request.ask_completion(act, self.data_terms(act.on), missing=str(missing.value))
        return {"id": str(request_id), "lapses_on": str(request.lapses_on)}

    def complete_data_request(
        self, uow: UnitOfWork, act: Act, request_id: UUID, *, evidence: str | None
    ) -> dict[str, Any]:
        request = uow.get(DataRequest, request_id)
        request.complete(act, self.data_terms(act.on), evidence=self.stored(evidence, "evidence"))
        return {"id": str(request_id), "due_on": request.due_on.isoformat()}

    def extend_data_request(
        self, uow: UnitOfWork, act: Act, request_id: UUID, *, reason: Personal, notice: str, answer_by: date
    ) -> dict[str, Any]:
        request = uow.get(DataRequest, request_id)
        kept = self.stored(notice, "notice")
        assert kept is not None
        request.extend(act, reason=str(reason.value), notice=kept, answer_by=answer_by)
        return {"id": str(request_id), "due_on": request.due_on.isoformat()}

    def answer_data_request(
        self,
        uow: UnitOfWork,
        act: Act,
        request_id: UUID,
        *,
        outcome: str,
        ground: str | None,
        text: Personal,
        file: str,
    ) -> dict[str, Any]:
        request = uow.get(DataRequest, request_id)
        kept = self.stored(file)
        assert kept is not None
        request.answer(act, outcome=outcome, ground=ground, text=str(text.value), file=kept)
        return {"id": str(request_id)}

    def lapse_data_request(self, uow: UnitOfWork, request_id: UUID, day: date) -> bool:
        """Take a claim that nobody completed as withdrawn; the system's own act."""
        return uow.get(DataRequest, request_id).lapse(day)

    def request_legal_hold(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        case: UUID,
        ground: str,
        authority: str,
        reference: str,
        reason: Personal,
        file: str,
    ) -> dict[str, Any]:
        """Ask for a hold on the data of the person of a case. Raises `LegalHoldTooLate`."""
        found = self.case(uow, case)
        self._check_there(uow, [person for _, person in self.people_of(uow, found)])
        kept = self.stored(file)
        assert kept is not None
        hold = LegalHold.request(
            act,
            person=found.candidate_id,
            case_id=case,
            ground=ground,
            authority=authority,
            reference=reference,
            reason=str(reason.value),
            file=kept,
        )
        uow.add(hold)
        return {"id": str(hold.id)}

    def confirm_legal_hold(self, uow: UnitOfWork, act: Act, hold_id: UUID) -> dict[str, Any]:
        """Place it: from now on no erasure of the person is asked for or confirmed."""
        hold = uow.get(LegalHold, hold_id)
        people = list(dict.fromkeys(person for _, person in self.people_of(uow, self.case(uow, hold.case_id))))
        self._check_there(uow, people)
        hold.confirm(act, people)
        for person in people:
            uow.claim(LEGAL_HOLD, f"{person}/{hold_id}", hold_id)
        return {"id": str(hold_id)}

    def request_legal_hold_lift(
        self, uow: UnitOfWork, act: Act, hold_id: UUID, *, reason: Personal, file: str | None
    ) -> dict[str, Any]:
        hold = uow.get(LegalHold, hold_id)
        person = self.case(uow, hold.case_id).candidate_id
        hold.request_lift(act, person=person, reason=str(reason.value), file=self.stored(file))
        return {"id": str(hold_id)}

    def confirm_legal_hold_lift(self, uow: UnitOfWork, act: Act, hold_id: UUID) -> dict[str, Any]:
        hold = uow.get(LegalHold, hold_id)
        hold.confirm_lift(act)
        for person in hold.people:
            uow.release(LEGAL_HOLD, f"{person}/{hold_id}", hold_id)
        return {"id": str(hold_id)}

    def _check_there(self, uow: UnitOfWork, people: list[UUID]) -> None:
        for person in people:
            erasure_id = uow.claimed(ERASURE, str(person))
            erasure = uow.find(Erasure, erasure_id) if erasure_id is not None else None
            if erasure is not None and erasure.state == ORDERED:
                raise LegalHoldTooLate(field="case")

    def _with_extension(self, code: str, on: date) -> tuple[int, int]:
        more = self.catalogue.parameter_version(code, on).extension
        if more is None:
            raise CatalogueNotEffective(artefact=code, version="con ampliación", date=on.isoformat())
        return self.days(code, on), more
