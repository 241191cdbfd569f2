"""The nameko host: one service a process, under eventlet. ``python -m shared.runtime.nameko_host SERVICE``.

nameko's own command line fails with current setuptools, so its `ServiceContainer` runs in a runner of ours. The
container is made anew when it dies (a broker that went away at a bad moment), the process stays.
"""

# ruff: noqa: I001

from __future__ import annotations

import shared.runtime.lean  # noqa: F401  first: what only a terminal needs stays out
from shared.runtime import green  # then: it makes the standard library cooperative

import argparse
import importlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, NoReturn

import eventlet
import eventlet.wsgi
from nameko.containers import ServiceContainer

from shared.audit.witness import Witness
from shared.catalogue.catalogue import Catalogue
from shared.delivery.follower import Follower
from shared.delivery.pacing import Backoff
from shared.delivery.relay import Relay, RelayCursor
from shared.delivery.telemetry import Counts
from shared.eventstore.application import Committed
from shared.privacy.keys import MasterKey
from shared.runtime import logs, otlp
from shared.runtime.assembly import Assembled, assemble
from shared.runtime.config import ServiceConfig
from shared.runtime.definition import ServiceDefinition, installed
from shared.runtime.desk import Desk
from shared.runtime.health import Readiness, answer_of, heard
from shared.runtime.instruments import Instruments, Watched
from shared.runtime.internal_http import InternalHttp
from shared.runtime.key_rotation import former_master
from shared.runtime.log_keys import log_signer, of_log, pinned_keys, witness_signer
from shared.runtime.nameko_extensions import (
    RUNNING,
    Cosigner,
    Deadline,
    Keeping,
    Rebuilder,
    Relaying,
    Requested,
    Sealer,
    Working,
    follow,
    rpc,
)
from shared.runtime.operations import Operations
from shared.runtime.probes import Front, Probes
from shared.runtime.rabbit import RabbitPublisher, address_and_tls
from shared.runtime.rebuilding import Rebuilding
from shared.runtime.readiness import when_ready
from shared.runtime.rpc_feed import RpcFeed, ask
from shared.runtime.tokens import TokenInvalid, TokenVerifier, Who
from shared.tracing import spans
from shared.tracing.passage import Passage, entered
from shared.tracing.spans import span

logger = logging.getLogger(__name__)

DRAIN_S = 10.0
Answer = dict[str, Any]

EXPIRED: Answer = {
    "refusal": {
        "code": "DEADLINE_EXCEEDED",
        "text": "La solicitud esperó demasiado y no se atendió. Reintente con la misma clave.",
        "status": 503,
        "field": None,
        "lawful": [],
        "parameters": {},
    }
}


@dataclass
class Running:
    """One assembled service with all that its container runs."""

    config: ServiceConfig
    assembled: Assembled
    desk: Desk
    relay: Relay
    followers: dict[str, Follower]
    telemetry: Counts
    rebuilding: Rebuilding
    readiness: Readiness
    instruments: Instruments
    prompts: list[Event] = field(default_factory=list)
    """Of who looks after each commit."""
    appended: list[Event] = field(default_factory=list)
    """Of who looks after those that added to the log."""

    @property
    def name(self) -> str:
        return self.assembled.definition.name

    def prompt(self, done: Committed) -> None:
        """Something was committed: relay and background work need not wait for their next look."""
        for prompt in (*self.prompts, *self.appended) if done.ids else self.prompts:
            prompt.set()

    def answer(self, method: str, payload: Answer, deadline: Any, requested: Passage) -> Answer:
        """The desk's answer; an expired call is refused unread, because its caller was told to try again."""
        if deadline is not None and time.time() * 1000 > int(deadline):
            return EXPIRED
        with entered(*requested), span(f"{self.name}.{method}", self.name, "server"):
            answer: Answer = getattr(self.desk, method)(payload)
            return answer

    def health(self) -> Answer:
        """How this process is: ``status`` tells of the database alone; the rest is there to be looked at."""
        desk = self.desk.health({})["ok"]
        followers = {
            upstream: {
                "state": follower.state.value,
                "explanation": follower.explanation,
                **self.telemetry.of(upstream),
            }
            for upstream, follower in self.followers.items()
        }
        return {**desk, "followers": followers, "relay": self.telemetry.of(self.name)}

    def ready(self) -> Answer:
        """Whether this process can do its work, check by check."""
        return answer_of(self.readiness.checks())


