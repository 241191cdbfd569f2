"""What operators ask of a running service: how it is, pause, resume, rebuild, adopt; no case data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from shared.audit.witness import Witness
from shared.catalogue.refusals import NotAuthorised, NotFound, Refusal
from shared.delivery import acts
from shared.delivery.errors import Away, Diverged
from shared.delivery.follower import Follower, State
from shared.delivery.relay import Relay
from shared.delivery.tables import parked
from shared.eventstore import guards
from shared.runtime import watching
from shared.runtime.assembly import Assembled
from shared.runtime.checkup import Patient, examine
from shared.runtime.parked_operations import ParkedOperations, reason_of, whole
from shared.runtime.rebuilding import Rebuilding
from shared.runtime.republishing import Republishing
from shared.runtime.tokens import Who

OPERATIONS = "operations"
PREFIX = "operations."
Answer = dict[str, Any]


class HistoryDiverged(Refusal):
    code = "HISTORY_DIVERGED"
    message = (
        "El registro de {upstream} ya no contiene lo que aquí se aplicó: fue restaurado de una copia anterior. "
        "Restaure una copia más reciente, o reconstruya este servicio."
    )


class UpstreamAway(Refusal):
    code = "UPSTREAM_AWAY"
    status = 503
    message = "El servicio {upstream} no responde y no se cambió nada. Reintente cuando esté en marcha."


class Operations:
    """The operators' questions to one service, by name. Only the role ``operations`` may ask them."""

    def __init__(
        self,
        service: Assembled,
        followers: Mapping[str, Follower],
        rebuilding: Rebuilding,
        *,
        relay: Relay | None = None,
        amqp_url: str = "",
    ) -> None:
        self._service = service
        self._rebuilding = rebuilding
        self._followers = followers
        self._amqp_url = amqp_url
        of_parked = ParkedOperations(service)
        self._by_name: dict[str, Callable[[Mapping[str, Any], Who], Answer]] = {
            "status": self.status,
            "parked": of_parked.parked,
            "explain": of_parked.explain,
            "retry": of_parked.retry,
            "discard": of_parked.discard,
            "pause": self.pause,
            "resume": self.resume,
            "acts": self.acts,
            "rebuild": self.rebuild,
            "cancel-rebuild": self.cancel_rebuild,
            "republish": Republishing(service.application, relay).republish,
            "adopt": self.adopt,
            "checkup": self.checkup,
            "acknowledge": self.acknowledge,
        }
        self.cosigning: Witness | None = None
        """The witness of this process, where it is one."""

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
            "rebuild": self._rebuilding.progress(),
            "followers": {upstream: self._follower(upstream) for upstream in self._followers},
            "witness": watching.seen(application.database),
        }

    def _follower(self, upstream: str) -> Answer:
        follower, position = self._followers[upstream], self._service.inbox.position(upstream)
        state, explanation = follower.state, follower.explanation
        # The database knows of a pause, and of its end, before the follower has met it.
        if position.paused:
            state = State.PAUSED
        elif state is State.PAUSED:
            state, explanation = State.WAITING, "se reanuda"
        shown: Answer = {
            "position": position.position,
            "state": state.value,
            "explanation": explanation,
            "pause": None,
        }
        if position.paused:
            with self._service.application.database.read() as connection:
                paused = acts.last(connection, "pause", upstream)
            if paused is not None:
                shown["explanation"] = paused.reason
                shown["pause"] = {
                    "by": paused.by,
                    "reason": paused.reason,
                    "at": paused.at.isoformat(timespec="seconds"),
                }
        return shown

    def checkup(self, _params: Mapping[str, Any], _who: Who) -> Answer:
        """What is broken where this service keeps things, and how it is cured."""
        one = self._service
        patient = Patient(
            one.definition.name, one.application.views, one.place, lambda: one.keys.master, self._amqp_url
        )
        return {"service": patient.name, "findings": [found.document() for found in examine(patient)]}

    def acknowledge(self, params: Mapping[str, Any], who: Who) -> Answer:
        """Go on, as a witness, from what a log showed that is another than the one it had cosigned."""
        reason = reason_of(params, "diga por qué el registro es otro; queda registrado.")
        database = self._service.application.database
        log, returned = str(params.get("log")), params.get("returned") is True
        return watching.acknowledge(self.cosigning, database, log, str(who.person), reason, returned=returned)

    def _followed(self, params: Mapping[str, Any]) -> str:
        upstream = str(params.get("upstream"))
        if upstream not in self._followers:
            raise NotFound(what=f"a quién seguir con el nombre «{upstream}»", field="upstream")
        return upstream

    def pause(self, params: Mapping[str, Any], who: Who) -> Answer:
        """Stop applying what an upstream decides until it is resumed; nothing is lost, it waits in that log."""
        upstream = self._followed(params)
        reason = reason_of(params, "diga por qué se pausa; queda registrado.")
        changed = self._service.inbox.set_paused(upstream, True, by=str(who.person), reason=reason)
        return {"upstream": upstream, "changed": changed, "position": self._service.inbox.position(upstream).position}

    def resume(self, params: Mapping[str, Any], who: Who) -> Answer:
        """Follow again after a pause, from where it stood."""
        upstream = self._followed(params)
        reason = str(params.get("reason") or "").strip()
        changed = self._service.inbox.set_paused(upstream, False, by=str(who.person), reason=reason)
        return {"upstream": upstream, "changed": changed, "position": self._service.inbox.position(upstream).position}

    def acts(self, params: Mapping[str, Any], _who: Who) -> Answer:
        """What operators did to this service, the newest first: who, when, why."""
        limit, cursor = int(params.get("limit") or 200), params.get("cursor")
        with self._service.application.database.read() as connection:
            found = acts.newest(connection, limit + 1, whole(cursor, "cursor") if cursor else None)
        items = [
            {
                "act": one.act,
                "about": one.about,
                "by": one.by,
                "reason": one.reason,
                "at": one.at.isoformat(timespec="seconds"),
            }
            for one in found[:limit]
        ]
        return {"items": items, "next": str(found[limit - 1].id) if len(found) > limit else None}

    def rebuild(self, params: Mapping[str, Any], who: Who) -> Answer:
        """Begin to make the read model anew beside the one in service; ``status`` tells how far it is."""
        return self._rebuilding.begin(by=str(who.person), reason=str(params.get("reason") or "").strip()[:500])

    def cancel_rebuild(self, _params: Mapping[str, Any], _who: Who) -> Answer:
        """Give up the running rebuild; the read model in service stays as it is."""
        return self._rebuilding.cancel()

    def adopt(self, params: Mapping[str, Any], who: Who) -> Answer:
        """Go on following an upstream under its new epoch, if its log still holds the entry that we stand on."""
        upstream = self._followed(params)
        try:
            self._followers[upstream].adopt()
        except Diverged:
            raise HistoryDiverged(upstream=upstream) from None
        except Away:
            raise UpstreamAway(upstream=upstream) from None
        with self._service.application.database.write() as connection:
            acts.record(connection, "adopt", upstream, by=str(who.person))
        return {"upstream": upstream, "epoch": self._service.inbox.position(upstream).epoch}

    @property
    def sound(self) -> bool:
        """False when a person has to do something here."""
        status = self.status()
        stopped = any(follower.state is State.STOPPED for follower in self._followers.values())
        return not status["guards_missing"] and not status["parked"] and not stopped
