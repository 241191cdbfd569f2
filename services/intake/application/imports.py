"""Use case and runner of an import of candidates (A01-4): one transaction a row, resumable, the same file once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.intake.application.base import CRITERIA, PROGRAMME
from services.intake.application.candidates import DOCUMENT, Candidates
from services.intake.application.eligibility import Eligibility
from services.intake.application.import_meta import import_meta
from services.intake.application.import_rows import RowImport, Taken
from services.intake.application.list_file import records
from services.intake.application.rejected_file import rejected_file
from services.intake.domain.import_jobs import ImportJob
from services.intake.domain.import_report import ImportReport
from services.intake.domain.refusals import FileRefused
from services.intake.domain.rejections import Rejection
from services.intake.domain.rows import CandidateRow, RowReader
from services.intake.views import cases, imports
from shared.catalogue.refusals import Refusal
from shared.catalogue.types import Act
from shared.eventstore.tables import claims
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.content import CSV
from shared.runtime.clock import today

T = TypeVar("T")

CHUNK = 200
"""Rows between two notes of how far the import has come, and people whose keys are made in one flush."""
KEYS_A_STATEMENT = 500

KEPT_LINES = 20_000
"""A longer file is read a second time instead of being kept in memory between its check and its import."""

Line = tuple[Sequence[str], CandidateRow | Rejection]
"""The cells of a record and what they are."""
Progress = Callable[[str, int, int], None]
"""``progress(phase, done, total)``; phases: reading, rows."""


class Interrupted(Exception):
    """The host stops; the import goes on from here at its next start."""


def _quiet(_phase: str, _done: int, _total: int) -> None:
    return None


def _go_on() -> bool:
    return False


class Imports(Candidates, Eligibility):
    """Importing lists."""

    def import_candidates(self, uow: UnitOfWork, act: Act, call_id: UUID, *, file: str, as_of: date) -> dict[str, Any]:
        """Start an import; its rows are taken in by `run_import`. The same file, call and date is the same import.

        Raises `FileRefused` at once for a file that is not a list of candidates.
        """
        self.call(uow, call_id, "id")
        self.stored(file)
        info = self.files.info(file)
        job = uow.find(ImportJob, ImportJob.id_of(call_id, info.sha256, as_of))
        if job is not None:
            job.retry()
            return {"id": str(job.id)}
        records(self.files.read(file), info.name)
        job = ImportJob.start(
            act,
            call_id=call_id,
            file_id=file,
            file_name=info.name,
            file_hash=info.sha256,
            as_of=as_of,
            grant=uow.meta.grant,
        )
        uow.add(job)
        return {"id": str(job.id)}

    def open_imports(self) -> list[UUID]:
        """The imports that have work left."""
        query = (
            sa.select(imports.c.id).where(imports.c.state.in_(("waiting", "running"))).order_by(imports.c.started_on)
        )
        with self.database.read() as connection:
            return list(connection.scalars(query))

    def run_import(
        self, import_id: UUID, *, progress: Progress = _quiet, stopping: Callable[[], bool] = _go_on
    ) -> dict[str, Any] | None:
        """Take in what is left of an import and return its report; None if the file turned out not to be importable.

        Can be stopped anywhere, by ``stopping`` (raises `Interrupted`) or by the end of the process: the next call
        goes on. A finished import is not touched again.
        """
        job = self._job(import_id)
        if not job.open:
            return self.import_report(import_id)
        run = _Run(self, job, progress, stopping)
        try:
            run.check_file()
        except Refusal as refusal:
            reason = refusal.text
            self._note(job, lambda fresh: fresh.fail(reason))
            return None
        return run.finish()

    def import_report(self, import_id: UUID) -> dict[str, Any] | None:
        """The report of a finished import (data contract, section 9); None if it has none."""
        job = self._job(import_id)
        if job.report_file is None:
            return None
        report: dict[str, Any] = json.loads(self.files.read(job.report_file))
        return report

    def _job(self, import_id: UUID) -> ImportJob:
        job = self.loader.get(ImportJob, import_id)
        if job is None:
            raise FileRefused(field="id", explanation="no existe esa importación.")
        return job

    def _note(self, job: ImportJob, change: Callable[[ImportJob], None]) -> None:
        """Change the job in a transaction of its own."""
        meta = import_meta(self.catalogue, job, activity=1)
        self.transact(meta, lambda uow: change(uow.get(ImportJob, job.id)))


class _Run:
    """One pass over the file of an import. Everything that it repeats after an interrupt is recognised and skipped."""

    def __init__(self, app: Imports, job: ImportJob, progress: Progress, stopping: Callable[[], bool]) -> None:
        self.app = app
        self.job = job
        self.progress = progress
        self.stopping = stopping
        self.content = app.files.read(job.file_id)
        self.total = 0
        self.report = ImportReport(job.as_of)
        self.rejected: list[tuple[Rejection, Sequence[str]]] = []
        self.documents: set[str] = set()
        self._kept: list[Line] | None = None
        self.row_of_case: dict[UUID, int] = {}
        procedure = app.catalogue.procedure(PROGRAMME, today())
        self.act = Act(
            command="ImportCandidates",
            person=job.started_by,
            role=job.role,
            on=job.started_on,
            today=today(),
            procedure=procedure,
        )
        self.rows = RowImport(app, job, self.act)

    def check_file(self) -> None:
        """Read the whole file once before anything of it is stored. Raises `FileRefused`, `CallNotOpen`."""
        call, directory = self.rows.call, self.app.directory
        entered = call.takes(self.job.started_on)
        kept: list[Line] = []
        for cells, row in self._lines():
            self.total += 1
            if self.total <= KEPT_LINES:
                kept.append((cells, row))
            if isinstance(row, CandidateRow):
                if not entered:
                    call.check_takes(self.job.started_on, row.values["fecha_identificacion"])
                self.documents.add(directory.document(*row.document))
        self._kept = kept if self.total <= KEPT_LINES else None
        self.progress("reading", self.total, self.total)

    def finish(self) -> dict[str, Any]:
        """Take in every row; what an earlier pass took in is recognised."""
        if self.job.consolidated and not self.job.frozen:
            self._freeze()
        lines = iter(self._kept) if self._kept is not None else self._lines()
        done = 0
        while chunk := list(islice(lines, CHUNK)):
            self._take(chunk)
            done += len(chunk)
            self._note_rows(done + 1)
            self.progress("rows", done, self.total)
        return self._close()

    def _lines(self) -> Iterator[Line]:
        reader = RowReader(self.job.as_of)
        for number, cells in records(self.content, self.job.file_name):
            yield cells, reader.read(number, cells)

    def _note_rows(self, last: int) -> None:
        self.app._note(self.job, lambda job: job.take_rows(last, self.total))

    def _take(self, chunk: Sequence[Line]) -> None:
        rows = [row for _, row in chunk if isinstance(row, CandidateRow)]
        taken = self.rows.take(rows, self._check_going)
        for cells, row in chunk:
            if isinstance(row, Rejection):
                self.report.reject(row)
                self.rejected.append((row, cells))
            else:
                self._tell(row, taken[row.row])

    def _tell(self, row: CandidateRow, taken: Taken) -> None:
        if taken.repeats:
            self.report.repeat(row.row, self.row_of_case.get(taken.case_id))
            return
        self.row_of_case[taken.case_id] = row.row
        self.report.accept(row)
        if taken.suspected is not None:
            self.report.suspect(row.row, self.row_of_case.get(taken.suspected))
        if self.job.consolidated:
            verdict = self.rows.judge(row)
            self.report.judge(
                row,
                {code: outcome.outcome for code, outcome in verdict.outcomes.items()},
                eligible=verdict.result == "met",
                route=verdict.route,
                measures=verdict.measures,
            )

    def _freeze(self) -> None:
        """The file becomes the call's next list, at once (A01-5): its people are those of its documents."""

        def freeze(uow: UnitOfWork) -> None:
            job = uow.get(ImportJob, self.job.id)
            if job.frozen:
                return
            if not self.documents:
                job.freeze(None)
                return
            list_no = self.app.call(uow, job.call_id).consolidate_import(
                self.act,
                job.id,
                file_name=job.file_name,
                file_hash=job.file_hash,
                count=len(self.documents),
                known=uow.query(self._known_without_list),
            )
            job.freeze(list_no)

        self.app.transact(import_meta(self.app.catalogue, self.job, activity=1, command="ConsolidateList"), freeze)
        self.job = self.rows.job = self.app._job(self.job.id)

    def _known_without_list(self, connection: Connection) -> list[UUID]:
        found: list[UUID] = []
        for block in _blocks(sorted(self.documents), KEYS_A_STATEMENT):
            query = sa.select(cases.c.id).join(claims, claims.c.owner == cases.c.id)
            query = query.where(claims.c.kind == DOCUMENT, claims.c.key.in_(block), cases.c.list_no.is_(None))
            found += connection.scalars(query)
        return found

    def _close(self) -> dict[str, Any]:
        codes = [each.code for each in self.app.catalogue.criteria(CRITERIA, self.job.as_of).criteria]
        report = self.report.as_dict(codes)
        report_file = self._store(json.dumps(report, ensure_ascii=False).encode(), "application/json", "informe.json")
        rejected = self._store(rejected_file(self.rejected), CSV, "rechazadas.csv") if self.rejected else None
        self.app._note(
            self.job,
            lambda job: job.finish(
                rows=self.report.rows,
                accepted=self.report.accepted,
                rejected=len(self.rejected),
                duplicates=len(self.report.duplicates),
                report_file=report_file,
                rejected_file=rejected,
            ),
        )
        return report

    def _store(self, content: bytes, media_type: str, name: str) -> str:
        # Under the key of the list: whoever has to be forgotten takes all three.
        owner = self.app.files.info(self.job.file_id).subject
        return self.app.files.put(io.BytesIO(content), subject=owner, kind="i", media_type=media_type, name=name).id

    def _check_going(self) -> None:
        if self.stopping():
            raise Interrupted


def _blocks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
