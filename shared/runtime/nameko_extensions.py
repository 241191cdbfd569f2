"""Impulso's own nameko extensions: following a log, relaying ours, background work, and the deadline of a call.

nameko's ``@event_handler`` would not do: it acknowledges when a handler raises, runs the handlers of one queue
concurrently, and declares classic queues.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import eventlet
from eventlet.event import Event as GreenEvent
from nameko.contextdata import ContextDataProvider
from nameko.extensions import DependencyProvider, Entrypoint
from nameko.messaging import QueueConsumer as NamekoQueueConsumer
from nameko.rpc import Rpc, RpcConsumer

from shared.delivery.errors import Away, Diverged, Held
from shared.delivery.message import Beacon, Message
from shared.delivery.pacing import Backoff
from shared.editing.keeper import Keeper
from shared.editing.shelf import TABLE
from shared.runtime.queue_consumer import QueueConsumer
from shared.runtime.rpc_feed import RpcCatalogue, RpcFeed
from shared.runtime.sealing import run_all
from shared.runtime.turns import take_turns
from shared.runtime.witnessing import Witnessing, witness_service
from shared.tracing.passage import Passage

if TYPE_CHECKING:
    from shared.runtime.nameko_host import Running

logger = logging.getLogger(__name__)

RUNNING = "IMPULSO"
"""Key under which a container's configuration holds the `Running` service."""


def running(extension: Any) -> Running:
    """The service that the extension's container runs."""
    return extension.container.config[RUNNING]  # type: ignore[no-any-return]


class _PromptQueueConsumer(NamekoQueueConsumer):  # type: ignore[misc]
    """Reaches for a broker that is away every two seconds at most. The library's pauses grow to half a minute, for
    which a service would answer no call although the broker is back."""

    @contextmanager
    def establish_connection(self) -> Iterator[Any]:
        with self.create_connection() as connection:
            pauses = {"interval_start": 0.2, "interval_step": 0.3, "interval_max": 2.0}
            connection.ensure_connection(self.on_connection_error, self.connect_max_retries, **pauses)
            yield connection


class _PromptRpcConsumer(RpcConsumer):  # type: ignore[misc]
    queue_consumer = _PromptQueueConsumer()


class _PromptRpc(Rpc):  # type: ignore[misc]
    rpc_consumer = _PromptRpcConsumer()


rpc = _PromptRpc.decorator
"""nameko's entry point for calls, over a connection that comes back soon."""


class Deadline(ContextDataProvider):  # type: ignore[misc]
    """The moment (Unix milliseconds) after which the caller does not wait any more; None when it did not say."""

    context_key = "deadline"


class Requested(DependencyProvider):  # type: ignore[misc]
    """For which request the call is made: its id and its trace context, as the caller told them."""

    def get_dependency(self, worker_ctx: Any) -> Passage:
        data = worker_ctx.data
        return Passage(str(data.get("request_id") or ""), str(data.get("traceparent") or ""))


