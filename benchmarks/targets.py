"""What the figures should reach, and how each is read off what a proof measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """A number that a proof should reach.

    ``figure`` is the way to it through what the proof recorded (file, then keys); with ``beside``, it is how many times
    that other one. Reached when it is ``at_least`` or ``at_most`` so much. ``limits`` says, of one that is not reached,
    what holds it back and what would lift it.
    """

    what: str
    figure: tuple[str, ...]
    beside: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""
    limits: str = ""

    def value(self, measured: Mapping[str, Any]) -> float | None:
        """The number in ``measured``; None when it was not measured."""
        found = _at(measured, self.figure)
        if not self.beside:
            return found
        other = _at(measured, self.beside)
        return found / other if found is not None and other else None

    def reached(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    @property
    def asked(self) -> str:
        """``at least 1.2 times``"""
        word, number = ("at least", self.at_least) if self.at_least is not None else ("at most", self.at_most)
        return f"{word} {number:,g}{self.unit}"


def _at(measured: Any, way: tuple[str, ...]) -> float | None:
    for name in way:
        if not isinstance(measured, Mapping) or name not in measured:
            return None
        measured = measured[name]
    return float(measured)


def _append(dialect: str, shape: str, how: str) -> tuple[str, ...]:
    return (f"append-{dialect}", "events_per_second", shape, how)


APPEND = (
    Target(
        "PostgreSQL, 8 writers, 1 event a transaction, beside the library's recorder",
        _append("postgresql", "8 writers, 1 a transaction", "one each"),
        _append("postgresql", "8 writers, 1 a transaction", "library"),
        at_least=1.2,
        unit=" times",
    ),
    Target(
        "PostgreSQL, 32 writers, group commit, beside the library's recorder",
        _append("postgresql", "32 writers, 1 a transaction", "groups"),
        _append("postgresql", "32 writers, 1 a transaction", "library"),
        at_least=2,
        unit=" times",
    ),
    Target(
        "PostgreSQL, 32 writers, group commit",
        _append("postgresql", "32 writers, 1 a transaction", "groups"),
        at_least=5_000,
        unit=" events/s",
    ),
)
ACROSS = (
    Target(
        "across RabbitMQ, a row an event", ("across", "events_per_second", "ledger"), at_least=5_000, unit=" events/s"
    ),
    Target(
        "across RabbitMQ, beside plain nameko doing the same",
        ("across", "events_per_second", "ledger"),
        ("across", "events_per_second", "plain nameko"),
        at_least=10,
        unit=" times",
    ),
    Target(
        "committed there to applied here, a row an event, 500/s, p99",
        ("across", "latency_ms", "ledger, 500/s", "p99"),
        at_most=50,
        unit=" ms",
    ),
    Target(
        "committed there to applied here, the timeline, 500/s, p99",
        ("across", "latency_ms", "timeline, 500/s", "p99"),
        at_most=50,
        unit=" ms",
        limits="The real reporting service does for each event what the row of the ledger does not: a line of the "
        "timeline, the case's place on the board, an entry for HEMI that is an aggregate of its own. A profile of both "
        "processes shows that the relay and the commits share one interpreter, applying and its commits the other, and "
        "that PostgreSQL and RabbitMQ take what these leave of two cores: whatever comes at once waits. A third core "
        "lifts it, or several waiting events in one transaction.",
    ),
)
REBUILD = (
    Target(
        "read models made anew, embedded",
        ("rebuild", "events_per_second", "rebuilt"),
        at_least=20_000,
        unit=" events/s",
        limits="Nearly half of an event's time is the parsing of its JSON and the making of event and metadata; the "
        "rest is in about equal parts the reading of the log, what the projections do in Python, and the writing. As "
        "statements are gathered and values opened where they are looked at, what is left is the interpreter's pace: "
        "a faster parser would lift it a little, processes beside each other by their number.",
    ),
)
IMPORT = (
    Target("rows imported, embedded", ("import", "rows_per_second"), at_least=300, unit=" rows/s"),
    Target(
        "rows imported, embedded: the aim",
        ("import", "rows_per_second"),
        at_least=2_000,
        unit=" rows/s",
        limits="One core is busy from beginning to end: two fifths of a row's time seal its twelve personal values "
        "and make two keys, more than a third checks the row and evaluates its 17 criteria, a tenth stores and "
        "projects, the rest makes the events. Several processes on pieces of a list would lift it; one interpreter "
        "does not.",
    ),
)
SEALS = tuple(
    Target(f"{what}, {dialect}", (f"log-seals-{dialect}", figure), at_most=most, unit=unit)
    for dialect in ("sqlite", "postgresql")
    for what, figure, most, unit in (
        ("one proof", "proof_bytes_most", 4_096, " bytes"),
        ("one proof made (p95)", "proof_made_ms_p95", 50, " ms"),
        ("one proof verified (p95)", "proof_verified_ms_p95", 50, " ms"),
        ("the whole log of a million events verified", "whole_log_verified_s", 60, " s"),
        ("from recorded to sealed, 500 events/s (p95)", "lag_s_p95", 5, " s"),
    )
)
EDGE = (
    Target(
        "a query beside 200 slow clients, later than without them (median)",
        ("edge", "later_ms", "p50_ms"),
        at_most=50,
        unit=" ms",
    ),
    Target(
        "a query beside 200 slow clients, later than without them (p99)",
        ("edge", "later_ms", "p99_ms"),
        at_most=50,
        unit=" ms",
    ),
)
IDLE = (
    Target("memory of a service, idle, the largest", ("idle", "most_of_a_service"), at_most=120, unit=" MB"),
    Target("memory of the embedded system, idle", ("idle", "megabytes", "embedded"), at_most=300, unit=" MB"),
)
TIMELINE = tuple(
    Target(
        f"the timeline of a case among a million events, {dialect} (p95)",
        (f"timeline-{dialect}", "p95_ms"),
        at_most=20,
        unit=" ms",
    )
    for dialect in ("sqlite", "postgresql")
)
AS_OF = (
    Target("a case as of any point, equal to a plain replay", ("as-of", "percent_equal"), at_least=100, unit=" %"),
)
CANARIES = (
    Target(
        "personal values of 200 people found in a database, log, queue, stream, file, dump, figure or export",
        ("canaries", "found"),
        at_most=0,
    ),
)
CONTAINERS = (
    Target(
        "`docker compose up`, the image built, until every container is healthy",
        ("containers", "seconds_to_healthy"),
        at_most=60,
        unit=" s",
    ),
    Target(
        "50 cases of the demonstration on the containers: differences from the embedded host",
        ("containers", "differences_from_embedded"),
        at_most=0,
    ),
)
