"""The instruments of one process: what it counts as it goes, and what it looks up when it is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from shared.audit.presenting import last_cosigned
from shared.audit.sealed_log import SealedLog
from shared.audit.witness import divergences_of
from shared.delivery.follower import Follower, State
from shared.delivery.relay import RelayCursor
from shared.delivery.tables import parked
from shared.delivery.telemetry import Counts, Measure
from shared.eventstore.commit import Committer
from shared.runtime import metrics
from shared.runtime.asking import Patience
from shared.runtime.assembly import Assembled
from shared.runtime.health import Readiness
from shared.runtime.metrics import Metric

MEDIA_TYPE = CONTENT_TYPE_LATEST
LOOK_S = 2.0
"""Seconds that a service's database has to tell its figures; without an answer they are left out of this reading."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# When a series began is told by the process's own start; twice the series would tell nothing more.
disable_created_metrics()  # type: ignore[no-untyped-call]
_OF_A_FOLLOWER = {
    Measure.APPLIED: metrics.APPLIED,
    Measure.DUPLICATE: metrics.DUPLICATE,
    Measure.PULLED: metrics.PULLED,
    Measure.PARKED: metrics.PARKED_COUNT,
}


def method_of(sent: str) -> str:
    """An HTTP method as it may stand in a label or a log line: a client can send any word for one."""
    return sent if sent in METHODS else "OTHER"


