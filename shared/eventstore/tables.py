"""The store's own tables. Read models have tables and metadata of their own (see `views`)."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("originator_id", sa.Uuid, nullable=False),
    sa.Column("originator_version", sa.Integer, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    # Microseconds of UTC since 1970; never smaller than in the row before.
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("originator_id", "originator_version", name="events_version"),
)

log_head = sa.Table(
    "log_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("head", sa.BigInteger, nullable=False),
    sa.Column("clock", sa.BigInteger, nullable=False),
    # The identity of this log's life: a restore begins a new one.
    sa.Column("epoch", sa.Text, nullable=False),
    sa.CheckConstraint("id = 1", name="log_head_single"),
)

tracking = sa.Table(
    "tracking",
    metadata,
    sa.Column("upstream", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.Text, nullable=False, server_default=""),
    sa.Column("entry_hash", sa.Text, nullable=False, server_default=""),
)

commands = sa.Table(
    "commands",
    metadata,
    sa.Column("command_id", sa.Uuid, primary_key=True),
    sa.Column("body_hash", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("owner", sa.Uuid, nullable=False),
)

snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("originator_id", sa.Uuid, primary_key=True),
    sa.Column("originator_version", sa.Integer, primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
)

view_schema = sa.Table(
    "view_schema",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    # Fingerprint of the read model's tables; another one means: drop, create, rebuild from the log.
    sa.Column("fingerprint", sa.Text, nullable=False),
    # False from the moment the tables are made until the log has been applied to them.
    sa.Column("built", sa.Boolean, nullable=False),
)
