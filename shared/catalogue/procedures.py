"""A version of a procedure: its activities, the states of a case, and the commands lawful in each (X-01, X-04)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.commands import SERVICES, CommandDefinition
from shared.catalogue.errors import CatalogueError
from shared.catalogue.reader import Node

_WITHOUT_ACTIVITY = 1_000


@dataclass(frozen=True, slots=True)
class HemiEntry:
    """An entry that the activity makes in HEMI; ``module`` None if the procedure names none."""

    kind: str
    module: str | None


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where an activity leads; ``when`` is the answer of a gate (*Sí*, *No*), None elsewhere."""

    to: int
    when: str | None


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of the procedure. ``control_point`` is its text, None if it is not one (X-06).

    ``records`` are codes of the document register. ``standard_time`` in hours, None when the source gives none.
    """

    number: int
    name: str
    service: str
    responsible: tuple[str, ...]
    roles: tuple[str, ...]
    control_point: str | None
    records: tuple[str, ...]
    hemi: tuple[HemiEntry, ...]
    standard_time: Decimal | None
    next: tuple[Arrow, ...]
    gate: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class State:
    """A state of a case. ``kind``: open, closed or exited; ``owner`` None = the service of the last state."""

    state: str
    label: str
    owner: str | None
    kind: str
    entered_by: tuple[str, ...]
    next: tuple[str, ...]

    @property
    def final(self) -> bool:
        return self.kind != "open"


@dataclass(frozen=True, slots=True, eq=False)
class ProcedureVersion:
    """Implements `shared.catalogue.types.Procedure`."""

    artefact: Artefact
    name: str
    purpose: str
    programme: str
    activities: tuple[Activity, ...]
    states: Mapping[str, State]
    needs: Mapping[str, tuple[str, ...]]
    _labels: Mapping[str, str]
    _states_of: Mapping[str, frozenset[str]]
    _commands_in: Mapping[str, tuple[str, ...]]

    @property
    def code(self) -> str:
        return self.artefact.code

    @property
    def version(self) -> str:
        return self.artefact.version

    @property
    def effective_from(self) -> date:
        return self.artefact.effective_from

    def activity(self, number: int) -> Activity:
        """The activity of that number; KeyError if the procedure has none."""
        for each in self.activities:
            if each.number == number:
                return each
        raise KeyError(number)

    def states_of(self, command: str) -> frozenset[str]:
        return self._states_of.get(command, frozenset())

    def commands_in(self, state: str) -> tuple[str, ...]:
        return self._commands_in.get(state, ())

    def is_final(self, state: str) -> bool:
        return self.states[state].final

    def label(self, command_or_state: str) -> str:
        return self._labels.get(command_or_state, command_or_state)

    def owner(self, state: str) -> str | None:
        """The service that owns a state; None for a final one, which stays with the service that entered it."""
        return self.states[state].owner


def read_procedure(
    node: Node, commands: Iterable[CommandDefinition], elsewhere: Collection[str] = ()
) -> ProcedureVersion:
    """The procedure in ``node``, with the commands of every service placed in its states.

    ``elsewhere`` are the states of its other versions: a command may name them, and has no place here then.
    """
    artefact = read_header(node, "procedure")
    states: dict[str, State] = {}
    for each in node.nodes("states", required=True):
        state = _state(each)
        if state.state in states:
            raise each.error(f"el estado {state.state} está repetido", "state")
        states[state.state] = state
    for state in states.values():
        for target in state.next:
            if target not in states:
                raise node.error(f"{state.state} lleva a un estado que no existe: {target}", "states")
    name, purpose, programme = node.text("name"), node.text("purpose"), node.text("programme")
    activities = _activities(node)
    needs_node = node.node("needs")
    needs = {key: needs_node.texts(key) for key in needs_node.value}
    node.done()
    ordered = sorted(commands, key=lambda each: each.activity or _WITHOUT_ACTIVITY)
    lawful = [(each, _resolve(each, states, elsewhere)) for each in ordered]
    states_of: dict[str, frozenset[str]] = {}
    commands_in: dict[str, dict[str, None]] = {}
    for command, where in lawful:
        # the same act may exist in several services, each for the states it owns (CASE-3)
        states_of[command.command] = states_of.get(command.command, frozenset()) | where
        for state_name in where:
            commands_in.setdefault(state_name, {})[command.command] = None
    return ProcedureVersion(
        artefact,
        name,
        purpose,
        programme,
        activities,
        MappingProxyType(states),
        MappingProxyType(needs),
        MappingProxyType(
            {each.command: each.label for each in ordered} | {key: each.label for key, each in states.items()}
        ),
        MappingProxyType(states_of),
        MappingProxyType({key: tuple(each) for key, each in commands_in.items()}),
    )


def _state(node: Node) -> State:
    state = State(
        state=node.identifier("state"),
        label=node.text("label"),
        owner=node.maybe_text("owner"),
        kind=node.text("kind"),
        entered_by=node.texts("entered_by"),
        next=node.texts("next"),
    )
    node.done()
    if state.kind not in ("open", "closed", "exited"):
        raise node.error("debe ser open, closed o exited", "kind")
    if state.owner is not None and state.owner not in SERVICES:
        raise node.error(f"no hay un servicio {state.owner}", "owner")
    if state.owner is None and not state.final:
        raise node.error("un estado abierto tiene un servicio dueño", "owner")
    return state


def _activities(node: Node) -> tuple[Activity, ...]:
    found = []
    for expected, each in enumerate(node.nodes("activities", required=True), start=1):
        found.append(_activity(each))
        if found[-1].number != expected:
            raise each.error(f"las actividades van en orden y sin saltos: se esperaba la {expected}", "number")
    for activity in found:
        for arrow in activity.next:
            if not 1 <= arrow.to <= len(found):
                raise node.error(f"la actividad {activity.number} lleva a la {arrow.to}, que no existe", "activities")
    return tuple(found)


def _activity(node: Node) -> Activity:
    hemi, arrows = [], []
    for each in node.nodes("hemi"):
        hemi.append(HemiEntry(each.identifier("kind"), each.maybe_text("module")))
        each.done()
    for each in node.nodes("next"):
        arrows.append(Arrow(each.integer("to"), each.maybe_text("when")))
        each.done()
    hours = node.maybe_number("standard_time")
    found = Activity(
        number=node.integer("number"),
        name=node.text("name"),
        service=node.text("service"),
        responsible=node.texts("responsible"),
        roles=node.texts("roles"),
        control_point=node.maybe_text("control_point"),
        records=node.texts("records"),
        hemi=tuple(hemi),
        standard_time=None if hours is None else Decimal(str(hours)),
        next=tuple(arrows),
        gate=node.flag("gate"),
        note=node.maybe_text("note"),
    )
    node.done()
    if found.service not in SERVICES:
        raise node.error(f"no hay un servicio {found.service}", "service")
    return found


def _resolve(command: CommandDefinition, states: Mapping[str, State], elsewhere: Collection[str]) -> frozenset[str]:
    """The states that a command names, with ``open``, ``from:<state>`` and ``service:<name>`` resolved."""
    found: set[str] = set()
    is_open = [each.state for each in states.values() if not each.final]
    for word in command.states:
        scope, _, name = word.partition(":")
        if word == "open":
            found.update(is_open)
        elif scope == "from" and name in is_open:
            found.update(is_open[is_open.index(name) :])
        elif scope == "service" and name in SERVICES:
            found.update(each for each in is_open if states[each].owner == name)
        elif word in states:
            found.add(word)
        elif (name if scope == "from" else word) not in elsewhere:
            problem = f"{command.command} nombra un estado que no existe: {word}"
            raise CatalogueError("CATALOGUE_REFERENCE", command.file, f"{command.place}.states", problem)
    return frozenset(found)
