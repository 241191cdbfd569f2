"""How a case ends, and how two people open it again (CASE-6, SOD-8): the same in every service that can end one.

The service that ended the case decides; the others hear of it and take up what they had. Each service declares the
three events under its own topics.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.catalogue.refusals import SeparationOfDuties, StateNotAllowed, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

if TYPE_CHECKING:
    _Base = Aggregate
else:
    # A plain class at run time: the library would turn the annotations of an aggregate into constructor arguments.
    _Base = object


MERGED = "merged"
"""A case that is part of another one: it comes back by parting the two, which is no re-opening."""


class ReopenRequested(Aggregate.Event):
    """Somebody asked to open the case again; nothing changes until another person confirms."""

    request_id: UUID
    reason: Personal
    requested_on: date
    requested_by: UUID

    def apply(self, aggregate: Any) -> None:
        aggregate.reopen_request = self.request_id
        aggregate.reopen_asked_by = (*aggregate.reopen_asked_by, self.requested_by)
        aggregate.reopen_asked_on = self.requested_on


class Reopened(Aggregate.Event):
    """The case is again in ``state``, where it was before it ended; what it went through stays."""

    request_id: UUID | None
    state: str
    reopened_on: date
    reopened_by: UUID | None

    def apply(self, aggregate: Any) -> None:
        aggregate.take_up(self.reopened_on)


class ReopeningNoted(Aggregate.Event):
    """Another service, which had ended the case, opened it again: it is in ``state`` here, as before."""

    state: str
    noted_on: date

    def apply(self, aggregate: Any) -> None:
        aggregate.take_up(self.noted_on, reopening=aggregate.state != MERGED)


class Endings(_Base):
    """The end of a case and its opposite. ``ended_from`` is the state before the end, None while it has not ended."""

    CaseReopenRequested: ClassVar[type[Any]]
    CaseReopened: ClassVar[type[Any]]
    ReopeningNoted: ClassVar[type[Any]]

    state: str
    closed_elsewhere: bool
    ended_from: str | None
    reopenings: int
    reopened_on: date | None
    taken_up_on: date | None
    reopen_request: UUID | None
    reopen_asked_on: date | None
    reopen_asked_by: tuple[UUID, ...]

    def begin_open(self) -> None:
        """A case that has never ended; called when its state begins."""
        self.closed_elsewhere = False
        self.ended_from = None
        self.reopenings = 0
        self.reopened_on = self.taken_up_on = self.reopen_asked_on = self.reopen_request = None
        self.reopen_asked_by = ()

    def end(self, state: str, *, elsewhere: bool = False) -> None:
        """Called by the events that end the case: keep where it stood, also when it ends in two ways at once."""
        if self.ended_from is None:
            self.ended_from = self.state
        self.state = state
        self.closed_elsewhere = elsewhere

    def take_up(self, day: date, *, reopening: bool = True) -> None:
        """Called by the events that open the case again, by a ``reopening`` or by parting two that were merged."""
        self.state, self.ended_from = self.ended_from or "", None
        self.closed_elsewhere = False
        self.taken_up_on = day
        if reopening:
            self.reopenings += 1
            self.reopened_on = day
        self.reopen_asked_by, self.reopen_asked_on, self.reopen_request = (), None, None

    def request_reopen(self, act: Act, *, request_id: UUID, reason: Personal) -> None:
        """Ask to open an ended case again, in the service that ended it. Raises `StateNotAllowed`."""
        self._check_ended_here(act)
        self.trigger_event(
            self.CaseReopenRequested, request_id=request_id, reason=reason, requested_on=act.on, requested_by=act.person
        )

    def confirm_reopen(self, act: Act) -> None:
        """Open the case again. Raises `StepOutOfOrder` without a request, `SeparationOfDuties` for who asked."""
        self._check_ended_here(act)
        if self.reopen_asked_on is None:
            raise StepOutOfOrder(missing="que otra persona solicite la reapertura, con su motivo")
        if act.person in self.reopen_asked_by:
            raise SeparationOfDuties(rule="SOD-8", explanation="la confirma una persona distinta de quien la solicitó.")
        act.check_not_before(self.reopen_asked_on)
        self.trigger_event(
            self.CaseReopened,
            request_id=self.reopen_request,
            state=self.ended_from or "",
            reopened_on=act.on,
            reopened_by=act.person,
        )

    def note_reopening(self, day: date) -> None:
        """The service that had ended the case opened it again; saying it twice changes nothing."""
        if self.closed_elsewhere:
            self.trigger_event(self.ReopeningNoted, state=self.ended_from or "", noted_on=day)

    def _check_ended_here(self, act: Act) -> None:
        if not self.state:
            raise StepOutOfOrder(missing="que el caso llegue a este servicio y termine en él")
        act.check_state(self.state)
        if self.closed_elsewhere:
            raise StateNotAllowed(
                command=act.procedure.label(act.command),
                state=act.procedure.label(self.state),
                allowed="pedirla en el servicio que terminó el caso",
            )
