"""Migrations of the edge's own tables (see `services.gateway.tables`)."""

from services.gateway.tables import metadata
from shared.runtime.migrate import Schema

# A session that was ended since must not open again with an old copy: whoever was in logs in anew.
SCHEMA = Schema("edge", (metadata,), "services.gateway.migrations", fleeting=frozenset({"sessions", "login_failures"}))
