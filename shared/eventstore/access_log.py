"""The access log of a service (X-13): who looked at what in it, who was denied, what became of keys and rights.

A log apart from the business log, in the same database and with the same promises: numbers without a hole, never
changed, sealed and witnessed. No personal value goes in: people, accounts and cases by id, log-in names and addresses
by blind index, fields by their class.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID, uuid4

import sqlalchemy as sa
import structlog
from eventsourcing.persistence import StoredEvent

from shared.eventstore.commit import Committer, Work
from shared.eventstore.errors import LockConflict, StoreUnavailable
from shared.eventstore.log import Entry, access_log_of, instant
from shared.privacy.blind_index import BlindIndex
from shared.tracing.passage import current

What = Literal[
    "login",
    "login_failed",
    "login_throttled",
    "logout",
    "denied",
    "read",
    "personal_data_read",
    "export",
    "password_changed",
    "role_granted",
    "role_ended",
    "key_destroyed",
    "keys_rotated",
    "audit_run",
    "operated",
]
KINDS: tuple[What, ...] = get_args(What)

_NAMES: dict[What, str] = {
    "login": "LoggedIn",
    "login_failed": "LoginFailed",
    "login_throttled": "LoginThrottled",
    "logout": "LoggedOut",
    "denied": "AccessDenied",
    "read": "DataRead",
    "personal_data_read": "PersonalDataRead",
    "export": "ExportMade",
    "password_changed": "PasswordChanged",
    "role_granted": "RoleGranted",
    "role_ended": "RoleEnded",
    "key_destroyed": "KeyDestroyed",
    "keys_rotated": "KeysRotated",
    "audit_run": "AuditRun",
    "operated": "PlatformOperated",
}
TOPICS: dict[str, str] = {what: f"access.{name}.v1" for what, name in _NAMES.items()}
"""The topic of each kind of entry, with the version of its form."""

FACTS = (
    "account_id",
    "person",
    "role",
    "purpose",
    "subject",
    "case_id",
    "classes",
    "service",
    "act",
    "code",
    "channel",
    "session",
    "request_id",
    "login_index",
    "origin_index",
    "about",
    "count",
    "carried",
)
"""What an entry may say besides its kind and moment. ``subject``: the person whose rights changed; ``classes``: data
classes that were opened; ``code``: of a refusal; ``about``: the id of whatever else it concerns; ``count``: how many;
``carried``: the number that the entry had in the table of before."""
_MOST = 200
TRIES = 5
_UNTOLD = frozenset({"account_id", "login_index", "origin_index"})
"""Facts that the process's own lines leave out: they would stay where nobody guards or seals them."""

log = structlog.get_logger("impulso.access")


