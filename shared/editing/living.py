"""The catalogue of a running process: the shipped files and whatever was published since, taken over as it comes."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.drafting import Event
from shared.catalogue.errors import CatalogueError
from shared.editing.shelf import published, shelf_of
from shared.eventstore.outcome import Committed

if TYPE_CHECKING:
    from shared.eventstore.application import ServiceApplication

log = structlog.get_logger("impulso.catalogue")


class LivingCatalogue(Catalogue):
    """Answers as `Catalogue` does, from the shipped files and the published versions on the shelf of a service.

    It changes whole, between two answers: who asks twice in one act may see a publication between the two, as between
    two acts. Which version holds on a date is decided by the date that is asked, so nothing happens on the day itself.
    """

    def __init__(self, shipped: Catalogue) -> None:
        super().__init__(shipped._contents, shipped.root)
        self._holds: frozenset[UUID] = frozenset()
        self._taking = Lock()

    def watch(self, application: ServiceApplication) -> None:
        """Take over what is on the shelf of ``application`` now, and after each of its commits that changes it.

        Raises `CatalogueError` if the shipped files do not agree with what was published.
        """
        self._take(application)

        def committed(done: Committed) -> None:
            if any(isinstance(event, Event) for event, _ in done.events):
                self.refresh(application)

        application.committed.append(committed)

    def refresh(self, application: ServiceApplication) -> bool:
        """Take over what is on the shelf; True when something changed. What does not fit is logged and left."""
        try:
            return self._take(application)
        except CatalogueError as error:
            log.error("catalogue not taken over", service=application.name, code=error.code, place=error.place)
            return False

    def _take(self, application: ServiceApplication) -> bool:
        with self._taking:
            with application.database.read() as connection:
                editions = published(connection, shelf_of(application))
            holds = frozenset(each.id for each in editions)
            if holds == self._holds:
                return False
            taken: Any = Catalogue.load(self.root, editions)
            self._contents = taken._contents
            self._holds = holds
        return True

    @property
    def holds(self) -> frozenset[UUID]:
        """The published versions that it has taken over."""
        return self._holds
