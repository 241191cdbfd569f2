"""Witnesses on a host: one service cosigns what the others show it, and each shows its own in the background."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
import structlog

from shared.audit.errors import AuditProblem
from shared.audit.presenting import Presenter, Refused, answer_from_wire, answer_to_wire, from_wire, to_wire
from shared.audit.witness import Seen, Shown, Witness
from shared.delivery.errors import Away
from shared.delivery.pacing import Backoff
from shared.delivery.tables import operator_acts
from shared.eventstore.database import Database
from shared.eventstore.log import Log
from shared.runtime.sealing import EVERY_S
from shared.runtime.turns import take_turns

log = structlog.get_logger("impulso.witness")

WITNESS_SERVICE = "reporting"
VARIABLE = "IMPULSO_WITNESS"
AGAIN_S = 60.0
"""Seconds after which a log shows its checkpoint again though nothing is new: a log that went back is found so."""
REFUSED_S = 300.0
Answer = dict[str, Any]
AskService = Callable[[Answer], Answer]
"""The witness's ``witness`` method, by whatever way. Raises `Away`."""


def witness_service(environ: Mapping[str, str] = os.environ) -> str:
    """The service whose witness cosigns this one's log (``IMPULSO_WITNESS``); empty for none."""
    named = environ.get(VARIABLE, "").strip()
    return "" if named == "-" else named or WITNESS_SERVICE


def answer(witness: Witness | None, payload: Answer) -> Answer:
    """What the witness of this process says of what is shown; the wire form of both is that of `presenting`."""
    if witness is None:
        return {"problem": "WITNESS_NONE"}
    try:
        return answer_to_wire(witness.see(from_wire(payload)))
    except AuditProblem as problem:
        log.warning("checkpoint not cosigned", of=str(payload.get("log"))[:40], code=problem.code)
        return {"problem": problem.code}


class WitnessUnable(Exception):
    """The witness answered and cosigned nothing: it has no key, or does not know this log's. ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Witnessing:
    """Shows one log's checkpoints to the witness that ``ask`` reaches, until it is told to stop."""

    def __init__(self, service_log: Log, ask: AskService, every: float = EVERY_S) -> None:
        self._log = service_log
        self._ask = ask
        self._every = every
        self._presenter = Presenter(service_log, lambda epoch: was_restored(service_log.database, epoch))
        self._said = ""
        self._backoff, self._shown_at = Backoff(1.0, 60.0), -AGAIN_S

    def run(self, stop: threading.Event) -> None:
        """Show what is new every so many seconds; what fails is logged once and tried again, a minute later at most."""
        take_turns([self.look], stop)

    def look(self) -> float:
        """Show what is new; the seconds until the next look."""
        now = time.monotonic()
        pause = self._step(again=now - self._shown_at >= AGAIN_S)
        if pause is None:
            self._backoff.worked()
            self._shown_at = now if now - self._shown_at >= AGAIN_S else self._shown_at
            pause = self._every
        return pause or self._backoff.failed()

    def show(self) -> None:
        """Show the latest checkpoint now. Raises what `run` would have logged."""
        self._presenter.step(self._asked, again=True)

    def finish(self) -> None:
        """Show what was sealed last; what fails is logged. Once `run` has ended."""
        self._step(again=False)

    def _step(self, *, again: bool) -> float | None:
        """None when it went well; else the seconds to wait, 0 for a pause that grows."""
        try:
            self._presenter.step(self._asked, again=again)
        except Refused as refused:
            self._say("error", refused.code, str(refused))
            return REFUSED_S
        except AuditProblem as problem:
            self._say("error", problem.code, str(problem))
            return 0.0
        except Away:
            self._say("info", "WITNESS_AWAY", "")
            return 0.0
        except WitnessUnable as unable:
            self._say("warning", unable.code, "")
            return 0.0
        except Exception as error:
            # The database is away, or a later release has taken this one's place.
            self._say("warning", type(error).__name__, "")
            return 0.0
        self._said = ""
        return None

    def _asked(self, shown: Shown) -> Seen:
        found = self._ask(to_wire(shown))
        if problem := found.get("problem"):
            raise WitnessUnable(str(problem))
        return answer_from_wire(found)

    def _say(self, level: str, code: str, reason: str) -> None:
        if code != self._said:
            getattr(log, level)("log not cosigned", service=self._log.name, code=code, reason=reason)
        self._said = code


def was_restored(database: Database, epoch: str) -> bool:
    """Whether the life ``epoch`` of a log began with a restore that was recorded beside it."""
    acts = sa.select(operator_acts.c.id).where(operator_acts.c.act == "restore", operator_acts.c.about == epoch)
    with database.read() as connection:
        return connection.execute(acts.limit(1)).first() is not None
