"""What became of every event and command, told by SQL over what the services stored; none of their code is asked.

The witnesses of a follower are what it wrote itself: `reporting` a line of its timeline for every entry of every log,
with the number of the transaction that wrote it; the others events of their own, each of which names its cause.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from uuid import UUID

from tests.containers.stack import SERVICES, Stack

_META = "convert_from(state, 'UTF8')::jsonb -> 'm' ->>"
_LOG = (
    "SELECT id, originator_id, originator_version, topic, recorded_at, "
    f"coalesce({_META} 'causation', ''), {_META} 'command_id', {_META} 'correlation' FROM events ORDER BY id"
)
_TIMELINE = "SELECT service, sequence, type, recorded_at, xmin::text::bigint FROM timeline ORDER BY service, sequence"

EFFECTS: dict[str, dict[str, str]] = {
    "intake.CallOpened": {"profiling": "profiling.CallNoted", "assistance": "assistance.CallNoted"},
    "intake.CandidateIdentified": {
        "profiling": "profiling.CaseAnnounced",
        "assistance": "assistance.CaseAnnounced",
        "inventory": "inventory.CaseNoted",
    },
    "intake.CaseworkerAssigned": {"assistance": "assistance.CaseworkerNoted"},
}
"""Of the load's events those to which another service answers with one event of its own, always (requirements 9.2)."""


@dataclass(frozen=True)
class Entry:
    """A row of a log."""

    subject: str
    version: int
    topic: str
    recorded_at: int
    cause: str
    command: UUID
    correlation: str


Log = dict[int, Entry]


@dataclass
class Findings:
    """How many of each; all 0 when the guarantee held."""

    holes: int = 0
    """Numbers that a log skips, versions that a case skips, and logs that do not end where their head says."""
    clock_back: int = 0
    behind: int = 0
    """Entries that some follower's position has not reached."""
    parked: int = 0
    lost: int = 0
    twice: int = 0
    disorder: int = 0
    """Entries written by a follower before an earlier one of the same log."""
    foreign: int = 0
    """What a follower wrote because of an entry that the log does not hold: another past was absorbed."""
    unkept: int = 0
    """Answered commands that did not leave exactly one trace."""
    said: list[str] = field(default_factory=list)
    """The first of what was found, in words."""

    def figures(self) -> dict[str, int]:
        return {name: number for name, number in asdict(self).items() if name != "said"}


def heads(stack: Stack) -> dict[str, int]:
    """Where each service's log ends."""
    return {name: int(rows[0][0]) for name, rows in stack.rows(SERVICES, "SELECT head FROM log_head").items()}


def positions(stack: Stack) -> dict[tuple[str, str], int]:
    """How far each service has come in each log that it follows."""
    found = stack.rows(SERVICES, "SELECT upstream, position FROM tracking")
    return {(name, upstream): int(position) for name, rows in found.items() for upstream, position in rows}


def reached(stack: Stack, ends: Mapping[str, int]) -> bool:
    """Whether every follower has come to those ends of the logs."""
    return all(position >= ends[upstream] for (_, upstream), position in positions(stack).items())


