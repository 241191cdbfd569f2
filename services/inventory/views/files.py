"""Who may read a stored file of the warehouse."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.inventory.views.tables import documents, write_off_files
from shared.runtime.tokens import Who

PROVERS = frozenset({"auditor", "subdirector"})
"""Roles that may ask for the proof of a document, which tells nothing of what stands in it."""
READERS = frozenset(
    {
        "caseworker",
        "coordinator",
        "subdirector",
        "contract_supervisor",
        "warehouse_registrar",
        "warehouse_keeper",
        "stock_controller",
    }
)
"""Roles that work with FO-110, FO-128 and receipts. They bear signatures (class m), which auditors may not read."""


def may_read(application: Any, who: Who, file_id: UUID | str) -> bool:
    """True for a printed document or the evidence of a write-off, and one of `READERS`."""
    if not who.roles & READERS or who.contracts:
        return False
    query = sa.union_all(
        sa.select(documents.c.id).where(documents.c.file == str(file_id)),
        sa.select(write_off_files.c.write_off).where(write_off_files.c.file == str(file_id)),
    )
    with application.database.read() as connection:
        return connection.execute(query).first() is not None
