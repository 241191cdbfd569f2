"""Drafts: what a person has typed on the screen of an act and not sent yet.

A draft is sealed as personal data by class: under the keys of the person whom the case is about, so that an erasure
reaches it, else under its author's. Only its author finds it: the author is part of its id.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from services.gateway.tables import drafts
from shared.eventstore.database import Database
from shared.privacy.keys import KeyRing
from shared.privacy.personal import Kind, Personal
from shared.privacy.sealing import open_tree, place, seal_tree

KEPT_S = 30 * 24 * 60 * 60
"""Seconds after which a draft that nobody went on with is deleted."""
CLOSED_S = 60 * 60
"""Seconds for which a form that was sent refuses to be kept again: a save may still be on its way to us."""
LIMIT = 200_000
"""Characters of one draft, names and values."""
NAMESPACE = UUID("5d0ab3a6-6f0e-5c3d-9a6b-0c1f4f2f8f10")

DEFAULT_CLASS: Kind = "s"
"""Of what has no class of its own."""
Fields = Mapping[Kind, Mapping[str, list[str]]]
"""What was typed, by data class and posted name."""


class DraftTooLarge(Exception):
    """More was typed than a draft holds."""


@dataclass(frozen=True)
class Spot:
    """Where a draft belongs: its author, the act, and ``came``, the part of the address that says on what."""

    person: UUID
    service: str
    command: str
    came: str

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, f"{self.person}/{self.service}.{self.command}?{self.came}")


@dataclass(frozen=True)
class Draft:
    """A draft as it was kept. ``layout`` names the form that it was typed in, ``version`` what was seen of the case."""

    saved_at: float
    key: UUID
    version: str
    layout: str
    fields: dict[str, list[str]]


class Drafts:
    """The drafts of everybody. ``clock`` gives seconds since 1970. Blocking calls, safe from many threads."""

    def __init__(self, database: Database, keys: KeyRing, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._insert: Any = sqlite.insert if database.dialect == "sqlite" else postgresql.insert

    def keep(
        self, spot: Spot, *, key: UUID, subject: UUID, fields: Fields, version: str = "", layout: str = ""
    ) -> float | None:
        """Keep what the form ``key`` holds now, in the place of what was kept; when, or None if that form is done with.

        Raises `DraftTooLarge`, and `KeyDestroyed` when the data of ``subject`` were erased.
        """
        if sum(len(name) + sum(map(len, values)) for part in fields.values() for name, values in part.items()) > LIMIT:
            raise DraftTooLarge
        # A part of its own class always: whatever else it holds, a draft about somebody tells how they live.
        classed: Fields = {DEFAULT_CLASS: {}, **fields}
        parts = [Personal(subject, kind, dict(part)) for kind, part in sorted(classed.items())]
        content = {"version": version, "layout": layout, "parts": seal_tree(self._keys, parts, _place(spot))}
        now = self._clock()
        row = {"subject": subject, "form_key": key, "saved_at": now, "content": json.dumps(content)}
        statement = self._insert(drafts).values(draft_id=spot.id, **row)
        with self._database.write() as connection:
            kept = statement.on_conflict_do_update(
                index_elements=[drafts.c.draft_id], set_=row, where=drafts.c.done_key.is_distinct_from(key)
            )
            # What was written is asked for: psycopg does not count the rows of an INSERT.
            done = connection.execute(kept.returning(drafts.c.draft_id)).first()
        return None if done is None else now

    def find(self, spot: Spot) -> Draft | None:
        """The draft that waits there. One of which a part was erased is gone whole."""
        row = self._row(spot)
        if row is None or row.content is None or row.saved_at <= self._clock() - KEPT_S:
            return None
        content = json.loads(row.content)
        parts = cast("list[Personal]", open_tree(self._keys, content["parts"], _place(spot)))
        if any(part.erased for part in parts):
            with self._database.write() as connection:
                connection.execute(drafts.delete().where(drafts.c.draft_id == spot.id))
            return None
        fields = {name: values for part in parts for name, values in part.value.items()}
        return Draft(row.saved_at, row.form_key, content["version"], content["layout"], fields)

    def subject(self, spot: Spot) -> UUID | None:
        """Whose keys seal what is kept there."""
        row = self._row(spot)
        return None if row is None else row.subject

    def close(self, spot: Spot, key: UUID) -> None:
        """The form ``key`` was sent or discarded: its draft goes, and what comes late of it is not kept."""
        row = {"draft_id": spot.id, "form_key": key, "done_key": key, "saved_at": self._clock()}
        # Another form of the same act, open beside it, keeps what was typed there.
        kept = sa.case((drafts.c.form_key == key, sa.null()), else_=drafts.c.content)
        with self._database.write() as connection:
            connection.execute(
                self._insert(drafts)
                .values(row)
                .on_conflict_do_update(index_elements=[drafts.c.draft_id], set_={"done_key": key, "content": kept})
            )

    @staticmethod
    def drop_about(connection: Connection, subject: UUID) -> None:
        """Delete what is kept about a person, whoever wrote it."""
        connection.execute(drafts.delete().where(drafts.c.subject == subject))

    def sweep(self) -> int:
        """Delete what was kept for `KEPT_S`; returns how many rows went."""
        now = self._clock()
        old = drafts.c.saved_at <= now - KEPT_S
        closed = drafts.c.content.is_(None) & (drafts.c.saved_at <= now - CLOSED_S)
        with self._database.write() as connection:
            return connection.execute(drafts.delete().where(old | closed)).rowcount

    def _row(self, spot: Spot) -> Any:
        with self._database.read() as connection:
            return connection.execute(sa.select(drafts).where(drafts.c.draft_id == spot.id)).first()


def _place(spot: Spot) -> bytes:
    return place("gateway.drafts", spot.id, "content")
