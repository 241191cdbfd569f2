"""Sealing as background work of a service, on both hosts: beside the commands, never in their way."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence

import structlog

from shared.audit.errors import AuditProblem
from shared.audit.keys import Signer
from shared.audit.sealed_log import SealedLog
from shared.audit.sealer import Sealer
from shared.delivery.pacing import Backoff
from shared.eventstore.log import Log
from shared.runtime.settings import ConfigurationError
from shared.runtime.turns import take_turns

log = structlog.get_logger("impulso.sealing")

EVERY_S = 2.0
"""Seconds between two looks at the log: how long an event waits, at most, for a signed checkpoint that covers it."""


def interval(environ: Mapping[str, str] = os.environ) -> float:
    """Seconds between two checkpoints of a log that grows (``IMPULSO_SEAL_EVERY``). Raises `ConfigurationError`."""
    try:
        seconds = float(environ.get("IMPULSO_SEAL_EVERY") or EVERY_S)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise ConfigurationError("IMPULSO_SEAL_EVERY debe ser un número de segundos, mayor que 0 y hasta 3600.")
    return seconds


class Sealing:
    """Seals one log until it is told to stop. Without a ``signer`` nothing is sealed, and that is told."""

    def __init__(self, service_log: Log, signer: Signer | None, every: float = EVERY_S) -> None:
        self.sealed_log = SealedLog(service_log)
        self.signer = signer
        self._log = service_log
        self._every = every
        self._sealer = None if signer is None else Sealer(service_log, signer)
        self._backoff = Backoff(1.0, 60.0)

    def run(self, stop: threading.Event) -> None:
        """Seal what is new, every so many seconds. A failure is logged and tried again, a minute later at most."""
        run_all([self], stop)

    def look(self) -> float:
        """Seal what is new; the seconds until the next look."""
        more = self.step()
        if more is None:
            return self._backoff.failed()
        self._backoff.worked()
        return 0.0 if more else self._every

    def step(self) -> bool | None:
        """Whether there is more to seal at once; None when it failed."""
        assert self._sealer is not None
        try:
            return self._sealer.step().more
        except AuditProblem as problem:
            log.error("log not sealed", service=self._log.name, code=problem.code, reason=str(problem))
        except Exception as error:
            # The database is away, or another release has taken this one's place: a later step goes on from here.
            log.warning("log not sealed", service=self._log.name, error=type(error).__name__)
        return None


def run_all(sealings: Sequence[Sealing], stop: threading.Event) -> None:
    """Seal each log on this one thread, until ``stop`` is set: what fails of one holds up none of the others."""
    for each in sealings:
        if each.signer is None:
            log.warning("log not sealed: no key", service=each.sealed_log.log.name)
    keyed = [each for each in sealings if each.signer is not None]
    if not keyed:
        return
    take_turns([each.look for each in keyed], stop)
    for each in keyed:
        # What came since the last look need not wait for the next start.
        each.step()
