"""Creating a store where no migration runs: the embedded host and tests. Servers use ``impulso migrate``."""

from __future__ import annotations

from shared.eventstore import guards
from shared.eventstore.database import Database
from shared.eventstore.tables import metadata


def create_store(database: Database) -> None:
    """Create the store's tables, guards and head row where they are missing. Idempotent."""
    with database.write() as connection:
        metadata.create_all(connection)
        guards.install(connection)