def nameko_service(definition: ServiceDefinition) -> type:
    """The nameko service class of a definition: its RPC methods and what it follows; no logic."""

    def method(name: str) -> Callable[..., Answer]:
        def handle(self: Any, payload: Answer) -> Answer:
            answer: Answer = self.service.answer(name, payload, self.deadline, self.requested)
            return answer

        handle.__name__ = name
        return rpc(handle)  # type: ignore[no-any-return]

    def following(upstream: str) -> Callable[..., None]:
        def receive(self: Any, items: Any) -> None:
            self.service.followers[upstream].receive(items)

        receive.__name__ = f"on_{upstream}"
        return follow(upstream)(receive)  # type: ignore[no-any-return]

    members: dict[str, Any] = {
        "name": definition.name,
        "service": _Service(),
        "deadline": Deadline(),
        "requested": Requested(),
        "relaying": Relaying(),
        "working": Working(),
        "keeping": Keeping(),
        "rebuilder": Rebuilder(),
        "sealer": Sealer(),
        "cosigner": Cosigner(),
        **{name: method(name) for name in ("command", "query", "feed", "figures", "catalogue", "orders")},
        **{name: method(name) for name in ("witness", "health")},
        **{f"on_{upstream}": following(upstream) for upstream in definition.follows},
    }
    return type(f"{definition.name.capitalize()}Service", (), members)


class _Service(Deadline):
    """Gives the service's methods the `Running` service."""

    def get_dependency(self, worker_ctx: Any) -> Running:
        return self.container.config[RUNNING]  # type: ignore[no-any-return]


