"""The read model of what people ask of their data: requests, holds, restrictions, erasures. No value is personal."""

from __future__ import annotations

import sqlalchemy as sa

from services.intake.views.tables import metadata

data_requests = sa.Table(
    "data_requests",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("person", sa.Uuid, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False, index=True),
    sa.Column("extendable_until", sa.Date, nullable=False),
    sa.Column("completion_until", sa.Date),
    sa.Column("legend_by", sa.Date),
    sa.Column("lapses_on", sa.Date),
    sa.Column("extended_on", sa.Date),
    sa.Column("answered_on", sa.Date),
    sa.Column("outcome", sa.Text),
    sa.Column("ground", sa.Text),
    sa.Column("late", sa.Boolean),
    sa.Column("erasure_id", sa.Uuid),
    sa.Column("restriction_id", sa.Uuid),
)

data_request_files = sa.Table(
    "data_request_files",
    metadata,
    sa.Column("owner_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("file_id", sa.Text, nullable=False, index=True),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
)
"""What was attached to a request or to a hold. ``number`` is the version at which it came."""

legal_holds = sa.Table(
    "legal_holds",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("ground", sa.Text, nullable=False),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("requested_on", sa.Date, nullable=False),
    sa.Column("placed_on", sa.Date),
    sa.Column("lifted_on", sa.Date),
)

restrictions = sa.Table(
    "restrictions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("ground", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("lifted_on", sa.Date),
)

restricted_classes = sa.Table(
    "restricted_classes",
    metadata,
    sa.Column("restriction_id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("subject", sa.Uuid, primary_key=True),
    sa.Column("data_class", sa.Text, primary_key=True),
    sa.Index("restricted_classes_case", "case_id"),
)
"""What stands of each restriction."""

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("legal_basis", sa.Text, nullable=False),
    sa.Column("data_classes", sa.JSON, nullable=False),
    sa.Column("requested_on", sa.Date, nullable=False),
    sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("requested_by", sa.Uuid, nullable=False),
    sa.Column("confirmed_by", sa.Uuid),
    sa.Column("ordered_at", sa.DateTime(timezone=True)),
)

key_orders = sa.Table(
    "key_orders",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("subject", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("erasure_id", sa.Uuid, nullable=False, index=True),
    sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
)
"""The keys that every service has to destroy."""

key_executions = sa.Table(
    "key_executions",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("subject", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("executed_at", sa.DateTime(timezone=True), nullable=False),
)
"""Which service has destroyed which."""
