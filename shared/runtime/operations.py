"""What operators ask of a running service: how it is, what is parked, retry, discard, rebuild. No case data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.catalogue.refusals import FieldInvalid, NotAuthorised, NotFound, Refusal
from shared.delivery.errors import Diverged, NotParked
from shared.delivery.follower import Follower, State
from shared.delivery.parking import ParkedEvent, Status
from shared.delivery.tables import parked
from shared.eventstore import guards
from shared.runtime.assembly import Assembled
from shared.runtime.rebuild import rebuild
from shared.runtime.tokens import Who

OPERATIONS = "operations"
PREFIX = "operations."
Answer = dict[str, Any]


class NothingParked(Refusal):
    code = "NOT_PARKED"
    status = 404
    message = "Ese evento no está apartado. Consulte la lista con «impulso parked»."


class HistoryDiverged(Refusal):
    code = "HISTORY_DIVERGED"
    message = (
        "El registro de {upstream} ya no contiene lo que aquí se aplicó: fue restaurado de una copia anterior. "
        "Restaure una copia más reciente, o reconstruya este servicio."
    )


class Operations:
    """The operators' questions to one service, by name. Only the role ``operations`` may ask them."""

    def __init__(self, service: Assembled, followers: Mapping[str, Follower]) -> None:
        self._service = service
        self._followers = followers
        self._by_name: dict[str, Callable[[Mapping[str, Any], Who], Answer]] = {
            "status": self.status,
            "parked": self.parked,
            "retry": self.retry,
            "discard": self.discard,
            "rebuild": self.rebuild,
            "adopt": self.adopt,
        }

    def answer(self, name: str, params: Mapping[str, Any], who: Who) -> Answer:
        """Answer ``operations.<name>``. Raises `NotAuthorised`, `NotFound` and the refusals of each."""
        asked = self._by_name.get(name.removeprefix(PREFIX))
        if asked is None:
            raise NotFound(what=f"la operación «{name}»", field="query")
        if OPERATIONS not in who.roles:
            label = self._service.application.catalogue.role(OPERATIONS).label
            raise NotAuthorised(command="Operar la plataforma", roles=label)
        return asked(params, who)

    def status(self, _params: Mapping[str, Any] | None = None, _who: Who | None = None) -> Answer:
        """Log, guards, read model, followers and parked events of this service."""
        application = self._service.application
        epoch, head = application.log.state()
        with application.database.read() as connection:
            missing = guards.missing(connection)
            built = application.views.is_built(connection, application.name)
            waiting = connection.execute(
                sa.select(sa.func.count()).select_from(parked).where(parked.c.status == "parked")
            ).scalar_one()
        return {
            "service": application.name,
            "epoch": epoch,
            "head": head,
            "guards_missing": missing,
            "read_model_built": built,
            "parked": waiting,
            "followers": {
                upstream: {
                    "position": self._service.inbox.position(upstream).position,
                    "state": follower.state.value,
                    "explanation": follower.explanation,
                }
                for upstream, follower in self._followers.items()
            },
        }

    def parked(self, params: Mapping[str, Any], _who: Who) -> Answer:
        """Parked events, with why and where; ``status`` shows those applied or discarded since."""
        status: Status = params.get("status") or "parked"
        if status not in ("parked", "applied", "discarded"):
            raise FieldInvalid(field="status", explanation="use parked, applied o discarded.")
        found = self._service.inbox.parking.events(params.get("upstream") or None, status=status)
        return {"items": [_shown(each) for each in found], "next": None}

    def retry(self, params: Mapping[str, Any], _who: Who) -> Answer:
        """Apply the parked events of one case in order, up to the first that fails again."""
        try:
            done = self._service.inbox.parking.retry(str(params.get("upstream")), _uuid(params.get("subject")))
        except NotParked:
            raise NothingParked() from None
        return {"applied": done.applied, "failing": None if done.failing is None else _shown(done.failing)}

    def discard(self, params: Mapping[str, Any], who: Who) -> Answer:
        """Give up one parked event for good, with a reason that stays."""
        reason = str(params.get("reason") or "").strip()
        if not reason:
            raise FieldInvalid(field="reason", explanation="diga por qué se descarta el evento; queda registrado.")
        try:
            gone = self._service.inbox.parking.discard(
                str(params.get("upstream")), _whole(params.get("sequence")), by=str(who.person), reason=reason
            )
        except NotParked:
            raise NothingParked() from None
        return _shown(gone)

    def rebuild(self, _params: Mapping[str, Any], _who: Who) -> Answer:
        """Make the read model anew; a service that only reads then pulls everything of its upstreams again."""
        return {"entries": rebuild(self._service.application, self._service.definition)}

    def adopt(self, params: Mapping[str, Any], _who: Who) -> Answer:
        """Go on following an upstream under its new epoch, if its log still holds the entry that we stand on."""
        upstream = str(params.get("upstream"))
        follower = self._followers.get(upstream)
        if follower is None:
            raise NotFound(what=f"a quién seguir con el nombre «{upstream}»", field="upstream")
        try:
            follower.adopt()
        except Diverged:
            raise HistoryDiverged(upstream=upstream) from None
        return {"upstream": upstream, "epoch": self._service.inbox.position(upstream).epoch}

    @property
    def sound(self) -> bool:
        """False when a person has to do something here."""
        status = self.status()
        stopped = any(follower.state is State.STOPPED for follower in self._followers.values())
        return not status["guards_missing"] and not status["parked"] and not stopped


def _shown(event: ParkedEvent) -> Answer:
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
        "reason": event.reason,
    }


def _uuid(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise FieldInvalid(field="subject", explanation="indique el identificador del caso (UUID).") from None


def _whole(value: Any) -> int:
    try:
        whole = int(str(value))
        if not 0 <= whole < 2**63:
            raise ValueError("no log is that long")
        return whole
    except ValueError:
        raise FieldInvalid(field="sequence", explanation="indique el número del evento en su registro.") from None
