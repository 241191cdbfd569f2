"""Trying a version of the criteria or of a parameter over cases, without touching them (CAT-09)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.application.base import CRITERIA, IntakeBase
from services.intake.domain.calls import Call
from services.intake.domain.cases import Case
from services.intake.domain.criteria_facts import criteria_facts
from services.intake.domain.what_if import WhatIf
from services.intake.views import cases
from services.intake.views.tables import what_ifs
from shared.catalogue.criteria import CriteriaSet
from shared.catalogue.drafting import DRAFT, PUBLISHED
from shared.catalogue.editions import Edition
from shared.catalogue.parameters import Parameter
from shared.catalogue.refusals import CatalogueNotEffective, FieldInvalid, NotFound
from shared.catalogue.types import Act, Outcome
from shared.catalogue.what_if import changes, under
from shared.editing.shelf import shelf_of
from shared.eventstore.metadata import Meta
from shared.eventstore.tables import events
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal
from shared.runtime.clock import BOGOTA, today
from shared.runtime.heeding import held_back

AT_ONCE = 100
"""Cases that are looked at together: within a command's deadline, and between two looks at whether to stop."""
MOST_CASES = 10_000
"""Cases of one trial; their ids stand in its first event."""
COMMAND = "RunWhatIf"
USED = ("i", "c", "s", "r")
"""The data classes that the criteria are evaluated on."""


@dataclass(frozen=True)
class Trial:
    """What is tried: the criteria as they are in force and as they would be, the date, and what was known then."""

    current: CriteriaSet
    imagined: CriteriaSet
    as_of: date
    known_on: date


@dataclass
class Found:
    """What looking at some cases came to."""

    looked_at: int = 0
    unknown: int = 0
    changes: dict[str, Personal] = field(default_factory=dict)


