"""Use cases on candidates: identification, FO-203, consent, duplicates, side exit (PR-156 act. 1)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.intake.application.exclusions import DOCUMENT, Exclusions
from services.intake.application.field_days import FieldDays
from services.intake.domain import normalise
from services.intake.domain.cases import Case
from services.intake.domain.columns import DOCUMENT_TYPES
from services.intake.domain.duplicates import suspect
from services.intake.domain.facts import IDENTITY, by_class
from services.intake.domain.identification import FO_203, check_source
from services.intake.views import people
from shared.catalogue.refusals import DateInFuture, FieldInvalid
from shared.catalogue.types import Act
from shared.eventstore.tables import events
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign

LIKENESS = "likeness"
"""Kind of claim: who first had a name key and birth date; two alike at once must see each other."""


class Candidates(Exclusions, FieldDays):
    """What may be recorded of a candidate."""

    def identify_candidate(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        call: UUID,
        source: str | None,
        source_ref: Personal | None,
        identified_on: date,
        ground: str,
        doc_type: Personal,
        doc_no: Personal,
        names: Personal,
        surnames: Personal,
        birth_date: Personal,
        source_kind: str | None = None,
        field_day: UUID | None = None,
        hemi_ref: Personal | None = None,
        hemi_classification: Personal | None = None,
        notice_version: str | None = None,
        purposes: list[str] | None = None,
        given_on: date | None = None,
        file: str | None = None,
    ) -> dict[str, Any]:
        """Open a case, or add a source to the person's open one (A01-2, A01-3)."""
        source_ref = self.reference_of(uow, source, field_day, identified_on) or source_ref
        check_source(source, source_ref, hemi_ref)
        if identified_on > act.on:
            raise DateInFuture(field="identified_on", date=identified_on.isoformat())
        self.call(uow, call).check_takes(act.on, identified_on)
        given = {"names": names, "surnames": surnames, "birth_date": birth_date}
        identity = _identity({"doc_type": doc_type, "doc_no": doc_no, **given}, act.on)
        fingerprint = self.directory.document(identity["doc_type"], identity["doc_no"])
        owner = uow.claimed(DOCUMENT, fingerprint)
        known = self.standing(uow, owner) if owner is not None else None
        subject = known.candidate_id if known is not None else uuid4()
        hemi = assign(hemi_ref, subject)
        where = {
            "call_id": call,
            "source": source,
            "source_kind": source_kind,
            "source_ref": assign(source_ref, subject),
            "identified_on": identified_on,
            "hemi_ref": hemi,
        }
        if known is not None and not act.procedure.is_final(known.state):
            known.add_source(**where)
            return {"id": str(known.id), "candidate_id": str(subject), "known": True}
        case = Case.identify(
            act,
            candidate_id=subject,
            ground=ground,
            identity=Personal(subject, "i", identity),
            hemi_classification=assign(hemi_classification, subject),
            **where,
        )
        uow.add(case)
        self.learn_exclusions(uow, case)
        if owner is not None:
            uow.release(DOCUMENT, fingerprint, owner)
        uow.claim(DOCUMENT, fingerprint, case.id)
        if ground == "authorisation":
            case.authorise(
                act,
                notice_version=notice_version,
                purpose_codes=purposes or [],
                given_on=given_on,
                evidence=self.stored(file),
            )
        if known is None:
            likeness = self.directory.alike(identity["names"] + identity["surnames"], identity["birth_date"])
            if uow.claimed(LIKENESS, likeness) is None:
                uow.claim(LIKENESS, likeness, case.id)
            else:
                self.look_for_likeness(uow, case, likeness, identity["doc_no"])
        return {"id": str(case.id), "candidate_id": str(subject), "known": False}

    def look_for_likeness(self, uow: UnitOfWork, case: Case, likeness: str, number: str) -> UUID | None:
        """Suspect the earliest case of the same name and birth date whose number differs in one digit (A01-3)."""
        alike = (
            sa.select(people.c.case_id, people.c.person)
            .join(events, (events.c.originator_id == people.c.case_id) & (events.c.originator_version == 1))
            .where(people.c.likeness_index == likeness)
            .order_by(events.c.id)
        )
        rows = uow.query(lambda connection: connection.execute(alike).all())
        opened = [(self.directory.open(row.case_id, row.person).value, row.case_id) for row in rows]
        other = suspect(number, ((known["doc_no"], holder) for known, holder in opened if known))
        if other is not None:
            case.suspect(uuid4(), other)
        return other

    def record_basic_identification(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]
    ) -> dict[str, Any]:
        """File the first FO-203 of a case."""
        case = self.case(uow, case_id)
        filed = self._fo_203(case, act, form)
        case.record_basic_identification(act, **filed)
        return {"id": str(case_id), "form_instance_id": str(filed["form_instance_id"])}

    def update_basic_identification(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]
    ) -> dict[str, Any]:
        """File a further version of FO-203."""
        case = self.case(uow, case_id)
        filed = self._fo_203(case, act, form)
        case.update_basic_identification(act, **filed)
        return {"id": str(case_id), "form_instance_id": str(filed["form_instance_id"])}

    def record_consent(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        notice_version: str,
        purposes: list[str],
        given_on: date,
        file: str | None = None,
    ) -> dict[str, Any]:
        """Record the person's signed authorisation."""
        self.case(uow, case_id).record_consent(
            act,
            notice_version=notice_version,
            purpose_codes=purposes,
            given_on=given_on,
            evidence=self.stored(file),
        )
        return {"id": str(case_id)}

    def withdraw_consent(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, withdrawn_on: date, purposes: list[str] | None = None
    ) -> dict[str, Any]:
        """Record that the person withdrew the authorisation."""
        self.case(uow, case_id).withdraw_consent(act, purpose_codes=purposes or [], withdrawn_on=withdrawn_on)
        return {"id": str(case_id)}

    def assign_caseworker(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, caseworker: UUID, reason: Personal
    ) -> dict[str, Any]:
        """Make another person responsible for a case (CASE-9)."""
        case = self.case(uow, case_id)
        case.assign_caseworker(act, caseworker=caseworker, reason=assign(reason, case.candidate_id))
        return {"id": str(case_id)}

    def resolve_duplicate(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        resolution: str,
        reason: Personal,
        suspicion_id: UUID | None = None,
    ) -> dict[str, Any]:
        """Settle a suspected duplicate (A01-3)."""
        case = self.case(uow, case_id)
        case.resolve_duplicate(
            act, suspicion_id=suspicion_id, resolution=resolution, reason=assign(reason, case.candidate_id)
        )
        return {"id": str(case_id)}

    def withdraw_case(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason_code: str, reason: Personal
    ) -> dict[str, Any]:
        """Let a case leave while intake owns its state (CASE-3)."""
        case = self.case(uow, case_id)
        self.check_not_handed_on(uow, act, case_id)
        case.withdraw(act, reason_code=reason_code, reason=assign(reason, case.candidate_id))
        return {"id": str(case_id)}

    def _fo_203(self, case: Case, act: Act, form: dict[str, Any]) -> dict[str, Any]:
        answers = dict(form)
        reason = answers.pop("version_reason")
        identity = _identity({name: answers[name] for name in IDENTITY if answers.get(name) is not None}, act.on)
        answers.update({name: Personal(None, "i", value) for name, value in identity.items()})
        return {
            "form_version": self.form_version(FO_203, act.on),
            "version_reason": reason,
            "facts": by_class(answers, case.candidate_id),
            "form_instance_id": uuid4(),
        }


def _identity(given: dict[str, Personal], on: date) -> dict[str, Any]:
    """Document, names and birth date in the forms by which people are compared. Raises `FieldInvalid`."""
    identity: dict[str, Any] = {}
    for name, personal in given.items():
        value = personal.value
        if isinstance(value, date):
            if value > on:
                raise FieldInvalid(field=name, explanation="la fecha de nacimiento está en el futuro.")
            value = value.isoformat()
        elif name in ("names", "surnames"):
            value = normalise.name(normalise.trim(value))
            if value is None:
                raise FieldInvalid(field=name, explanation="escriba solo letras, espacios, apóstrofo, guion o punto.")
        identity[name] = value
    if identity.get("doc_type") in DOCUMENT_TYPES:
        number = normalise.document_number(normalise.trim(identity["doc_no"]))
        if number is None:
            raise FieldInvalid(field="doc_no", explanation="el número de documento debe tener de 5 a 10 dígitos.")
        identity["doc_no"] = number
    else:
        identity["doc_no"] = normalise.free_text(normalise.trim(identity["doc_no"])).upper()
    return identity
