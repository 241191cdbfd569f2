"""What every use case of intake needs: its aggregates, the directory, the criteria in force, document numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.application.name_index import NameIndex
from services.intake.directory import Directory
from services.intake.domain.calls import Call
from services.intake.domain.cases import Case
from services.intake.domain.criteria_facts import criteria_facts, route_and_measures
from services.intake.domain.evaluation import Verdict
from services.intake.domain.facts import Facts
from services.intake.domain.numbering import DocumentSeries
from services.intake.views import cases
from services.intake.views.tables import FORMS, attachments
from shared.casework.papers import PaperRow, paper_row
from shared.casework.paperwork import FormRule, Paperwork
from shared.catalogue.criteria import CriteriaSet
from shared.catalogue.refusals import NotFound, StateNotAllowed
from shared.catalogue.types import Act, Outcome
from shared.eventstore.unit_of_work import UnitOfWork

PROGRAMME = "PR-156"
CRITERIA = "DE-017"

HANDED_ON = "handed-on"
"""Kind of claim: profiling took the case over, so its state is no longer intake's (CASE-3)."""


OPERATED = "operated"
"""Kind of claim: the operator contract that the case was handed to, which confines the operator's staff (ROL-02)."""


class IntakeBase(Paperwork):
    """Shared by the groups of use cases."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.directory = Directory.of(self.keys)
        self.names = NameIndex(self.database, self.directory)

    CORRECTABLE = {"FO-201": FormRule("RecordSocioeconomicSheet")}

    def paper(self, document_id: UUID) -> PaperRow | None:
        return paper_row(self.database, FORMS, attachments, document_id)

    def person_of(self, case: Case) -> UUID:
        return case.candidate_id

    def call(self, uow: UnitOfWork, call_id: UUID, field: str = "call") -> Call:
        """The call. Raises `NotFound` in the words of a person."""
        call = uow.find(Call, call_id)
        if call is None:
            raise NotFound(what="la convocatoria", field=field)
        return call

    def case(self, uow: UnitOfWork, case_id: UUID) -> Case:
        """The case. Raises `NotFound`."""
        case = uow.find(Case, case_id)
        if case is None:
            raise NotFound(what="el caso", field="id")
        return case

    def standing(self, uow: UnitOfWork, case_id: UUID) -> Case:
        """The case, or the one that it goes on in since they were merged. Raises `NotFound`."""
        return self.standing_line(uow, case_id)[-1]

    def standing_line(self, uow: UnitOfWork, case_id: UUID) -> list[Case]:
        """The case and those that it goes on in, one in the other, up to the one that stands. Raises `NotFound`."""
        line = [self.case(uow, case_id)]
        while (following := line[-1].merged_into) is not None:
            line.append(self.case(uow, following))
        return line

    def stored(self, file_id: str | None, field: str = "file") -> str | None:
        """The id of an attached file, known to be in the store; None if none was attached. Raises `NotFound`."""
        if file_id is None:
            return None
        try:
            return self.files.info(file_id).id
        except NotFound:
            raise NotFound(what="el archivo adjunto", field=field) from None

    def number(self, uow: UnitOfWork, code: str, act: Act, document_id: UUID) -> str:
        """The next number of a document of this programme and the year of the act (X-18)."""
        series = uow.find(DocumentSeries, DocumentSeries.id_of(code, PROGRAMME, act.on.year))
        if series is None:
            series = DocumentSeries.open(code, PROGRAMME, act.on.year)
            uow.add(series)
        return series.issue(document_id)

    def form_version(self, code: str, on: date) -> str:
        """The version of a form that is in force on a date."""
        version: str = self.catalogue.form(code, on).version
        return version

    def days(self, parameter: str, on: date) -> int:
        """The value of a parameter in days, or in whatever whole unit it has."""
        return int(self.catalogue.value(parameter, on))

    def judge(self, facts: Facts, as_of: date, service: str, *, waived: Iterable[str] = ()) -> Verdict:
        """What the criteria in force on ``as_of`` make of ``facts``; those ``waived`` do not count against the case."""
        criteria = self.catalogue.criteria(CRITERIA, as_of)
        outcomes = criteria.evaluate(criteria_facts(facts, criteria.fact_names), as_of=as_of, service=service)
        outcomes = self.with_waivers(outcomes, criteria, waived)
        threshold = self.catalogue.route("strengthening", as_of).threshold
        route, measures = route_and_measures(facts, as_of, self.days(threshold, as_of))
        pre = tuple(each.code for each in criteria.criteria if each.phase == "pre")
        return Verdict(CRITERIA, criteria.version, as_of, service, outcomes, pre, route.route, measures)

    @staticmethod
    def with_waivers(outcomes: dict[str, Outcome], criteria: CriteriaSet, waived: Iterable[str]) -> dict[str, Outcome]:
        """``outcomes`` where those ``waived`` do not count against the case."""
        for code in waived:
            if code in outcomes and criteria.criterion(code).waivable:
                outcomes[code] = replace(outcomes[code], outcome="waived")
        return outcomes

    def list_of(self, uow: UnitOfWork, case_id: UUID) -> tuple[UUID, int] | None:
        """Call and number of the consolidated list that the case is in; None if it is in none (A01-5)."""
        query = sa.select(cases.c.list_call, cases.c.list_no).where(cases.c.id == case_id)
        row = uow.query(lambda connection: connection.execute(query).first())
        return None if row is None or row.list_no is None else (row.list_call, row.list_no)

    def handed_on(self, uow: UnitOfWork, case_id: UUID) -> bool:
        """True once profiling has started on the case."""
        return uow.claimed(HANDED_ON, str(case_id)) is not None

    def give_to_contract(self, uow: UnitOfWork, case_id: UUID, contract_id: UUID | None) -> None:
        """Let the staff of one operator contract, or of none, see the case from now on (ROL-02)."""
        held = uow.claimed(OPERATED, str(case_id))
        if held == contract_id:
            return
        if held is not None:
            uow.release(OPERATED, str(case_id), held)
        if contract_id is not None:
            uow.claim(OPERATED, str(case_id), contract_id)

    def check_owned(self, uow: UnitOfWork, act: Act, case: Case) -> None:
        """Refuse once profiling has the case, whatever state intake last gave it."""
        self.check_not_handed_on(uow, act, case.id)
        super().check_owned(uow, act, case)

    def check_not_handed_on(self, uow: UnitOfWork, act: Act, case_id: UUID) -> None:
        """Refuse an act on a case that is over, and one that belongs to the service which now owns its state."""
        act.check_state(self.case(uow, case_id).state)
        if self.handed_on(uow, case_id):
            raise StateNotAllowed(
                command=act.procedure.label(act.command),
                state="atención por otro servicio",
                allowed="registrarlo en la actividad en que va el caso",
            )
