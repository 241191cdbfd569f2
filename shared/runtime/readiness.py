"""Starting in any order: a process whose database or tables are not there yet waits for them instead of dying."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import sqlalchemy.exc as sa_exc

from shared.delivery.pacing import Backoff
from shared.eventstore.errors import GuardMissing, is_unavailable
from shared.runtime.assembly import SchemaOutdated
from shared.runtime.restoration import RestoreUnfinished

logger = logging.getLogger(__name__)

FIRST_S, MOST_S = 0.5, 5.0
NOT_MADE = frozenset({"3D000"})
"""SQLSTATE of a server that has not made the database yet."""
NOT_MIGRATED = frozenset({"3F000", "42P01", "42501"})
"""SQLSTATEs before ``impulso migrate`` has finished: no schema, no table, or no right on it yet."""

T = TypeVar("T")


def is_away(error: BaseException) -> bool:
    """True when the database does not answer, or is not made yet."""
    return any(is_unavailable(one) or _sqlstate(one) in NOT_MADE for one in _chain(error))


def is_away_or_not_migrated(error: BaseException) -> bool:
    """True when the database does not answer, or ``impulso migrate`` has not made its tables of this code yet."""
    return is_away(error) or any(
        isinstance(one, (SchemaOutdated, GuardMissing, RestoreUnfinished)) or _sqlstate(one) in NOT_MIGRATED
        for one in _chain(error)
    )


def when_ready(
    start: Callable[[], T],
    who: str,
    *,
    may_come: Callable[[BaseException], bool] = is_away_or_not_migrated,
    limit_s: float = math.inf,
    waiting: Callable[[str], object] = lambda _reason: None,
    sleep: Callable[[float], object] = time.sleep,
) -> T:
    """What ``start`` gives, once what it needs is there.

    An attempt that fails with something that ``may_come`` is logged, told to ``waiting`` by its kind, and followed by a
    pause of at most ``MOST_S`` seconds. Without ``limit_s`` (seconds) that goes on until the process is told to stop,
    because a service without its database has nothing else to do. Anything else that ``start`` raises, and the last
    attempt's error, are raised.
    """
    backoff = Backoff(FIRST_S, MOST_S)
    waited = 0.0
    while True:
        try:
            return start()
        except Exception as error:
            pause = backoff.failed()
            if not may_come(error) or waited + pause > limit_s:
                raise
            logger.warning("%s waits %.1f s for its database: %s", who, pause, _reason(error))
            waiting(type(getattr(error, "orig", None) or error).__name__)
        waited += pause
        sleep(pause)


def _sqlstate(error: BaseException) -> str | None:
    return getattr(error.orig, "sqlstate", None) if isinstance(error, sa_exc.DBAPIError) else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _reason(error: BaseException) -> str:
    # One line, and never the address: it holds the password.
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines() or [""]
    return f"{type(cause).__name__}: {lines[0]}"
