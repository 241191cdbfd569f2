"""The follower's database: reactions, position and parked events of one service, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.engine import Connection

from shared.contracts.envelope import Envelope
from shared.delivery import acts
from shared.delivery.errors import CutHere, DeliveryError, Held, Unapplied, is_away
from shared.delivery.message import request_ids
from shared.delivery.parking import Parking, discarded, waiting
from shared.delivery.ports import Applied, Failure
from shared.delivery.tables import parked
from shared.eventstore import tracking
from shared.eventstore.application import ServiceApplication
from shared.eventstore.metadata import Meta
from shared.eventstore.tracking import Position, Step
from shared.eventstore.unit_of_work import UnitOfWork
from shared.tracing.passage import entered
from shared.tracing.spans import span

logger = logging.getLogger(__name__)

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

    def set_paused(self, upstream: str, paused: bool, *, by: str, reason: str = "") -> bool:
        """Pause or resume following ``upstream``; False when it stood so already.

        Once this has returned nothing of ``upstream`` is applied, by any process, until it is resumed: neither what
        arrives nor what is parked. Who did it and why is kept.
        """
        with self._app.database.write() as connection:
            changed = tracking.set_paused(connection, upstream, paused)
            if changed:
                acts.record(connection, "pause" if paused else "resume", upstream, by=by, reason=reason)
        return changed

    def apply(self, step: Step, run: Sequence[Envelope]) -> Applied:
        behind = 0
        met: list[Envelope] = []

        def decide(unit: UnitOfWork) -> None:
            nonlocal behind
            behind = 0
            met.clear()
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
                met.append(event)
                if event.subject in held:
                    self._park_in(unit, step.upstream, event, Failure("", ""), attempts=0)
                    behind += 1
                else:
                    self._react(unit, index, event, reaction)

        done = self._app.transact(meta_of(run[-1], self._app.name), decide, step=step)
        self._noted(met, done.ids, behind)
        return Applied(len(run) - behind, behind)

    def park(self, step: Step, envelope: Envelope, failure: Failure) -> None:
        def decide(unit: UnitOfWork) -> None:
            self._park_in(unit, step.upstream, envelope, failure, attempts=1)

        self._app.transact(meta_of(envelope, self._app.name), decide, step=step)

    def release(self, upstream: str) -> int:
        return self.parking.release(upstream)

    def settle_parked(self, envelope: Envelope, mark: Callable[[Connection], None]) -> None:
        """Apply one parked event and run ``mark`` in the same transaction. Raises what the reaction raises.

        Raises `Held` while its upstream is paused.
        """
        reaction = self._reactions.to(envelope)
        name, service = f"apply {envelope.topic}", self._app.name
        with (
            entered(envelope.correlation_id, envelope.traceparent),
            span(name, service, "consumer", link=envelope.traceparent) as here,
        ):

            def decide(unit: UnitOfWork) -> None:
                if self.position(envelope.source).paused:
                    raise Held(envelope.source)
                if reaction is not None:
                    reaction(self._app, unit, envelope)
                unit.write(lambda connection: _unless_paused(connection, envelope.source))
                unit.write(mark)

            done = self._app.transact(replace(meta_of(envelope, service), traceparent=here.traceparent), decide)
            self._noted([envelope], done.ids, 0)

    def _noted(self, met: list[Envelope], caused: range, behind: int) -> None:
        """One line a transaction; ``caused`` are the entries of our own log that it stored."""
        if met and logger.isEnabledFor(logging.INFO):
            mine = [f"{self._app.name}:{end}" for end in dict.fromkeys((caused[0], caused[-1]))] if caused else []
            about = {"service": self._app.name, "first": met[0].id, "last": met[-1].id, "parked": behind}
            logger.info("applied", extra={**about, "events": mine, "request_ids": request_ids(met)})

    def _react(self, unit: UnitOfWork, index: int, event: Envelope, reaction: Reaction) -> None:
        name, service = f"apply {event.topic}", self._app.name
        with (
            entered(event.correlation_id, event.traceparent),
            span(name, service, "consumer", link=event.traceparent) as here,
        ):
            # What is stored because of the event comes below this span in its trace.
            unit.about(lambda: replace(meta_of(event, service), traceparent=here.traceparent))
            self._react_within(unit, index, event, reaction)

    def _react_within(self, unit: UnitOfWork, index: int, event: Envelope, reaction: Reaction) -> None:
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
        unit.settle_touched()

    def _park_in(self, unit: UnitOfWork, upstream: str, event: Envelope, failure: Failure, *, attempts: int) -> None:
        unit.insert(parked, Parking.row(upstream, event, failure, attempts))


def _unless_paused(connection: Connection, upstream: str) -> None:
    # A parked event moves no position, so no step would notice the pause.
    if not tracking.hold_running(connection, upstream):
        raise Held(upstream)
