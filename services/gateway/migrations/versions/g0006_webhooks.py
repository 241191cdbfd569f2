"""Webhooks: their sealed secrets, where each stands, the log of deliveries, and who delivers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "g0006"
down_revision = "g0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_secrets",
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the webhook's aggregate: one secret each"),
        sa.Column("sealed", sa.Text(), nullable=False, comment="under a key of this service"),
        sa.Column("ends_at", sa.Float(), nullable=True, comment="end of the overlap, once a newer secret stands"),
        sa.PrimaryKeyConstraint("webhook_id", "version"),
    )
    op.create_index(op.f("ix_webhook_secrets_ends_at"), "webhook_secrets", ["ends_at"], unique=False)
    op.create_table(
        "webhook_positions",
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=True,
            comment="the last entry of the log that was delivered or passed over",
        ),
        sa.Column("epoch", sa.String(length=64), nullable=False, comment="of that log"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="failures in a row of the next delivery"),
        sa.Column("next_at", sa.Float(), nullable=False, comment="not before; seconds since 1970"),
        sa.PrimaryKeyConstraint("webhook_id", "service"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False, comment="of the event in its log; 0: a test"),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True, comment="what the receiver answered"),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_webhook_deliveries_at"), "webhook_deliveries", ["at"], unique=False)
    op.create_index("ix_webhook_deliveries_webhook_at", "webhook_deliveries", ["webhook_id", "at"], unique=False)
    op.create_table(
        "webhook_leases",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False, comment="the one process that delivers"),
        sa.Column("until", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    raise RuntimeError("un almacén de eventos no se devuelve a una versión anterior: restaure una copia de respaldo")
