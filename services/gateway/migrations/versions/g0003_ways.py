"""Ways: which service had a command that several services have by the same name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "g0003"
down_revision = "g0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "command_ways",
        sa.Column("command_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.PrimaryKeyConstraint("command_id"),
    )
    op.create_index(op.f("ix_command_ways_at"), "command_ways", ["at"], unique=False)


def downgrade() -> None:
    raise RuntimeError("un almacén de eventos no se devuelve a una versión anterior: restaure una copia de respaldo")
