"""Where integrators find the public events of a service: an exchange, a stream, an address, a webhook of their own."""

from __future__ import annotations

STREAM_AGE = "30D"
"""RabbitMQ's notation: what a stream keeps at most, by age. Its oldest segments go as a whole."""
STREAM_BYTES = 1_000_000_000
FEED = "/api/events/{service}"
WEBHOOK_ID = "webhook-id"
"""Header of a delivery: the event's ``id``. The names of the three are those of Standard Webhooks 1.0."""
WEBHOOK_TIMESTAMP = "webhook-timestamp"
"""When it was sent, seconds since 1970."""
WEBHOOK_SIGNATURE = "webhook-signature"
"""What proves who sent it, one signature for each secret in force."""


def public_exchange(service: str) -> str:
    """The topic exchange to which integrators bind queues of their own."""
    return f"{service}.public"


def public_stream(service: str) -> str:
    """The stream bound to that exchange, for replay."""
    return f"{service}.public.stream"


def feed(service: str) -> str:
    """The address of the HTTP feed at the gateway."""
    return FEED.format(service=service)
