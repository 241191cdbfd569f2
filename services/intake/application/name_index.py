"""Search by name: an index in memory, made by decrypting, so that no database holds a name (design 3)."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.intake.directory import Directory
from services.intake.domain.cases import Case
from services.intake.domain.normalise import fold
from services.intake.views import people
from shared.eventstore.database import Database
from shared.eventstore.tables import events

IDS_A_STATEMENT = 500

_NAMING = (
    Case.CandidateIdentified.TOPIC,
    Case.BasicIdentificationRecorded.TOPIC,
    Case.BasicIdentificationUpdated.TOPIC,
)
_ERASED = "intake.KeyDestructionExecuted"
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Known:
    words: tuple[str, ...]
    shown: str


class NameIndex:
    """The names of every case of this service. It catches up with the log before each search, so that it also sees
    what another process has stored. Safe under threads."""

    def __init__(self, database: Database, directory: Directory) -> None:
        self._database = database
        self._directory = directory
        self._known: dict[UUID, _Known] = {}
        self._position = 0
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def catch_up(self) -> None:
        """Take in what was stored since the last time; the first time, everything."""
        with self._guard, self._database.read() as connection:
            head = connection.execute(sa.select(sa.func.coalesce(sa.func.max(events.c.id), 0))).scalar_one()
            if head == self._position:
                return
            if self._position == 0:
                self._take(connection.execute(sa.select(people.c.case_id, people.c.person)).all())
            else:
                self._take_changed(connection, head)
            self._position = head

    def search(self, text: str, limit: int) -> list[UUID]:
        """The cases whose names have every word of ``text``, or a word that begins with it; in order of name."""
        wanted = [fold(word) for word in _WORDS.findall(text)]
        if not wanted:
            return []
        self.catch_up()
        with self._guard:
            found = [
                (known.shown, case_id)
                for case_id, known in self._known.items()
                if all(any(word.startswith(part) for word in known.words) for part in wanted)
            ]
        return [case_id for _, case_id in sorted(found, key=lambda each: each[0])[:limit]]

    def _take_changed(self, connection: Connection, head: int) -> None:
        changed = (
            sa.select(events.c.originator_id)
            .where(events.c.id > self._position, events.c.id <= head, events.c.topic.in_(_NAMING))
            .distinct()
        )
        ids = list(connection.scalars(changed))
        for start in range(0, len(ids), IDS_A_STATEMENT):
            block = ids[start : start + IDS_A_STATEMENT]
            query = sa.select(people.c.case_id, people.c.person).where(people.c.case_id.in_(block))
            self._take(connection.execute(query).all())
        since = (events.c.id > self._position, events.c.id <= head, events.c.topic == _ERASED)
        if connection.execute(sa.select(events.c.id).where(*since).limit(1)).first() is not None:
            # The line of who was erased is gone with the event: what has none is nobody any more.
            left = set(connection.scalars(sa.select(people.c.case_id)))
            self._known = {case_id: known for case_id, known in self._known.items() if case_id in left}

    def _take(self, rows: object) -> None:
        for case_id, sealed in rows:  # type: ignore[attr-defined]
            identity = self._directory.open(case_id, sealed).value
            if identity is None:
                self._known.pop(case_id, None)
                continue
            shown = fold(f"{identity['names']} {identity['surnames']}")
            self._known[case_id] = _Known(tuple(_WORDS.findall(shown)), shown)
