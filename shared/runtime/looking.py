"""Opening a service to look at what it keeps: nothing is served, made or migrated, nothing written to its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.catalogue.catalogue import Catalogue
from shared.editing.living import LivingCatalogue
from shared.editing.shelf import TABLE
from shared.eventstore.application import ServiceApplication
from shared.eventstore.database import Database
from shared.privacy.filestore import FileStore
from shared.privacy.keys import KeyRing, MasterKey
from shared.runtime.assembly import Place
from shared.runtime.definition import ServiceDefinition


@contextmanager
def looked_into(
    definition: ServiceDefinition, place: Place, master: MasterKey, catalogue: Catalogue
) -> Iterator[ServiceApplication]:
    """The application over what is stored at ``place``, for as long as the block lasts."""
    database = Database(place.database_url, pool_size=4)
    keys = KeyRing(place.keys_url, master, definition.name)
    try:
        living = LivingCatalogue(catalogue) if TABLE in definition.application.views.metadata.tables else None
        files = FileStore(place.files, keys)
        application = definition.application(database, keys, catalogue=living or catalogue, files=files)
        if living is not None:
            living.watch(application)
        yield application
    finally:
        keys.close()
        database.close()
