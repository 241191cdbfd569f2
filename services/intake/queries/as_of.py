"""A case of intake as of a point on two clocks (X-17), and as evidence to take away (X-19)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.intake.application import IntakeApplication
from services.intake.domain.calls import Call
from services.intake.domain.cases import Case
from services.intake.queries.case import described
from services.intake.queries.confinement import check_case_visible
from services.intake.queries.paging import check_staff
from services.intake.queries.personal import READERS
from shared.casework.as_of import case_as_of as as_of
from shared.casework.evidence import case_pack as pack
from shared.eventstore.replay import Replayed, replay, stored_facts
from shared.runtime.tokens import Who


def _visible(app: IntakeApplication, case_id: UUID, who: Who) -> None:
    check_staff(who, "Ver el caso")
    check_case_visible(app, case_id, who)


def _describe(app: IntakeApplication, at: Replayed[Case], who: Who) -> dict[str, Any]:
    assert at.aggregate is not None
    routes = [fact.event.route for fact in at.counted if isinstance(fact.event, Case.CriteriaEvaluated)]

    def other(case_id: UUID) -> Case | None:
        return replay(Case, stored_facts(app, case_id), at.point).aggregate

    return described(app, at.aggregate, _list_no(app, at), routes[-1] if routes else None, who, other)


def _list_no(app: IntakeApplication, at: Replayed[Case]) -> int | None:
    """The consolidated list that the case was in at the point: its import's, or the first one that names it."""
    case = at.aggregate
    assert case is not None
    if at.counted[0].event.list_no is not None:
        return int(at.counted[0].event.list_no)
    calls = dict.fromkeys(call for _, call, _ in case.sources)
    frozen = [
        (fact.entry.sequence, fact.event.list_no)
        for call_id in calls
        for fact in replay(Call, stored_facts(app, call_id), at.point).counted
        if isinstance(fact.event, Call.CandidateListConsolidated) and case.id in fact.event.cases
    ]
    return min(frozen)[1] if frozen else None


case_as_of = as_of(Case, _visible, _describe)
case_pack = pack(_visible, READERS)
