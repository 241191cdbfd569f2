"""Drafts: what was typed on the screen of an act and not sent yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "g0002"
down_revision = "g0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column(
            "draft_id", sa.Uuid(), nullable=False, comment="made of its author, the act and the screen's address"
        ),
        sa.Column("subject", sa.Uuid(), nullable=True, comment="whose key seals it"),
        sa.Column("form_key", sa.Uuid(), nullable=False, comment="the command's id when the form is sent"),
        sa.Column(
            "done_key",
            sa.Uuid(),
            nullable=True,
            comment="the form that was sent or discarded: nothing late of it is kept",
        ),
        sa.Column("saved_at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.Column("content", sa.Text(), nullable=True, comment="sealed; null once sent or discarded"),
        sa.PrimaryKeyConstraint("draft_id"),
    )
    op.create_index(op.f("ix_drafts_saved_at"), "drafts", ["saved_at"], unique=False)


def downgrade() -> None:
    raise RuntimeError("un almacén de eventos no se devuelve a una versión anterior: restaure una copia de respaldo")
