"""The gateway's part of an erasure: it follows nobody, so it asks intake what it has still to destroy.

Drafts of acts are kept under the keys of the person whom they are about; accounts of staff are not touched by this.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import structlog

from shared.delivery.errors import is_away
from shared.eventstore.metadata import Meta
from shared.privacy.personal import Kind
from shared.runtime.clock import today

log = structlog.get_logger("impulso.erasing")

EVERY_S = 5.0
"""How often the gateway asks, in seconds: everywhere within a minute is promised."""

Ask = Callable[[dict[str, Any]], dict[str, Any]]
"""``ask(payload)``: intake's answer to `ServiceDefinition.orders`."""


class Shredder:
    """Destroys what intake ordered, and tells intake. Use it from one thread."""

    def __init__(self, application: Any, ask: Ask) -> None:
        self._application = application
        self._ask = ask

    def look(self) -> int:
        """Carry out what is ordered; how many keys. Raises what asking raises, and `StoreUnavailable`."""
        name = self._application.name
        orders = self._ask({"service": name})["orders"]
        executed = []
        for each in orders:
            subject, case_id, kind = UUID(each["subject"]), UUID(each["case_id"]), cast(Kind, each["kind"])
            meta = Meta(happened_on=today(), command="ExecuteKeyDestruction", causation_id="intake:orders")
            self._application.transact(
                meta, lambda uow, s=subject, k=kind, c=case_id: self._application.destroy_key(uow, s, k, c)
            )
            executed.append({**each, "at": datetime.now(UTC).isoformat()})
        if executed:
            self._ask({"service": name, "executed": executed})
        return len(executed)

    def run(self, stop: threading.Event, every_s: float = EVERY_S) -> None:
        """Look until ``stop`` is set. What is away is asked again; nothing is lost, for intake keeps the orders."""
        while not stop.is_set():
            try:
                self.look()
            except Exception as error:
                (log.info if is_away(error) else log.error)("orders not carried out", error=type(error).__name__)
            stop.wait(every_s)
