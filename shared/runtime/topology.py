"""The names and shapes of everything on the broker, and their declaration. Declaring twice is harmless.

Per service: ``<service>.events`` (every entry, for the followers), ``<service>.public`` (audience I, for integrators)
and the stream ``<service>.public.stream`` that lets integrators replay. Per follower a quorum queue. All of it can be
deleted at any moment: whoever connects next declares it anew, and the followers pull what was in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.contracts.channels import STREAM_AGE, STREAM_BYTES, public_exchange, public_stream

DEAD = "impulso.dead"
"""Exchange and queue of the bytes that nobody could read, or that brought a consumer down again and again."""

DELIVERY_LIMIT = 20
QUEUE_LENGTH = 200_000
"""Messages a queue keeps. Beyond it the oldest go: a follower that was away that long pulls them anyway."""


def events_exchange(service: str) -> str:
    return f"{service}.events"


def follower_queue(consumer: str, upstream: str) -> str:
    return f"{consumer}.follows.{upstream}"


def declare_upstream(channel: Any, service: str, followers: Iterable[str]) -> None:
    """Declare what ``service`` publishes to, with the queues of its ``followers``: a relay does so before it publishes.

    So a follower that has never started yet loses nothing, and a mandatory publish always finds a queue.
    """
    for exchange in (events_exchange(service), public_exchange(service)):
        channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
    channel.queue_declare(
        public_stream(service),
        durable=True,
        auto_delete=False,
        arguments={"x-queue-type": "stream", "x-max-age": STREAM_AGE, "x-max-length-bytes": STREAM_BYTES},
    )
    channel.queue_bind(public_stream(service), public_exchange(service), "#")
    for consumer in followers:
        declare_follower(channel, consumer, service)


def declare_follower(channel: Any, consumer: str, upstream: str) -> str:
    """Declare the queue through which ``consumer`` follows ``upstream``; its name."""
    channel.exchange_declare(DEAD, "fanout", durable=True, auto_delete=False)
    channel.queue_declare(DEAD, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
    channel.queue_bind(DEAD, DEAD, "")
    channel.exchange_declare(events_exchange(upstream), "topic", durable=True, auto_delete=False)
    queue = follower_queue(consumer, upstream)
    channel.queue_declare(
        queue,
        durable=True,
        auto_delete=False,
        arguments={
            "x-queue-type": "quorum",
            # One reader at a time, in order; a second process takes over when the first one dies.
            "x-single-active-consumer": True,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD,
            "x-max-length": QUEUE_LENGTH,
            "x-overflow": "drop-head",
        },
    )
    channel.queue_bind(queue, events_exchange(upstream), "#")
    return queue