class WhatIfs(IntakeBase):
    """Trials of versions."""

    def run_what_if(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        kind: str,
        code: str,
        version: str,
        call: UUID | None,
        cases: list[UUID],
        as_of: date,
        known_on: date,
    ) -> dict[str, Any]:
        """Evaluate the chosen cases as of a date, under the version in force and under the tried one.

        The facts are those known at the end of ``known_on``. Of many cases the first are looked at now, the others by
        `go_on_with_what_ifs`. Raises `FieldInvalid`, `NotFound`, `CatalogueNotEffective`.
        """
        tried = self._version(kind, code, version)
        trial = self._trial(tried, as_of, known_on)
        chosen = self._chosen(uow, call, cases)
        found = self._look(trial, chosen[:AT_ONCE])
        run = WhatIf.run(
            act,
            kind=kind,
            code=code,
            version=version,
            hash=tried.artefact.sha256,
            call_id=call,
            as_of=as_of,
            known_on=known_on,
            **vars(found),
            waiting=[each.hex for each in chosen[AT_ONCE:]],
        )
        uow.add(run)
        uow.note("audit_run", about=run.id, count=len(chosen))
        told = {"looked_at": found.looked_at, "changed": len(found.changes), "unknown": found.unknown}
        return {"id": str(run.id), **told, "waiting": len(run.waiting)}

    def go_on_with_what_ifs(self, stopping: Callable[[], bool] = lambda: False) -> bool:
        """Look at what the open trials have left, the oldest first; True when there was something.

        Ends early, with whole steps, when ``stopping`` says so: the next call goes on after them.
        """
        query = sa.select(what_ifs.c.id).where(what_ifs.c.waiting > 0).order_by(what_ifs.c.run_on, what_ifs.c.id)
        with self.database.read() as connection:
            mine = list(connection.scalars(query))
        for trial_id in mine:
            while not stopping() and self._go_on(trial_id):
                pass
        return bool(mine)

    def _go_on(self, trial_id: UUID) -> bool:
        """The next step of a trial; False when nothing of it is left."""
        run = self.loader.get(WhatIf, trial_id)
        if run is None or not run.waiting:
            return False
        found = self._found_next(run)
        meta = Meta(happened_on=today(), command=COMMAND, correlation_id=trial_id, causation_id=f"{COMMAND}:{trial_id}")

        def note(uow: UnitOfWork) -> None:
            fresh = uow.get(WhatIf, trial_id)
            # Another replica may have looked at the same cases meanwhile.
            if len(fresh.waiting) != len(run.waiting):
                return
            if found is None:
                fresh.abandon()
            else:
                fresh.go_on(**vars(found))

        self.transact(meta, note)
        return True

    def _found_next(self, run: WhatIf) -> Found | None:
        """What the next cases of a trial come to; None when the version is not the one any more that it began with."""
        try:
            tried = self._version(run.kind, run.code, run.label)
        except NotFound:
            return None
        if tried.artefact.sha256 != run.hash:
            return None
        trial = self._trial(tried, run.as_of, run.known_on)
        return self._look(trial, [UUID(hex=each) for each in run.waiting[:AT_ONCE]])

    def _trial(self, tried: CriteriaSet | Parameter, as_of: date, known_on: date) -> Trial:
        current = self.catalogue.criteria(CRITERIA, as_of)
        return Trial(current, under(current, tried), as_of, known_on)

    def _look(self, trial: Trial, chosen: Sequence[UUID]) -> Found:
        """Evaluate these cases, none of which is touched."""
        before = _end_of(trial.known_on)
        services: dict[UUID, str] = {}
        found = Found()
        with self.database.read() as connection:
            restricted = held_back(connection, chosen, USED)
        for case_id in chosen:
            case = None if case_id in restricted else self.as_known(case_id, before)
            if case is None or not case.facts or any(each.value is None for each in case.facts.values()):
                # Not known then, or erased since, or restricted.
                found.unknown += 1
                continue
            found.looked_at += 1
            if case.call_id not in services:
                services[case.call_id] = self.loader.get(Call, case.call_id).service
            told = self._told(case, trial, services[case.call_id])
            if told is not None:
                found.changes[str(case_id)] = Personal(case.candidate_id, "s", told)
        return found

    def as_known(self, case_id: UUID, before: int) -> Case | None:
        """The case as what was recorded before an instant (microseconds of UTC) tells it; None if nothing was."""
        query = sa.select(sa.func.max(events.c.originator_version)).where(
            events.c.originator_id == case_id, events.c.recorded_at < before
        )
        with self.database.read() as connection:
            version = connection.execute(query).scalar()
        return None if version is None else self.loader.at_version(Case, case_id, int(version))

    def _told(self, case: Case, trial: Trial, service: str) -> dict[str, Any] | None:
        """What changes for a case; None if nothing does."""
        was, now = (self._outcomes(case, each, trial.as_of, service) for each in (trial.current, trial.imagined))
        changed = changes(was, now)
        if not changed:
            return None
        return {
            "before": trial.current.result(was),
            "after": trial.imagined.result(now),
            "criteria": [
                {"criterion": each.criterion, "before": each.before, "after": each.after, "reason": each.reason}
                for each in changed
            ],
        }

    def _outcomes(self, case: Case, criteria: CriteriaSet, as_of: date, service: str) -> dict[str, Outcome]:
        facts = criteria_facts(case.facts, criteria.fact_names)
        if case.excluded_on(as_of) and "excluded" in criteria.fact_names:
            facts["excluded"] = True
        outcomes = criteria.evaluate(facts, as_of=as_of, service=service)
        return self.with_waivers(outcomes, criteria, case.waived)

    def _version(self, kind: str, code: str, version: str) -> CriteriaSet | Parameter:
        """The version to try: one of the catalogue, or a draft."""
        try:
            found: CriteriaSet | Parameter = self.catalogue.labelled(kind, code, version)
        except CatalogueNotEffective:
            found = self._draft(kind, code, version)
        return found

    def _draft(self, kind: str, code: str, version: str) -> CriteriaSet | Parameter:
        table = shelf_of(self)
        columns = (table.c[name] for name in ("id", "kind", "code", "version", "effective_from", "hash", "text"))
        query = sa.select(*columns).where(
            table.c.kind == kind,
            table.c.code == code,
            table.c.version == version,
            table.c.state.in_((DRAFT, PUBLISHED)),
        )
        with self.database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(what=f"la versión {version} de {code}, publicada o en borrador", field="version")
        read: CriteriaSet | Parameter = self.catalogue.version_of(Edition(*row))
        return read

    def _chosen(self, uow: UnitOfWork, call: UUID | None, chosen: list[UUID]) -> list[UUID]:
        if (call is None) == (not chosen):
            raise FieldInvalid(field="call", explanation="indique una convocatoria o una lista de casos, no ambas.")
        if call is None:
            for case_id in chosen:
                self.case(uow, case_id)
            return chosen
        uow.get(Call, call)
        query = sa.select(cases.c.id).where(cases.c.call_id == call).order_by(cases.c.id).limit(MOST_CASES + 1)
        found = [row.id for row in uow.query(lambda connection: connection.execute(query).all())]
        if len(found) > MOST_CASES:
            raise FieldInvalid(field="call", explanation=f"la convocatoria pasa de {MOST_CASES} casos: indique cuáles.")
        return found


def _end_of(day: date) -> int:
    moment = datetime.combine(day + timedelta(days=1), time(), BOGOTA)
    return int(moment.timestamp() * 1_000_000)
