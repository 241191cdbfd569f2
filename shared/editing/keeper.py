"""Holding what the other services publish: asked of each owner, kept in one's own log (CAT-10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from threading import Event
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
import structlog

from shared.catalogue.commands import EDITORS
from shared.catalogue.drafting import PUBLISHED
from shared.delivery.errors import is_away
from shared.editing.shelf import shelf_of
from shared.eventstore.application import CommandKey, ServiceApplication
from shared.eventstore.errors import StoreError
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.clock import today

Ask = Callable[[str, dict[str, Any]], dict[str, Any]]
"""``ask(owner, payload)``: what the owner answers to `Desk.catalogue`. Raises what its transport raises."""

EVERY_S = 5.0
"""Seconds between two looks. A version is published before its date; what is published late may take as long."""
log = structlog.get_logger("impulso.catalogue")

NAMESPACE = UUID("2c8f3d1a-9b40-5e0e-8a55-6d0c7c1f94be")


def keep(application: Any, owner: str, ask: Ask) -> bool:
    """Take what ``owner`` published and this service does not hold, drop what it withdrew; True when that changed.

    Each version is one commit under an id of its own: two processes of a service do it once. Run it again and again;
    the living catalogue follows by itself.
    """
    table = shelf_of(application)
    with application.database.read() as connection:
        query = sa.select(table.c.id, table.c.state).where(table.c.owner == owner)
        held = {row.id: row.state for row in connection.execute(query)}
    changed = False
    for offer in ask(owner, {})["versions"]:
        version_id = UUID(offer["id"])
        if offer["state"] == PUBLISHED and version_id not in held:
            _take(application, owner, ask(owner, {"id": offer["id"]})["version"])
            changed = True
        elif offer["state"] != PUBLISHED and held.get(version_id) == PUBLISHED:
            _drop(application, owner, version_id)
            changed = True
    # Another process of this service may have taken it.
    application.catalogue.refresh(application)
    return changed


class Keeper:
    """Asks every owner for one service, again and again; an owner that is away is asked at the next look."""

    def __init__(self, application: Any, ask: Ask, owners: Iterable[str] = EDITORS) -> None:
        self._application = application
        self._ask = ask
        self.owners = tuple(each for each in owners if each != application.name)

    def look(self, stopping: Callable[[], bool] = lambda: False) -> bool:
        """Ask each owner once, unless ``stopping()`` turns true between two; True when something changed."""
        changed = False
        for owner in self.owners:
            if stopping():
                break
            try:
                changed = keep(self._application, owner, self._ask) or changed
            except Exception as error:
                # Whatever it is, the next look may do better; raised, it would end the thread that looks, and in the
                # nameko host the whole container with its calls and followers.
                waits = isinstance(error, StoreError) or is_away(error)
                tell = log.info if waits else log.error
                tell("catalogue not asked", service=self._application.name, owner=owner, why=type(error).__name__)
        return changed

    def run(self, stop: Event, prompt: Event, every_s: float = EVERY_S) -> None:
        """Look until ``stop`` is set, at each ``prompt`` and every ``every_s`` seconds."""
        while not stop.is_set():
            prompt.clear()
            self.look(stop.is_set)
            prompt.wait(every_s)


def _take(application: Any, owner: str, version: dict[str, Any]) -> None:
    texts = {name: version[name] for name in ("kind", "code", "version", "hash", "text")}
    days = {name: date.fromisoformat(version[name]) for name in ("effective_from", "published_on")}
    version_id = UUID(version["id"])

    def decide(uow: UnitOfWork) -> None:
        uow.add(application.copy_class.take(id=version_id, owner=owner, **texts, **days))

    _run(application, owner, version_id, "TakeCatalogueVersion", decide)


def _drop(application: Any, owner: str, version_id: UUID) -> None:
    def decide(uow: UnitOfWork) -> None:
        uow.get(application.copy_class, version_id).drop(today())

    _run(application, owner, version_id, "DropCatalogueVersion", decide)


def _run(
    application: ServiceApplication, owner: str, version_id: UUID, command: str, decide: Callable[[UnitOfWork], None]
) -> None:
    command_id = uuid5(NAMESPACE, f"{application.name}/{command}/{version_id}")
    meta = Meta(
        happened_on=today(),
        channel="system",
        command=command,
        command_id=command_id,
        causation_id=f"catalogue:{owner}:{version_id}",
    )
    key = CommandKey.of(command_id, {"command": command, "version": str(version_id)})
    application.transact(meta, decide, command=key)
