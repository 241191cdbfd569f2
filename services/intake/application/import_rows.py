"""Taking in the rows of an import, each in a transaction of its own that a repetition recognises."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.intake.application.base import CRITERIA
from services.intake.application.candidates import DOCUMENT, LIKENESS
from services.intake.application.import_meta import import_meta
from services.intake.directory import Directory
from services.intake.domain.calls import Call
from services.intake.domain.cases import Case
from services.intake.domain.evaluation import Verdict
from services.intake.domain.facts import IDENTITY
from services.intake.domain.identification import FO_203
from services.intake.domain.import_jobs import ImportJob
from services.intake.domain.list_facts import SOURCES, facts_of_row
from services.intake.domain.rows import CandidateRow
from services.intake.views import cases
from shared.catalogue.types import Act
from shared.catalogue.used import noting
from shared.eventstore.application import CommandKey
from shared.eventstore.commit import MAX_GROUP
from shared.eventstore.metadata import Meta
from shared.eventstore.tables import claims, commands
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Kind, Personal
from shared.runtime.heeding import is_held_back

if TYPE_CHECKING:
    from services.intake.application.imports import Imports

GROUND = "public_function"
HOUSEHOLD = "household"
"""Kind of claim: which household the name of one in the lists of a call is."""
Held = dict[tuple[str, str], UUID]
"""Who holds a unique value, by kind and key."""
Piece = tuple[Meta, Callable[[UnitOfWork], dict[str, Any]], CommandKey]
KINDS: tuple[Kind, ...] = ("i", "c", "s", "r")
EVALUATED: tuple[Kind, ...] = KINDS
"""The classes that the criteria are evaluated on."""


@dataclass(frozen=True)
class Taken:
    """What became of a row: its case; whether it only ``repeats`` a known person; whom it is ``suspected`` to be."""

    case_id: UUID
    repeats: bool
    suspected: UUID | None

    @classmethod
    def read(cls, result: dict[str, Any]) -> Taken:
        suspected = result.get("suspected")
        return cls(UUID(result["id"]), result["repeats"], UUID(suspected) if suspected else None)


class RowImport:
    """Takes in rows of one import."""

    def __init__(self, app: Imports, job: ImportJob, act: Act) -> None:
        self.app = app
        self.job = job
        self.act = act
        call = app.loader.get(Call, job.call_id)
        assert call is not None
        self.call = call
        form_version = app.form_version(FO_203, job.started_on)
        self.form_version = form_version
        self.identified = {f"form:{FO_203}": form_version}
        self.evaluated: dict[str, str] = {}
        with noting(self.evaluated):
            app.catalogue.criteria(CRITERIA, job.as_of)
        self._households: dict[UUID, UUID] = {}
        self._shared: set[UUID] = set()
        self._verdicts: dict[int, Verdict] = {}

    def evaluation_id(self, case_id: UUID) -> UUID:
        """The id of the evaluation that this import makes of a case: the same after an interrupt."""
        return uuid5(self.job.id, case_id.hex)

    def judge(self, row: CandidateRow) -> Verdict:
        """What the criteria make of a row as of the date of the import; asked for once more after the row is taken."""
        verdict = self._verdicts.pop(row.row, None)
        return verdict or self.app.judge(facts_of_row(row.values), self.job.as_of, self.call.service)

    def take(self, rows: Sequence[CandidateRow], check_going: Callable[[], None]) -> dict[int, Taken]:
        """Take in ``rows`` in their order; by row number what became of each."""
        keys = {row.row: self._key(row) for row in rows}
        done = self._answered(keys)
        fresh = [_Fresh.of(row, self.app.directory, self.job.call_id) for row in rows if row.row not in done]
        if self.job.consolidated:
            self._judge_again([(row, done[row.row].case_id) for row in rows if row.row in done])
        # One flush to disk for the keys of a whole chunk, instead of one a row.
        self.app.keys.ensure((each.person, kind) for each in fresh for kind in KINDS)
        households = self._claim_households(fresh)
        for block in _independent(fresh):
            check_going()
            held = self._held(block) | households
            pieces = [self._piece(each, keys[each.row.row], held) for each in block]
            for each, committed in zip(block, self.app.transact_many(pieces), strict=True):
                done[each.row.row] = Taken.read(committed.result)
        return done

    def _piece(self, fresh: _Fresh, key: CommandKey, held: Held) -> Piece:
        meta = import_meta(
            self.app.catalogue, self.job, activity=1, command_id=key.command_id, versions=self.identified
        )
        first = True

        def decide(uow: UnitOfWork) -> dict[str, Any]:
            nonlocal first
            # What was read for the whole block serves the first time; after a conflict the store itself is asked.
            known, first = held if first else None, False
            return self._take(uow, fresh, known)

        return meta, decide, key

    def _take(self, uow: UnitOfWork, fresh: _Fresh, held: Held | None) -> dict[str, Any]:
        def holder(kind: str, key: str) -> UUID | None:
            return uow.claimed(kind, key) if held is None else held.get((kind, key))

        row, person, values = fresh.row, fresh.person, fresh.row.values
        owner = holder(DOCUMENT, fresh.document)
        known = self.app.standing(uow, owner) if owner is not None else None
        source, source_kind = SOURCES[values["fuente"]]
        subject = person if known is None else known.candidate_id
        where: dict[str, Any] = {
            "call_id": self.job.call_id,
            "source": source,
            "source_kind": source_kind,
            "source_ref": Personal(subject, "i", f"{self.job.file_hash}:{row.row_number}"),
            "identified_on": values["fecha_identificacion"],
            "import_id": self.job.id,
            "row": row.row,
        }
        if known is not None:
            # Of who is restricted nothing is added: the row counts as one of a known person.
            if not is_held_back(uow, known.id, ("i",)):
                known.add_source(**where)
            return {"id": str(known.id), "repeats": True}
        facts = facts_of_row(values, person)
        identity = {name: facts["i"].value[name] for name in IDENTITY}
        case = Case.identify(
            self.act,
            candidate_id=person,
            ground=GROUND,
            identity=Personal(person, "i", identity),
            list_no=self.job.list_no,
            case_id=fresh.case,
            **where,
        )
        uow.add(case)
        uow.claim(DOCUMENT, fresh.document, case.id)
        case.take_over_identification(self.act, form_version=self.form_version, facts=facts, form_instance_id=uuid4())
        if fresh.household is not None:
            household_id = holder(HOUSEHOLD, fresh.household)
            assert household_id is not None
            household_type = facts["s"].value["household_type"]
            case.link_household(household_id, Personal(person, "s", household_type))
        suspected = None
        if holder(LIKENESS, fresh.likeness) is None:
            uow.claim(LIKENESS, fresh.likeness, case.id)
        else:
            suspected = self.app.look_for_likeness(uow, case, fresh.likeness, identity["doc_no"])
        if self.job.consolidated:
            uow.settle()
            self._verdicts[row.row] = verdict = self.judge(row)
            self._evaluate(uow, case, verdict)
        return {"id": str(case.id), "repeats": False, "suspected": str(suspected) if suspected else None}

    def _evaluate(self, uow: UnitOfWork, case: Case, verdict: Verdict) -> None:
        """Activity 2 on a candidate of the list that the file is, in the transaction of its row."""
        case.evaluate(
            self.act,
            verdict,
            evaluation_id=self.evaluation_id(case.id),
            declared={},
            listed=True,
            import_id=self.job.id,
        )
        if case.household_id is not None:
            first = self._households.setdefault(case.household_id, case.id)
            if first != case.id:
                case.flag_household(case.household_id, first)
            elif case.household_id in self._shared:
                self.app.flag_household(uow, case, self.job.as_of)
        uow.settle(
            import_meta(self.app.catalogue, self.job, activity=2, command="EvaluateCriteria", versions=self.evaluated)
        )

    def _judge_again(self, rows: Sequence[tuple[CandidateRow, UUID]]) -> None:
        """Evaluate candidates that an earlier import of these rows identified, as of the date of this one."""
        row_of = {case_id: row for row, case_id in rows}
        query = sa.select(cases.c.id, cases.c.evaluation_id).where(
            cases.c.id.in_(list(row_of)), cases.c.state == "identified"
        )
        with self.app.database.read() as connection:
            found = connection.execute(query).all()
        for each in found:
            if each.evaluation_id != self.evaluation_id(each.id):
                self._judge_one_again(each.id, self.judge(row_of[each.id]))

    def _judge_one_again(self, case_id: UUID, verdict: Verdict) -> None:
        meta = import_meta(self.app.catalogue, self.job, activity=2, command="EvaluateCriteria")

        def decide(uow: UnitOfWork) -> None:
            if not is_held_back(uow, case_id, EVALUATED):
                self._evaluate(uow, uow.get(Case, case_id), verdict)

        self.app.transact(meta, decide)

    def _claim_households(self, rows: Sequence[_Fresh]) -> Held:
        """Which household each name is; new ones get their id in one transaction, before any row links to it."""
        names = sorted({each.household for each in rows if each.household is not None})
        if not names:
            return {}
        found: Held = {}

        def claim(uow: UnitOfWork) -> None:
            found.clear()
            found.update(uow.query(lambda connection: _held(connection, names)))
            self._shared.update(found.values())
            for name in names:
                if (HOUSEHOLD, name) not in found:
                    found[HOUSEHOLD, name] = household_id = uuid4()
                    uow.claim(HOUSEHOLD, name, household_id)

        self.app.transact(import_meta(self.app.catalogue, self.job, activity=1), claim)
        return found

    def _held(self, block: Sequence[_Fresh]) -> Held:
        with self.app.database.read() as connection:
            return _held(connection, [key for each in block for key in (each.document, each.likeness)])

    def _key(self, row: CandidateRow) -> CommandKey:
        # The file's hash stands for the body: it and the row's number say what the row holds.
        return CommandKey(ImportJob.command_of(self.job.call_id, self.job.file_hash, row.row), self.job.file_hash)

    def _answered(self, keys: dict[int, CommandKey]) -> dict[int, Taken]:
        """What became of the rows that were taken in before."""
        row_of = {key.command_id: row for row, key in keys.items()}
        query = sa.select(commands.c.command_id, commands.c.result).where(commands.c.command_id.in_(list(row_of)))
        with self.app.database.read() as connection:
            return {
                row_of[found.command_id]: Taken.read(json.loads(found.result)) for found in connection.execute(query)
            }


def _held(connection: Connection, keys: Sequence[str]) -> Held:
    """Who holds each of ``keys``, as it is committed now."""
    query = sa.select(claims.c.kind, claims.c.key, claims.c.owner).where(
        claims.c.kind.in_((DOCUMENT, LIKENESS, HOUSEHOLD)), claims.c.key.in_(keys)
    )
    return {(row.kind, row.key): row.owner for row in connection.execute(query)}


@dataclass(frozen=True)
class _Fresh:
    """A row to take in, with the case and person it would make and the fingerprints by which others would meet it."""

    row: CandidateRow
    case: UUID
    person: UUID
    document: str
    likeness: str
    household: str | None

    @classmethod
    def of(cls, row: CandidateRow, directory: Directory, call_id: UUID) -> _Fresh:
        values = row.values
        names = [values[name] for name in ("primer_nombre", "segundo_nombre", "primer_apellido", "segundo_apellido")]
        household = values["id_hogar"]
        return cls(
            row,
            uuid4(),
            uuid4(),
            directory.document(*row.document),
            directory.alike("".join(name for name in names if name), values["fecha_nacimiento"].isoformat()),
            None if household is None else directory.household(call_id, household),
        )


def _independent(rows: Sequence[_Fresh]) -> Iterator[list[_Fresh]]:
    """Blocks of rows, in order, in which no two could be the same person."""
    block: list[_Fresh] = []
    met: set[str] = set()
    for each in rows:
        if len(block) == MAX_GROUP or each.document in met or each.likeness in met:
            yield block
            block, met = [], set()
        block.append(each)
        met.update((each.document, each.likeness))
    if block:
        yield block
