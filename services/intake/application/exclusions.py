"""Use cases of the exclusion register, and of the side exits that name it (3.4, CASE-3)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.intake.application.base import IntakeBase
from services.intake.domain import normalise
from services.intake.domain.cases import Case
from services.intake.domain.columns import DOCUMENT_TYPES
from services.intake.domain.exclusion import Exclusion
from services.intake.views.tables import exclusions
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign

DOCUMENT = "document"
"""Kind of claim: a document belongs to one case."""


class Exclusions(IntakeBase):
    """The register is by document: a person need not have a case (EXC-3)."""

    def register_exclusion(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        doc_type: Personal,
        doc_no: Personal,
        kind: str,
        service: str,
        act_no: str,
        act_date: date,
        body: str,
        reason: Personal,
        file: str | None,
        from_date: date,
        to_date: date | None,
    ) -> dict[str, Any]:
        """Enter an exclusion for another person to approve (EXC-1)."""
        identity = self._identity(str(doc_type.value), str(doc_no.value))
        owner = uow.claimed(DOCUMENT, self.directory.document(identity["doc_type"], identity["doc_no"]))
        subject = self.case(uow, owner).candidate_id if owner is not None else uuid4()
        exclusion = Exclusion.propose(
            act,
            uuid4(),
            identity=Personal(subject, "i", identity),
            kind=kind,
            service=service,
            act_no=act_no,
            act_date=act_date,
            body=body,
            reason=assign(reason, subject),
            file=self.stored(file),
            from_date=from_date,
            to_date=to_date,
        )
        uow.add(exclusion)
        return {"id": str(exclusion.id)}

    def approve_exclusion(self, uow: UnitOfWork, act: Act, exclusion_id: UUID) -> dict[str, Any]:
        """Put an exclusion in force; an open case of the person hears of it."""
        exclusion = self._exclusion(uow, exclusion_id)
        exclusion.approve(act)
        cases = self._cases_of(uow, exclusion)
        for case in cases:
            case.note_exclusion(exclusion.id, exclusion.from_date, exclusion.to_date)
        return {"id": str(exclusion_id), "case_id": str(cases[-1].id) if cases else None}

    def lift_exclusion(self, uow: UnitOfWork, act: Act, exclusion_id: UUID, *, reason: Personal) -> dict[str, Any]:
        """End an exclusion: a new event, the old one stays (EXC-2)."""
        exclusion = self._exclusion(uow, exclusion_id)
        exclusion.lift(act, reason=assign(reason, exclusion.identity.subject))
        for case in self._cases_of(uow, exclusion):
            case.note_lifted(exclusion.id, act.on)
        return {"id": str(exclusion_id)}

    def exclude_beneficiary(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, exclusion: UUID, reason: Personal
    ) -> dict[str, Any]:
        """Take a case out while intake owns its state (CASE-3)."""
        case = self.case(uow, case_id)
        self.check_not_handed_on(uow, act, case_id)
        case.exclude(act, exclusion_id=exclusion, reason=assign(reason, case.candidate_id))
        return {"id": str(case_id)}

    def record_death(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, died_on: date | None, source: Personal, file: str | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        self.check_not_handed_on(uow, act, case_id)
        case.record_death(act, died_on=died_on, source=assign(source, case.candidate_id), file=self.stored(file))
        return {"id": str(case_id)}

    def learn_exclusions(self, uow: UnitOfWork, case: Case) -> None:
        """Let a case hear of the exclusions in force that its person had before (EXC-3)."""
        identity = case.facts["i"].value if "i" in case.facts else None
        if not identity:
            return
        fingerprint = self.directory.document(identity["doc_type"], identity["doc_no"])
        query = sa.select(exclusions).where(
            exclusions.c.document_index == fingerprint, exclusions.c.state == "in_force"
        )
        for row in uow.query(lambda connection: connection.execute(query).all()):
            case.note_exclusion(row.id, row.from_date, row.to_date)

    @staticmethod
    def _identity(doc_type: str, doc_no: str) -> dict[str, str]:
        """The document in the form by which people are found. Raises `FieldInvalid`."""
        given = normalise.trim(doc_no)
        known = doc_type in DOCUMENT_TYPES
        number = normalise.document_number(given) if known else normalise.free_text(given).upper()
        if not number:
            raise FieldInvalid(field="doc_no", explanation="escriba solo las cifras del documento.")
        return {"doc_type": doc_type, "doc_no": number}

    def _exclusion(self, uow: UnitOfWork, exclusion_id: UUID) -> Exclusion:
        found = uow.find(Exclusion, exclusion_id)
        if found is None:
            raise NotFound(what="la exclusión", field="id")
        return found

    def _cases_of(self, uow: UnitOfWork, exclusion: Exclusion) -> list[Case]:
        """The case of its document and those in which that one goes on, the one that stands last."""
        identity = exclusion.identity.value
        if not identity:
            return []
        owner = uow.claimed(DOCUMENT, self.directory.document(identity["doc_type"], identity["doc_no"]))
        return [] if owner is None else self.standing_line(uow, owner)
