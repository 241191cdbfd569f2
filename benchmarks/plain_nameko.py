"""The baseline of `benchmarks.across`: nameko's own `EventDispatcher` and ``@event_handler``, as its manual has them.

    python -m benchmarks.plain_nameko tell|hear

``tell`` reads the committed entries and dispatches each; ``hear`` enters each in the same ledger, one transaction an
event. It has no position, so nothing repairs what is lost, and ``ON CONFLICT`` is all that keeps an event that comes
twice from being entered twice. It runs its handlers concurrently, which ours, being in order, may not.
"""

# ruff: noqa: I001

from __future__ import annotations

from shared.runtime import green  # noqa: F401 - first: it makes the standard library cooperative

import os
import sys
from datetime import date
from typing import Any
from uuid import UUID

from nameko.containers import ServiceContainer
from nameko.events import EventDispatcher, event_handler
from nameko.timer import timer
from sqlalchemy.dialects.postgresql import insert

from benchmarks.across_services import ASSISTANCE, DOWNSTREAM_URL, UPSTREAM_URL, ledger
from shared.delivery.publication import ContractPublication
from shared.eventstore.database import Database
from shared.eventstore.log import Log
from shared.eventstore.mapper import SealingMapper


class Tell:
    name = "plain_assistance"
    dispatch = EventDispatcher()

    @timer(interval=3600, eager=True)  # type: ignore[untyped-decorator]
    def tell(self) -> None:
        log = Log(ASSISTANCE.name, Database(os.environ[UPSTREAM_URL]))
        # It opens nothing: the keys are not asked for.
        publication = ContractPublication(log.name, SealingMapper(log.name, None))  # type: ignore[arg-type]
        print("telling", flush=True)
        after = 0
        while entries := log.entries(after, 500):
            for entry in entries:
                self.dispatch("told", publication.internal(entry, "plain").to_dict())
            after = entries[-1].sequence


class Hear:
    name = "plain_ledger"
    _database: Database | None = None

    @event_handler(Tell.name, "told")  # type: ignore[untyped-decorator]
    def hear(self, event: dict[str, Any]) -> None:
        if Hear._database is None:
            Hear._database = Database(os.environ[DOWNSTREAM_URL], pool_size=10)
        row = {
            "sequence": int(event["sequence"]),
            "subject": UUID(event["subject"]),
            "type": event["type"].partition(".v")[0],
            "happened_on": date.fromisoformat(event["happenedon"]),
        }
        with Hear._database.write() as connection:
            connection.execute(insert(ledger).values(row).on_conflict_do_nothing())


def main(role: str) -> None:
    container = ServiceContainer({"tell": Tell, "hear": Hear}[role], {"AMQP_URI": os.environ["IMPULSO_AMQP_URL"]})
    container.start()
    print("started", flush=True)
    container.wait()


if __name__ == "__main__":
    main(sys.argv[1])
