"""Rebuilding a read model while its service serves: its tables a second time, filled from the logs, then exchanged.

The tables in service are written on by commands and followers all the while; the shadow catches up with the log and
the positions, and in the moment in which it stands where they stand the two are exchanged. How far it is stands in the
database, in the transaction of each batch: whoever is killed, the next process goes on there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.catalogue.refusals import Refusal
from shared.delivery import acts
from shared.delivery.errors import Away, is_away
from shared.delivery.failures import brief, failure_of
from shared.delivery.message import Message
from shared.delivery.pacing import Backoff
from shared.delivery.ports import Failure, FeedSource
from shared.delivery.tables import rebuilds
from shared.eventstore import shadow
from shared.eventstore.database import ReadersStay
from shared.eventstore.log import instant
from shared.eventstore.tables import log_head, tracking
from shared.runtime.assembly import Assembled
from shared.runtime.shadowing import OwnLog, Piece, Places, Upstreams

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
"""Seconds between two looks of an idle process at whether a rebuild waits for it."""
NEAR = 100
"""Entries that may be left when the gate is closed for the exchange: a bound on how long writers wait."""
Answer = dict[str, Any]


class RebuildRunning(Refusal):
    code = "REBUILD_RUNNING"
    message = "Ya se está reconstruyendo el modelo de lectura de {service}. Mire el avance con «impulso doctor»."


class NoRebuild(Refusal):
    code = "NO_REBUILD"
    status = 404
    message = "No se está reconstruyendo el modelo de lectura de {service}."


class ReadModelChanged(Exception):
    """Other code began this rebuild: its tables are of another definition."""


class Overtaken(Exception):
    """Another process moves this rebuild on: this one only looks on."""


@dataclass(frozen=True)
class Run:
    """One running rebuild, as its row stands."""

    run: UUID
    fingerprint: str
    applied: int
    places: Places


class Rebuilding:
    """The rebuilds of one service. `begin` and `cancel` from anywhere; `run` in one thread of each process.

    ``feeds`` are of this object's own (a thread uses each alone): a service that only reads pulls from them.
    """

    def __init__(self, service: Assembled, feeds: Mapping[str, FeedSource], *, near: int = NEAR) -> None:
        self._service = service
        self._database = service.application.database
        self._views = service.application.views
        self._own = OwnLog(service.application)
        self._upstreams = Upstreams.of(service, feeds if service.definition.only_reads else {})
        self._near = self._first_near = near
        self._left: int | None = None
        self.wake = Event()

    def begin(self, *, by: str, reason: str = "") -> Answer:
        """Begin a rebuild from nothing; `run` does the work. Raises `RebuildRunning`."""
        name = self._service.definition.name
        with self._database.write(alone=True) as connection:
            if connection.execute(sa.select(rebuilds.c.run).where(rebuilds.c.state == "running")).first():
                raise RebuildRunning(service=name)
            shadow.empty(connection, self._views.metadata)
            row = {"run": uuid4(), "fingerprint": self._views.fingerprint(), "state": "running", "applied": 0}
            row |= {"places": Places().to_json(), "done_by": by, "reason": reason}
            row |= {"started_at": _now(), "updated_at": _now()}
            connection.execute(rebuilds.insert(), row)
            acts.record(connection, "rebuild", name, by=by, reason=reason)
        self._near, self._left = self._first_near, None
        self.wake.set()
        progress = self.progress()
        assert progress is not None
        return progress

    def cancel(self) -> Answer:
        """Give up the running rebuild; what is in service stays as it is. Raises `NoRebuild`."""
        change = sa.update(rebuilds).where(rebuilds.c.state == "running")
        with self._database.write() as connection:
            if not connection.execute(change.values(state="cancelled", ended_at=_now())).rowcount:
                raise NoRebuild(service=self._service.definition.name)
        progress = self.progress()
        assert progress is not None
        return progress

    def progress(self) -> Answer | None:
        """The newest rebuild: its state, how many entries it has applied and how many there are; None for never."""
        newest = sa.select(rebuilds).order_by(rebuilds.c.started_at.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(newest).first()
            if row is None:
                return None
            total = connection.execute(sa.select(log_head.c.head)).scalar_one()
            if self._service.definition.only_reads:
                total += connection.execute(sa.select(sa.func.sum(tracking.c.position))).scalar() or 0
        return {
            "run": str(row.run),
            "state": row.state,
            "done": row.applied,
            "total": total if row.state == "running" else row.applied,
            "started_at": _shown(row.started_at),
            "updated_at": _shown(row.updated_at),
            "ended_at": None if row.ended_at is None else _shown(row.ended_at),
            "by": row.done_by,
            "reason": row.reason,
            "error_code": row.error_code,
            "error_place": row.error_place,
        }

    def run(self, stop: Event) -> None:
        """Move rebuilds on until ``stop``; a look every two seconds finds what another process began or left."""
        backoff = Backoff()
        while not stop.is_set():
            self.wake.clear()
            try:
                more = self.advance()
                backoff.worked()
            except Overtaken:
                stop.wait(LOOK_EVERY_S)
                continue
            except (Away, ReadersStay) as error:
                pause = backoff.failed()
                logger.warning("the rebuild of %s waits %.1f s: %s", self._own.name, pause, brief(error))
                stop.wait(pause)
                continue
            if more:
                # Calls and followers get their turn between two batches.
                time.sleep(0)
            else:
                self.wake.wait(LOOK_EVERY_S)

    def advance(self) -> bool:
        """Apply one batch, or exchange the tables; False when nothing is to be done.

        Raises `Away` when a database or an upstream is away, `ReadersStay` when readers kept the tables (both: again
        later), `Overtaken` when another process has done this piece. Whatever else goes wrong ends the rebuild as
        failed, with its code and place; the tables in service stay.
        """
        run: Run | None = None
        try:
            run = self._running()
            if run is None:
                return False
            if run.fingerprint != self._views.fingerprint():
                raise ReadModelChanged
            return self._move(run)
        except (Away, ReadersStay, Overtaken):
            raise
        except Exception as error:
            if is_away(error) or run is None:
                raise Away(brief(error)) from error
            logger.error("the rebuild of %s failed: %s", self._own.name, brief(error))
            self._fail(run, failure_of(error))
        return False

    def _move(self, run: Run) -> bool:
        left = self._own.left(run.places) + self._upstreams.left(run.places)
        if left <= self._near:
            self._exchange(run)
            return False
        if self._left is not None and left >= self._left:
            # Events come as fast as they are applied: it would never come near. The writers wait longer then.
            self._near = max(1, self._near * 2)
        self._left = left
        piece = self._own.piece(run.places) or self._upstreams.piece(run.places)
        if piece is not None:
            with self._database.write(shadow=True) as connection:
                _step(connection, run, piece)
                piece.apply(connection)
        return True

    def _exchange(self, run: Run) -> None:
        """Apply what is left with the gate closed, and put the new tables in service."""
        tables = self._views.metadata
        with self._database.write(shadow=True) as connection:
            shadow.analyze(connection)
        # Before the gate is closed: an upstream that answers slowly must not hold up the writers.
        ahead = self._upstreams.look_ahead(run.places)
        with self._database.closed() as gate:
            with gate.transaction() as connection:
                for piece in self._rest(run.places, ahead):
                    run = _step(connection, run, piece)
                    piece.apply(connection)
                shadow.carry_over(connection, tables, self._views.kept)
                if gate.at_once:
                    self._put_in_service(connection, run)
            if not gate.at_once:
                gate.wait_for_readers()
                gate.among_readers(partial(self._put_in_service, run=run))
        logger.info("the read model of %s was exchanged after %s entries", self._own.name, run.applied)
        with self._database.write() as connection:
            shadow.clear_away(connection, tables)

    def _rest(self, places: Places, ahead: Mapping[str, list[Message]]) -> Iterator[Piece]:
        while (piece := self._own.piece(places)) is not None:
            yield piece
            places = piece.places
        for piece in self._upstreams.rest(places, ahead):
            yield piece
            places = piece.places
        yield self._upstreams.settled_since(places)

    def _put_in_service(self, connection: Connection, run: Run) -> None:
        if connection.execute(_DONE, {"run": run.run, "now": _now()}).rowcount != 1:
            raise Overtaken
        shadow.switch(connection, self._views.metadata)
        connection.execute(_BUILT, {"name": self._service.definition.name})

    def _running(self) -> Run | None:
        query = sa.select(rebuilds).where(rebuilds.c.state == "running")
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return Run(row.run, row.fingerprint, row.applied, Places.from_json(row.places))

    def _fail(self, run: Run, failure: Failure) -> None:
        change = sa.update(rebuilds).where(rebuilds.c.run == run.run, rebuilds.c.state == "running")
        failed = {"state": "failed", "error_code": failure.code, "error_place": failure.place[:200]}
        with self._database.write() as connection:
            connection.execute(change.values(ended_at=_now(), **failed))


# Text: the statements of a connection to the shadow tables are translated, and these are not about such a table.
_RUN = sa.bindparam("run", type_=sa.Uuid)
_STEP = sa.text(
    "UPDATE rebuilds SET applied = :applied, places = :places, updated_at = :now "
    "WHERE run = :run AND state = 'running' AND places = :was"
).bindparams(_RUN)
_DONE = sa.text(
    "UPDATE rebuilds SET state = 'done', updated_at = :now, ended_at = :now WHERE run = :run AND state = 'running'"
).bindparams(_RUN)
_BUILT = sa.text("UPDATE view_schema SET built = true WHERE name = :name")


def _step(connection: Connection, run: Run, piece: Piece) -> Run:
    moved = replace(run, applied=run.applied + piece.entries, places=piece.places)
    values = {"applied": moved.applied, "places": moved.places.to_json(), "now": _now()}
    # First of all that a batch writes: two processes may have the same one in hand, and the second waits here for the
    # first and learns that it lost. Or the rebuild was given up meanwhile.
    if connection.execute(_STEP, {**values, "run": run.run, "was": run.places.to_json()}).rowcount != 1:
        raise Overtaken
    return moved


def _shown(moment: int) -> str:
    return instant(moment).isoformat(timespec="seconds")


def _now() -> int:
    return time.time_ns() // 1000
