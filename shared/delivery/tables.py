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

operator_acts = sa.Table(
    "operator_acts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # Microseconds of UTC since 1970.
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    # What it was done to: an upstream, an event of one (``intake:42``), a range; never a person.
    sa.Column("about", sa.Text, nullable=False),
    # Random id of the person who did it.
    sa.Column("done_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

rebuilds = sa.Table(
    "rebuilds",
    metadata,
    sa.Column("run", sa.Uuid, primary_key=True),
    # Of the read model's tables as the code that began defines them.
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    # Entries applied to the shadow so far.
    sa.Column("applied", sa.BigInteger, nullable=False),
    # Where the shadow stands in each log (JSON); moves in the transaction of each batch.
    sa.Column("places", sa.Text, nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("done_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("error_code", sa.Text),
    sa.Column("error_place", sa.Text),
    sa.CheckConstraint("state IN ('running', 'done', 'failed', 'cancelled')", name="rebuilds_state"),
)

sa.Index(
    "parked_open",
    parked.c.upstream,
    parked.c.subject,
    parked.c.sequence,
    sqlite_where=parked.c.status == "parked",
    postgresql_where=parked.c.status == "parked",
)
