"""Delivery's own tables, in the database of the service that relays or follows."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

relay_cursor = sa.Table(
    "relay_cursor",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    # Everything up to here was confirmed by the broker.
    sa.Column("position", sa.BigInteger, nullable=False),
    # Last entry up to ``position`` that went to the public exchange: the next public one names it as ``previous``.
    sa.Column("public_position", sa.BigInteger, nullable=False),
)

parked = sa.Table(
    "parked",
    metadata,
    sa.Column("upstream", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("subject", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    # The published envelope: ids and facts on the allow-list, no personal data by construction.
    sa.Column("envelope", sa.Text, nullable=False),
    # Empty while the event merely waits behind an earlier one of its case.
    sa.Column("error_code", sa.Text, nullable=False),
    # Module and line that refused; never the message, which could quote a value.
    sa.Column("error_place", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("parked_at", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("settled_at", sa.BigInteger),
    sa.Column("settled_by", sa.Text),
    sa.Column("reason", sa.Text),
    sa.CheckConstraint("status IN ('parked', 'applied', 'discarded')", name="parked_status"),
    sa.CheckConstraint("status <> 'discarded' OR reason <> ''", name="parked_discard_has_reason"),
)

sa.Index(
    "parked_open",
    parked.c.upstream,
    parked.c.subject,
    parked.c.sequence,
    sqlite_where=parked.c.status == "parked",
    postgresql_where=parked.c.status == "parked",
)
