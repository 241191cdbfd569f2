"""What happens because time passes: terms that end without anybody acting, recorded by the system itself.

A service says which terms have ended by a day; each is recorded once, whatever restarts or runs beside it, because the
key of a term makes the id of its command.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import structlog

from shared.catalogue.refusals import Refusal
from shared.catalogue.used import noting
from shared.eventstore.application import CommandKey, ServiceApplication
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.clock import today
from shared.runtime.definition import BackgroundWork

NAMESPACE = UUID("0d6c2a52-7f2e-5a2b-9c64-2f3f6f0b7f11")
EVERY_S = 30.0
"""How often a service looks for terms that ended, in seconds; a new day is noticed at the next look."""
PROGRAMME = "PR-156"

log = structlog.get_logger("impulso.deadlines")


@dataclass(frozen=True)
class Deadline:
    """A term that has ended. ``key`` names it for ever (``P-30/<case id>/<letter id>``).

    ``decide(unit_of_work, day)`` records what follows; it looks again, for an act may have come first, and then does
    nothing. ``activity`` is that of the procedure, 0 for none.
    """

    key: str
    command: str
    activity: int
    decide: Callable[[UnitOfWork, date], dict[str, Any] | None]


Ended = Callable[[Any, date], Iterable[Deadline]]
"""``ended(application, day)``: the terms that ended before ``day`` and are not recorded yet, from the read models."""


def settle(application: ServiceApplication, ended: Ended, day: date, stopping: Callable[[], bool]) -> int:
    """Record every term that ended before ``day``; how many. One that is refused is logged and does not stop others."""
    procedure = application.catalogue.procedure(PROGRAMME, day)
    done = 0
    for term in ended(application, day):
        if stopping():
            break
        command_id = uuid5(NAMESPACE, f"{application.name}/{term.key}")
        meta = Meta(
            happened_on=day,
            channel="system",
            command=term.command,
            command_id=command_id,
            causation_id=f"deadline:{term.key}",
            procedure_version=procedure.version,
            activity=term.activity,
        )
        key = CommandKey.of(command_id, {"command": term.command, "deadline": term.key})
        try:
            application.transact(meta, partial(_decide, term, meta, day), command=key)
        except Refusal as refusal:
            log.warning("term refused", service=application.name, command=term.command, code=refusal.code)
            continue
        done += 1
    return done


def _decide(term: Deadline, meta: Meta, day: date, unit: UnitOfWork) -> dict[str, Any] | None:
    with noting(meta.versions):
        return term.decide(unit, day)


def deadlines(ended: Ended, *, every_s: float = EVERY_S, day: Callable[[], date] = today) -> BackgroundWork:
    """Background work that looks for ended terms every ``every_s`` seconds."""
    guard, next_look = threading.Lock(), [0.0]

    def work(application: Any, stopping: Callable[[], bool]) -> bool:
        now = time.monotonic()
        with guard:
            if now < next_look[0]:
                return False
            next_look[0] = now + every_s
        return settle(application, ended, day(), stopping) > 0

    return work


def together(*works: BackgroundWork) -> BackgroundWork:
    """Several pieces of background work as one: each gets its turn at every call."""

    def work(application: Any, stopping: Callable[[], bool]) -> bool:
        return any([each(application, stopping) for each in works])

    return work