class Instruments:
    """One registry a process, never the library's global one: tests and hosts make as many as they like."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._commands = _counter(metrics.COMMANDS, self.registry)
        self._refusals = _counter(metrics.REFUSALS, self.registry)
        self._command_seconds = _histogram(metrics.COMMAND_SECONDS, self.registry)
        self._rpc_seconds = _histogram(metrics.RPC_SECONDS, self.registry)
        self._rpc_failures = _counter(metrics.RPC_FAILURES, self.registry)
        self._requests = _counter(metrics.HTTP_REQUESTS, self.registry)
        self._request_seconds = _histogram(metrics.HTTP_SECONDS, self.registry)
        self._access = _counter(metrics.ACCESS, self.registry)
        self._looks = _Looks()
        # The library's own protocol: whatever has `collect`.
        self.registry.register(cast("Any", self._looks))
        ProcessCollector(registry=self.registry)

    def exposition(self) -> bytes:
        """All figures in Prometheus' text form. It asks the databases: not for a thread that must not wait."""
        return generate_latest(self.registry)

    def watch(self, watched: Watched) -> None:
        """Tell the figures of this service, too."""
        self._looks.services.append(watched)

    def breakers(self, closed: Callable[[], Mapping[str, bool]]) -> None:
        """Tell the state of these breakers, too."""
        self._looks.breakers.append(closed)

    def command(self, service: str, command: str, outcome: str, seconds: float) -> None:
        """A command of the catalogue was handled; ``command`` is its name there, or ``unknown``."""
        self._commands.labels(service, command, outcome).inc()
        self._command_seconds.labels(service).observe(seconds)

    def refused(self, service: str, code: str) -> None:
        """A service refused something."""
        self._refusals.labels(service, code).inc()

    def call(self, service: str, method: str, seconds: float, failure: str = "") -> None:
        """The gateway called a service; ``failure`` says why no answer came."""
        self._rpc_seconds.labels(service, method).observe(seconds)
        if failure:
            self._rpc_failures.labels(service, method, failure).inc()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """The edge answered a request; ``route`` is the pattern of its address."""
        self._requests.labels(method_of(method), route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def access(self, what: str) -> None:
        """An entry of the access log."""
        self._access.labels(what).inc()


@dataclass
class Watched:
    """One service whose figures are looked up when asked for. ``relayed``: a relay of this process serves it."""

    assembled: Assembled
    readiness: Readiness
    followers: Mapping[str, Follower] = field(default_factory=dict)
    telemetry: Counts = field(default_factory=Counts)
    relayed: bool = False

    def __post_init__(self) -> None:
        self._stored = Patience(self._look, LOOK_S)

    @property
    def name(self) -> str:
        return self.assembled.definition.name

    def figures(self) -> Iterator[tuple[Metric, tuple[str, ...], float]]:
        """Every figure with its labels."""
        checks = self.readiness.checks()
        for check, found in checks.items():
            yield metrics.CHECK_OK, (self.name, check), float(found.ok)
        if checks["database"].ok:
            yield from self._told()
        if self.relayed:
            yield metrics.PUBLISHED, (self.name,), self.telemetry.of(self.name)[Measure.PUBLISHED]
        for upstream, follower in self.followers.items():
            yield metrics.FOLLOWER_LAG, (self.name, upstream), follower.backlog.entries
            yield metrics.FOLLOWER_AGE, (self.name, upstream), follower.backlog.age()
            for state in State:
                yield metrics.FOLLOWER_STATE, (self.name, upstream, state), float(follower.state is state)
            counts = self.telemetry.of(upstream)
            for measure, metric in _OF_A_FOLLOWER.items():
                yield metric, (self.name, upstream), counts[measure]

    def groups(self) -> list[int]:
        """How many transactions carried 0, 1, 2 … units of work."""
        recorder: Any = self.assembled.application.recorder
        committer: Committer = recorder.committer
        return list(committer.sizes)

    def _told(self) -> list[tuple[Metric, tuple[str, ...], float]]:
        try:
            return self._stored.answer()
        except Exception:
            # That it does not answer is told by the check of the next reading; these figures are missing in this one.
            return []

    def _look(self) -> list[tuple[Metric, tuple[str, ...], float]]:
        application = self.assembled.application
        head = application.log.head()
        found: list[tuple[Metric, tuple[str, ...], float]] = []
        for sealing in self.assembled.sealings:
            found += self._of_log(sealing.sealed_log)
        if self.relayed:
            behind = max(head - RelayCursor(application.database).load().position, 0)
            found.append((metrics.RELAY_BACKLOG, (self.name,), behind))
        waiting = sa.select(parked.c.upstream, sa.func.count()).where(parked.c.status == "parked")
        with application.database.read() as connection:
            rows = connection.execute(waiting.group_by(parked.c.upstream)).all()
            open_ = {upstream: count for upstream, count in rows}
            divergent = {each.log for each in divergences_of(connection) if each.open}
        found.append((metrics.DIVERGENT, (self.name,), len(divergent)))
        found += [(metrics.PARKED, (self.name, upstream), open_.get(upstream, 0)) for upstream in self.followers]
        return found

    def _of_log(self, sealed: SealedLog) -> list[tuple[Metric, tuple[str, ...], float]]:
        """The figures of one log, under its own name."""
        log, last, seen = sealed.log, sealed.last(), last_cosigned(sealed.log)
        size, cosigned = 0 if last is None else last.size, 0 if seen is None else seen.size
        events, checkpoints = log.tables.events, log.tables.checkpoints
        unsealed = sa.select(events.c.recorded_at).where(events.c.id == size + 1)
        waiting = sa.select(sa.func.min(checkpoints.c.signed_at)).where(checkpoints.c.size > cosigned)
        with log.database.read() as connection:
            recorded_at = connection.execute(unsealed).scalar()
            signed_at = connection.execute(waiting).scalar()
        return [
            (metrics.LOG_HEAD, (log.name,), log.head()),
            (metrics.SEALED, (log.name,), size),
            (metrics.SEAL_AGE, (log.name,), _since(recorded_at)),
            (metrics.CHECKPOINTS, (log.name,), 0 if last is None else last.number),
            (metrics.COSIGNED, (log.name,), cosigned),
            (metrics.COSIGN_AGE, (log.name,), _since(signed_at)),
        ]


def _since(moment: int | None) -> float:
    """Seconds since that moment (microseconds of UTC); 0 for none."""
    return 0.0 if moment is None else max(0.0, time.time() - moment / 1_000_000)


class _Looks:
    """What is looked up at each reading."""

    def __init__(self) -> None:
        self.services: list[Watched] = []
        self.breakers: list[Callable[[], Mapping[str, bool]]] = []

    def describe(self) -> Iterable[Family]:
        # Without it the registry would look everything up once when this is registered.
        return ()

    def collect(self) -> Iterator[Family]:
        families: dict[str, Any] = {}
        for metric, labels, value in self._figures():
            family = families.setdefault(metric.name, _family(metric))
            family.add_metric(labels, value)
        if self.services:
            sizes = HistogramMetricFamily(metrics.GROUP_SIZE.name, metrics.GROUP_SIZE.help, labels=["service"])
            for watched in self.services:
                buckets, total = _buckets(watched.groups(), metrics.GROUP_SIZE.buckets)
                sizes.add_metric([watched.name], buckets, total)
            yield sizes
        yield from families.values()

    def _figures(self) -> Iterator[tuple[Metric, tuple[str, ...], float]]:
        for watched in self.services:
            yield from watched.figures()
        for closed in self.breakers:
            for name, is_closed in closed().items():
                yield metrics.BREAKER_OPEN, (name,), float(not is_closed)


def _buckets(sizes: list[int], bounds: tuple[float, ...]) -> tuple[list[tuple[str, float]], float]:
    """Cumulative counts up to each bound, and the sum, of ``sizes[n]`` groups of n."""
    cumulated = [(str(float(bound)), float(sum(sizes[: int(bound) + 1]))) for bound in bounds]
    return [*cumulated, ("+Inf", float(sum(sizes)))], float(sum(n * count for n, count in enumerate(sizes)))


def _counter(metric: Metric, registry: CollectorRegistry) -> Counter:
    return Counter(metric.name, metric.help, metric.labels, registry=registry)


def _histogram(metric: Metric, registry: CollectorRegistry) -> Histogram:
    return Histogram(metric.name, metric.help, metric.labels, buckets=metric.buckets, registry=registry)


def _family(metric: Metric) -> CounterMetricFamily | GaugeMetricFamily:
    made = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    return made(metric.name, metric.help, labels=metric.labels)
