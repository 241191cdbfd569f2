"""Every figure that a process tells of itself, declared once: name, kind, labels, meaning.

The exposition, docs/reference/metrics.md, the dashboard and the alert rules are all held against this list. A label
takes its value from a closed list (services, commands, codes, routes, states): never from what a caller sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
GROUPS = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Metric:
    """One family of figures. ``name`` is as Prometheus shows it; a counter's ends in ``_total``."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """The names of the series, as an expression may name them."""
        if self.kind == "histogram":
            return (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")
        return (self.name,)


COMMANDS = Metric(
    "impulso_commands_total",
    "counter",
    "Commands by what became of them: done, repeated (answered from the first time), refused, failed (an error of "
    "ours, or the database away).",
    ("service", "command", "outcome"),
)
REFUSALS = Metric("impulso_refusals_total", "counter", "Refusals by code, queries included.", ("service", "code"))
COMMAND_SECONDS = Metric(
    "impulso_command_seconds", "histogram", "How long a service took for a command.", ("service",), SECONDS
)
RPC_SECONDS = Metric(
    "impulso_rpc_seconds",
    "histogram",
    "How long the gateway waited for an answer of a service, whatever it was.",
    ("service", "method"),
    SECONDS,
)
RPC_FAILURES = Metric(
    "impulso_rpc_failures_total",
    "counter",
    "Calls of the gateway that brought no answer: unavailable (not handled) or deadline (may have been handled).",
    ("service", "method", "reason"),
)
BREAKER_OPEN = Metric(
    "impulso_breaker_open",
    "gauge",
    "1 while the gateway refuses calls to a service at once, because it failed again and again; "
    "service=broker for the broker.",
    ("service",),
)
HTTP_REQUESTS = Metric(
    "impulso_http_requests_total",
    "counter",
    "Requests to the edge by the pattern of their route, never the address itself.",
    ("method", "route", "status"),
)
HTTP_SECONDS = Metric(
    "impulso_http_request_seconds",
    "histogram",
    "How long the edge took for a request, its last byte included.",
    ("route",),
    SECONDS,
)
ACCESS = Metric(
    "impulso_access_total",
    "counter",
    "Entries of the access log by kind: login, login_failed, login_throttled, denied, personal_data_read, export and "
    "the others.",
    ("what",),
)
LOG_HEAD = Metric(
    "impulso_log_head_events",
    "gauge",
    "Entries of a log: of a service's own one, or of its access log (service=intake.access). So with all seals.",
    ("service",),
)
SEALED = Metric(
    "impulso_sealed_events", "gauge", "Events of a service's log that a signed checkpoint covers.", ("service",)
)
SEAL_AGE = Metric(
    "impulso_seal_age_seconds",
    "gauge",
    "Seconds since the oldest event that no checkpoint covers was recorded; 0 when all are sealed.",
    ("service",),
)
CHECKPOINTS = Metric("impulso_checkpoints", "gauge", "Checkpoints that were signed over a service's log.", ("service",))
COSIGNED = Metric(
    "impulso_cosigned_events", "gauge", "Events of a service's log that a cosigned checkpoint covers.", ("service",)
)
COSIGN_AGE = Metric(
    "impulso_cosign_age_seconds",
    "gauge",
    "Seconds since the oldest checkpoint was signed that covers more than what a witness cosigned; 0 for none.",
    ("service",),
)
DIVERGENT = Metric(
    "impulso_divergent_logs",
    "gauge",
    "Logs of which this service, as their witness, saw what excludes what it had cosigned, and nobody acknowledged it.",
    ("service",),
)
RELAY_BACKLOG = Metric(
    "impulso_relay_backlog_events", "gauge", "Events that the broker has not confirmed yet.", ("service",)
)
PUBLISHED = Metric(
    "impulso_events_published_total",
    "counter",
    "Events that this process published and the broker confirmed.",
    ("service",),
)
APPLIED = Metric("impulso_events_applied_total", "counter", "Events that a follower applied.", ("service", "upstream"))
DUPLICATE = Metric(
    "impulso_events_duplicate_total",
    "counter",
    "Messages that a follower had applied before, and dropped.",
    ("service", "upstream"),
)
PULLED = Metric(
    "impulso_events_pulled_total",
    "counter",
    "Events that a follower fetched from the feed, because no message had brought them.",
    ("service", "upstream"),
)
PARKED_COUNT = Metric(
    "impulso_events_parked_total", "counter", "Events that a follower parked.", ("service", "upstream")
)
PARKED = Metric("impulso_parked_events", "gauge", "Parked events that wait for a person.", ("service", "upstream"))
FOLLOWER_LAG = Metric(
    "impulso_follower_lag_events",
    "gauge",
    "Events that a follower knows of and has not applied.",
    ("service", "upstream"),
)
FOLLOWER_AGE = Metric(
    "impulso_follower_age_seconds",
    "gauge",
    "Seconds since the oldest event that a follower has not applied was recorded by its service; 0 when none waits.",
    ("service", "upstream"),
)
FOLLOWER_STATE = Metric(
    "impulso_follower_state",
    "gauge",
    "1 for the state that a follower is in: following, waiting (something is away), paused (by a person) or stopped "
    "(the upstream has another past: a person decides).",
    ("service", "upstream", "state"),
)
GROUP_SIZE = Metric(
    "impulso_commit_group_size",
    "histogram",
    "Units of work that shared one transaction (group commit).",
    ("service",),
    GROUPS,
)
CHECK_OK = Metric(
    "impulso_check_ok",
    "gauge",
    "1 when a check of /healthz/ready is passed: database, triggers, read_model, followers, broker.",
    ("service", "check"),
)
MEMORY = Metric("process_resident_memory_bytes", "gauge", "Memory of the process.")
PROCESSOR = Metric("process_cpu_seconds_total", "counter", "Processor time of the process.")
STARTED = Metric("process_start_time_seconds", "gauge", "When the process started, seconds since 1970.")

DECLARED: tuple[Metric, ...] = (
    COMMANDS,
    REFUSALS,
    COMMAND_SECONDS,
    RPC_SECONDS,
    RPC_FAILURES,
    BREAKER_OPEN,
    HTTP_REQUESTS,
    HTTP_SECONDS,
    ACCESS,
    LOG_HEAD,
    SEALED,
    SEAL_AGE,
    CHECKPOINTS,
    COSIGNED,
    COSIGN_AGE,
    DIVERGENT,
    RELAY_BACKLOG,
    PUBLISHED,
    APPLIED,
    DUPLICATE,
    PULLED,
    PARKED_COUNT,
    PARKED,
    FOLLOWER_LAG,
    FOLLOWER_AGE,
    FOLLOWER_STATE,
    GROUP_SIZE,
    CHECK_OK,
    MEMORY,
    PROCESSOR,
    STARTED,
)
