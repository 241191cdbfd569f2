"""Where each webhook stands in each log, what became of its deliveries, and which process delivers.

None of it is a read model: a position commits after its delivery, the log of deliveries is bounded in age, and a lease
lives for seconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.gateway.tables import webhook_deliveries, webhook_leases, webhook_positions
from services.gateway.views import webhooks
from shared.eventstore.database import Database

LEASE = "webhooks"
LEASE_S = 30.0
"""Seconds after which another process takes over from one that has stopped renewing its lease."""
SHOWN = 100
"""Deliveries of a webhook that are listed."""


@dataclass(frozen=True)
class Hook:
    """A webhook that is neither paused nor removed."""

    id: UUID
    person: UUID
    url: str
    services: tuple[str, ...]
    types: frozenset[str]
    from_start: bool


@dataclass(frozen=True)
class Spot:
    """Where a webhook stands in a service's log; ``position`` None: nothing of it was looked at yet."""

    position: int | None = None
    epoch: str = ""
    attempts: int = 0
    next_at: float = 0.0


class Outbox:
    """Blocking calls, safe from many threads. ``clock`` gives seconds since 1970."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._insert: Any = sqlite.insert if database.dialect == "sqlite" else postgresql.insert

    def lead(self, holder: UUID) -> bool:
        """Whether ``holder`` is the one process that delivers, until `LEASE_S` from now."""
        now, columns = self._clock(), webhook_leases.c
        row = {"holder": holder, "until": now + LEASE_S}
        statement = self._insert(webhook_leases).values(name=LEASE, **row)
        with self._database.write() as connection:
            mine = (columns.holder == holder) | (columns.until <= now)
            taken = statement.on_conflict_do_update(index_elements=[columns.name], set_=row, where=mine)
            # What was written is asked for: psycopg does not count the rows of an INSERT.
            return connection.execute(taken.returning(columns.name)).first() is not None

    def resign(self, holder: UUID) -> None:
        """Let another process deliver at once."""
        with self._database.write() as connection:
            connection.execute(webhook_leases.delete().where(webhook_leases.c.holder == holder))

    def hooks(self, only: UUID | None = None) -> list[Hook]:
        """The webhooks that are delivered to now."""
        query = sa.select(webhooks).where(webhooks.c.paused_on.is_(None), webhooks.c.removed_on.is_(None))
        if only is not None:
            query = query.where(webhooks.c.webhook_id == only)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(webhooks.c.webhook_id)).all()
        return [
            Hook(
                row.webhook_id,
                row.person,
                row.url,
                tuple(json.loads(row.services)),
                frozenset(json.loads(row.types)),
                row.from_start,
            )
            for row in rows
        ]

    def spot(self, webhook_id: UUID, service: str) -> Spot:
        with self._database.read() as connection:
            row = connection.execute(sa.select(webhook_positions).where(_at(webhook_id, service))).first()
        return Spot() if row is None else Spot(row.position, row.epoch, row.attempts, row.next_at)

    def advance(self, webhook_id: UUID, service: str, before: Spot, position: int, epoch: str) -> Spot | None:
        """Everything up to ``position`` was delivered; None when the spot was moved meanwhile, and this one is over."""
        after = Spot(position, epoch)
        return after if self._put(webhook_id, service, before, after) else None

    def failed(self, webhook_id: UUID, service: str, before: Spot, next_at: float) -> Spot | None:
        """A delivery failed; the same one is tried again at ``next_at``."""
        after = Spot(before.position, before.epoch, before.attempts + 1, next_at)
        return after if self._put(webhook_id, service, before, after) else None

    def replay(self, webhook_id: UUID, service: str, after: int) -> None:
        """Deliver again what follows position ``after``; under whatever epoch the log has now."""
        row = {"position": after, "epoch": "", "attempts": 0, "next_at": 0.0}
        statement = self._insert(webhook_positions).values(webhook_id=webhook_id, service=service, **row)
        keys = [webhook_positions.c.webhook_id, webhook_positions.c.service]
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=row))

    @staticmethod
    def hurry(connection: sa.engine.Connection, webhook_id: UUID) -> None:
        """Forget the failures, in the transaction that resumes the webhook: the next look tries again at once."""
        mine = webhook_positions.c.webhook_id == webhook_id
        connection.execute(webhook_positions.update().where(mine).values(attempts=0, next_at=0.0))

    def note(self, webhook_id: UUID, **facts: Any) -> None:
        """Append to the log of deliveries: when, which event, what was answered. Never a body."""
        row = {"id": uuid4(), "webhook_id": webhook_id, "at": self._clock(), **facts}
        with self._database.write() as connection:
            connection.execute(webhook_deliveries.insert().values(row))

    def deliveries(self, webhook_id: UUID, limit: int = SHOWN) -> list[dict[str, Any]]:
        """The last deliveries, the newest first."""
        query = sa.select(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id)
        names = ("service", "sequence", "type", "at", "attempt", "status", "outcome", "ms")
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(webhook_deliveries.c.at.desc()).limit(limit)).mappings()
            return [{name: row[name] for name in names} for row in rows]

    def sweep(self, days: int) -> int:
        """Delete what the log has held for ``days``; returns how many rows went."""
        old = webhook_deliveries.c.at <= self._clock() - days * 24 * 60 * 60
        with self._database.write() as connection:
            return connection.execute(webhook_deliveries.delete().where(old)).rowcount

    def _put(self, webhook_id: UUID, service: str, before: Spot, after: Spot) -> bool:
        columns = webhook_positions.c
        row = {"position": after.position, "epoch": after.epoch, "attempts": after.attempts, "next_at": after.next_at}
        statement = self._insert(webhook_positions).values(webhook_id=webhook_id, service=service, **row)
        # Only from where this delivery began: a replay, or another process, may have moved it.
        same = columns.position.is_not_distinct_from(before.position) & (columns.epoch == before.epoch)
        with self._database.write() as connection:
            put = statement.on_conflict_do_update(
                index_elements=[columns.webhook_id, columns.service], set_=row, where=same
            )
            return connection.execute(put.returning(columns.service)).first() is not None


def all_webhooks(connection: sa.engine.Connection, people: Iterable[UUID] | None) -> list[dict[str, Any]]:
    """The webhooks of these people (None: of all) with how their deliveries are."""
    query = sa.select(webhooks).order_by(webhooks.c.registered_on.desc(), webhooks.c.webhook_id)
    if people is not None:
        query = query.where(webhooks.c.person.in_(list(people)))
    spots: dict[UUID, list[dict[str, Any]]] = {}
    for row in connection.execute(sa.select(webhook_positions).order_by(webhook_positions.c.service)):
        spot = {"service": row.service, "position": row.position, "attempts": row.attempts, "next_at": row.next_at}
        spots.setdefault(row.webhook_id, []).append(spot)
    return [
        {
            "id": str(row.webhook_id),
            "version": row.version,
            "person": str(row.person),
            "url": row.url,
            "services": json.loads(row.services),
            "types": json.loads(row.types),
            "registered_on": row.registered_on.isoformat(),
            "paused_on": row.paused_on and row.paused_on.isoformat(),
            "cause": row.cause,
            "removed_on": row.removed_on and row.removed_on.isoformat(),
            "positions": spots.get(row.webhook_id, []),
        }
        for row in connection.execute(query)
    ]


def _at(webhook_id: UUID, service: str) -> Any:
    return (webhook_positions.c.webhook_id == webhook_id) & (webhook_positions.c.service == service)
