"""The mark that a restore leaves while it is not finished, and the refusal to open what bears it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

metadata = sa.MetaData()

mark = sa.Table(
    "restoration",
    metadata,
    sa.Column("what", sa.Text, primary_key=True, comment="plan, or the piece that is in"),
    sa.Column("plan", sa.Text, nullable=False),
)


class RestoreUnfinished(Exception):
    """The database holds part of a backup. Nothing may be decided on half a history."""

    def __init__(self, service: str) -> None:
        super().__init__(
            f"la restauración de {service} no ha terminado: repita el mismo «impulso restore», que continúa donde quedó"
        )


def refuse_unfinished(connection: Connection, service: str) -> None:
    """Raise `RestoreUnfinished` while a restore into this database is not finished."""
    if sa.inspect(connection).has_table(mark.name):
        raise RestoreUnfinished(service)
