"""The catalogue's types that a domain may use: an act, and the procedure that says when it is lawful."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol
from uuid import UUID

from shared.catalogue.refusals import CaseClosed, DateBeforePrecondition, StateNotAllowed


class Procedure(Protocol):
    """A version of a procedure: which commands are lawful in which state of a case."""

    @property
    def code(self) -> str:
        """The code of the procedure document."""

    @property
    def version(self) -> str:
        """Its version label as the document writes it."""

    def states_of(self, command: str) -> frozenset[str]:
        """The states of a case in which ``command`` is lawful; empty if it does not depend on one."""

    def commands_in(self, state: str) -> tuple[str, ...]:
        """The commands lawful in ``state``, in the order of their activities."""

    def is_final(self, state: str) -> bool:
        """True for a closed or exited state."""

    def label(self, command_or_state: str) -> str:
        """The Spanish words for a command or a state."""


@dataclass(frozen=True)
class Act:
    """One act of one natural person, under a version of a procedure.

    ``person`` is the natural person's random id: separation of duties compares it, not the account or the role.
    ``on`` is when it happened (America/Bogota); ``today`` the day it is recorded.
    """

    command: str
    person: UUID
    role: str
    on: date
    today: date
    procedure: Procedure = field(repr=False)
    roles: frozenset[str] = frozenset()
    """All roles that the person's grants give today (``role`` is the one that authorises this command)."""
    contracts: frozenset[str] = frozenset()
    """Operator contracts that the person's grants confine it to (ROL-02); empty for staff of the entity."""

    def check_state(self, state: str) -> None:
        """Refuse with `CaseClosed` or `StateNotAllowed` unless the procedure allows this command in ``state``."""
        if state in self.procedure.states_of(self.command):
            return
        if self.procedure.is_final(state):
            raise CaseClosed(state=self.procedure.label(state), lawful=self.procedure.commands_in(state))
        lawful = self.procedure.commands_in(state)
        raise StateNotAllowed(
            command=self.procedure.label(self.command),
            state=self.procedure.label(state),
            allowed=", ".join(map(self.procedure.label, lawful)) or "ninguna acción",
            lawful=lawful,
        )

    def check_not_before(self, previous: date | None, what: str = "happened_on") -> None:
        """Refuse with `DateBeforePrecondition` if this act happened before the act that it presupposes (X-08)."""
        if previous is not None and self.on < previous:
            raise DateBeforePrecondition(field=what, date=self.on.isoformat(), previous=previous.isoformat())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one entry criterion gave (requirements 3.1).

    ``outcome`` is met, not_met, not_applicable, pending or waived. ``reason`` is Spanish and may tell facts of the
    person (age, document type): it is class {s}. ``evidence`` names what was reviewed and ``missing`` what was
    not known, without values. ``branch`` says which of several ways of meeting it applied (AMB-16).
    """

    code: str
    outcome: str
    reason: str
    evidence: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """What the outcome matrix says of one classification: ``pass`` or ``refer`` (A03-3)."""

    result: str
    manual_decision: bool
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeMatrix:
    """Result of a profiling by (entrepreneurial profile, producer, trader); every combination has a cell."""

    code: str
    version: str
    cells: dict[tuple[bool, bool, bool], MatrixCell]

    def cell(self, *, profile: bool, producer: bool, trader: bool) -> MatrixCell:
        return self.cells[profile, producer, trader]


@dataclass(frozen=True, slots=True)
class InstrumentOption:
    """An option of a block; ``most`` and ``least`` are the scales it scores for, None for none (PRO-2)."""

    option: int
    text: str
    most: str | None
    least: str | None


@dataclass(frozen=True, slots=True)
class InstrumentBlock:
    block: int
    options: tuple[InstrumentOption, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a result suggests to the person who classifies, from ``at_least`` on a scale; it decides nothing (PRO-8)."""

    scale: str
    at_least: int
    text: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A psychometric instrument (4.5). ``kind``: forced_choice, likert or external_only.

    ``scales`` maps the code of a scale to its name, in the order that breaks ties. ``norms`` maps a scale to
    rows (lowest raw difference, segment), ascending; empty without a norm table. ``demonstration``: synthetic
    items, not for a programme in production (PRO-6).
    """

    code: str
    version: str
    name: str
    kind: str
    scales: dict[str, str]
    blocks: tuple[InstrumentBlock, ...]
    norms: dict[str, tuple[tuple[int, int], ...]]
    max_unanswered: int
    min_minutes: int
    demonstration: bool
    external_results: bool
    applied_by: tuple[str, ...]
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FigureLine:
    """One number, or one for each value of ``by``.

    ``events`` are those it is counted from, ``where`` the facts that they must have, ``of`` the fact that is summed,
    ``dated`` the fact that places it in the period (by default the day it happened), ``running`` a total from the
    beginning instead of the period's, ``parameter`` the threshold of ``reached``, ``state`` that of ``standing``.
    """

    code: str
    label: str
    measure: str
    events: tuple[str, ...]
    where: Mapping[str, str]
    by: tuple[str, ...]
    of: str | None
    dated: str | None
    running: bool
    parameter: str | None
    state: str | None
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A figure of the reports (6.4). ``owner_folds`` says what of it the published events do not carry (REP-4)."""

    code: str
    label: str
    lines: tuple[FigureLine, ...]
    owner_folds: str | None