class Recount:
    """Reads everything once, when nothing moves any more. ``since``: the heads when the load began."""

    def __init__(self, stack: Stack, since: Mapping[str, int]) -> None:
        self._stack = stack
        self._since = since
        self.logs = {name: _log(rows) for name, rows in stack.rows((*SERVICES, "gateway"), _LOG).items()}
        self.found = Findings()

    @property
    def events(self) -> int:
        """Entries of the services' logs since the load began."""
        return sum(len(self.logs[name]) - self._since[name] for name in SERVICES)

    def examine(self, answered: Mapping[str, Iterable[UUID]]) -> Findings:
        """Everything; ``answered`` are the keys of the commands that each service has answered."""
        for name, log in self.logs.items():
            self._examine_log(name, log)
        self._examine_positions()
        self._examine_timeline()
        for follower in SERVICES:
            self._examine_effects(follower)
        for name, keys in answered.items():
            self._examine_commands(name, set(keys))
        return self.found

    def _note(self, what: str, words: str, number: int = 1) -> None:
        if number:
            setattr(self.found, what, getattr(self.found, what) + number)
            if len(self.found.said) < 20:
                self.found.said.append(f"{what}: {words}")

    def _examine_log(self, name: str, log: Log) -> None:
        versions: Counter[str] = Counter()
        before = 0
        for expected, (number, entry) in enumerate(log.items(), 1):
            if number != expected or entry.version != versions[entry.subject] + 1:
                self._note("holes", f"{name}:{number} of {entry.subject} is version {entry.version}")
            versions[entry.subject] = entry.version
            if entry.recorded_at < before:
                self._note("clock_back", f"{name}:{number}")
            before = entry.recorded_at

    def _examine_positions(self) -> None:
        ends = heads(self._stack)
        for name, end in ends.items():
            self._note("holes", f"{name} says to end at {end}", abs(end - len(self.logs[name])))
        for (follower, upstream), position in positions(self._stack).items():
            self._note("behind", f"{follower} stands at {upstream}:{position}", ends[upstream] - position)
        for name, rows in self._stack.rows(SERVICES, "SELECT count(*) FROM parked WHERE status = 'parked'").items():
            self._note("parked", name, int(rows[0][0]))

    def _examine_timeline(self) -> None:
        lines: dict[str, dict[int, tuple[str, int]]] = defaultdict(dict)
        transaction: Counter[str] = Counter()
        for service, number, kind, recorded_at, written in self._stack.rows(["reporting"], _TIMELINE)["reporting"]:
            if int(number) in lines[service]:
                self._note("twice", f"timeline {service}:{number}")
            lines[service][int(number)] = (f"{service}.{kind}", int(recorded_at))
            if int(written) < transaction[service]:
                self._note("disorder", f"timeline {service}:{number}")
            transaction[service] = int(written)
        for service in SERVICES:
            if service == "reporting":
                continue
            log = {number: (entry.topic, entry.recorded_at) for number, entry in self.logs[service].items()}
            for number in sorted(log.keys() - lines[service].keys()):
                self._note("lost", f"timeline {service}:{number}")
            for number, line in lines[service].items():
                if log.get(number) != line:
                    self._note("foreign", f"timeline {service}:{number} {line}, not {log.get(number)}")

    def _examine_effects(self, follower: str) -> None:
        effects: Counter[tuple[str, str]] = Counter()
        place: dict[str, int] = {}
        for number, entry in self.logs[follower].items():
            upstream, _, sequence = entry.cause.partition(":")
            if number <= self._since[follower] or upstream not in self.logs:
                continue
            effects[entry.cause, entry.topic] += 1
            cause = self.logs[upstream].get(int(sequence))
            if cause is None or (cause.correlation, cause.subject) != (entry.correlation, entry.subject):
                self._note("foreign", f"{follower}:{number} {entry.topic} because of {entry.cause}")
            if int(sequence) < place.get(upstream, 0):
                self._note("disorder", f"{follower}:{number} because of {entry.cause}")
            place[upstream] = int(sequence)
        for upstream, log in self.logs.items():
            for number, cause in log.items():
                effect = EFFECTS.get(cause.topic, {}).get(follower)
                if effect is None or number <= self._since.get(upstream, 0):
                    continue
                times = effects[f"{upstream}:{number}", effect]
                self._note("lost", f"{follower} on {upstream}:{number} {cause.topic}", int(times == 0))
                self._note("twice", f"{follower} on {upstream}:{number} {cause.topic}", max(times - 1, 0))

    def _examine_commands(self, name: str, keys: set[UUID]) -> None:
        handled = {UUID(row[0]) for row in self._stack.rows([name], "SELECT command_id FROM commands")[name]}
        made: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
        for entry in self.logs[name].values():
            if entry.command in keys:
                made[entry.command].append((entry.subject, entry.topic))
        for key in keys:
            if key not in handled or not made[key] or len(set(made[key])) != len(made[key]):
                self._note("unkept", f"{name} answered {key} and holds {made[key]}")


def _log(rows: list[list[str]]) -> Log:
    return {
        int(number): Entry(subject, int(version), topic, int(at), cause, UUID(command), correlation)
        for number, subject, version, topic, at, cause, command, correlation in rows
    }
