"""Whether one service can do its work now, check by check, each with a plain reason. No personal value is in it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.delivery.follower import Follower, State
from shared.eventstore import guards
from shared.runtime.asking import NoAnswer, Patience
from shared.runtime.assembly import Assembled

ASK_S = 2.0
"""Seconds that the database has to answer: whoever probes waits hardly longer."""
SILENCE_S = 15.0
"""Seconds without an answer of the broker's after which it counts as away. A beacon goes out every three."""
LAG = 10_000
Answer = dict[str, Any]


@dataclass(frozen=True)
class Check:
    """One thing that the service needs. ``reason`` is Spanish and says what is wrong, empty when nothing is."""

    ok: bool
    reason: str = ""


Checks = dict[str, Check]
GOOD = Check(True)


def bound(environ: Mapping[str, str] = os.environ) -> int:
    """Entries that a follower may stand behind while its service still counts as ready. Raises ValueError."""
    return int(environ.get("IMPULSO_READY_LAG") or LAG)


def answer_of(checks: Checks) -> Answer:
    """The JSON answer: ``status`` is ``ok`` only if every check is."""
    status = "ok" if all(check.ok for check in checks.values()) else "unavailable"
    return {"status": status, "checks": {name: vars(check) for name, check in checks.items()}}


def _read_model(current: bool, built: bool) -> Check:
    if not current:
        return Check(False, "el modelo de lectura es de otra versión: otro proceso, más nuevo, toma el lugar de este")
    return Check(built, "" if built else "el modelo de lectura no está hecho; corra «impulso rebuild»")


class Readiness:
    """The checks of one service: database, triggers, read model, followers, and the broker where there is one.

    ``broker`` is None on a host without one.
    """

    def __init__(
        self,
        service: Assembled,
        followers: Mapping[str, Follower],
        *,
        lag: int = LAG,
        broker: Callable[[], Check] | None = None,
    ) -> None:
        self._service = service
        self._followers = followers
        self._lag = lag
        self._broker = broker
        self._database = Patience(self._look, ASK_S)

    def checks(self) -> Checks:
        """Ask everything now; at most ``ASK_S`` seconds."""
        found = self._stored()
        if self._followers:
            found["followers"] = self._following()
        if self._broker is not None:
            found["broker"] = self._broker()
        return found

    def _stored(self) -> Checks:
        try:
            return self._database.answer()
        except NoAnswer as silence:
            return {"database": Check(False, f"la base de datos {silence}")}
        except Exception as error:
            # Its text holds the address, at times with what it was asked.
            return {"database": Check(False, f"la base de datos no responde ({type(error).__name__})")}

    def _look(self) -> Checks:
        application = self._service.application
        with application.database.read() as connection:
            missing = guards.missing(connection)
            current = application.views.is_current(connection, application.name)
            built = application.views.is_built(connection, application.name)
        gone = f"faltan las protecciones del registro: {', '.join(missing)}; corra «impulso migrate»"
        return {
            "database": GOOD,
            "triggers": Check(not missing, gone if missing else ""),
            "read_model": _read_model(current, built),
        }

    def _following(self) -> Check:
        reasons = []
        for upstream, follower in self._followers.items():
            if follower.state is State.PAUSED:
                # A person decided it; what it tells of its backlog is from before.
                continue
            if follower.state is State.STOPPED:
                reasons.append(f"{upstream}: {follower.explanation}")
            elif follower.backlog.entries > self._lag:
                reasons.append(f"{upstream}: faltan {follower.backlog.entries} entradas (límite {self._lag})")
        return Check(not reasons, "; ".join(reasons))


def heard(last: Callable[[], float | None], *, now: Callable[[], float] = time.monotonic) -> Callable[[], Check]:
    """The check of a broker that last answered at ``last()``, on the monotonic clock."""

    def check() -> Check:
        at = last()
        if at is None:
            return Check(False, "el intermediario de mensajes aún no ha respondido")
        silent = now() - at
        if silent > SILENCE_S:
            return Check(False, f"el intermediario de mensajes no confirma nada desde hace {silent:.0f} s")
        return GOOD

    return check
