"""AsyncAPI 3.0 of what integrators may have: an exchange, a stream and a feed for each service, and the webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from shared.contracts.channels import (
    STREAM_AGE,
    STREAM_BYTES,
    WEBHOOK_ID,
    WEBHOOK_SIGNATURE,
    WEBHOOK_TIMESTAMP,
    feed,
    public_exchange,
    public_stream,
)
from shared.contracts.envelope import CONTENT_TYPE
from shared.contracts.event_schema import public_event_schema
from shared.contracts.events import Contract
from shared.contracts.examples import public_example

_AMQP = "0.3.0"
_HTTP = "0.3.0"
_FEED_QUERY = {
    "type": "object",
    "properties": {
        "after": {"type": "integer", "minimum": 0},
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
        "epoch": {"type": "string"},
        "type": {"type": "string", "description": "types of event, separated by commas"},
        "subject": {"type": "string", "format": "uuid"},
        "wait": {"type": "integer", "minimum": 0, "maximum": 30},
    },
}


def asyncapi(contracts: Iterable[Contract], version: str) -> dict[str, Any]:
    """The document; ``version`` is that of the HTTP API beside it. Audiences other than I do not appear."""
    public = sorted((one for one in contracts if one.public), key=lambda one: (one.service, one.type, one.major))
    services = sorted({one.service for one in public})
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for service in services:
        mine = [one for one in public if one.service == service]
        channels.update(_channels(service, mine))
        operations.update(_operations(service))
    channels["webhooks"] = _webhooks(public)
    operations["webhooks.deliver"] = _DELIVER
    return {
        "asyncapi": "3.0.0",
        "id": "urn:impulso",
        "info": {
            "title": "Impulso: public events",
            "version": version,
            "description": "Every public event of a service can be had at least once and in the order of its log. "
            "The exchange spares the waiting, the stream replays what the broker still keeps, the feed is the way to "
            "be sure.",
            "license": {"name": "as agreed with the entity that runs the system"},
            "contact": {"name": "the entity that runs the system"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": _SERVERS,
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {_key(one): _message(one) for one in public},
            "messageTraits": {"signed": _SIGNED},
            "securitySchemes": {
                "brokerUser": {"type": "userPassword", "description": "a user that may bind to *.public alone"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


_SERVERS: dict[str, Any] = {
    "broker": {
        "host": "{broker}",
        "protocol": "amqps",
        "protocolVersion": "0.9.1",
        "description": "RabbitMQ, for who may bind queues of their own",
        "variables": {"broker": {"default": "broker.example:5671"}},
        "security": [{"$ref": "#/components/securitySchemes/brokerUser"}],
    },
    "gateway": {
        "host": "{gateway}",
        "protocol": "https",
        "description": "The HTTP edge",
        "variables": {"gateway": {"default": "impulso.example"}},
        "security": [{"$ref": "#/components/securitySchemes/bearer"}],
    },
    "receiver": {
        "host": "{receiver}",
        "protocol": "https",
        "description": "The integrator's own, as registered for a webhook",
        "variables": {"receiver": {"default": "receiver.example"}},
    },
}
_HEADERS: dict[str, Any] = {
    "type": "object",
    "required": [WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE],
    "properties": {
        WEBHOOK_ID: {
            "type": "string",
            "description": "the event's `id`; the same when it is sent again, so that a repetition is known",
            "examples": ["intake:42"],
        },
        WEBHOOK_TIMESTAMP: {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "when it was sent, seconds since 1970",
            "examples": ["1793894400"],
        },
        WEBHOOK_SIGNATURE: {
            "type": "string",
            "pattern": "^v1,[A-Za-z0-9+/]+=*( v1,[A-Za-z0-9+/]+=*)*$",
            "description": "Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body` in base64; while secrets "
            "change one for each, separated by spaces",
            "examples": ["v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
        },
    },
}
_SIGNED: dict[str, Any] = {
    "headers": _HEADERS,
    "bindings": {"http": {"headers": _HEADERS, "bindingVersion": _HTTP}},
}
PING: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "time"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "pattern": "^ping:"},
        "source": {"const": "urn:impulso:gateway"},
        "type": {"const": "Ping"},
        "time": {"type": "string", "format": "date-time"},
    },
}
"""The body of a test message, which a person sends by hand and which is no event."""
_DELIVER: dict[str, Any] = {
    "action": "send",
    "title": "The gateway delivers",
    "channel": {"$ref": "#/channels/webhooks"},
    "bindings": {"http": {"method": "POST", "bindingVersion": _HTTP}},
}


def _channels(service: str, contracts: Sequence[Contract]) -> dict[str, Any]:
    messages = {_key(one): {"$ref": f"#/components/messages/{_key(one)}"} for one in contracts}
    exchange = {"name": public_exchange(service), "type": "topic", "durable": True, "autoDelete": False}
    return {
        f"{service}.exchange": {
            "address": public_exchange(service),
            "title": f"Public events of {service}",
            "description": "Routing key: `<EventType>.v<major>`. Bind a queue of your own.",
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": messages,
            "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": _AMQP}},
        },
        f"{service}.stream": {
            "address": public_stream(service),
            "title": f"Public events of {service}, for replay",
            "description": "Consume with a prefetch and `x-stream-offset` (`first`, an offset, or a time).",
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": messages,
            "bindings": {
                "amqp": {
                    "is": "queue",
                    "queue": {
                        "name": public_stream(service),
                        "durable": True,
                        "exclusive": False,
                        "autoDelete": False,
                    },
                    "bindingVersion": _AMQP,
                }
            },
            "x-queue-arguments": {
                "x-queue-type": "stream",
                "x-max-age": STREAM_AGE,
                "x-max-length-bytes": STREAM_BYTES,
            },
        },
        f"{service}.feed": {
            "address": feed(service),
            "title": f"Public events of {service} over HTTP",
            "description": "As `text/event-stream` each event is one message, `<epoch>:<sequence>` its id; as JSON "
            "they come in pages (see the OpenAPI document).",
            "servers": [{"$ref": "#/servers/gateway"}],
            "messages": messages,
        },
    }


def _webhooks(contracts: Sequence[Contract]) -> dict[str, Any]:
    signed = [{"$ref": "#/components/messageTraits/signed"}]
    ping = {"name": "Ping", "title": "Ping", "contentType": CONTENT_TYPE, "traits": signed, "payload": PING}
    return {
        "address": "{path}",
        "title": "Webhooks",
        "description": "One POST an event, in the order of each log, at least once; what no 2xx answered is sent again "
        "before what follows it, and 410 ends it. Which services and types, a webhook says when it is registered.",
        "servers": [{"$ref": "#/servers/receiver"}],
        "parameters": {"path": {"description": "The rest of the registered address."}},
        "messages": {**{_key(one): _delivered(one, signed) for one in contracts}, "Ping": ping},
    }


def _delivered(contract: Contract, traits: list[dict[str, str]]) -> dict[str, Any]:
    """The message of the other channels, signed; an event is described once."""
    return {
        "name": contract.routing_key,
        "title": contract.type,
        "contentType": CONTENT_TYPE,
        "traits": traits,
        "payload": {"$ref": f"#/components/messages/{_key(contract)}/payload"},
    }


def _operations(service: str) -> dict[str, Any]:
    return {
        f"{service}.publish": {
            "action": "send",
            "title": f"{service} publishes",
            "channel": _channel(service, "exchange"),
            "bindings": {
                "amqp": {
                    "deliveryMode": 2,
                    "mandatory": True,
                    "timestamp": False,
                    "ack": True,
                    "bindingVersion": _AMQP,
                }
            },
        },
        f"{service}.replay": {
            "action": "send",
            "title": f"{service} replays",
            "channel": _channel(service, "stream"),
            "bindings": {"amqp": {"ack": True, "bindingVersion": _AMQP}},
        },
        f"{service}.tell": {
            "action": "send",
            "title": f"{service} answers the feed",
            "channel": _channel(service, "feed"),
            "bindings": {"http": {"method": "GET", "query": _FEED_QUERY, "bindingVersion": _HTTP}},
        },
    }


def _channel(service: str, kind: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{service}.{kind}"}


def _key(contract: Contract) -> str:
    return f"{contract.topic}.v{contract.major}"


def _message(contract: Contract) -> dict[str, Any]:
    # AsyncAPI's own schema object is JSON Schema draft-07 and more; ours use what both have.
    payload = {name: value for name, value in public_event_schema(contract).items() if name not in ("$schema", "$id")}
    return {
        "name": contract.routing_key,
        "title": contract.type,
        "contentType": CONTENT_TYPE,
        "payload": payload,
        "bindings": {"amqp": {"messageType": contract.routing_key, "bindingVersion": _AMQP}},
        "examples": [{"name": contract.type, "payload": public_example(contract).to_dict()}],
    }
