"""Group commit: concurrent work of one process shares a transaction when it does not touch the same aggregate.

A transaction costs a disk flush and a turn at the log's head, whether it carries one command or sixty. So one thread
leads: it commits what the others have ready, too, and hands the lead to the first that came meanwhile. If a shared
transaction fails, each piece is tried again alone: one loser does not sink the others.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import sqlalchemy as sa
import sqlalchemy.exc as sa_exc
from eventsourcing.persistence import StoredEvent
from sqlalchemy.engine import Connection

from shared.eventstore import tracking
from shared.eventstore.append import Appended, append
from shared.eventstore.database import Database
from shared.eventstore.errors import (
    AggregateConflict,
    ClaimConflict,
    CommandConflict,
    LockConflict,
    ReadModelRefused,
    StoreUnavailable,
    is_lock_conflict,
    is_unavailable,
)
from shared.eventstore.tables import ACCESS, events

MAX_GROUP = 64
"""Pieces of work in one transaction: a bound on how long the log's head stays locked."""

_IDS_A_STATEMENT = 500


@dataclass(frozen=True)
class CommandRecord:
    """A handled command: its id, the hash of its body, and the answer (ids and versions only, JSON)."""

    command_id: UUID
    body_hash: str
    result: str


@dataclass(frozen=True)
class Claim:
    """A unique value of a kind that an owner takes; whoever comes second loses."""

    kind: str
    key: str
    owner: UUID


@dataclass(eq=False)
class Work:
    """All that one unit of work commits: events last, everything else before them, or nothing.

    ``noted`` are entries of the access log. They come right before the events, in every transaction: of two that took
    the heads of both logs the other way round, each would wait for the other.
    """

    events: list[StoredEvent] = field(default_factory=list)
    noted: Sequence[StoredEvent] = ()
    step: tracking.Step | None = None
    command: CommandRecord | None = None
    commands: Sequence[CommandRecord] = ()
    """Those of a block that commits as one; ``command`` is None then."""
    claims: Sequence[Claim] = ()
    releases: Sequence[Claim] = ()
    writes: Sequence[Callable[[Connection], None]] = ()
    appended: Appended | None = None
    error: BaseException | None = None
    done: bool = False
    called: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set when the work is done, or when it is its thread's turn to lead."""

    @property
    def aggregates(self) -> set[object]:
        touched: set[object] = {event.originator_id for event in self.events}
        touched.update((claim.kind, claim.key) for claim in self.claims)
        if self.step is not None:
            touched.add(self.step.upstream)
        if self.command is not None:
            touched.add(self.command.command_id)
        touched.update(command.command_id for command in self.commands)
        return touched


_INSERT_COMMAND = (
    "INSERT INTO commands (command_id, body_hash, result) VALUES (:command_id, :body_hash, :result) "
    "ON CONFLICT (command_id) DO NOTHING"
)
_TAKE_CLAIM = (
    "INSERT INTO claims (kind, key, owner) VALUES (:kind, :key, :owner) "
    "ON CONFLICT (kind, key) DO UPDATE SET owner = excluded.owner WHERE claims.owner = excluded.owner"
)
_COMMAND_ID, _OWNER = sa.bindparam("command_id", type_=sa.Uuid), sa.bindparam("owner", type_=sa.Uuid)
_COMMAND = sa.text(f"{_INSERT_COMMAND} RETURNING body_hash").bindparams(_COMMAND_ID)
_COMMANDS = sa.text(_INSERT_COMMAND).bindparams(_COMMAND_ID)
_CLAIM = sa.text(f"{_TAKE_CLAIM} RETURNING key").bindparams(_OWNER)
_CLAIMS = sa.text(_TAKE_CLAIM).bindparams(_OWNER)
_RELEASE = sa.text("DELETE FROM claims WHERE kind = :kind AND key = :key AND owner = :owner").bindparams(
    sa.bindparam("owner", type_=sa.Uuid)
)