class Follow(Entrypoint):  # type: ignore[misc]
    """Calls the method with a batch of ``upstream``'s messages; what it settled is acknowledged after it returned.

    One batch at a time, in order. The method raises `Away` to be given the same batch again later, `Held` or
    `Diverged` to be given none until a person has decided.
    """

    def __init__(self, upstream: str, **options: Any) -> None:
        super().__init__(expected_exceptions=(Away, Held, Diverged), **options)
        self.upstream = upstream

    def setup(self) -> None:
        self._stop = Event()
        self._thread: Any = None

    def start(self) -> None:
        service = running(self)
        follower = service.followers[self.upstream]
        consumer = QueueConsumer(service.config.amqp_url, service.name, self.upstream, self._fire, follower.tick)
        self._thread = self.container.spawn_managed_thread(
            partial(consumer.run, self._stop), identifier=f"follow {self.upstream}"
        )

    def stop(self) -> None:
        """Finish and acknowledge the batch at hand, then leave."""
        self._stop.set()
        if self._thread is not None:
            self._thread.wait()

    def kill(self) -> None:
        self._stop.set()

    def _fire(self, items: Sequence[Message | Beacon]) -> None:
        done = GreenEvent()

        def finished(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            done.send(exc_info[1] if exc_info else None)
            return result, exc_info

        self.container.spawn_worker(self, (items,), {}, handle_result=finished)
        error = done.wait()
        if error is not None:
            raise error


follow = Follow.decorator


class Background(DependencyProvider):  # type: ignore[misc]
    """A managed thread that starts with the container and is asked to stop with it."""

    def setup(self) -> None:
        self._stop = Event()
        self._prompt = Event()
        self._thread: Any = None

    def start(self) -> None:
        work = self.work(running(self))
        if work is not None:
            self._thread = self.container.spawn_managed_thread(work, identifier=type(self).__name__)

    def stop(self) -> None:
        self._stop.set()
        self._prompt.set()
        if self._thread is not None:
            self._thread.wait()

    def kill(self) -> None:
        self._stop.set()
        self._prompt.set()

    def work(self, service: Running) -> Callable[[], None] | None:
        """What to run until ``_stop`` is set; None for nothing."""
        raise NotImplementedError


class Relaying(Background):
    """Runs the service's relay, prompted after every commit that added to the log."""

    def work(self, service: Running) -> Callable[[], None] | None:
        service.appended.append(self._prompt)
        return partial(service.relay.run, self._stop, self._prompt)


class Keeping(Background):
    """Holds what the other services publish of the catalogue, and takes over what another process of this one took."""

    def work(self, service: Running) -> Callable[[], None] | None:
        application = service.assembled.application
        if TABLE not in application.views.metadata.tables:
            return None
        source = RpcCatalogue(service.config.amqp_url)

        def run() -> None:
            try:
                Keeper(application, source.ask).run(self._stop, self._prompt)
            finally:
                source.close()

        return run


class Rebuilder(Background):
    """Moves rebuilds of the read model on, those too that another process of this service left."""

    def work(self, service: Running) -> Callable[[], None] | None:
        # The rebuild's own event: a request for one sets it, too.
        self._prompt = service.rebuilding.wake
        return partial(service.rebuilding.run, self._stop)


class Sealer(Background):
    """Seals the service's logs. Every replica looks; each checkpoint is one's."""

    def work(self, service: Running) -> Callable[[], None] | None:
        return partial(run_all, service.assembled.sealings, self._stop)


class Cosigner(Background):
    """Shows the service's checkpoints to the witness."""

    def work(self, service: Running) -> Callable[[], None] | None:
        witness = witness_service()
        if not witness or service.assembled.sealing.signer is None:
            return None
        line = RpcFeed(service.config.amqp_url, witness, timeout=2.0)
        # The witness's own log is a log like the others; it need not ask itself over the broker.
        asked = service.desk.witness if witness == service.name else partial(line.ask, "witness")
        application = service.assembled.application
        logs = (application.log, application.access.log)
        shows = [Witnessing(each, asked, service.config.seal_every) for each in logs]

        def run() -> None:
            try:
                take_turns([each.look for each in shows], self._stop)
            finally:
                line.close()

        return run


class Working(Background):
    """Runs the service's background work (imports, documents), prompted after every commit."""

    def work(self, service: Running) -> Callable[[], None] | None:
        work = service.assembled.definition.work
        if work is None:
            return None
        service.prompts.append(self._prompt)
        application = service.assembled.application

        def run() -> None:
            backoff = Backoff(1.0, 30.0)
            while not self._stop.is_set():
                self._prompt.clear()
                try:
                    did = work(application, self._stop.is_set)
                    backoff.worked()
                except Exception as error:
                    # The next attempt goes on where this one ended; its cause is a person's to see.
                    logger.error("background work of %s failed", service.name, exc_info=error)
                    self._stop.wait(backoff.failed())
                    continue
                if did:
                    # Calls and followers get their turn between two pieces of work.
                    eventlet.sleep(0)
                else:
                    self._prompt.wait(1.0)

        return run
