"""JSON Schema (2020-12) of a public event as integrators get it: the envelope with the payload in its place."""

from __future__ import annotations

from typing import Any

from shared.contracts.envelope import SCHEMA, SOURCE, SPEC
from shared.contracts.events import Contract
from shared.contracts.json_schema import DIALECT, event_json_schema

EVENT = "urn:impulso:event:{service}:{type}:v{major}"
_SEQUENCE = {"type": "string", "pattern": "^[0-9]{16}$"}
_UUID = {"type": "string", "format": "uuid"}
_CODE = {"type": "string", "minLength": 1}


def public_event_schema(contract: Contract) -> dict[str, Any]:
    """The whole event. Readers must accept attributes and properties that they don't know (EVT-5)."""
    named = {"service": contract.service, "type": contract.type, "major": contract.major}
    always = {
        "specversion": {"const": SPEC},
        "id": {
            "type": "string",
            "pattern": f"^{contract.service}:[1-9][0-9]*$",
            "description": "the service and the sequence; the same when the event comes again",
        },
        "source": {"const": SOURCE + contract.service},
        "type": {"const": contract.routing_key, "description": "also the routing key at the broker"},
        "subject": {**_UUID, "description": "the case (or the call, the contract) that the event is about"},
        "time": {"type": "string", "format": "date-time", "description": "when it was recorded, UTC"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"const": SCHEMA.format(**named)},
        "sequence": {**_SEQUENCE, "description": "place in the service's log; the numbers between are not public"},
        "previous": {**_SEQUENCE, "description": "sequence of the service's public event before this one; 0: none"},
        "epoch": {**_CODE, "description": "identity of the log; another one: it was restored, read it anew"},
        "caseversion": {"type": "integer", "minimum": 1},
        "correlationid": {**_UUID, "description": "the act that set it off"},
        "happenedon": {"type": "string", "format": "date", "description": "when it happened, a day of Bogotá"},
        "audience": {"const": "I"},
        "data": _payload(contract),
    }
    at_times = {
        "causationid": {**_CODE, "description": "the command or event that caused it"},
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "activity": {"type": "integer", "minimum": 1, "description": "activity of the procedure"},
        "programme": _CODE,
        "procedure": _CODE,
        "procedureversion": _CODE,
        "actorrole": _CODE,
        "entryhash": {**_CODE, "description": "hash of the stored entry"},
    }
    return {
        "$schema": DIALECT,
        "$id": EVENT.format(**named),
        "title": f"{contract.topic}.v{contract.major}",
        "type": "object",
        "properties": {**always, **at_times},
        "required": list(always),
    }


def _payload(contract: Contract) -> dict[str, Any]:
    schema = event_json_schema(contract)
    # The payload's own address stands in `dataschema`; a document in a document would change what references mean.
    return {name: value for name, value in schema.items() if name not in ("$schema", "$id")}
