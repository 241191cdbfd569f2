"""How each event of intake changes the read model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.intake.directory import Directory
from services.intake.domain.calls import Call
from services.intake.domain.cases import Case
from services.intake.domain.field_days import FieldDay
from services.intake.domain.letter import FO_068
from services.intake.views import papers_projection, people_projection, register_projection, runs_projection
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
from shared.eventstore.views import Views

IDS_A_STATEMENT = 500
FO_203 = "FO-203"

Apply = Callable[[Connection, Any, Meta, Directory], None]


def project(connection: Connection, event: Any, meta: Meta, app: ServiceApplication) -> None:
    """Change the tables as ``event`` says; runs in the transaction that stores it."""
    project_many(connection, [(event, meta)], app)


def project_many(connection: Connection, recorded: Sequence[tuple[Any, Meta]], app: ServiceApplication) -> None:
    """`project` for all events of a transaction: the rows of new candidates go in together."""
    directory = Directory.of(app.keys)
    new = _NewCandidates()
    for event, meta in recorded:
        if new.take(event, directory):
            continue
        apply = _APPLY.get(type(event))
        if apply is not None:
            if event.originator_id in new.cases:
                new.insert(connection)
            apply(connection, event, meta, directory)
    new.insert(connection)


class _NewCandidates:
    """Rows of candidates identified in this transaction, and what its later events say of them.

    An FO-203 that is filed with the identification holds the same identity.
    """

    def __init__(self) -> None:
        self.cases: dict[UUID, dict[str, Any]] = {}
        self._sources: list[dict[str, Any]] = []
        self._people: list[dict[str, Any]] = []
        self._forms: list[dict[str, Any]] = []

    def take(self, event: Any, directory: Directory) -> bool:
        """True if ``event`` is dealt with by the rows to insert."""
        kind, case_id = type(event), event.originator_id
        if kind is Case.CandidateIdentified:
            self._identified(event, directory)
            return True
        if case_id not in self.cases:
            return False
        row = self.cases[case_id]
        if kind is Case.HouseholdLinked:
            row["household_id"] = event.household_id
        elif kind is Case.CriteriaEvaluated:
            row["evaluation_id"], row["route"] = event.evaluation_id, event.route
        elif kind is Case.BasicIdentificationRecorded:
            self._forms.append(_form_row(event))
        else:
            return False
        return True

    def insert(self, connection: Connection) -> None:
        """Write the rows; whatever follows finds them."""
        for table, rows in (
            (cases, [*self.cases.values()]),
            (case_sources, self._sources),
            (people, self._people),
            (filed_forms, self._forms),
        ):
            if rows:
                connection.execute(table.insert(), rows)
        self.cases, self._sources, self._people, self._forms = {}, [], [], []

    def _identified(self, event: Any, directory: Directory) -> None:
        case_id = event.originator_id
        self.cases[case_id] = {
            "id": case_id,
            "candidate_id": event.candidate_id,
            "call_id": event.call_id,
            "state": "identified",
            "identified_on": event.identified_on,
            "responsible": event.responsible,
            "list_call": None if event.list_no is None else event.call_id,
            "list_no": event.list_no,
            "household_id": None,
            "evaluation_id": None,
            "route": None,
            "told_on": None,
        }
        self._sources.append(_source_row(event))
        if not event.identity.erased:
            person = {"case_id": case_id, "candidate_id": event.candidate_id}
            self._people.append(person | directory.entry(case_id, event.identity))


def _call_opened(connection: Connection, event: Call.CallOpened, _meta: Meta, _directory: Directory) -> None:
    names = [c.name for c in calls.columns if c.name not in ("id", "closed_on")]
    connection.execute(calls.insert().values(id=event.call_id, **{name: getattr(event, name) for name in names}))


def _call_closed(connection: Connection, event: Call.CallClosed, _meta: Meta, _directory: Directory) -> None:
    connection.execute(calls.update().where(calls.c.id == event.call_id).values(closed_on=event.closed_on))


def _list_frozen(
    connection: Connection, event: Call.CandidateListConsolidated, _meta: Meta, _directory: Directory
) -> None:
    connection.execute(
        call_lists.insert().values(
            call_id=event.call_id,
            list_no=event.list_no,
            candidates=event.candidates_count,
            frozen_on=event.consolidated_on,
            import_id=event.import_id,
            file_name=event.file_name,
        )
    )
    update = cases.update().where(cases.c.list_no.is_(None)).values(list_call=event.call_id, list_no=event.list_no)
    for start in range(0, len(event.cases), IDS_A_STATEMENT):
        connection.execute(update.where(cases.c.id.in_(event.cases[start : start + IDS_A_STATEMENT])))


def _source(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    connection.execute(case_sources.insert(), [_source_row(event)])


def _source_row(event: Any) -> dict[str, Any]:
    return {
        "case_id": event.originator_id,
        "number": event.originator_version,
        "call_id": event.call_id,
        "source": event.source,
        "identified_on": event.identified_on,
        "import_id": event.import_id,
        "row": event.row,
    }


def _form_row(event: Any) -> dict[str, Any]:
    return {
        "id": event.form_instance_id,
        "case_id": event.originator_id,
        "case_version": event.originator_version,
        "code": FO_203,
        "form_version": event.form_version,
        "filed_on": event.recorded_on,
    }


def _basically_identified(connection: Connection, event: Any, _meta: Meta, directory: Directory) -> None:
    connection.execute(filed_forms.insert(), [_form_row(event)])
    if "i" not in event.facts or event.facts["i"].erased:
        return
    row = connection.execute(sa.select(people.c.person).where(people.c.case_id == event.originator_id)).scalar()
    if row is None:
        return
    known = directory.open(event.originator_id, row)
    identity = {**(known.value or {}), **event.facts["i"].value}
    entry = directory.entry(event.originator_id, type(known)(known.subject, known.kind, identity))
    connection.execute(people.update().where(people.c.case_id == event.originator_id).values(**entry))


def _case(**columns: Callable[[Any], Any]) -> Apply:
    """Set columns of the case's row."""

    def apply(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
        values = {name: value(event) for name, value in columns.items()}
        connection.execute(cases.update().where(cases.c.id == event.originator_id).values(**values))

    return apply


def _communicated(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    if event.changes_state:
        state = "eligible" if event.result == "met" else "not_eligible"
        told = {"state": state, "told_on": event.sent_on}
        connection.execute(cases.update().where(cases.c.id == event.originator_id).values(**told))
    connection.execute(
        documents.insert().values(
            id=event.form_instance_id,
            case_id=event.originator_id,
            code=FO_068,
            number=event.number,
            issued_on=event.sent_on,
            file_id=event.file_id,
        )
    )


def _reconsidered(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    if event.resolution == "new_evaluation":
        again = {"state": "identified", "told_on": None, "evaluation_id": None}
        connection.execute(cases.update().where(cases.c.id == event.originator_id).values(**again))
    connection.execute(
        documents.insert().values(
            id=event.form_instance_id,
            case_id=event.originator_id,
            code=FO_068,
            number=event.number,
            issued_on=event.resolved_on,
            file_id=event.file_id,
        )
    )


def _recheck(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    if event.changes_state:
        connection.execute(cases.update().where(cases.c.id == event.originator_id).values(state="identified"))


def _reopened(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    """A term that ran before the end counts anew from the day on which the case was opened again."""
    now: dict[str, Any] = {"state": event.state}
    if event.state == "not_eligible":
        now["told_on"] = event.reopened_on
    connection.execute(cases.update().where(cases.c.id == event.originator_id).values(**now))


def _field_day(connection: Connection, event: FieldDay.FieldDayHeld, _meta: Meta, _directory: Directory) -> None:
    connection.execute(
        field_days.insert().values(
            id=event.field_day_id,
            held_on=event.held_on,
            place=event.place,
            locality=event.locality,
            team=[str(person) for person in event.team],
            candidates=event.candidates_count,
        )
    )


def _incentive(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    noted = {"case_id": event.originator_id, "number": event.originator_version, "delivered_on": event.delivered_on}
    connection.execute(incentives.insert().values(**noted))


_APPLY: dict[type, Apply] = {
    Call.CallOpened: _call_opened,
    Call.CallClosed: _call_closed,
    Call.CandidateListConsolidated: _list_frozen,
    Case.CandidateSourceAdded: _source,
    Case.BasicIdentificationRecorded: _basically_identified,
    Case.BasicIdentificationUpdated: _basically_identified,
    Case.HouseholdLinked: _case(household_id=lambda event: event.household_id),
    FieldDay.FieldDayHeld: _field_day,
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

VIEWS = with_shelf(Views(metadata, project, project_many))
