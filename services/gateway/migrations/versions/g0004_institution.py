"""Institutional log-in: attempts on their way, sessions that the provider may end, log-outs that were carried out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "g0004"
down_revision = "g0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "institution_attempts",
        sa.Column(
            "attempt", sa.String(length=43), nullable=False, comment="keyed fingerprint of the state and the browser"
        ),
        sa.Column("after", sa.Text(), nullable=False, comment="where the person goes then, in the console"),
        sa.Column("at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.PrimaryKeyConstraint("attempt"),
    )
    op.create_index(op.f("ix_institution_attempts_at"), "institution_attempts", ["at"], unique=False)
    op.create_table(
        "institution_sessions",
        sa.Column("session", sa.Uuid(), nullable=False, comment="the name of a session that the provider may end"),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "sid_index", sa.String(length=64), nullable=True, comment="blind index of the provider's own session"
        ),
        sa.PrimaryKeyConstraint("session"),
    )
    op.create_index(op.f("ix_institution_sessions_account_id"), "institution_sessions", ["account_id"], unique=False)
    op.create_index(op.f("ix_institution_sessions_sid_index"), "institution_sessions", ["sid_index"], unique=False)
    op.create_table(
        "institution_logouts",
        sa.Column(
            "token",
            sa.String(length=64),
            nullable=False,
            comment="blind index of a log-out token that was carried out",
        ),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index(op.f("ix_institution_logouts_at"), "institution_logouts", ["at"], unique=False)


def downgrade() -> None:
    raise RuntimeError("un almacén de eventos no se devuelve a una versión anterior: restaure una copia de respaldo")
