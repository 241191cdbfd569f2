"""Migrations of the edge's own tables (see `services.gateway.tables`)."""

from services.gateway.tables import metadata
from shared.runtime.migrate import Schema

SCHEMA = Schema("edge", (metadata,), "services.gateway.migrations")