class Committer:
    """Commits `Work` for the threads of one process, in groups."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.groups = 0
        self.works = 0
        self.sizes = [0] * (MAX_GROUP + 1)
        """How many groups there were of each size."""
        self._queue: deque[Work] = deque()
        self._led = False
        self._guard = threading.Lock()

    def commit(self, work: Work) -> Appended | None:
        """Commit ``work`` with whatever else is ready, and return where its events landed (None without events).

        Raises `AggregateConflict`, `ClaimConflict`, `CommandConflict`, `TrackingConflict`, `LockConflict` (reload and
        decide anew) or whatever one of its writes raised: then nothing of ``work`` is stored. Raises
        `StoreUnavailable` when the database went away: if that was during the COMMIT itself, all of ``work`` may be
        stored, and only its command id, its step or its own writes can tell.
        """
        with self._guard:
            self._queue.append(work)
            leads, self._led = not self._led, True
        if not leads:
            # A lock that all take in turn would do, too, but most of them only to see that they are done, while those
            # that are quick to come again find nobody to share with: groups of two instead of twenty.
            self._await_call(work)
        if not work.done:
            try:
                self._commit_group(self._next_group())
            finally:
                self._hand_over()
        if work.error is not None:
            raise work.error
        return work.appended

    def _await_call(self, work: Work) -> None:
        try:
            work.called.wait()
        except BaseException:
            # This thread is being stopped: nobody waits for its work any more, and it cannot lead.
            with self._guard:
                waiting = work in self._queue
                if waiting:
                    self._queue.remove(work)
            if waiting and work.called.is_set():
                self._hand_over()
            raise

    def _hand_over(self) -> None:
        with self._guard:
            self._led = bool(self._queue)
            if self._led:
                self._queue[0].called.set()

    def _next_group(self) -> list[Work]:
        group: list[Work] = []
        touched: set[object] = set()
        with self._guard:
            while self._queue and len(group) < MAX_GROUP:
                mine = self._queue[0].aggregates
                if touched & mine:
                    break
                touched |= mine
                group.append(self._queue.popleft())
        return group

    def _commit_group(self, group: list[Work]) -> None:
        self.groups += 1
        self.works += len(group)
        self.sizes[len(group)] += 1
        open_ = list(group)
        try:
            error = self._attempt(group)
            if error is None or len(group) == 1 or isinstance(error, StoreUnavailable):
                for work in group:
                    work.error = error
                open_.clear()
            while open_:
                open_[0].error = self._attempt(open_[:1])
                open_.pop(0)
        finally:
            # Something is open only when this thread is being stopped. What became of it is unknown: not a conflict,
            # after which its owner would decide anew; and those who wait must not wait for ever.
            for work in open_:
                work.error = StoreUnavailable("the committing thread was stopped")
            for work in group:
                work.done = True
                work.called.set()

    def _attempt(self, group: list[Work]) -> BaseException | None:
        try:
            with self.database.write() as connection:
                for work in group:
                    _prepare(connection, work)
                noted = [entry for work in group for entry in work.noted]
                if noted:
                    append(connection, noted, tables=ACCESS)
                appended = _append_all(connection, group)
        except sa_exc.IntegrityError as error:
            return AggregateConflict(str(error.orig))
        except ReadModelRefused as error:
            return self._judge_refusal(group, error)
        except Exception as error:
            if is_lock_conflict(error):
                return LockConflict(type(error).__name__)
            return StoreUnavailable(str(error)) if is_unavailable(error) else error
        for work, landed in zip(group, appended, strict=True):
            work.appended = landed
        return None

    def _judge_refusal(self, group: list[Work], refused: ReadModelRefused) -> BaseException:
        """A conflict, if somebody else has stored what is projected here: the read model only noticed it first.

        Of two who make the same aggregate, the second one's row stands in the read model before its event is tried.
        """
        firsts: dict[UUID, int] = {}
        for work in group:
            for event in work.events:
                firsts.setdefault(cast("UUID", event.originator_id), event.originator_version)
        stored = sa.select(events.c.originator_id, sa.func.max(events.c.originator_version).label("version"))
        stored = stored.group_by(events.c.originator_id)
        ids = list(firsts)
        try:
            with self.database.read() as connection:
                for start in range(0, len(ids), _IDS_A_STATEMENT):
                    block = stored.where(events.c.originator_id.in_(ids[start : start + _IDS_A_STATEMENT]))
                    for row in connection.execute(block):
                        if row.version >= firsts[row.originator_id]:
                            return AggregateConflict(str(refused))
        except Exception as error:
            return StoreUnavailable(str(error)) if is_unavailable(error) else error
        return refused


def _prepare(connection: Connection, work: Work) -> None:
    if work.step is not None:
        tracking.advance(connection, work.step)
    if work.command is not None and connection.execute(_COMMAND, vars(work.command)).first() is None:
        raise CommandConflict(str(work.command.command_id))
    for claim in work.releases:
        connection.execute(_RELEASE, vars(claim))
    if work.commands:
        _prepare_block(connection, work)
    else:
        for claim in work.claims:
            if connection.execute(_CLAIM, vars(claim)).first() is None:
                raise ClaimConflict(claim.kind)
    for write in work.writes:
        try:
            write(connection)
        except sa_exc.IntegrityError as error:
            raise ReadModelRefused(f"a read model refused a row: {type(error.orig).__name__}") from error


def _prepare_block(connection: Connection, work: Work) -> None:
    """The commands and claims of a block, one statement each: which of them lost does not matter, all run anew."""
    if connection.execute(_COMMANDS, [vars(each) for each in work.commands]).rowcount != len(work.commands):
        raise CommandConflict("in a block")
    if work.claims and connection.execute(_CLAIMS, [vars(each) for each in work.claims]).rowcount != len(work.claims):
        raise ClaimConflict("in a block")


def _append_all(connection: Connection, group: list[Work]) -> list[Appended | None]:
    everything = [event for work in group for event in work.events]
    if not everything:
        return [None] * len(group)
    whole = append(connection, everything)
    landed: list[Appended | None] = []
    first = whole.first
    for work in group:
        count = len(work.events)
        landed.append(Appended(first, count, whole.recorded_at) if count else None)
        first += count
    return landed
