"""Use cases of erasure (X-12, SOD-8): who the person is, what forbids it, and what intake itself lets go of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.intake.application.base import IntakeBase
from services.intake.application.candidates import LIKENESS
from services.intake.application.exclusions import DOCUMENT
from services.intake.domain.cases import Case
from services.intake.domain.data_request import DataRequest
from services.intake.domain.erasure import Duty, Erasure
from services.intake.domain.exclusion import Exclusion
from services.intake.domain.refusals import ErasureUnderWay
from services.intake.views import people as people_table
from services.intake.views.rights_tables import data_requests, key_executions, key_orders, legal_holds
from services.intake.views.tables import case_sources, exclusions, imports, incentives, merges
from services.intake.views.tables import cases as cases_table
from shared.casework.destroying import DestroyingActs
from shared.casework.reopening import MERGED
from shared.catalogue.age import completed_years
from shared.catalogue.refusals import NotFound, Refusal
from shared.catalogue.types import Act
from shared.eventstore.metadata import Meta
from shared.eventstore.tables import claims
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import KINDS, Kind, Personal
from shared.runtime.clock import today

ERASURE = "erasure"
"""Kind of claim: the erasure of a person that waits or was ordered."""
IDS_A_STATEMENT = 500
LEGAL_HOLD = "legal-hold"
"""Kind of claim, ``<person>/<hold>``: a person whose data a court, an authority or a claim needs."""


class Erasures(DestroyingActs, IntakeBase):
    """The erasure of a person, from the request to what intake keeps of them."""

    now: Callable[[], datetime] = partial(datetime.now, UTC)
    """The clock by which the wait is measured."""

    def request_key_destruction(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        case: UUID,
        legal_basis: str,
        data_classes: list[Kind] | None,
        reason: Personal,
        request: UUID | None,
    ) -> dict[str, Any]:
        """Ask for the erasure of the person of a case, because of a ``request`` of theirs or without one.

        Raises `ErasureNotLawful`, `ErasureUnderWay`, and `StepOutOfOrder` for a request that was not granted.
        """
        asked = self.case(uow, case)
        people = self.people_of(uow, asked)
        for subject in {person for _, person in people}:
            if uow.claimed(ERASURE, str(subject)) is not None:
                raise ErasureUnderWay(field="case")
        erasure = Erasure.request(
            act,
            person=asked.candidate_id,
            case_id=case,
            legal_basis=legal_basis,
            data_classes=data_classes or list(KINDS),
            reason=str(reason.value),
            duties=self._duties(uow, act, people),
            at=self.now(),
        )
        uow.add(erasure)
        if request is not None:
            self.data_request_of(uow, people, request).note_erasure(act, erasure.id)
        for subject in {person for _, person in people}:
            uow.claim(ERASURE, str(subject), erasure.id)
        ready = erasure.requested_at + timedelta(hours=self.days("P-52", act.on))
        return {"id": str(erasure.id), "ready_at": ready.isoformat()}

    def confirm_key_destruction(self, uow: UnitOfWork, act: Act, erasure_id: UUID) -> dict[str, Any]:
        """Order the destruction everywhere. Raises `ErasureWaits`, `ErasureNotLawful`, and for the same person."""
        erasure = uow.get(Erasure, erasure_id)
        people = self.people_of(uow, self.case(uow, erasure.case_id))
        erasure.confirm(
            act,
            people=people,
            duties=self._duties(uow, act, people),
            at=self.now(),
            wait=timedelta(hours=self.days("P-52", act.on)),
        )
        for subject in {person for _, person in people}:
            if uow.claimed(ERASURE, str(subject)) is None:
                uow.claim(ERASURE, str(subject), erasure_id)
        return {"id": str(erasure_id)}

    def cancel_key_destruction(self, uow: UnitOfWork, act: Act, erasure_id: UUID) -> dict[str, Any]:
        """Leave an erasure that was not confirmed."""
        erasure = uow.get(Erasure, erasure_id)
        erasure.cancel(act)
        held = sa.select(claims.c.key).where(claims.c.kind == ERASURE, claims.c.owner == erasure_id)
        for key in uow.query(lambda connection: list(connection.scalars(held))):
            uow.release(ERASURE, key, erasure_id)
        return {"id": str(erasure_id)}

    def execute_destructions(self) -> bool:
        """Carry out what is ordered and not done in intake itself; True when there was something."""
        mine = self.open_orders(self.name)
        for row in mine:
            meta = Meta(happened_on=today(), command="ExecuteKeyDestruction", causation_id=f"erasure:{row.erasure_id}")
            self.transact(meta, lambda uow, row=row: self._execute(uow, row))
        return bool(mine)

    def release_erased(self) -> int:
        """After an old log was put back: give back what it still holds to find the erased by; how many values."""
        gone = sorted(subject for subject, kind in self.keys.tombstones() if kind == "i")
        held: list[Any] = []
        with self.database.read() as connection:
            for start in range(0, len(gone), IDS_A_STATEMENT):
                query = sa.select(claims.c.kind, claims.c.key, claims.c.owner).join(
                    cases_table, cases_table.c.id == claims.c.owner
                )
                mine = cases_table.c.candidate_id.in_(gone[start : start + IDS_A_STATEMENT])
                held += connection.execute(query.where(mine, claims.c.kind.in_((DOCUMENT, LIKENESS))))

        def release(uow: UnitOfWork) -> None:
            for row in held:
                uow.release(row.kind, row.key, row.owner)

        if held:
            self.transact(Meta(happened_on=today(), command="ReleaseErased"), release)
        return len(held)

    def open_orders(self, service: str) -> list[Any]:
        """The ordered destructions that ``service`` has not confirmed."""
        done = sa.select(key_executions.c.case_id).where(
            key_executions.c.case_id == key_orders.c.case_id,
            key_executions.c.subject == key_orders.c.subject,
            key_executions.c.kind == key_orders.c.kind,
            key_executions.c.service == service,
        )
        query = sa.select(key_orders).where(~done.exists()).order_by(key_orders.c.ordered_at)
        with self.database.read() as connection:
            return list(connection.execute(query))

    def note_execution(
        self, uow: UnitOfWork, service: str, case_id: UUID, subject: UUID, kind: str, executed_at: datetime
    ) -> None:
        """A service says that it has destroyed a key."""
        held = uow.claimed(ERASURE, str(subject))
        erasure = uow.find(Erasure, held) if held is not None else None
        if erasure is not None:
            erasure.note_execution(service, (case_id, subject, kind), executed_at)

    def forget(self, uow: UnitOfWork, subject: UUID, kind: Kind, case_id: UUID) -> None:
        """Besides: what the person is found by, and the lists in which they came."""
        super().forget(uow, subject, kind, case_id)
        if kind != "i":
            return
        self._forget_lists(uow, case_id)
        mine = sa.select(claims.c.kind, claims.c.key).where(
            claims.c.owner == case_id, claims.c.kind.in_((DOCUMENT, LIKENESS))
        )
        for row in uow.query(lambda connection: connection.execute(mine).all()):
            uow.release(row.kind, row.key, case_id)
        gone = exclusions.delete().where(exclusions.c.document_index.in_(_fingerprint(case_id)))
        uow.write(lambda connection: _run(connection, gone))

    def _files_of(self, case_id: UUID) -> Iterator[str]:
        """Besides: what was attached to the person's requests and to the holds on their data."""
        yield from super()._files_of(case_id)
        for table in (data_requests, legal_holds):
            with self.database.read() as connection:
                mine = connection.scalars(sa.select(table.c.id).where(table.c.case_id == case_id)).all()
            for each in mine:
                yield from super()._files_of(each)

    def _execute(self, uow: UnitOfWork, row: Any) -> None:
        self.destroy_key(uow, row.subject, row.kind, row.case_id)
        self.note_execution(uow, self.name, row.case_id, row.subject, row.kind, self.now())

    def _forget_lists(self, uow: UnitOfWork, case_id: UUID) -> None:
        """Lists of many people lie under keys of their own: what the system took from them stays with each case."""
        named = sa.select(case_sources.c.import_id).where(case_sources.c.case_id == case_id)
        from_lists = sa.select(imports.c.file_id, imports.c.report_file, imports.c.rejected_file)
        rows = uow.query(lambda connection: connection.execute(from_lists.where(imports.c.id.in_(named))).all())
        case = uow.find(Case, case_id)
        identity = case.facts["i"].value if case is not None and "i" in case.facts else None
        if identity:
            number = str(identity["doc_no"]).encode()
            refusing = uow.query(lambda c: c.execute(from_lists.where(imports.c.rejected_file.is_not(None))).all())
            # A row that was refused made no case: only the file itself can tell whose it was.
            rows = [*rows, *(row for row in refusing if number in self._digits(str(row.rejected_file)))]
        for file_id in {each for row in rows for each in row} - {None}:
            self.discard_file(str(file_id))

    def _digits(self, file_id: str) -> bytes:
        try:
            return re.sub(rb"[. -]", b"", self.files.read(file_id))
        except Refusal:
            return b""

    def data_request_of(self, uow: UnitOfWork, people: Iterable[tuple[UUID, UUID]], request_id: UUID) -> DataRequest:
        """A request of one of ``people``. Raises `NotFound`: what another person asked moves nothing of theirs."""
        found = uow.find(DataRequest, request_id)
        if found is None or found.person not in {person for _, person in people}:
            raise NotFound(what="la solicitud de la persona", field="request")
        return found

    def people_of(self, uow: UnitOfWork, case: Case) -> list[tuple[UUID, UUID]]:
        """(case, person) of every case of the person: the same id, the cases joined to it, and who is in the register
        of exclusions under the same document. The first is the one asked for."""
        found: dict[UUID, UUID] = {}
        look = [case.id]
        while look:
            case_id = look.pop(0)
            if case_id in found:
                continue
            each = self.case(uow, case_id)
            found[case_id] = each.candidate_id
            same = sa.select(cases_table.c.id).where(cases_table.c.candidate_id == each.candidate_id)
            joined = sa.select(merges.c.other_case).where(merges.c.surviving_case == case_id)
            into = sa.select(merges.c.surviving_case).where(merges.c.other_case == case_id)
            query = sa.union(same, joined, into)
            look += uow.query(lambda connection, query=query: list(connection.scalars(query)))
        known = set(found.values())
        also = [(case.id, each.identity.subject) for each in self._exclusions_of(uow, case)]
        return [*found.items(), *dict.fromkeys(pair for pair in also if pair[1] not in known)]

    def _exclusions_of(self, uow: UnitOfWork, case: Case) -> list[Exclusion]:
        query = sa.select(exclusions.c.id).where(exclusions.c.document_index.in_(_fingerprint(case.id)))
        return [uow.get(Exclusion, each) for each in uow.query(lambda c: list(c.scalars(query)))]

    def held(self, uow: UnitOfWork, person: UUID) -> bool:
        """True while a legal hold stands on the person's data."""
        standing = sa.select(claims.c.key).where(claims.c.kind == LEGAL_HOLD, claims.c.key.startswith(f"{person}/"))
        return bool(uow.query(lambda connection: connection.scalars(standing.limit(1)).all()))

    def _duties(self, uow: UnitOfWork, act: Act, people: Iterable[tuple[UUID, UUID]]) -> list[Duty]:
        """What forbids the erasure on the day of the act."""
        found: list[Duty] = []
        case_ids = {case_id for case_id, _ in people}
        cases = [self.case(uow, case_id) for case_id in case_ids]
        if any(self.held(uow, person) for _, person in people):
            found.append(Duty("legal_hold", "hay una retención legal vigente"))
        if any(each.state != MERGED and not act.procedure.is_final(each.state) for each in cases):
            found.append(Duty("case_open", "la persona tiene un caso abierto (termínelo o retírelo primero)"))
        if any(each.excluded_on(act.today) for each in cases):
            found.append(Duty("exclusion", "hay una exclusión vigente que la entidad debe hacer cumplir"))
        delivered = sa.select(sa.func.max(incentives.c.delivered_on)).where(incentives.c.case_id.in_(case_ids))
        last: date | None = uow.query(lambda connection: connection.scalar(delivered))
        if last is not None:
            years = self.days("P-55", act.on)
            if completed_years(last, act.today) < years:
                kept = f"los soportes de los bienes entregados se conservan {years} años (el último, del {last})"
                found.append(Duty("accounts", kept))
        return found


def _fingerprint(case_id: UUID) -> Any:
    """The line of the directory outlives the key until the destruction is recorded, so a repetition finds it again."""
    return sa.select(people_table.c.document_index).where(people_table.c.case_id == case_id)


def _run(connection: Connection, statement: sa.Delete) -> None:
    connection.execute(statement)
