"""The follower: one consumer's way through one upstream's log, by the three-way rule."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from enum import StrEnum
from threading import Event
from typing import NoReturn

from shared.delivery.backlog import Backlog
from shared.delivery.errors import Away, CutHere, Diverged, Held, Unapplied, is_away
from shared.delivery.failures import brief, failure_of
from shared.delivery.feed import MAX_PAGE, FeedPage, Verdict
from shared.delivery.message import Beacon, Message
from shared.delivery.pacing import Backoff
from shared.delivery.ports import FeedSource, Inbox
from shared.delivery.telemetry import Counts, Measure, Telemetry
from shared.eventstore.errors import TrackingConflict
from shared.eventstore.tracking import Position, Step

logger = logging.getLogger(__name__)

LOOK_AGAIN = 2.0
"""Seconds between two looks of a stopped follower at whether a person has decided how it goes on."""


class State(StrEnum):
    """FOLLOWING; WAITING while something is away; PAUSED by a person; STOPPED when the upstream's past is not ours."""

    FOLLOWING = "following"
    WAITING = "waiting"
    PAUSED = "paused"
    STOPPED = "stopped"


class Follower:
    """Follows ``upstream``. Use one from one thread at a time; any number of them, anywhere, may compete.

    Every public method either settles what it was given, or raises `Away` (nothing settled beyond what was committed;
    call again), `Held` (a person has paused it: leave the queue alone) or `Diverged` (stop). A message may be
    acknowledged once `receive` returned.
    """

    def __init__(
        self,
        upstream: str,
        feed: FeedSource,
        inbox: Inbox,
        *,
        batch: int = MAX_PAGE,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.upstream = upstream
        self.state = State.FOLLOWING
        self.explanation = ""
        self.backlog = Backlog()
        self._feed = feed
        self._inbox = inbox
        self._batch = min(batch, MAX_PAGE)
        self._telemetry = telemetry or Counts()
        self._position: Position | None = None

    @property
    def position(self) -> Position:
        """The position as last seen; read from the database when not known."""
        if self._position is None:
            try:
                self._position = self._inbox.position(self.upstream)
            except Exception as error:
                raise self._judged(error) from error
        if self._position.paused:
            self._hold()
        return self._position

    def receive(self, messages: Sequence[Message | Beacon]) -> None:
        """Settle what the broker brought, in its order: drop duplicates, apply what is next, pull what is missing."""
        run: list[Message] = []
        for message in messages:
            if isinstance(message, Beacon):
                self._settle(run)
                self.backlog.told(message.head)
                if message.epoch != self.position.epoch or message.head > self.position.position:
                    self.pull()
                continue
            ahead = run[-1].sequence if run else self.position.position
            if message.sequence <= ahead and self._same_life(message):
                self._telemetry.count(self.upstream, Measure.DUPLICATE, 1)
            elif message.sequence == ahead + 1 and self._continues(run, message):
                run.append(message)
            else:
                # A hole, or another past under the same numbers: the feed knows which, the message does not.
                self._settle(run)
                if message.sequence > self.position.position or not self._same_life(message):
                    self.pull()
        self._settle(run)

    def pull(self) -> int:
        """Read the upstream's feed from the position to its head and apply it; how many entries came that way."""
        pulled = 0
        while True:
            here = self.position
            page = self._page(here)
            if page.messages:
                first = page.messages[0]
                if first.sequence != here.position + 1 or first.prior_hash != here.entry_hash:
                    self._stop(
                        f"el servicio {self.upstream} respondió con la entrada {first.sequence}, "
                        f"que no sigue a la posición {here.position}"
                    )
                if not self._apply(page.messages):
                    continue
                self._telemetry.count(self.upstream, Measure.PULLED, len(page.messages))
                pulled += len(page.messages)
            self.backlog.told(page.head)
            self.backlog.reached(self.position.position)
            self._telemetry.gauge(self.upstream, Measure.LAG, self.backlog.entries)
            if not page.messages or self.position.position >= page.head:
                self.state, self.explanation = State.FOLLOWING, ""
                return pulled

    def tick(self) -> int:
        """The periodic pull; it also takes up events that wait behind a parked one that was settled since."""
        # Another consumer, or a restore of our own database, may have moved the position since.
        self._position = None
        pulled = self.pull()
        try:
            return pulled + self._inbox.release(self.upstream)
        except Held:
            self._hold()
        except Exception as error:
            raise self._judged(error) from error

    def adopt(self) -> None:
        """Go on under the upstream's new epoch, if its log still holds the very entry that this position stands on.

        A person decides this, after a restore. Raises `Diverged` when the log holds another entry there.
        """
        self._position = None
        here = self.position
        page = self._feed.page(here.position, 1, here.entry_hash, "")
        if page.verdict is Verdict.DIVERGED:
            self._stop(page.reason)
        self._inbox.adopt(self.upstream, page.epoch)
        self._position = None
        self.state, self.explanation = State.FOLLOWING, ""

    def run(self, stop: Event, wake: Event, *, every: float = 1.0) -> None:
        """Pull until ``stop``, at once when ``wake`` is set. The whole follower of a host without a broker."""
        backoff = Backoff()
        looked = float("-inf")
        while not stop.is_set():
            wake.clear()
            try:
                # A prompt says that there is more to pull, as a message of a broker would: the rest waits its turn.
                if time.monotonic() - looked < every:
                    self.pull()
                else:
                    looked = time.monotonic()
                    self.tick()
                backoff.worked()
                wake.wait(max(looked + every - time.monotonic(), 0.0))
            except (Held, Diverged):
                # Nothing more is applied. A person decides; this only looks whether it was decided.
                stop.wait(LOOK_AGAIN)
            except Away as error:
                pause = backoff.failed()
                logger.warning("following %s pauses %.1f s: %s", self.upstream, pause, error)
                stop.wait(pause)

    def _page(self, here: Position) -> FeedPage:
        try:
            page = self._feed.page(here.position, self._batch, here.entry_hash, here.epoch)
        except Exception as error:
            # Whatever goes wrong over there, it is not the fault of an event: wait for the upstream.
            self.state, self.explanation = State.WAITING, f"{self.upstream}: {type(error).__name__}"
            raise Away(f"the feed of {self.upstream} does not answer: {brief(error)}") from error
        if page.verdict is Verdict.DIVERGED:
            self._stop(page.reason)
        return page

    def _same_life(self, message: Message) -> bool:
        here = self.position
        if here.epoch and message.epoch != here.epoch:
            return False
        return message.sequence != here.position or message.entry_hash == here.entry_hash

    def _continues(self, run: list[Message], message: Message) -> bool:
        here = self.position
        hash_before, epoch = (run[-1].entry_hash, run[-1].epoch) if run else (here.entry_hash, here.epoch)
        return message.prior_hash == hash_before and (not epoch or message.epoch == epoch)

    def _settle(self, run: list[Message]) -> None:
        for start in range(0, len(run), self._batch):
            if not self._apply(run[start : start + self._batch]):
                self.pull()
                break
        run.clear()

    def _apply(self, run: Sequence[Message]) -> bool:
        """Apply contiguous messages; False when another consumer was faster and the position must be looked at anew.

        A piece that fails is cut at its culprit, until the culprit has failed alone; then it is parked. That it fails
        alone matters: together with others it may have failed because of them.
        """
        pieces: list[Sequence[Message]] = [run]
        while pieces:
            piece = pieces.pop()
            if not piece:
                continue
            self.backlog.begins(piece[0].envelope, run[-1].sequence)
            step = self._step(piece)
            if step is None:
                return False
            try:
                applied = self._inbox.apply(step, [message.envelope for message in piece])
            except TrackingConflict:
                self._position = None
                return False
            except CutHere as error:
                pieces += [piece[error.index :], piece[: error.index]]
                continue
            except Exception as error:
                cause = error.__cause__ if isinstance(error, Unapplied) and error.__cause__ else error
                if is_away(cause):
                    raise self._judged(cause) from error
                if len(piece) > 1:
                    # A commit that refuses does not say because of whom: halves find it.
                    at, alone = (error.index, 1) if isinstance(error, Unapplied) else (len(piece) // 2, 0)
                    pieces += [piece[at + alone :], piece[at : at + alone], piece[:at]]
                elif not self._park(step, piece[0], cause):
                    return False
                continue
            self._moved(step)
            self._telemetry.count(self.upstream, Measure.APPLIED, applied.applied)
            self._telemetry.count(self.upstream, Measure.PARKED, applied.parked)
        return True

    def _step(self, chunk: Sequence[Message]) -> Step | None:
        here, last = self.position, chunk[-1]
        if chunk[0].prior_hash != here.entry_hash or last.sequence != here.position + len(chunk):
            return None
        return Step(
            self.upstream, here.position, last.sequence, last.epoch, last.entry_hash, here.epoch, here.entry_hash
        )

    def _moved(self, step: Step) -> None:
        self._position = Position(self.upstream, step.position, step.epoch, step.entry_hash)
        self.backlog.reached(step.position)
        self.state, self.explanation = State.FOLLOWING, ""

    def _park(self, step: Step, message: Message, cause: BaseException) -> bool:
        failure = failure_of(cause)
        try:
            self._inbox.park(step, message.envelope, failure)
        except TrackingConflict:
            self._position = None
            return False
        except Exception as error:
            raise self._judged(error) from error
        self._moved(step)
        self._telemetry.count(self.upstream, Measure.PARKED, 1)
        logger.error(
            "parked %s (%s): %s at %s", message.envelope.id, message.envelope.type, failure.code, failure.place
        )
        return True

    def _judged(self, error: BaseException) -> Away:
        """Every failure outside an event's own reaction is a reason to wait, never one to park or to skip."""
        self._position = None
        self.state, self.explanation = State.WAITING, type(error).__name__
        return Away(brief(error))

    def _hold(self) -> NoReturn:
        if self.state is not State.PAUSED:
            logger.warning("following %s is paused by a person", self.upstream)
        self._position = None
        self.state, self.explanation = State.PAUSED, "pausado por una persona"
        raise Held(self.upstream)

    def _stop(self, reason: str) -> None:
        known = self.state is State.STOPPED
        self.state = State.STOPPED
        self.explanation = (
            f"{reason}. Este servicio dejó de seguir a {self.upstream} para no mezclar dos historias: "
            "compare los dos registros y decida si continúa con la nueva época o reconstruye."
        )
        if not known:
            logger.critical("%s", self.explanation)
        raise Diverged(self.explanation)
