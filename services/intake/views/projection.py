"""How each event of intake changes the read model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.directory import Directory
from services.intake.domain.calls import Call
from services.intake.domain.cases import Case
from services.intake.domain.field_days import FieldDay
from services.intake.domain.letter import FO_068
from services.intake.views import (
    data_rights_projection,
    erasure_projection,
    papers_projection,
    people_projection,
    register_projection,
    runs_projection,
)
from services.intake.views.tables import (
    call_lists,
    calls,
    case_sources,
    cases,
    documents,
    field_days,
    filed_forms,
    incentives,
    metadata,
    people,
)
from shared.editing.shelf import with_shelf
from shared.eventstore.application import ServiceApplication
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel
from shared.eventstore.views import Views
from shared.privacy.personal import Personal

IDS_A_STATEMENT = 500
FO_203 = "FO-203"

Apply = Callable[[ReadModel, Any, Meta, Directory], None]


def project(model: ReadModel, event: Any, meta: Meta, app: ServiceApplication) -> None:
    """Change the tables as ``event`` says; runs in the transaction that stores it."""
    project_many(model, [(event, meta)], app)


def project_many(model: ReadModel, recorded: Sequence[tuple[Any, Meta]], app: ServiceApplication) -> None:
    """`project` for several events: who was identified among them is not looked up again."""
    directory = Directory.of(app.keys)
    identified: dict[UUID, Personal | None] = {}
    for event, meta in recorded:
        kind = type(event)
        if kind is Case.CandidateIdentified:
            identified[event.originator_id] = _identified(model, event, directory)
        elif kind in _FO_203:
            _basically_identified(model, event, directory, identified)
        elif apply := _APPLY.get(kind):
            apply(model, event, meta, directory)


def _identified(model: ReadModel, event: Any, directory: Directory) -> Personal | None:
    """Add the rows of a new case. Answers the identity in its line, None where it has no line."""
    case_id = event.originator_id
    model.insert(
        cases,
        {
            "id": case_id,
            "candidate_id": event.candidate_id,
            "call_id": event.call_id,
            "state": "identified",
            "identified_on": event.identified_on,
            "responsible": event.responsible,
            "list_call": None if event.list_no is None else event.call_id,
            "list_no": event.list_no,
        },
    )
    _source(model, event)
    identity: Personal = event.identity
    if identity.erased:
        return None
    person = {"case_id": case_id, "candidate_id": event.candidate_id}
    model.insert(people, person | directory.entry(case_id, identity))
    return identity


def _call_opened(model: ReadModel, event: Call.CallOpened, _meta: Meta, _directory: Directory) -> None:
    names = [c.name for c in calls.columns if c.name not in ("id", "closed_on")]
    model.insert(calls, {"id": event.call_id, **{name: getattr(event, name) for name in names}})


def _call_closed(model: ReadModel, event: Call.CallClosed, _meta: Meta, _directory: Directory) -> None:
    model.update(calls, event.call_id, {"closed_on": event.closed_on})


def _list_frozen(model: ReadModel, event: Call.CandidateListConsolidated, _meta: Meta, _directory: Directory) -> None:
    model.insert(
        call_lists,
        {
            "call_id": event.call_id,
            "list_no": event.list_no,
            "candidates": event.candidates_count,
            "frozen_on": event.consolidated_on,
            "import_id": event.import_id,
            "file_name": event.file_name,
        },
    )
    update = cases.update().where(cases.c.list_no.is_(None)).values(list_call=event.call_id, list_no=event.list_no)
    for start in range(0, len(event.cases), IDS_A_STATEMENT):
        model.execute(update.where(cases.c.id.in_(event.cases[start : start + IDS_A_STATEMENT])), cases)


def _source(model: ReadModel, event: Any, _meta: Meta | None = None, _directory: Directory | None = None) -> None:
    row = {name: getattr(event, name) for name in ("call_id", "source", "identified_on", "import_id", "row")}
    model.insert(case_sources, {"case_id": event.originator_id, "number": event.originator_version, **row})


def _basically_identified(
    model: ReadModel, event: Any, directory: Directory, identified: dict[UUID, Personal | None]
) -> None:
    case_id = event.originator_id
    model.insert(
        filed_forms,
        {
            "id": event.form_instance_id,
            "case_id": case_id,
            "case_version": event.originator_version,
            "code": FO_203,
            "form_version": event.form_version,
            "filed_on": event.recorded_on,
        },
    )
    given = event.facts.get("i")
    if given is None or given.erased:
        return
    known = identified[case_id] if case_id in identified else _line(model, case_id, directory)
    if known is None:
        return
    identity = Personal(known.subject, known.kind, {**(known.value or {}), **given.value})
    # Filed with the identification it holds the same, and neither is sealed a second time.
    if directory.shown(identity) != directory.shown(known):
        model.update(people, case_id, directory.entry(case_id, identity))
    identified[case_id] = identity


def _line(model: ReadModel, case_id: UUID, directory: Directory) -> Personal | None:
    row = model.execute(sa.select(people.c.person).where(people.c.case_id == case_id), people).scalar()
    return None if row is None else directory.open(case_id, row)


def _case(**columns: Callable[[Any], Any]) -> Apply:
    """Set columns of the case's row."""

    def apply(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
        values = {name: value(event) for name, value in columns.items()}
        model.update(cases, event.originator_id, values)

    return apply


def _communicated(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    if event.changes_state:
        state = "eligible" if event.result == "met" else "not_eligible"
        told = {"state": state, "told_on": event.sent_on}
        model.update(cases, event.originator_id, told)
    model.insert(
        documents,
        {
            "id": event.form_instance_id,
            "case_id": event.originator_id,
            "code": FO_068,
            "number": event.number,
            "issued_on": event.sent_on,
            "file_id": event.file_id,
        },
    )


def _reconsidered(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    if event.resolution == "new_evaluation":
        again = {"state": "identified", "told_on": None, "evaluation_id": None}
        model.update(cases, event.originator_id, again)
    model.insert(
        documents,
        {
            "id": event.form_instance_id,
            "case_id": event.originator_id,
            "code": FO_068,
            "number": event.number,
            "issued_on": event.resolved_on,
            "file_id": event.file_id,
        },
    )


def _recheck(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    if event.changes_state:
        model.update(cases, event.originator_id, {"state": "identified"})


def _reopened(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    """A term that ran before the end counts anew from the day on which the case was opened again."""
    now: dict[str, Any] = {"state": event.state}
    if event.state == "not_eligible":
        now["told_on"] = event.reopened_on
    model.update(cases, event.originator_id, now)


def _field_day(model: ReadModel, event: FieldDay.FieldDayHeld, _meta: Meta, _directory: Directory) -> None:
    model.insert(
        field_days,
        {
            "id": event.field_day_id,
            "held_on": event.held_on,
            "place": event.place,
            "locality": event.locality,
            "team": [str(person) for person in event.team],
            "candidates": event.candidates_count,
        },
    )


def _incentive(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    noted = {"case_id": event.originator_id, "number": event.originator_version, "delivered_on": event.delivered_on}
    model.insert(incentives, noted)


_FO_203 = frozenset({Case.BasicIdentificationRecorded, Case.BasicIdentificationUpdated})

_APPLY: dict[type, Apply] = {
    Call.CallOpened: _call_opened,
    Call.CallClosed: _call_closed,
    Call.CandidateListConsolidated: _list_frozen,
    Case.CandidateSourceAdded: _source,
    Case.HouseholdLinked: _case(household_id=lambda event: event.household_id),
    FieldDay.FieldDayHeld: _field_day,
    **erasure_projection.APPLY,
    **data_rights_projection.APPLY,
    **register_projection.APPLY,
    **papers_projection.APPLY,
    **people_projection.APPLY,
    **runs_projection.APPLY,
    Case.IncentiveNoted: _incentive,
    Case.CaseworkerAssigned: _case(responsible=lambda event: event.actor_id),
    Case.CriteriaEvaluated: _case(evaluation_id=lambda event: event.evaluation_id, route=lambda event: event.route),
    Case.EligibilityCommunicated: _communicated,
    Case.RecheckRequested: _recheck,
    Case.ReconsiderationRequested: _case(told_on=lambda event: None),
    Case.ReconsiderationResolved: _reconsidered,
    Case.CaseNotEligibleClosed: _case(state=lambda event: "closed_not_eligible"),
    Case.BeneficiaryExcluded: _case(state=lambda event: "excluded"),
    Case.DeathRecorded: _case(state=lambda event: "deceased"),
    Case.CaseWithdrawn: _case(state=lambda event: "withdrawn"),
    Case.ClosureNoted: _case(state=lambda event: event.state),
    Case.CaseReopened: _reopened,
    Case.ReopeningNoted: _case(state=lambda event: event.state),
}


def _opened(application: ServiceApplication, table: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    if table != people.name:
        return row
    person = Directory.of(application.keys).open(row["case_id"], row["person"])
    return {**row, "person": (person.subject, person.value)}


VIEWS = with_shelf(Views(metadata, project, project_many, opened=_opened))
