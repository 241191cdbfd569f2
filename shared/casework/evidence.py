"""A service's part of an evidence pack: the events of a case as stored and as read, with what proves them (X-19).

As read, every personal value is masked; those of the classes that are asked for are shown to who has the right.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.audit.excerpt import Excerpt, excerpt
from shared.audit.sealed_log import SealedLog
from shared.catalogue.refusals import FieldInvalid, NotAuthorised, NotFound
from shared.eventstore.replay import Fact, stored_facts
from shared.privacy.personal import Personal
from shared.runtime.definition import Query
from shared.runtime.showing import shown
from shared.runtime.tokens import Who

Answer = dict[str, Any]
TAKERS = frozenset({"auditor", "subdirector", "privacy_officer"})
"""Who may take the evidence of a case away: internal control, who directs the programme, who answers for its data."""
LABELS = "control interno, subdirección, oficial de protección de datos"
Parts = Callable[[Any, UUID], list[UUID]]
"""``parts(application, case_id)``: the aggregates in which the service keeps its part of the case."""
_HIDDEN = frozenset({"originator_id", "originator_version", "timestamp"})


def case_pack(
    visible: Callable[[Any, UUID, Who], object],
    readers: Mapping[str, frozenset[str]],
    parts: Parts = lambda _application, case_id: [case_id],
) -> Query:
    """The query ``case_pack`` of a service. ``readers``: who may see each class in plain, of those who take it away."""

    def answer(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
        if not who.roles & TAKERS:
            raise NotAuthorised(command="Llevarse la evidencia de un caso", roles=LABELS)
        case_id = _id(params.get("id"))
        visible(application, case_id, who)
        facts = [fact for part in parts(application, case_id) for fact in stored_facts(application, part)]
        if not facts:
            raise NotFound(what="el caso", field="id")
        found = excerpt(SealedLog(application.log), (fact.entry.sequence for fact in facts))
        asked = set(params.get("reveal") or ())

        def told(value: Personal) -> Answer | None:
            may = bool(readers.get(value.kind, frozenset()) & who.roles)
            plain = Personal(value.subject, value.kind, None if value.erased else _text(value.value))
            return shown(plain, may=may, asked=value.kind in asked, who=who, service=application.name, case_id=case_id)

        return {
            "service": application.name,
            "head": application.log.head(),
            "keys": list(application.log_keys),
            "events": [_event(application, fact, found, told) for fact in facts],
            **_seals(found),
        }

    return answer


def _event(application: Any, fact: Fact, found: Excerpt, told: Callable[[Personal], Answer | None]) -> Answer:
    entry, meta, event = fact.entry, fact.meta, fact.event
    proof = found.proofs.get(entry.sequence)
    stored = application.mapper.transcoder.decode(entry.state)
    return {
        "leaf": {
            "aggregate": entry.originator_id.hex,
            "log": entry.log,
            "recorded_at": entry.recorded_at.isoformat(timespec="microseconds"),
            "sequence": entry.sequence,
            "topic": entry.topic,
            "version": entry.originator_version,
        },
        "stored": b64encode(entry.state).decode(),
        "proof": None if proof is None else proof.encode().decode(),
        "data": {name: _read(value, told) for name, value in vars(event).items() if name not in _HIDDEN},
        "upcast": stored.get("v", 1) != getattr(type(event), "class_version", 1),
        "happened_on": meta.happened_on.isoformat(),
        "actor": None if meta.actor is None else str(meta.actor),
        "role": meta.role or None,
        "activity": meta.activity,
        "channel": meta.channel,
        "causation_id": meta.causation_id,
        "procedure": meta.procedure,
        "procedure_version": meta.procedure_version,
        "versions": dict(meta.versions),
        "corrects": getattr(event, "corrected_event_id", None),
    }


def _seals(found: Excerpt) -> Answer:
    return {
        "sealed": found.size,
        "checkpoints": [{"size": each.size, "note": each.note.encode().decode()} for each in found.sealed],
        "consistency": [
            {"de": old, "a": new, "prueba": [b64encode(each).decode() for each in hashes]}
            for old, new, hashes in found.links
        ],
    }


def _read(value: Any, told: Callable[[Personal], Answer | None]) -> Any:
    """A value as JSON says it, as the stored bytes do: ids and amounts as text, dates as ISO 8601."""
    if isinstance(value, Personal):
        return told(value)
    if isinstance(value, Mapping):
        return {str(name): _read(item, told) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_read(item, told) for item in value]
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return str(value) if isinstance(value, (UUID, Decimal)) else value


def _text(value: Any) -> str:
    """A personal value as text. One of another class inside of it (a member's name in a household) is not told."""
    if isinstance(value, Personal):
        return "[protegido]"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_text(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return "sí" if value is True else "no" if value is False else str(value)


def _id(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise FieldInvalid(field="id", explanation="indique el identificador del caso (UUID).") from None
