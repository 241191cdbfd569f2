"""Trying a version of the criteria or of a parameter over cases, without touching them (CAT-09)."""

from __future__ import annotations

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
from shared.catalogue.criteria import CriteriaSet
from shared.catalogue.drafting import DRAFT, PUBLISHED
from shared.catalogue.editions import Edition
from shared.catalogue.parameters import Parameter
from shared.catalogue.refusals import CatalogueNotEffective, FieldInvalid, NotFound
from shared.catalogue.types import Act, Outcome
from shared.catalogue.what_if import changes, under
from shared.editing.shelf import shelf_of
from shared.eventstore.tables import events
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal
from shared.runtime.clock import BOGOTA

MOST_CASES = 1_000
"""Cases of one trial: it is answered within the deadline of a command."""


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

        The facts are those known at the end of ``known_on``. Raises `FieldInvalid`, `NotFound`,
        `CatalogueNotEffective`.
        """
        tried = self._version(kind, code, version)
        current = self.catalogue.criteria(CRITERIA, as_of)
        imagined = under(current, tried)
        before = _end_of(known_on)
        found: dict[str, Personal] = {}
        looked_at = unknown = 0
        for case_id in self._chosen(uow, call, cases):
            case = self.as_known(case_id, before)
            if case is None or not case.facts:
                unknown += 1
                continue
            looked_at += 1
            service = self.call(uow, case.call_id).service
            told = self._told(case, current, imagined, as_of, service)
            if told is not None:
                found[str(case_id)] = Personal(case.candidate_id, "s", told)
        trial = WhatIf.run(
            act,
            kind=kind,
            code=code,
            version=version,
            hash=tried.artefact.sha256,
            call_id=call,
            as_of=as_of,
            known_on=known_on,
            looked_at=looked_at,
            unknown=unknown,
            changes=found,
        )
        uow.add(trial)
        return {"id": str(trial.id), "looked_at": looked_at, "changed": len(found), "unknown": unknown}

    def as_known(self, case_id: UUID, before: int) -> Case | None:
        """The case as what was recorded before an instant (microseconds of UTC) tells it; None if nothing was."""
        query = sa.select(sa.func.max(events.c.originator_version)).where(
            events.c.originator_id == case_id, events.c.recorded_at < before
        )
        with self.database.read() as connection:
            version = connection.execute(query).scalar()
        return None if version is None else self.loader.at_version(Case, case_id, int(version))

    def _told(
        self, case: Case, current: CriteriaSet, imagined: CriteriaSet, as_of: date, service: str
    ) -> dict[str, Any] | None:
        """What changes for a case; None if nothing does."""
        was, now = (self._outcomes(case, each, as_of, service) for each in (current, imagined))
        changed = changes(was, now)
        if not changed:
            return None
        return {
            "before": current.result(was),
            "after": imagined.result(now),
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
