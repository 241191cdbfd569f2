"""Service tokens: the hashes of their secrets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "g0005"
down_revision = "g0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_token_secrets",
        sa.Column("secret_hash", sa.String(length=64), nullable=False, comment="SHA-256; the token itself is nowhere"),
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the token's aggregate: one secret each"),
        sa.Column("made_at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.Column("used_at", sa.Float(), nullable=True, comment="last use, to the minute"),
        sa.Column("ends_at", sa.Float(), nullable=True, comment="end of the overlap, once a newer secret stands"),
        sa.PrimaryKeyConstraint("secret_hash"),
        sa.UniqueConstraint("token_id", "version"),
    )
    op.create_index(op.f("ix_service_token_secrets_ends_at"), "service_token_secrets", ["ends_at"], unique=False)


def downgrade() -> None:
    raise RuntimeError("un almacén de eventos no se devuelve a una versión anterior: restaure una copia de respaldo")