def bring_up(
    definition: ServiceDefinition, config: ServiceConfig, followers: list[str], catalogue: Any = None
) -> Running:
    """Assemble the service for this host; ``followers`` are the services that follow it.

    Raises what the configuration, the store, the keys or the self-check object to.
    """
    assembled = assemble(
        definition,
        config.place,
        MasterKey.load(),
        catalogue if catalogue is not None else Catalogue.load(config.catalogue),
        create=config.create_tables,
        pool_size=max(config.workers // 2, green.QUERIES),
        signer=log_signer(definition.name),
        seal_every=config.seal_every,
        former=former_master(),
    )
    application = assembled.application
    green.verify(application.database)
    telemetry = Counts()
    publisher = RabbitPublisher(config.amqp_url, definition.name, followers)
    relay = Relay(
        application.log, assembled.publication, publisher, RelayCursor(application.database), telemetry=telemetry
    )
    instruments = Instruments()
    following = {
        upstream: Follower(upstream, RpcFeed(config.amqp_url, upstream), assembled.inbox, telemetry=telemetry)
        for upstream in definition.follows
    }
    readiness = Readiness(assembled, following, lag=config.ready_lag, broker=heard(lambda: publisher.heard_at))
    instruments.watch(Watched(assembled, readiness, following, telemetry, relayed=True))
    service = Running(
        config=config,
        assembled=assembled,
        desk=Desk(
            definition,
            application,
            assembled.publication,
            _verifier(config, definition.name),
            scanner=config.scanner,
            instruments=instruments,
        ),
        relay=relay,
        followers=following,
        telemetry=telemetry,
        rebuilding=Rebuilding(
            assembled, {upstream: RpcFeed(config.amqp_url, upstream) for upstream in definition.follows}
        ),
        readiness=readiness,
        instruments=instruments,
    )
    application.owners = {owner: partial(ask, config.amqp_url, owner, "figures") for owner in definition.asks}
    service.desk.operations = Operations(
        assembled, service.followers, service.rebuilding, relay=relay, amqp_url=config.amqp_url
    )
    if definition.witnesses and (signer := witness_signer()) is not None:
        witness = Witness(application.database, signer, lambda log: of_log(pinned_keys(), log))
        service.desk.cosigning = service.desk.operations.cosigning = witness
        application.log_keys += (signer.verifier.text,)
    application.committed.append(service.prompt)
    return service


def _verifier(config: ServiceConfig, service: str) -> Callable[[str], Who]:
    if config.token_keys is not None:
        return TokenVerifier(config.token_keys, service).verify

    def nobody(_token: str) -> Who:
        raise TokenInvalid("no keys")

    return nobody


class Runner:
    """Keeps one service's container running until told to stop."""

    def __init__(self, service: Running) -> None:
        self.service = service
        self._stopping = False
        self._container: ServiceContainer | None = None
        uri, tls = address_and_tls(service.config.amqp_url)
        self._settings = {
            "AMQP_URI": uri,
            "AMQP_SSL": tls,
            "HEARTBEAT": 20,
            "max_workers": service.config.workers,
            # Sensitive arguments would otherwise travel in the log of a failed call.
            RUNNING: service,
        }

    def run(self) -> None:
        """Serve until `stop`. A container that dies is made anew after a bounded pause."""
        backoff = Backoff(0.2, 2.0)
        while not self._stopping:
            began = time.monotonic()
            self.service.prompts.clear()
            self.service.appended.clear()
            container = ServiceContainer(nameko_service(self.service.assembled.definition), dict(self._settings))
            self._container = container
            try:
                container.start()
                container.wait()
            except Exception as error:
                if time.monotonic() - began > 60:
                    backoff.worked()
                pause = backoff.failed()
                logger.error("the container of %s died, again in %.1f s", self.service.name, pause, exc_info=error)
                eventlet.sleep(pause)
        self.service.assembled.close()
        spans.close()

    def stop(self) -> None:
        """Finish what is in hand within ``DRAIN_S`` seconds, then end; what is not finished by then is cut off.

        A cut costs nothing but time: uncommitted work rolls back and unacknowledged messages come again.
        """
        if self._stopping:
            return
        self._stopping = True
        logger.info("%s stops", self.service.name)

        def give_up() -> None:
            logger.error("%s did not drain in %.0f s", self.service.name, DRAIN_S)
            os._exit(1)

        eventlet.spawn_after(DRAIN_S, give_up)
        if self._container is not None:
            self._container.stop()


def listen(name: str, config: ServiceConfig) -> Front:
    """Open the internal port and print where it is; what stands behind it is the caller's to `open`."""
    front = Front(name)
    listener = eventlet.listen((config.http_host, config.http_port), reuse_port=False)
    eventlet.spawn(
        partial(eventlet.wsgi.server, listener, front, log_output=False, debug=False, socket_timeout=30, max_size=64)
    )
    print(json.dumps({"service": name, "http": listener.getsockname()[1]}), flush=True)
    return front


def find(name: str, where: str) -> tuple[ServiceDefinition, list[str]] | None:
    """The service ``name`` of the installation, or of those in ``module:ATTRIBUTE``, and those that follow it."""
    if not where:
        return installed(name)
    module, _, attribute = where.partition(":")
    services: Mapping[str, ServiceDefinition] = getattr(importlib.import_module(module), attribute)
    if name not in services:
        return None
    return services[name], [each for each, definition in services.items() if name in definition.follows]


def main(arguments: list[str] | None = None) -> int:
    """Run one service; 0 after a graceful stop, 2 when it refuses to start (the reason is on standard error)."""
    parser = argparse.ArgumentParser(prog="python -m shared.runtime.nameko_host")
    parser.add_argument("service")
    parser.add_argument("--services", default="", help="module:ATTRIBUTE with the definitions (default: the installed)")
    chosen = parser.parse_args(arguments)
    logs.configure()
    # That the broker was reached is worth its line: nothing else says so.
    logging.getLogger("kombu.mixins").setLevel(logging.INFO)
    # nameko logs every batch that waits for a database as a failed worker, with its traceback.
    logging.getLogger("nameko.containers").setLevel(logging.CRITICAL)
    found = find(chosen.service, chosen.services)
    if found is None:
        print(f"No hay un servicio «{chosen.service}» instalado.", file=sys.stderr)
        return 2
    definition, followers = found
    try:
        otlp.configure()
        config = ServiceConfig.read()
        front = listen(chosen.service, config)
        service = when_ready(lambda: bring_up(definition, config, followers), chosen.service, waiting=front.waiting)
        front.open(InternalHttp(service.desk, Probes(service.health, service.ready, service.instruments)))
    except Exception as error:
        print(f"{chosen.service} no se inicia: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    runner = Runner(service)
    for number in (signal.SIGTERM, signal.SIGINT):
        # A signal handler may not wait; the stop does.
        signal.signal(number, lambda _number, _frame: eventlet.spawn_n(runner.stop))
    serving = eventlet.spawn(runner.run)
    while True:
        try:
            serving.wait()
            return 0
        except OSError as error:
            # The hub's wait is interrupted by the signal itself; the runner goes on draining.
            logger.debug("interrupted: %s", error)


def leave(code: int) -> NoReturn:
    """End the process at once. All is drained and closed; what Python itself would still do is tear down modules and
    collect what green threads left, and in a process that was under load that never ended.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main())
