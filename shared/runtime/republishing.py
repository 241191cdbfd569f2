"""Publishing entries of a log once more: for an integrator who lost them, or a broker that was made anew."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from shared.catalogue.refusals import FieldInvalid, Refusal
from shared.delivery import acts
from shared.delivery.errors import Away
from shared.delivery.ports import Exchange
from shared.delivery.relay import AGAIN, Reached, Relay, RelayCursor
from shared.eventstore.application import ServiceApplication
from shared.runtime.parked_operations import AT_ONCE_S, reason_of, whole
from shared.runtime.tokens import Who

Answer = dict[str, Any]


class NoBroker(Refusal):
    code = "NO_BROKER"
    message = (
        "Este sistema no tiene intermediario de mensajes: corre en un solo proceso. Quien integra lee los eventos de "
        "{service} en GET /api/events/{service}."
    )


class BrokerAway(Refusal):
    code = "BROKER_AWAY"
    status = 503
    message = (
        "El intermediario de mensajes no responde. Lo publicado llega hasta la entrada {reached}; la misma orden "
        "continúa desde ahí."
    )


class Republishing:
    """``relay``: None where there is no broker."""

    def __init__(self, application: ServiceApplication, relay: Relay | None) -> None:
        self._app = application
        self._relay = relay

    def republish(self, params: Mapping[str, Any], who: Who) -> Answer:
        """Publish the entries ``from`` to ``to`` again, as many as fit into a second; ``next`` says where to go on.

        One batch at least. How far a stretch came is kept until it is finished: whoever asks for it again, without
        ``cursor``, goes on from there (``resumed`` tells), unless ``anew``. Who asked and why is kept with the first
        piece of each run. Raises `NoBroker`, `FieldInvalid`, `BrokerAway`.
        """
        if self._relay is None:
            raise NoBroker(service=self._app.name)
        first, last, exchange = self._range(params)
        kept = RelayCursor(self._app.database, f"{AGAIN}{first}-{last} {exchange}")
        resumed: int | None = None
        if params.get("cursor") in (None, ""):
            reason = reason_of(params, "diga por qué se publica de nuevo; queda registrado.")
            with self._app.database.write() as connection:
                about = f"{first}-{last} {exchange}"
                acts.record(connection, "republish", about, by=str(who.person), reason=reason)
            if params.get("anew") is True:
                kept.forget()
            reached = max(first - 1, kept.load().position)
            resumed = reached if reached >= first else None
        else:
            reached = whole(params["cursor"], "cursor")
        until = time.monotonic() + AT_ONCE_S
        while reached < last:
            try:
                reached = self._relay.republish(max(reached + 1, first), last, exchange)
            except Away:
                kept.move(Reached(reached))
                raise BrokerAway(reached=reached) from None
            if time.monotonic() >= until:
                break
        if reached < last:
            kept.move(Reached(reached))
        else:
            kept.forget()
        following = str(reached) if reached < last else None
        return {"from": first, "to": last, "reached": reached, "resumed": resumed, "next": following}

    def _range(self, params: Mapping[str, Any]) -> tuple[int, int, Exchange]:
        first, last, head = whole(params.get("from"), "from"), whole(params.get("to"), "to"), self._app.log.head()
        if not 1 <= first <= head:
            raise FieldInvalid(field="from", explanation=f"el registro va de 1 a {head}.")
        if not first <= last <= head:
            raise FieldInvalid(field="to", explanation=f"indique un número entre {first} y {head}.")
        exchange = params.get("exchange") or "public"
        if exchange not in ("events", "public"):
            raise FieldInvalid(field="exchange", explanation="use public o events.")
        return first, last, exchange
