"""What became of every event, told by SQL over what is stored; none of the code that stored it is asked.

Four witnesses are compared: the counter's log, the watcher's receipts in the order in which it wrote them, the
watcher's own events (the effects), and its position.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

_LOG = "SELECT id, originator_id, originator_version, topic, recorded_at FROM events ORDER BY id"
_RECEIPTS = "SELECT sequence, subject, case_version FROM receipts ORDER BY place"
_EFFECTS = "SELECT originator_id, count(*) FROM events WHERE topic LIKE 'watcher.Mirrored%' GROUP BY 1"
_POSITION = "SELECT position FROM tracking WHERE upstream = 'counter'"


@dataclass
class Findings:
    """How many of each; all 0 when the guarantee held."""

    holes: int = 0
    """Numbers that the counter's log skips, and versions that a case of it skips."""
    clock_back: int = 0
    """Entries recorded before the entry that stands before them."""
    lost: int = 0
    twice: int = 0
    disorder: int = 0
    """Receipts that do not continue their case."""
    foreign: int = 0
    """Receipts of something that the counter's log does not hold: another past was absorbed."""
    effects: int = 0
    """Cases whose effects are not as many as the counts that they come from."""
    behind: int = 0
    """Events that the watcher's position has not reached."""

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def audit(counter_url: str, watcher_url: str) -> Findings:
    """Compare the two databases (PostgreSQL), once the watcher has come to the end of the log."""
    log = _rows(counter_url, _LOG)
    receipts = _rows(watcher_url, _RECEIPTS)
    effects = {row[0]: row[1] for row in _rows(watcher_url, _EFFECTS)}
    position = next((row[0] for row in _rows(watcher_url, _POSITION)), 0)
    found = Findings()

    known: dict[int, tuple[UUID, int]] = {}
    versions: Counter[UUID] = Counter()
    counted: Counter[UUID] = Counter()
    last_id, last_clock = 0, 0
    for number, case, version, topic, recorded_at in log:
        found.holes += (number != last_id + 1) + (version != versions[case] + 1)
        found.clock_back += recorded_at < last_clock
        last_id, last_clock, versions[case] = number, recorded_at, version
        counted[case] += topic.startswith("counter.Counted")
        known[number] = (case, version)

    seen: Counter[int] = Counter()
    reached: Counter[UUID] = Counter()
    for sequence, case, version in receipts:
        seen[sequence] += 1
        found.foreign += known.get(sequence) != (case, version)
        found.disorder += version != reached[case] + 1
        reached[case] = version
    found.lost = sum(1 for number in known if number <= position and not seen[number])
    found.twice = sum(times - 1 for times in seen.values())
    found.effects = sum(1 for case in counted.keys() | effects.keys() if counted[case] != effects.get(case, 0))
    found.behind = last_id - position
    return found


def _rows(url: str, query: str) -> list[Any]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [*connection.execute(sa.text(query))]
