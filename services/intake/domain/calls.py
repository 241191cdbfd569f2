"""Calls (*convocatorias*): technical specifications, dates, quota, and the lists of candidates they freeze."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.intake.domain.refusals import CallNotOpen, ListEmpty, SpecificationsMissing
from shared.catalogue.refusals import EvidenceMissing, FieldInvalid, StateNotAllowed
from shared.catalogue.types import Act

FO_051 = "FO-051"


@dataclass(frozen=True)
class Minutes:
    """A filled FO-051 (*acta de reunión*) with its number and the SHA-256 of its canonical content."""

    form_instance_id: UUID
    version: str
    number: str
    hash: str
    form: dict[str, Any]


class Call(Aggregate):
    """A call of the programme (PR-156 act. 1). ``closes_on`` is its last day; ``cohort_quota`` in people, or None."""

    TOPIC = "intake.Call"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class CallOpened(Event, Aggregate.Created):
        TOPIC = "intake.CallOpened"
        call_id: UUID
        code: str
        name: str
        service: str
        specifications: str
        specifications_file: str | None
        product_types: list[str]
        routes: list[str]
        localities: list[str]
        opens_on: date
        closes_on: date
        cohort_quota: int | None
        executor_kind: str
        opened_by: UUID
        opened_on: date

        def apply(self, aggregate: Call) -> None:
            aggregate.code = self.code
            aggregate.service = self.service
            aggregate.opens_on = self.opens_on
            aggregate.closes_on = self.closes_on
            aggregate.cohort_quota = self.cohort_quota
            aggregate.closed_on = None
            aggregate.lists = 0
            aggregate.with_minutes = frozenset()

    class CallClosed(Event):
        TOPIC = "intake.CallClosed"
        call_id: UUID
        service: str
        opens_on: date
        closes_on: date
        cohort_quota: int | None
        reason: str
        closed_by: UUID
        closed_on: date

        def apply(self, aggregate: Call) -> None:
            aggregate.closed_on = self.closed_on

    Created = CallOpened

    class FormFiled(Event):
        """The minutes FO-051 of list ``list_no`` were filed. ``hash``: SHA-256 of their canonical content."""

        TOPIC = "intake.FormFiled"
        form_instance_id: UUID
        code: str
        version: str
        number: str
        hash: str
        list_no: int
        form: dict[str, Any]
        filed_by: UUID

        def apply(self, aggregate: Call) -> None:
            aggregate.with_minutes = aggregate.with_minutes | {self.list_no}

    class CandidateListConsolidated(Event):
        """List ``list_no`` is frozen. Its members are ``cases`` and, where the list is the file of the import
        ``import_id``, who enters by it; name and hash of the file then stand in for the minutes (A01-5)."""

        TOPIC = "intake.CandidateListConsolidated"
        call_id: UUID
        list_no: int
        candidates_count: int
        cases: list[UUID]
        import_id: UUID | None
        file_name: str | None
        file_hash: str | None
        consolidated_by: UUID
        consolidated_on: date

        def apply(self, aggregate: Call) -> None:
            aggregate.lists = self.list_no

    code: str
    service: str
    opens_on: date
    closes_on: date
    cohort_quota: int | None
    closed_on: date | None
    lists: int
    with_minutes: frozenset[int]

    def __init__(self) -> None:
        """Its state comes from its opening."""

    @property
    def state(self) -> str:
        return "open" if self.closed_on is None else "closed"

    @classmethod
    def open(
        cls,
        act: Act,
        *,
        specifications: str | None,
        specifications_file: str | None,
        opens_on: date,
        closes_on: date,
        standard: str | None = None,
        **facts: Any,
    ) -> Call:
        """Open a call. Raises `SpecificationsMissing` (A01-1) without the text or the file.

        ``standard`` is the text of the catalogue's own specification, which needs no file.
        """
        if not (specifications or "").strip() or not (specifications_file or specifications == standard):
            raise SpecificationsMissing(field="specifications" if specifications_file else "specifications_file")
        if closes_on < opens_on:
            raise FieldInvalid(field="closes_on", explanation="la convocatoria cierra antes de abrir.")
        call_id = uuid4()
        return cls._create(
            event_class=cls.CallOpened,
            id=call_id,
            call_id=call_id,
            specifications=specifications,
            specifications_file=specifications_file,
            opens_on=opens_on,
            closes_on=closes_on,
            opened_by=act.person,
            opened_on=act.on,
            **facts,
        )

    def close(self, act: Act, reason: str) -> None:
        """Close the call; no candidate enters afterwards."""
        self._check_not_closed(act)
        self.trigger_event(
            self.CallClosed,
            call_id=self.id,
            service=self.service,
            opens_on=self.opens_on,
            closes_on=self.closes_on,
            cohort_quota=self.cohort_quota,
            reason=reason,
            closed_by=act.person,
            closed_on=act.on,
        )

    def check_takes(self, entered_on: date, identified_on: date) -> None:
        """Raise `CallNotOpen` unless the day of the entry or of the identification lies in the call's dates (A01-1)."""
        if not self.takes(entered_on) and not self.takes(identified_on):
            raise CallNotOpen(call=self.code, opens_on=self.opens_on.isoformat(), closes_on=self.last_day.isoformat())

    def takes(self, day: date) -> bool:
        """True if ``day`` lies in the call's dates."""
        return self.opens_on <= day <= self.last_day

    @property
    def last_day(self) -> date:
        """The last day of the call: an early closing ends it the day before."""
        return self.closes_on if self.closed_on is None else min(self.closes_on, self.closed_on - timedelta(days=1))

    def consolidate(self, act: Act, cases: list[UUID], minutes: Minutes | None) -> int:
        """Freeze the next list with its minutes FO-051; later candidates go to another list (A01-5).

        Raises `EvidenceMissing` without minutes, `ListEmpty` without candidates.
        """
        if minutes is None:
            raise EvidenceMissing(field="form", missing="el acta FO-051 de la consolidación")
        if not cases:
            raise ListEmpty()
        list_no = self.lists + 1
        self._file(act, list_no, minutes)
        self._freeze(act, list_no, count=len(cases), cases=cases)
        return list_no

    def consolidate_import(
        self, act: Act, import_id: UUID, *, file_name: str, file_hash: str, count: int, known: list[UUID]
    ) -> int:
        """Freeze a file that the coordinator imports as a consolidated list of ``count`` people; its minutes follow.

        ``known``: the cases of those among them who were in no list before (A01-5).
        """
        list_no = self.lists + 1
        self._freeze(
            act, list_no, count=count, cases=known, import_id=import_id, file_name=file_name, file_hash=file_hash
        )
        return list_no

    def file_minutes(self, act: Act, list_no: int, minutes: Minutes) -> None:
        """File the FO-051 of a list that was frozen from a file."""
        if not 1 <= list_no <= self.lists or list_no in self.with_minutes:
            raise FieldInvalid(field="list_no", explanation="esa lista no existe o ya tiene su acta FO-051.")
        self._file(act, list_no, minutes)

    def _file(self, act: Act, list_no: int, minutes: Minutes) -> None:
        self.trigger_event(
            self.FormFiled,
            form_instance_id=minutes.form_instance_id,
            code=FO_051,
            version=minutes.version,
            number=minutes.number,
            hash=minutes.hash,
            list_no=list_no,
            form=minutes.form,
            filed_by=act.person,
        )

    def _freeze(
        self,
        act: Act,
        list_no: int,
        *,
        count: int,
        cases: list[UUID] | None = None,
        import_id: UUID | None = None,
        file_name: str | None = None,
        file_hash: str | None = None,
    ) -> None:
        self.trigger_event(
            self.CandidateListConsolidated,
            call_id=self.id,
            list_no=list_no,
            candidates_count=count,
            cases=cases or [],
            import_id=import_id,
            file_name=file_name,
            file_hash=file_hash,
            consolidated_by=act.person,
            consolidated_on=act.on,
        )

    def _check_not_closed(self, act: Act) -> None:
        if self.closed_on is not None:
            raise StateNotAllowed(command="Cerrar convocatoria", state="cerrada", allowed="ninguna acción")
