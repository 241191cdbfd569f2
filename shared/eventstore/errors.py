"""What can go wrong while storing: one class a kind, so that nobody has to read a driver's message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy.exc as sa_exc
from eventsourcing import persistence


class StoreError(Exception):
    """Base of the store's own errors."""


class StoreConflict(StoreError):
    """Somebody else was faster. Reload everything and decide anew."""


class AggregateConflict(StoreConflict):
    """Another writer stored that version of an aggregate first."""


class ClaimConflict(StoreConflict):
    """Another writer holds the unique value that this work claims."""


class CommandConflict(StoreConflict):
    """The same command id was stored by another writer while this one was deciding."""


class TrackingConflict(StoreConflict):
    """Another consumer moved the position first: its effects stand, ours must not (and do not) exist."""


class ReadConflict(StoreConflict):
    """A refusal was decided on aggregates of which one had moved on meanwhile: no moment had them all like that."""


class LockConflict(StoreConflict):
    """The database ended this transaction to let another go on: each of the two waited for what the other held."""


class StoreUnavailable(StoreError):
    """The database is away or refuses to work now: pause and try again, with the same command id or step.

    All or nothing was stored; which of the two is not known if the connection was lost during the COMMIT itself.
    """


class ReadModelRefused(StoreError):
    """A read model's own constraint refused a row: a defect of that read model, not somebody who was faster."""


class NewerEventVersion(StoreError):
    """A stored event was written by newer code. This code refuses it rather than half-read it."""


class UnknownTopic(StoreError):
    """A stored event's topic is not registered by this service's code."""


class ReadModelReplaced(StoreError):
    """Newer code has made the read model's tables anew: this process is the former release and writes nothing more."""


class GuardMissing(StoreError):
    """The triggers that refuse UPDATE, DELETE and TRUNCATE of events do not stand."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise the `eventsourcing` library's persistence errors in place of SQLAlchemy's."""
    try:
        yield
    except sa_exc.IntegrityError as error:
        raise persistence.IntegrityError(str(error.orig)) from error
    except sa_exc.InterfaceError as error:
        raise persistence.InterfaceError(str(error.orig)) from error
    except sa_exc.DataError as error:
        raise persistence.DataError(str(error.orig)) from error
    except sa_exc.OperationalError as error:
        raise persistence.OperationalError(str(error.orig)) from error
    except sa_exc.ProgrammingError as error:
        raise persistence.ProgrammingError(str(error.orig)) from error
    except sa_exc.DBAPIError as error:
        raise persistence.DatabaseError(str(error.orig)) from error


def is_unavailable(error: BaseException) -> bool:
    """True when the database, not the work, is at fault: another attempt later may succeed."""
    if _is_faulty_statement(error) or _is_faulty_statement(error.__cause__):
        return False
    if isinstance(error, (sa_exc.OperationalError, sa_exc.InterfaceError, sa_exc.TimeoutError)):
        return True
    # 25006: the server has become a standby that takes no writes.
    if isinstance(error, sa_exc.DBAPIError) and (
        error.connection_invalidated or getattr(error.orig, "sqlstate", None) == "25006"
    ):
        return True
    away = (persistence.OperationalError, persistence.InterfaceError, StoreUnavailable, ReadModelReplaced)
    return isinstance(error, away)


class ReadersStay(StoreError):
    """Readers kept the read model's tables for too long to exchange them now. Nothing was changed: later again."""


def is_lock_conflict(error: BaseException) -> bool:
    """True when the database undid the transaction because of another one (deadlock, serialization): run it anew."""
    return isinstance(error, sa_exc.DBAPIError) and getattr(error.orig, "sqlstate", None) in ("40P01", "40001")


def _is_faulty_statement(error: BaseException | None) -> bool:
    # Some errors that never get better by waiting come under the class of those that do: SQLite's missing table or
    # column (code 1, the class of a locked file or a full disk), PostgreSQL's limits (54: a value too long for its
    # index, the class of a lost connection). Waited for, they would hold up a whole log for ever.
    if not isinstance(error, sa_exc.OperationalError):
        return False
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    return getattr(error.orig, "sqlite_errorcode", None) == 1 or sqlstate.startswith("54")
