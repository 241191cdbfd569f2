"""The consumer's position, fenced: it moves with the effects, by one writer, and only forward."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.eventstore.errors import TrackingConflict
from shared.eventstore.tables import tracking


@dataclass(frozen=True)
class Position:
    """How far a consumer has come in an upstream's log: the last entry applied, its hash, the log's epoch."""

    upstream: str
    position: int = 0
    epoch: str = ""
    entry_hash: str = ""
    paused: bool = False
    """A person holds this consumer: it takes no step until it is resumed."""


@dataclass(frozen=True)
class Step:
    """A move of the position, valid only from ``expected``. Two consumers that race: one moves, one learns it lost.

    ``known_epoch`` and ``known_hash`` (empty: not compared) are those of the position it starts from: a consumer that
    still lives in the upstream's former epoch must not take a step that looks right by its number alone.
    """

    upstream: str
    expected: int
    position: int
    epoch: str
    entry_hash: str
    known_epoch: str = ""
    known_hash: str = ""


_ADVANCE = sa.text(
    "UPDATE tracking SET position = :position, epoch = :epoch, entry_hash = :entry_hash "
    "WHERE upstream = :upstream AND position = :expected AND NOT paused "
    "AND epoch = COALESCE(NULLIF(CAST(:known_epoch AS text), ''), epoch) "
    "AND entry_hash = COALESCE(NULLIF(CAST(:known_hash AS text), ''), entry_hash) RETURNING position"
)
_BEGIN = sa.text(
    "INSERT INTO tracking (upstream, position, epoch, entry_hash) VALUES (:upstream, :position, :epoch, :entry_hash) "
    "ON CONFLICT (upstream) DO UPDATE SET position = excluded.position, epoch = excluded.epoch, "
    "entry_hash = excluded.entry_hash WHERE tracking.position = 0 AND NOT tracking.paused RETURNING position"
)
_RAISE = sa.text(
    "INSERT INTO tracking (upstream, position) VALUES (:upstream, :position) "
    "ON CONFLICT (upstream) DO UPDATE SET position = excluded.position "
    "WHERE tracking.position < excluded.position RETURNING position"
)


def advance(connection: Connection, step: Step) -> None:
    """Move the position inside the caller's transaction. Raises `TrackingConflict` if it is not where expected."""
    statement = _BEGIN if step.expected == 0 else _ADVANCE
    values: dict[str, int | str] = {
        "upstream": step.upstream,
        "position": step.position,
        "epoch": step.epoch,
        "entry_hash": step.entry_hash,
    }
    if step.expected:
        values |= {"expected": step.expected, "known_epoch": step.known_epoch, "known_hash": step.known_hash}
    if connection.execute(statement, values).first() is None:
        raise TrackingConflict(f"{step.upstream}: the position is not {step.expected} any more")


def raise_to(connection: Connection, upstream: str, position: int) -> None:
    """Move a high-water mark (the library's tracking). Raises `TrackingConflict` unless it grows."""
    if connection.execute(_RAISE, {"upstream": upstream, "position": position}).first() is None:
        raise TrackingConflict(f"{upstream}: position {position} is not above the recorded one")


_POSITION = sa.select(tracking).where(tracking.c.upstream == sa.bindparam("upstream"))


def position_of(connection: Connection, upstream: str) -> Position:
    """The position for ``upstream``; position 0 and no epoch when nothing was ever applied."""
    row = connection.execute(_POSITION, {"upstream": upstream}).first()
    if row is None:
        return Position(upstream)
    return Position(row.upstream, row.position, row.epoch, row.entry_hash, bool(row.paused))


def adopt_epoch(connection: Connection, upstream: str, epoch: str) -> None:
    """Record that the upstream lives on under a new epoch, after its past was checked to be the one we applied."""
    connection.execute(tracking.update().where(tracking.c.upstream == upstream).values(epoch=epoch))


def reset(connection: Connection, upstream: str) -> None:
    """Forget the position: everything of ``upstream`` will be applied anew (rebuild of a pure read model).

    A pause stays: a person decided it, and only a person ends it.
    """
    forgotten = {"position": 0, "epoch": "", "entry_hash": ""}
    connection.execute(tracking.update().where(tracking.c.upstream == upstream).values(forgotten))


_PAUSE = sa.text(
    "INSERT INTO tracking (upstream, position, paused) VALUES (:upstream, 0, :paused) "
    "ON CONFLICT (upstream) DO UPDATE SET paused = excluded.paused WHERE tracking.paused <> excluded.paused "
    "RETURNING upstream"
)


def set_paused(connection: Connection, upstream: str, paused: bool) -> bool:
    """Pause or resume inside the caller's transaction; False when it stood so already.

    It waits for a step in hand, because both write the same row: once the caller has committed a pause, no step of
    this upstream commits until it is resumed.
    """
    return connection.execute(_PAUSE, {"upstream": upstream, "paused": paused}).first() is not None


def hold_running(connection: Connection, upstream: str) -> bool:
    """Whether ``upstream`` is not paused, and stays so until the caller's transaction ends."""
    query = sa.select(tracking.c.paused).where(tracking.c.upstream == upstream).with_for_update(read=True)
    return not connection.execute(query).scalar()
