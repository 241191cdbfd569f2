"""That `impulso verify` was run, in the access log of each service that it looked at: where somebody seals it."""

from __future__ import annotations

import fcntl
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from shared.audit.verdict import Report
from shared.cli.audited import Audited, Embedded
from shared.eventstore.access_log import AccessLog
from shared.eventstore.commit import Committer
from shared.eventstore.database import Database
from shared.eventstore.errors import StoreError
from shared.eventstore.log import access_name

ACT = "verify"
_OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def note_run(service: str, source: Audited, reports: Mapping[str, Report]) -> bool:
    """Note that the logs of ``service`` were verified, and what came out; whether it was noted.

    Not in an access log that is broken: it is evidence. Nor where nobody serves the database, a copy or a stopped
    system: what is noted there would wait for its seal, and the next verification would have to say so.
    """
    access = reports.get(access_name(service))
    own = reports.get(service, access)
    if access is None or own is None or access.broken:
        return False
    with closing(Database(source.url(service), pool_size=1)) as database:
        try:
            if not _is_served(source, database):
                return False
            access_log = AccessLog(service, Committer(database))
            facts = {"service": service, "act": ACT, "code": own.verdict.value, "count": own.entries}
            # No line of the process beside it: the answer alone goes to the output of a command.
            access_log.keep([access_log.entry("audit_run", **facts)])
        except (sa.exc.DBAPIError, StoreError):
            # A replica, or a role that may only read: what was found stands without it.
            return False
    return True


def _is_served(source: Audited, database: Database) -> bool:
    if isinstance(source, Embedded):
        return _is_locked(source.data / "lock")
    if database.dialect == "sqlite":
        return False
    with database.read() as connection:
        return bool(connection.execute(_OTHERS).scalar())


def _is_locked(path: Path) -> bool:
    """Whether a process serves the folder: it holds this lock for as long as it lives."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False
