"""Read models: every event of every service by case, and what each case has come to. No personal value is here."""

from __future__ import annotations

import sqlalchemy as sa

from shared.eventstore.views import Views

tables = sa.MetaData()

timeline = sa.Table(
    "timeline",
    tables,
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("case_id", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("activity", sa.Integer, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False, comment="microseconds of UTC since 1970"),
    sa.Column("actor", sa.Uuid),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("causation_id", sa.Text, nullable=False),
    sa.Column("correlation_id", sa.Uuid, nullable=False),
    sa.Column("procedure_version", sa.Text, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("timeline_case", "case_id", "service", "sequence"),
)

cases = sa.Table(
    "cases",
    tables,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False, comment="when the event of the state was recorded"),
    sa.Column("activity", sa.Integer, nullable=False),
    sa.Column("candidate_id", sa.Uuid),
    sa.Column("call_id", sa.Uuid),
    sa.Column("route", sa.Text),
    sa.Column("caseworker", sa.Uuid),
    sa.Column("contract_id", sa.Text),
    sa.Column("training", sa.Text),
    sa.Column("duplicate", sa.Text),
    sa.Column("incentive", sa.Text),
    sa.Index("cases_state", "state", "case_id"),
    sa.Index("cases_call", "call_id", "case_id"),
)

calls = sa.Table(
    "calls",
    tables,
    sa.Column("call_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
)

VIEWS = Views(tables)
