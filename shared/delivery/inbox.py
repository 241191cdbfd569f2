"""The follower's database: reactions, position and parked events of one service, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.contracts.envelope import Envelope
from shared.delivery.errors import CutHere, DeliveryError, Unapplied, is_away
from shared.delivery.parking import Parking, discarded, waiting
from shared.delivery.ports import Applied, Failure
from shared.delivery.tables import parked
from shared.eventstore import tracking
from shared.eventstore.application import ServiceApplication
from shared.eventstore.metadata import Meta
from shared.eventstore.tracking import Position, Step
from shared.eventstore.unit_of_work import UnitOfWork

Reaction = Callable[[Any, UnitOfWork, Envelope], None]

EVERY_EVENT = "*"
"""Key of the reaction to every event that has none of its own."""


class Reactions:
    """What a service does when another service's event arrives, by topic (``profiling.ProfileApproved``)."""

    def __init__(self, by_topic: Mapping[str, Reaction]) -> None:
        self._by_topic = dict(by_topic)

    def to(self, event: Envelope) -> Reaction | None:
        """The reaction to ``event``; None when there is nothing to do about it but to move on."""
        return self._by_topic.get(event.topic, self._by_topic.get(EVERY_EVENT))


def meta_of(envelope: Envelope, service: str) -> Meta:
    """Metadata of what ``service`` stores because of ``envelope``: the same person's act, caused by that event."""
    return Meta(
        happened_on=envelope.happened_on,
        actor=envelope.actor,
        role=envelope.actor_role,
        channel="system",
        # Derived, not random: a reaction that runs twice in a race names the same command both times.
        command_id=uuid5(NAMESPACE_URL, f"{service}<-{envelope.id}"),
        correlation_id=envelope.correlation_id,
        causation_id=envelope.id,
        programme=envelope.programme,
        procedure=envelope.procedure,
        procedure_version=envelope.procedure_version,
        activity=envelope.activity,
        traceparent=envelope.traceparent,
    )


class ApplicationInbox:
    """The `Inbox` of a `ServiceApplication`."""

    def __init__(self, application: ServiceApplication, reactions: Mapping[str, Reaction]) -> None:
        self._app = application
        self._reactions = Reactions(reactions)
        self.parking = Parking(application.database, self.settle_parked)

    def position(self, upstream: str) -> Position:
        with self._app.database.read() as connection:
            return tracking.position_of(connection, upstream)

    def adopt(self, upstream: str, epoch: str) -> None:
        with self._app.database.write() as connection:
            tracking.adopt_epoch(connection, upstream, epoch)

    def apply(self, step: Step, run: Sequence[Envelope]) -> Applied:
        behind = 0

        def decide(unit: UnitOfWork) -> None:
            nonlocal behind
            behind = 0
            held: set[UUID] | None = None
            given_up: set[int] = set()
            for index, event in enumerate(run):
                reaction = self._reactions.to(event)
                if reaction is None:
                    continue
                if held is None:
                    held, given_up = unit.query(
                        lambda connection: (
                            waiting(connection, step.upstream),
                            discarded(connection, step.upstream, step.expected, step.position),
                        )
                    )
                if event.sequence in given_up:
                    continue
                if event.subject in held:
                    self._park_in(unit, step.upstream, event, Failure("", ""), attempts=0)
                    behind += 1
                else:
                    self._react(unit, index, event, reaction)

        self._app.transact(meta_of(run[-1], self._app.name), decide, step=step)
        return Applied(len(run) - behind, behind)

    def park(self, step: Step, envelope: Envelope, failure: Failure) -> None:
        def decide(unit: UnitOfWork) -> None:
            self._park_in(unit, step.upstream, envelope, failure, attempts=1)

        self._app.transact(meta_of(envelope, self._app.name), decide, step=step)

    def release(self, upstream: str) -> int:
        return self.parking.release(upstream)

    def settle_parked(self, envelope: Envelope, mark: Callable[[Connection], None]) -> None:
        """Apply one parked event and run ``mark`` in the same transaction. Raises what the reaction raises."""
        reaction = self._reactions.to(envelope)

        def decide(unit: UnitOfWork) -> None:
            if reaction is not None:
                reaction(self._app, unit, envelope)
            unit.write(mark)

        self._app.transact(meta_of(envelope, self._app.name), decide)

    def _react(self, unit: UnitOfWork, index: int, event: Envelope, reaction: Reaction) -> None:
        unit.meta = meta_of(event, self._app.name)
        if unit.collected or unit.writes or unit.claims or unit.releases:
            # Reads see what is committed. An event that reads after another of its batch has written would decide
            # on a state that one-by-one application never shows: it opens the next transaction instead.
            def refuse(_read: Callable[[Connection], Any]) -> Any:
                raise CutHere(index)

            setattr(unit, "query", refuse)  # noqa: B010
        try:
            reaction(self._app, unit, event)
        except DeliveryError:
            raise
        except Exception as error:
            if is_away(error):
                raise
            raise Unapplied(index) from error
        unit.settle()

    def _park_in(self, unit: UnitOfWork, upstream: str, event: Envelope, failure: Failure, *, attempts: int) -> None:
        row = Parking.row(upstream, event, failure, attempts)
        unit.write(lambda connection: _insert(connection, row))


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(sa.insert(parked).values(row))
