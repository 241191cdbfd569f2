"""The accounts of the items that a page shows; those of now are kept until the item moves again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.inventory.domain.valuation import Account
from services.inventory.views.clocks import Until
from services.inventory.views.tables import lots, movements
from services.inventory.views.valuing import FOREVER, calendar_of, post

Accounts = Mapping[UUID, Account]
"""By warehouse."""
Stamp = tuple[int, str | None]
"""How many movements the item has, and the last closed month: neither ever goes back, so the same is the same state."""

_kept: WeakKeyDictionary[Any, dict[str, tuple[Stamp, Accounts]]] = WeakKeyDictionary()


def accounts_of(connection: Connection, until: Until, codes: Iterable[str]) -> dict[str, Accounts]:
    """By item of ``codes``: its accounts as of ``until``. They are shared between those who ask: not to be changed."""
    wanted = set(codes)
    if until != FOREVER:
        return _folded(connection, until, wanted)
    # One database has one engine as long as it is open, and one read is one moment of it.
    kept = _kept.setdefault(connection.engine, {})
    stamps = _stamps(connection, wanted)
    # Taken once: another reader, of another moment, may put its own in between.
    known = {code: kept[code] for code in wanted if code in kept}
    found = {code: accounts for code, (stamp, accounts) in known.items() if stamp == stamps[code]}
    if len(found) < len(wanted):
        folded = _folded(connection, until, wanted - found.keys())
        kept.update({code: (stamps[code], accounts) for code, accounts in folded.items()})
        found.update(folded)
    return found


def _folded(connection: Connection, until: Until, codes: set[str]) -> dict[str, Accounts]:
    books, _ = post(connection, until, codes)
    found: dict[str, dict[UUID, Account]] = {code: {} for code in codes}
    for (warehouse, item), account in books.accounts.items():
        found[item][warehouse] = account
    return found


def _stamps(connection: Connection, codes: set[str]) -> dict[str, Stamp]:
    closed = calendar_of(connection).last_closed
    query = (
        sa.select(lots.c.item, sa.func.count())
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .where(lots.c.item.in_(sorted(codes)))
        .group_by(lots.c.item)
    )
    counted = {code: n for code, n in connection.execute(query)}
    return {code: (counted.get(code, 0), closed) for code in codes}
