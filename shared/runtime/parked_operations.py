"""What operators ask about parked events: which there are, why, what cures them; retry and discard."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.catalogue.refusals import FieldInvalid, Refusal
from shared.delivery import acts
from shared.delivery.cures import cure_of
from shared.delivery.errors import Held, NotParked
from shared.delivery.parking import ParkedEvent, Place, Status
from shared.runtime.assembly import Assembled
from shared.runtime.tokens import Who

Answer = dict[str, Any]

AT_ONCE_S = 1.0
"""Seconds that one call retries cases for: whoever asked waits two, and asks again for the rest."""
_MOST_CASES = 200


class NothingParked(Refusal):
    code = "NOT_PARKED"
    status = 404
    message = "Ese evento no está apartado. Consulte la lista con «impulso parked»."


class FollowerPaused(Refusal):
    code = "FOLLOWER_PAUSED"
    message = "{service} no sigue a {upstream}: está pausado. Reanúdelo con «impulso resume {service} {upstream}»."


class ParkedOperations:
    """The parked events of one service, as operators see and settle them."""

    def __init__(self, service: Assembled) -> None:
        self._service = service
        self._parking = service.inbox.parking

    def parked(self, params: Mapping[str, Any], _who: Who) -> Answer:
        """Parked events in the order of their logs, by pages; ``status`` shows those applied or discarded since."""
        status: Status = params.get("status") or "parked"
        if status not in ("parked", "applied", "discarded"):
            raise FieldInvalid(field="status", explanation="use parked, applied o discarded.")
        limit = int(params.get("limit") or 200)
        case = params.get("case")
        found = self._parking.events(
            params.get("upstream") or None,
            status=status,
            code=params.get("code") or None,
            subject=None if case is None else uuid_of(case, "case"),
            after=place_of(params.get("cursor")),
            limit=limit + 1,
        )
        page = found[:limit]
        return {"items": [shown(each) for each in page], "next": _place(page[-1]) if len(found) > limit else None}

    def explain(self, params: Mapping[str, Any], _who: Who) -> Answer:
        """One parked event: what it says, why it could not be applied, what it waits behind, what cures it."""
        upstream, sequence = str(params.get("upstream")), whole(params.get("sequence"))
        try:
            event, behind = self._parking.explain(upstream, sequence)
        except NotParked:
            raise NothingParked() from None
        before = [
            one
            for one in self._parking.events(upstream, subject=event.subject)
            if one.sequence < sequence and event.status == "parked"
        ]
        return {
            **shown(event),
            "waits_behind": [shown(one) for one in before],
            "holds_up": [shown(one) for one in behind],
            "happened_on": event.envelope.get("happenedon"),
            "recorded_at": event.envelope.get("time"),
            "facts": event.envelope.get("data") or {},
            "cure": cure_of(event.error_code, self._service.definition.name) if event.status == "parked" else None,
        }

    def retry(self, params: Mapping[str, Any], who: Who) -> Answer:
        """Apply parked events in order: of one case (``subject``), or of all that an upstream or a code names.

        Of many cases it does as many as fit into a second; ``next`` says where to go on. A case stops at the first
        event of its own that fails again, and the next case has its turn.
        """
        if params.get("subject") is None:
            return self._retry_many(params, who)
        upstream = str(params.get("upstream"))
        try:
            done = self._parking.retry(upstream, uuid_of(params["subject"], "subject"))
        except NotParked:
            raise NothingParked() from None
        except Held:
            raise FollowerPaused(service=self._service.definition.name, upstream=upstream) from None
        return {"applied": done.applied, "failing": None if done.failing is None else shown(done.failing)}

    def discard(self, params: Mapping[str, Any], who: Who) -> Answer:
        """Give up one parked event for good, with a reason that stays."""
        reason = reason_of(params, "diga por qué se descarta el evento; queda registrado.")
        try:
            gone = self._parking.discard(
                str(params.get("upstream")), whole(params.get("sequence")), by=str(who.person), reason=reason
            )
        except NotParked:
            raise NothingParked() from None
        return shown(gone)

    def _retry_many(self, params: Mapping[str, Any], who: Who) -> Answer:
        upstream, code = params.get("upstream") or None, params.get("code") or None
        after = place_of(params.get("cursor"))
        if after is None:
            with self._service.application.database.write() as connection:
                acts.record(connection, "retry", " ".join(filter(None, (upstream or "*", code))), by=str(who.person))
        cases = self._parking.firsts(upstream, code=code, after=after, limit=_MOST_CASES)
        applied, failing, tried = 0, [], 0
        until = time.monotonic() + AT_ONCE_S
        for event in cases:
            try:
                done = self._parking.retry(event.upstream, event.subject)
            except NotParked:
                # Settled by somebody else since the list was read.
                done = None
            except Held:
                raise FollowerPaused(service=self._service.definition.name, upstream=event.upstream) from None
            tried += 1
            if done is not None:
                applied += done.applied
                failing += [] if done.failing is None else [shown(done.failing)]
            if time.monotonic() > until:
                break
        more = tried < len(cases) or len(cases) == _MOST_CASES
        return {
            "applied": applied,
            "cases": tried,
            "failing": failing,
            "waiting": self._parking.waiting(upstream, code=code),
            "next": _place(cases[tried - 1]) if tried and more else None,
        }


def shown(event: ParkedEvent) -> Answer:
    """A parked event in an answer: ids, codes and places, nothing of a person."""
    return {
        "upstream": event.upstream,
        "sequence": event.sequence,
        "case_id": str(event.subject),
        "type": event.type,
        "error_code": event.error_code,
        "error_place": event.error_place,
        "attempts": event.attempts,
        "parked_at": event.parked_at.isoformat(timespec="seconds"),
        "status": event.status,
        "settled_at": None if event.settled_at is None else event.settled_at.isoformat(timespec="seconds"),
        "settled_by": event.settled_by or None,
        "reason": event.reason,
    }


def uuid_of(value: Any, field: str) -> UUID:
    """A case's id. Raises `FieldInvalid`."""
    try:
        return UUID(str(value))
    except ValueError:
        raise FieldInvalid(field=field, explanation="indique el identificador del caso (UUID).") from None


def whole(value: Any, field: str = "sequence") -> int:
    """A number of an entry in a log. Raises `FieldInvalid`."""
    try:
        number = int(str(value))
        if not 0 <= number < 2**63:
            raise ValueError("no log is that long")
        return number
    except ValueError:
        raise FieldInvalid(field=field, explanation="indique el número del evento en su registro.") from None


def reason_of(params: Mapping[str, Any], explanation: str) -> str:
    """Why an operator does something. Raises `FieldInvalid` when it is not said."""
    reason = str(params.get("reason") or "").strip()
    if not reason:
        raise FieldInvalid(field="reason", explanation=explanation)
    return reason


def place_of(cursor: Any) -> Place | None:
    """Where a page starts: ``cursor`` as the page before gave it in ``next``. Raises `FieldInvalid`."""
    if cursor in (None, ""):
        return None
    upstream, _, sequence = str(cursor).partition(":")
    return upstream, whole(sequence, "cursor")


def _place(event: ParkedEvent) -> str:
    return f"{event.upstream}:{event.sequence}"
