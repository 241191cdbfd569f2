"""The edge: credentials, sessions, failed log-ins, access log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.gateway.tables import guard_access_log

revision = "g0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("session", sa.String(length=36), nullable=True),
        sa.Column(
            "login_index",
            sa.String(length=64),
            nullable=True,
            comment="blind index of what was typed, for a log-in that failed",
        ),
        sa.Column("origin_index", sa.String(length=64), nullable=True, comment="blind index of the client's address"),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("service", sa.String(length=16), nullable=True),
        sa.Column("act", sa.String(length=64), nullable=True, comment="command, query or route, by name"),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("classes", sa.String(length=16), nullable=True, comment="data classes that were opened"),
        sa.Column("code", sa.String(length=64), nullable=True, comment="refusal code of a denial"),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    guard_access_log(op.get_bind())
    op.create_table(
        "credentials",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False, comment="argon2id, with its parameters and salt"),
        sa.Column(
            "temporary", sa.Boolean(), nullable=False, comment="made by the system; the person has not changed it yet"
        ),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "login_failures",
        sa.Column("attempt", sa.Uuid(), nullable=False),
        sa.Column(
            "scope", sa.String(length=64), nullable=False, comment="keyed fingerprint of login, address, or both"
        ),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("attempt", "scope"),
    )
    op.create_index(op.f("ix_login_failures_at"), "login_failures", ["at"], unique=False)
    op.create_index("ix_login_failures_scope", "login_failures", ["scope", "at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="SHA-256; the token itself is nowhere"),
        sa.Column("name", sa.Uuid(), nullable=False, comment="names the session in tokens and logs"),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False, comment="console: cookie; api: bearer"),
        sa.Column("started_at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("ends_at", sa.Float(), nullable=False, comment="absolute end"),
        sa.PrimaryKeyConstraint("token_hash"),
        sa.UniqueConstraint("name"),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"], unique=False)
    op.create_index(op.f("ix_sessions_ends_at"), "sessions", ["ends_at"], unique=False)


def downgrade() -> None:
    raise RuntimeError("un almacén de eventos no se devuelve a una versión anterior: restaure una copia de respaldo")
