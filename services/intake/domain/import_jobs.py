"""An import of a list of candidates: which file, as of which date, how far it has come (A01-4)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from shared.catalogue.types import Act

_IMPORTS = UUID("3d0c1f7a-52b6-5c0e-8d5b-6f1f0f6c2a11")


class ImportJob(Aggregate):
    """One import. The same file for the same call and date is the same job, so that a second import adds nothing."""

    TOPIC = "intake.ImportJob"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class ImportStarted(Event, Aggregate.Created):
        """``consolidated``: imported by the coordinator as a consolidated list, frozen at its end."""

        TOPIC = "intake.ImportStarted"
        call_id: UUID
        file_id: str
        file_name: str
        file_hash: str
        as_of: date
        consolidated: bool
        started_by: UUID
        role: str
        grant: str
        started_on: date

        def apply(self, aggregate: ImportJob) -> None:
            aggregate.call_id = self.call_id
            aggregate.file_id = self.file_id
            aggregate.file_name = self.file_name
            aggregate.file_hash = self.file_hash
            aggregate.as_of = self.as_of
            aggregate.consolidated = self.consolidated
            aggregate.started_by = self.started_by
            aggregate.role = self.role
            aggregate.grant = self.grant
            aggregate.started_on = self.started_on
            aggregate.state = "waiting"
            aggregate.row = 1
            aggregate.list_no = None
            aggregate.frozen = False
            aggregate.report_file = None
            aggregate.rejected_file = None

    Created = ImportStarted

    class ImportRowsTaken(Event):
        """Every row up to ``row`` is either imported or rejected: a resumed import goes on after it."""

        TOPIC = "intake.ImportRowsTaken"
        row: int
        rows: int

        def apply(self, aggregate: ImportJob) -> None:
            aggregate.row = self.row
            aggregate.state = "running"

    class ImportListFrozen(Event):
        TOPIC = "intake.ImportListFrozen"
        list_no: int | None

        def apply(self, aggregate: ImportJob) -> None:
            aggregate.list_no = self.list_no
            aggregate.frozen = True
            aggregate.state = "running"

    class ImportFinished(Event):
        """``report_file``: id of the stored report; ``rejected_file``: of the rejected rows, None if there are none."""

        TOPIC = "intake.ImportFinished"
        rows: int
        accepted: int
        rejected: int
        duplicates: int
        report_file: str
        rejected_file: str | None

        def apply(self, aggregate: ImportJob) -> None:
            aggregate.state = "done"
            aggregate.report_file = self.report_file
            aggregate.rejected_file = self.rejected_file

    class ImportFailed(Event):
        """The file cannot be imported; nothing of it was."""

        TOPIC = "intake.ImportFailed"
        error: str

        def apply(self, aggregate: ImportJob) -> None:
            aggregate.state = "failed"
            aggregate.error = self.error

    class ImportRetried(Event):
        """A failed import was asked for again: the call may be open by now."""

        TOPIC = "intake.ImportRetried"

        def apply(self, aggregate: ImportJob) -> None:
            aggregate.state = "waiting"

    call_id: UUID
    file_id: str
    file_name: str
    file_hash: str
    as_of: date
    consolidated: bool
    started_by: UUID
    role: str
    grant: str
    started_on: date
    state: str
    row: int
    list_no: int | None
    frozen: bool
    report_file: str | None
    rejected_file: str | None
    error: str

    def __init__(self) -> None:
        """Its state comes from its start."""
        self.error = ""

    @staticmethod
    def id_of(call_id: UUID, file_hash: str, as_of: date) -> UUID:
        """The id of the import of a file (by SHA-256) into a call as of a date."""
        return uuid5(_IMPORTS, f"{call_id}|{file_hash}|{as_of.isoformat()}")

    @staticmethod
    def command_of(call_id: UUID, file_hash: str, row: int) -> UUID:
        """The command id of one row: a row that was taken in is never taken in again."""
        return uuid5(_IMPORTS, f"{call_id}|{file_hash}|{row}")

    @classmethod
    def start(
        cls, act: Act, *, call_id: UUID, file_id: str, file_name: str, file_hash: str, as_of: date, grant: str
    ) -> ImportJob:
        """A new import; by the coordinator the file is a consolidated list (A01-5)."""
        return cls._create(
            event_class=cls.ImportStarted,
            id=cls.id_of(call_id, file_hash, as_of),
            call_id=call_id,
            file_id=file_id,
            file_name=file_name,
            file_hash=file_hash,
            as_of=as_of,
            consolidated=act.role == "coordinator",
            started_by=act.person,
            role=act.role,
            grant=grant,
            started_on=act.on,
        )

    @property
    def open(self) -> bool:
        """True while there is work left."""
        return self.state not in ("done", "failed")

    def take_rows(self, row: int, rows: int) -> None:
        """Note that every row up to ``row`` is dealt with, of a file of ``rows`` rows after its header."""
        if row > self.row:
            self.trigger_event(self.ImportRowsTaken, row=row, rows=rows)

    def freeze(self, list_no: int | None) -> None:
        """Note the list that the file became."""
        self.trigger_event(self.ImportListFrozen, list_no=list_no)

    def finish(
        self, *, rows: int, accepted: int, rejected: int, duplicates: int, report_file: str, rejected_file: str | None
    ) -> None:
        """Note that every row is imported or rejected and every candidate evaluated."""
        self.trigger_event(
            self.ImportFinished,
            rows=rows,
            accepted=accepted,
            rejected=rejected,
            duplicates=duplicates,
            report_file=report_file,
            rejected_file=rejected_file,
        )

    def fail(self, error: str) -> None:
        """Note that the file cannot be imported."""
        self.trigger_event(self.ImportFailed, error=error)

    def retry(self) -> None:
        """Ask again for a failed import; any other stays as it is."""
        if self.state == "failed":
            self.trigger_event(self.ImportRetried)