class AccessLog:
    """Appends entries and reads them, from any thread. ``index`` makes the blind indexes, where log-ins are noted."""

    def __init__(
        self,
        service: str,
        committer: Committer,
        index: BlindIndex | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.service = service
        self.log = access_log_of(service, committer.database)
        self.index = index
        self._committer = committer
        self._clock = clock
        self.listeners: list[Callable[[What], object]] = []
        """Told of each entry that `note` wrote."""

    def note(self, what: What, *, login: str | None = None, address: str | None = None, **facts: Any) -> None:
        """Append one entry; once this has returned it is stored. ``facts``: those of `FACTS`; None says nothing.

        ``login`` and ``address`` are kept as blind indexes only. Raises `StoreUnavailable`.
        """
        if login is not None:
            facts["login_index"] = self._blind("login", login)
        if address:
            facts["origin_index"] = self._blind("address", address)
        self.keep([self.entry(what, **facts)])
        for listener in self.listeners:
            listener(what)
        told = {name: value for name, value in facts.items() if value is not None and name not in _UNTOLD}
        said = {name: value if isinstance(value, int) else str(value) for name, value in told.items()}
        log.info(what, **{**said, "of": self.service})

    def keep(self, entries: Sequence[StoredEvent]) -> None:
        """Append what `entry` made, in one transaction.

        Raises `AggregateConflict` for an id that is there already, and `StoreUnavailable`.
        """
        for _ in range(TRIES):
            try:
                self._committer.commit(Work(noted=entries))
                return
            except LockConflict:
                # Undone for the sake of another transaction: nothing of it is stored.
                continue
        raise StoreUnavailable("the access log gave way to other transactions each time")

    def entry(self, what: str, *, at: float | None = None, entry_id: UUID | None = None, **facts: Any) -> StoredEvent:
        """An entry to be appended. ``at``: Unix seconds, now by default. Raises `ValueError` for an unknown fact."""
        if unknown := set(facts) - set(FACTS):
            raise ValueError(f"an entry of the access log has no {', '.join(sorted(unknown))}")
        facts.setdefault("request_id", current().request_id or None)
        moment = datetime.fromtimestamp(self._clock() if at is None else at, UTC)
        state: dict[str, Any] = {"what": what, "at": moment.isoformat(timespec="microseconds")}
        for name, value in facts.items():
            if value is None or value == "":
                continue
            state[name] = value if isinstance(value, int) else str(value)[:_MOST]
        return StoredEvent(entry_id or uuid4(), 1, TOPICS[what], canonical(state))

    def entries(self, *, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """Entries in the order in which they were written."""
        return [_row(entry) for entry in self.log.entries(after, limit)]

    def search(
        self,
        *,
        before: int | None = None,
        limit: int = 50,
        what: str | None = None,
        person: UUID | None = None,
        case_id: UUID | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """Entries that were made in [``since``, ``until``) by ``person`` about ``case_id``, the latest first.

        ``before``: the number of the last one that is known already.
        """
        events = self.log.tables.events
        query = sa.select(events)
        if before is not None:
            query = query.where(events.c.id < before)
        if what is not None:
            query = query.where(events.c.topic == TOPICS[what])
        for name, value in (("person", person), ("case_id", case_id)):
            if value is not None:
                # The state is canonical, so nothing else in it can read like this.
                query = query.where(self._holds(events.c.state, f'"{name}":"{value}"'))
        if since is not None:
            # Nothing is recorded before it was made; what was carried over, long after.
            query = query.where(events.c.recorded_at >= _microseconds(since - _APART))
        if until is not None:
            soon = events.c.recorded_at < _microseconds(until + _APART)
            query = query.where(sa.or_(soon, self._holds(events.c.state, '"carried":')))
        found: list[dict[str, Any]] = []
        for row in self._newest(query):
            made = datetime.fromisoformat(row["at"])
            if (since is None or made >= since) and (until is None or made < until):
                found.append(row)
                if len(found) == limit:
                    break
        return found

    def _newest(self, query: sa.Select[Any]) -> Iterator[dict[str, Any]]:
        events = self.log.tables.events
        with self.log.database.read() as connection:
            rows = connection.execution_options(yield_per=200).execute(query.order_by(events.c.id.desc()))
            for row in rows:
                found = (instant(row.recorded_at), row.originator_id, row.originator_version, row.topic)
                yield _row(Entry(self.log.name, row.id, *found, bytes(row.state)))

    def _holds(self, state: sa.Column[bytes], text: str) -> sa.ColumnElement[bool]:
        needle = sa.literal(text.encode(), sa.LargeBinary)
        if self.log.database.dialect == "sqlite":
            return sa.func.instr(state, needle) > 0
        return sa.func.position(needle.op("IN")(state)) > 0

    def _blind(self, kind: str, value: str) -> str:
        if self.index is None:
            raise ValueError("this access log notes no log-ins: it has no blind index")
        return self.index.of(kind, value)


_APART = timedelta(minutes=5)
"""How far the moment of an entry and that of its recording may lie apart: clocks of several machines."""


def canonical(state: Mapping[str, Any]) -> bytes:
    """The canonical JSON (RFC 8785) of an entry: its keys are ASCII, its values texts and small whole numbers."""
    return json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _row(entry: Entry) -> dict[str, Any]:
    state = json.loads(entry.state)
    return {"id": entry.sequence, **dict.fromkeys(FACTS), **state}


def _microseconds(moment: datetime) -> int:
    return (moment - instant(0)) // timedelta(microseconds=1)
