"""Which release of the code a process is: the one whose read model stands, or a former one that must write no more."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.eventstore.errors import ReadModelReplaced

GATE = 0x696D70756C736F
"""The gate of a PostgreSQL database, an advisory lock: whoever writes passes it, who must write alone closes it."""
LET_GO_AFTER_MS = 15_000
"""Milliseconds after which PostgreSQL undoes a write transaction whose process stands still in the middle of it.

A process that is stopped, or whose network was cut without a word, would keep the gate and the log's row, and with them
everybody else, until the server's TCP gives it up (two hours by default). Readers hold up nobody and are let alone.
"""
BOUNDED = "set_config('idle_in_transaction_session_timeout', :let_go, true)"
"""With `bound`, for the transaction that runs it; part of the statement that passes the gate, at no journey's cost."""
# One statement, so that it costs no journey. What it sees may be older than its turn at the gate; then whoever made the
# tables anew stands before us, and whoever fills them behind us: what is written here is made again from the log.
_PASS_AS = sa.text(
    f"SELECT pg_advisory_xact_lock_shared({GATE}), {BOUNDED}, "
    "(SELECT fingerprint FROM view_schema WHERE name = :name) AS fingerprint"
)
_FINGERPRINT = sa.text("SELECT fingerprint FROM view_schema WHERE name = :name")
_LOOK_EVERY_S = 1.0


def bound() -> dict[str, str]:
    """The parameter of `BOUNDED`."""
    return {"let_go": str(LET_GO_AFTER_MS)}


class Release:
    """The read model ``name`` as this code knows it, by its ``fingerprint``.

    On PostgreSQL two releases may stand side by side. When the newer one's ``migrate`` has made the tables anew, the
    statements of the former could fail or, worse, pass and leave rows that only look complete.
    """

    def __init__(self, name: str, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._looked = float("-inf")

    def pass_gate(self, connection: Connection) -> None:
        """Pass the writers' gate. Raises `ReadModelReplaced` when the tables are of another release."""
        self._compare(connection.execute(_PASS_AS, {"name": self.name, **bound()}).one().fingerprint)

    def check(self, connection: Connection) -> None:
        """Raise `ReadModelReplaced` when the tables are of another release."""
        self._compare(connection.execute(_FINGERPRINT, {"name": self.name}).scalar())
        self._looked = time.monotonic()

    @property
    def looked_lately(self) -> bool:
        """True for a second after a check: readers need not ask each time."""
        return time.monotonic() - self._looked < _LOOK_EVERY_S

    def _compare(self, fingerprint: str | None) -> None:
        if fingerprint != self.fingerprint:
            raise ReadModelReplaced(f"the read model of {self.name} is of another release")
