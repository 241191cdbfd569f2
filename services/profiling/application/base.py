"""What every use case of profiling needs: the case, the terms of the calendar, numbers of documents."""

from __future__ import annotations

import os
from datetime import date
from uuid import UUID

from services.profiling import views
from services.profiling.domain import NumberSeries, ProfilingCase
from shared.casework.papers import PaperRow, paper_row
from shared.casework.paperwork import FormRule, Paperwork
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.catalogue.working_days import add_working_days
from shared.eventstore.unit_of_work import UnitOfWork

PROGRAMME = "PR-156"
PRODUCTION = "IMPULSO_PRODUCTION"
"""Environment switch: "1" when the programme serves real people, so that demonstration content is refused (PRO-6)."""


class ProfilingBase(Paperwork):
    """Shared by the groups of use cases."""

    CORRECTABLE = {
        "FO-051": FormRule("FileForm"),
        "FO-423": FormRule(
            "RecordInterview",
            ("guide", "guide_version", "ratings"),
            ("profiling.ProfileClassified", "profiling.ProfileApproved", "profiling.ProfileNotApproved"),
        ),
    }

    def paper(self, document_id: UUID) -> PaperRow | None:
        return paper_row(self.database, views.FORMS, views.attachments, document_id)

    def person_of(self, case: ProfilingCase) -> UUID:
        return case.subject()

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
        """Months of operation from which the route is strengthening on a date: P-05, as the route says."""
        return int(self.catalogue.value(self.catalogue.route("strengthening", on).threshold, on))

    def kind_of(self, alternative: str, on: date) -> str:
        """Whether an alternative is of the entity (internal) or of another one (external)."""
        entries = self.catalogue.code_list("alternative", on).entries
        return str(entries[alternative].attributes["kind"]) if alternative in entries else "internal"

    def reply_due(self, on: date) -> date:
        """The last day to answer a referral: P-31 working days after it."""
        days = int(self.catalogue.value("P-31", on))
        return add_working_days(on, days, self.catalogue.calendar("CO", on))

    def number(self, uow: UnitOfWork, code: str, act: Act, document_id: UUID) -> str:
        """The next number of a document of this programme and the year of the act (X-18)."""
        series_id = NumberSeries.series_id(code, PROGRAMME, act.on.year)
        series = uow.find(NumberSeries, series_id)
        if series is None:
            series = NumberSeries.open(code, PROGRAMME, act.on.year)
            uow.add(series)
        return series.issue(document_id)
