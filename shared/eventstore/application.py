"""The base of every service's application: use cases in, one commit out."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory
from sqlalchemy.engine import Connection

from shared.catalogue.refusals import CommandIdReused, Refusal
from shared.eventstore.access_log import AccessLog
from shared.eventstore.append import Appended
from shared.eventstore.commit import CommandRecord, Work
from shared.eventstore.database import Database
from shared.eventstore.errors import (
    CommandConflict,
    ReadConflict,
    StoreConflict,
    StoreError,
    StoreUnavailable,
    TrackingConflict,
    is_unavailable,
)
from shared.eventstore.library import SealedEventStore, StoreFactory
from shared.eventstore.log import Log
from shared.eventstore.mapper import SealingMapper
from shared.eventstore.metadata import Meta
from shared.eventstore.outcome import CommandKey, Committed
from shared.eventstore.recorder import EventRecorder
from shared.eventstore.repository import Loader
from shared.eventstore.tables import commands
from shared.eventstore.tracking import Step
from shared.eventstore.unit_of_work import UnitOfWork
from shared.eventstore.views import Views
from shared.privacy.keys import KeyRing

if TYPE_CHECKING:
    from shared.privacy.filestore import FileStore

MAX_ATTEMPTS = 40
"""How often a use case runs anew after conflicts before the caller is told to try later."""

CACHE_SIZE = 2000
"""Aggregates kept in memory per process."""


class ServiceApplication(Application[UUID]):
    """A service's use cases over its own store.

    A subclass names itself (``name``: also the identity of its log), its read model (``views``) and has a method for
    each command. It runs no thread and knows no host.
    """

    name = "service"
    views: ClassVar[Views] = Views(sa.MetaData())

    def __init__(
        self,
        database: Database,
        keys: KeyRing,
        *,
        catalogue: Any = None,
        files: FileStore | None = None,
        cache_size: int = CACHE_SIZE,
    ) -> None:
        self.database = database
        self.keys = keys
        self.catalogue = catalogue
        self._files = files
        self._log = Log(self.name, database)
        self.committed: list[Callable[[Committed], None]] = []
        self.check_event: Callable[[Any], None] = lambda _event: None
        self.log_keys: tuple[str, ...] = ()
        """The public keys under which this log is sealed and, of a witness, those under which it cosigns others."""
        self.owners: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
        self._subjects: dict[UUID, tuple[threading.Lock, int]] = {}
        self._subjects_guard = threading.Lock()
        super().__init__(env={})
        self.loader = Loader(self.events, cache_size, lambda: keys.era)
        self.access = AccessLog(self.name, cast("EventRecorder", self.recorder).committer)

    def construct_factory(self, env: Any) -> InfrastructureFactory[Any]:
        return StoreFactory(env, self.database)

    @property
    def log(self) -> Log:  # type: ignore[override]  # the library's property of this name is deprecated
        """The service's log, readable from any position."""
        return self._log

    def construct_mapper(self) -> SealingMapper:
        return SealingMapper(self.name, self.keys)

    def construct_event_store(self) -> SealedEventStore:
        return SealedEventStore(self.mapper, self.recorder)

    def __del__(self) -> None:
        """The owner of the database closes it; the library's close at collection would pull it away from others."""

    @property
    def files(self) -> FileStore:
        """The service's encrypted file store."""
        if self._files is None:
            raise RuntimeError(f"{self.name} was set up without a file store")
        return self._files

    def transact(
        self,
        meta: Meta,
        decide: Callable[[UnitOfWork], dict[str, Any] | None],
        *,
        command: CommandKey | None = None,
        expected: tuple[UUID, int] | None = None,
        step: Step | None = None,
        subject: UUID | None = None,
    ) -> Committed:
        """Run ``decide`` and commit all it did with its events, as one; anew after each conflict.

        ``command`` makes it idempotent: a repeated id returns the first answer, the same id with another body raises
        `CommandIdReused`. ``expected`` is (aggregate, version) as its caller saw it. ``step`` moves a consumer's
        position with the effects. ``subject`` queues commands on one hot aggregate instead of letting them collide.

        Raises the domain's refusals as they are (nothing is stored), `TrackingConflict` when another consumer was
        faster, `StoreUnavailable` when the database is away or conflicts do not end.
        """
        if subject is None:
            return self._transact(meta, decide, command, expected, step)
        lock = self._enter(subject)
        try:
            with lock:
                return self._transact(meta, decide, command, expected, step)
        finally:
            self._leave(subject)

    def _transact(
        self,
        meta: Meta,
        decide: Callable[[UnitOfWork], dict[str, Any] | None],
        command: CommandKey | None,
        expected: tuple[UUID, int] | None,
        step: Step | None,
    ) -> Committed:
        conflict: StoreConflict | None = None
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                time.sleep(random.uniform(0, min(0.002 * 2**attempt, 0.1)))
            try:
                if command is not None:
                    earlier = self.answered(command)
                    if earlier is not None:
                        return earlier
                unit = UnitOfWork(self, meta, expected)
                return self._commit(unit, _decided(unit, decide), command, step)
            except TrackingConflict:
                raise
            except StoreConflict as error:
                conflict = error
            except StoreError:
                raise
            except Exception as error:
                if is_unavailable(error):
                    raise StoreUnavailable(str(error)) from error
                raise
        raise StoreUnavailable(f"{MAX_ATTEMPTS} intentos terminaron en conflicto") from conflict

    def transact_many(
        self, pieces: Sequence[tuple[Meta, Callable[[UnitOfWork], dict[str, Any] | None], CommandKey]]
    ) -> list[Committed]:
        """`transact` for a block of commands of one thread that commit as one: a disk flush a block, not each.

        All are decided on what was committed before the block, so pieces that depend on each other belong in
        different blocks. When one of them meets a conflict, a known command id included, each runs anew alone. Raises
        what ``decide`` raises before anything is stored, and `StoreUnavailable`.
        """
        prepared = []
        mapper = cast("SealingMapper", self.mapper)
        for meta, decide, command in pieces:
            unit = UnitOfWork(self, meta)
            result, work = self._work(unit, decide(unit) or {}, command, None, project=False)
            work.events = [mapper.store(event, about) for event, about in unit.collected]
            prepared.append((unit, result, work))
        recorded = [each for unit, _, _ in prepared for each in unit.collected]
        block = Work(
            events=[event for _, _, work in prepared for event in work.events],
            noted=[entry for _, _, work in prepared for entry in work.noted],
            commands=[work.command for _, _, work in prepared if work.command is not None],
            claims=[claim for _, _, work in prepared for claim in work.claims],
            releases=[claim for _, _, work in prepared for claim in work.releases],
            writes=[
                *(write for _, _, work in prepared for write in work.writes),
                lambda connection: self._project(connection, recorded),
            ],
        )
        try:
            cast("EventRecorder", self.recorder).committer.commit(block)
        except StoreUnavailable:
            raise
        except StoreConflict:
            return [self.transact(meta, decide, command=command) for meta, decide, command in pieces]
        first = 0 if block.appended is None else block.appended.first
        for _, _, work in prepared:
            if block.appended is not None and work.events:
                work.appended = Appended(first, len(work.events), block.appended.recorded_at)
            first += len(work.events)
        return [self._done(unit, result, work) for unit, result, work in prepared]

    def answered(self, command: CommandKey) -> Committed | None:
        """The first answer to this command id, if it was handled. Raises `CommandIdReused` for another body."""
        query = sa.select(commands).where(commands.c.command_id == command.command_id)
        with self.database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        if not hmac.compare_digest(row.body_hash, self._digest(command)):
            raise CommandIdReused()
        return Committed(json.loads(row.result), replayed=True)

    def _digest(self, command: CommandKey) -> str:
        # Keyed, and another one for each id: a body may hold a document number and little else that is not known, and
        # a plain hash of it could be tried out by whoever gets hold of the file, even after the person was erased.
        key = self.keys.service_key("commands")
        return hmac.digest(key, command.command_id.bytes + command.body_hash.encode(), hashlib.sha256).hex()

    def _commit(
        self, unit: UnitOfWork, result: dict[str, Any], command: CommandKey | None, step: Step | None
    ) -> Committed:
        result, work = self._work(unit, result, command, step)
        recorded = unit.collected
        if not (recorded or step or command or unit.writes or unit.claims or unit.releases or unit.noted):
            return Committed(result)
        self.events.put([event for event, _ in recorded], metas=[meta for _, meta in recorded], work=work)
        return self._done(unit, result, work)

    def _work(
        self,
        unit: UnitOfWork,
        result: dict[str, Any],
        command: CommandKey | None,
        step: Step | None,
        *,
        project: bool = True,
    ) -> tuple[dict[str, Any], Work]:
        """What ``unit`` decided, settled, as the work to commit (its events still to be sealed)."""
        unit.settle()
        recorded = unit.collected
        for event, _ in recorded:
            # An event that could not be published would hold up the whole log for ever: it is refused here instead.
            self.check_event(event)
        if "id" in result and "version" not in result:
            target = unit.aggregates.get(UUID(str(result["id"])))
            if target is not None:
                result = {**result, "version": target.version}
        work = Work(noted=unit.noted, step=step, claims=unit.claims, releases=unit.releases)
        if command is not None:
            answer = json.dumps(result, default=str)
            work.command = CommandRecord(command.command_id, self._digest(command), answer)
            # As a repetition will get it.
            result = json.loads(answer)
        work.writes = list(unit.writes)
        if project:
            work.writes = [*unit.writes, lambda connection: self._project(connection, recorded)]
        return result, work

    def _done(self, unit: UnitOfWork, result: dict[str, Any], work: Work) -> Committed:
        for aggregate in unit.aggregates.values():
            self.loader.cache.put(aggregate, unit.era)
        ids = range(0) if work.appended is None else work.appended.ids
        done = Committed(result, ids, events=unit.collected)
        for listener in self.committed:
            listener(done)
        return done

    def _project(self, connection: Connection, recorded: Sequence[tuple[Any, Meta]]) -> None:
        self.views.project_all(connection, recorded, self)

    def _enter(self, subject: UUID) -> threading.Lock:
        with self._subjects_guard:
            lock, users = self._subjects.get(subject, (threading.Lock(), 0))
            self._subjects[subject] = (lock, users + 1)
            return lock

    def _leave(self, subject: UUID) -> None:
        with self._subjects_guard:
            lock, users = self._subjects[subject]
            if users == 1:
                del self._subjects[subject]
            else:
                self._subjects[subject] = (lock, users - 1)


def _decided(unit: UnitOfWork, decide: Callable[[UnitOfWork], dict[str, Any] | None]) -> dict[str, Any]:
    # What is stored is checked against other writers at the commit; a refusal stores nothing and is checked here. A
    # case read before another's release and a lot read after it would tell of a shortage that there never was.
    try:
        result = decide(unit) or {}
        unit.confirm_expected()
    except Refusal:
        if unit.overtaken():
            raise ReadConflict("una negativa se decidió con lecturas de momentos distintos") from None
        raise
    return result


__all__ = ["CommandConflict", "CommandKey", "Committed", "ServiceApplication"]
