"""Tables of the edge that are no read model: secrets, sessions, failed log-ins, drafts and the access log.

They are not made from events, so a rebuild never touches them: a password's hash has to be forgettable, a session
lives for hours, a draft has not happened yet, and the access log is a log of its own (X-13).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

metadata = sa.MetaData()

credentials = sa.Table(
    "credentials",
    metadata,
    sa.Column("account_id", sa.Uuid, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, comment="argon2id, with its parameters and salt"),
    sa.Column("temporary", sa.Boolean, nullable=False, comment="made by the system; the person has not changed it yet"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True, comment="SHA-256; the token itself is nowhere"),
    sa.Column("name", sa.Uuid, nullable=False, unique=True, comment="names the session in tokens and logs"),
    sa.Column("account_id", sa.Uuid, nullable=False, index=True),
    sa.Column("person", sa.Uuid, nullable=False),
    sa.Column("channel", sa.String(16), nullable=False, comment="console: cookie; api: bearer"),
    sa.Column("started_at", sa.Float, nullable=False, comment="seconds since 1970"),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("ends_at", sa.Float, nullable=False, index=True, comment="absolute end"),
)

service_token_secrets = sa.Table(
    "service_token_secrets",
    metadata,
    sa.Column("secret_hash", sa.String(64), primary_key=True, comment="SHA-256; the token itself is nowhere"),
    sa.Column("token_id", sa.Uuid, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, comment="of the token's aggregate: one secret each"),
    sa.Column("made_at", sa.Float, nullable=False, comment="seconds since 1970"),
    sa.Column("used_at", sa.Float, comment="last use, to the minute"),
    sa.Column("ends_at", sa.Float, index=True, comment="end of the overlap, once a newer secret stands"),
    sa.UniqueConstraint("token_id", "version"),
)

webhook_secrets = sa.Table(
    "webhook_secrets",
    metadata,
    sa.Column("webhook_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, comment="of the webhook's aggregate: one secret each"),
    sa.Column("sealed", sa.Text, nullable=False, comment="under a key of this service"),
    sa.Column("ends_at", sa.Float, index=True, comment="end of the overlap, once a newer secret stands"),
)

webhook_positions = sa.Table(
    "webhook_positions",
    metadata,
    sa.Column("webhook_id", sa.Uuid, primary_key=True),
    sa.Column("service", sa.String(16), primary_key=True),
    sa.Column("position", sa.BigInteger, comment="the last entry of the log that was delivered or passed over"),
    sa.Column("epoch", sa.String(64), nullable=False, comment="of that log"),
    sa.Column("attempts", sa.Integer, nullable=False, comment="failures in a row of the next delivery"),
    sa.Column("next_at", sa.Float, nullable=False, comment="not before; seconds since 1970"),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("webhook_id", sa.Uuid, nullable=False),
    sa.Column("service", sa.String(16), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False, comment="of the event in its log; 0: a test"),
    sa.Column("type", sa.String(80), nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True, comment="seconds since 1970"),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("status", sa.Integer, comment="what the receiver answered"),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("ms", sa.Integer, nullable=False),
    sa.Index("ix_webhook_deliveries_webhook_at", "webhook_id", "at"),
)
"""No body of either side; bounded in age."""

webhook_leases = sa.Table(
    "webhook_leases",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    sa.Column("holder", sa.Uuid, nullable=False, comment="the one process that delivers"),
    sa.Column("until", sa.Float, nullable=False, comment="seconds since 1970"),
)

login_failures = sa.Table(
    "login_failures",
    metadata,
    sa.Column("attempt", sa.Uuid, primary_key=True),
    sa.Column("scope", sa.String(64), primary_key=True, comment="keyed fingerprint of login, address, or both"),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Index("ix_login_failures_scope", "scope", "at"),
)

institution_attempts = sa.Table(
    "institution_attempts",
    metadata,
    sa.Column("attempt", sa.String(43), primary_key=True, comment="keyed fingerprint of the state and the browser"),
    sa.Column("after", sa.Text, nullable=False, comment="where the person goes then, in the console"),
    sa.Column("at", sa.Float, nullable=False, index=True, comment="seconds since 1970"),
)

institution_sessions = sa.Table(
    "institution_sessions",
    metadata,
    sa.Column("session", sa.Uuid, primary_key=True, comment="the name of a session that the provider may end"),
    sa.Column("account_id", sa.Uuid, nullable=False, index=True),
    sa.Column("sid_index", sa.String(64), index=True, comment="blind index of the provider's own session"),
)

institution_logouts = sa.Table(
    "institution_logouts",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True, comment="blind index of a log-out token that was carried out"),
    sa.Column("at", sa.Float, nullable=False, index=True),
)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("draft_id", sa.Uuid, primary_key=True, comment="made of its author, the act and the screen's address"),
    sa.Column("subject", sa.Uuid, comment="whose key seals it"),
    sa.Column("form_key", sa.Uuid, nullable=False, comment="the command's id when the form is sent"),
    sa.Column("done_key", sa.Uuid, comment="the form that was sent or discarded: nothing late of it is kept"),
    sa.Column("saved_at", sa.Float, nullable=False, index=True, comment="seconds since 1970"),
    sa.Column("content", sa.Text, comment="sealed; null once sent or discarded"),
)

ways = sa.Table(
    "command_ways",
    metadata,
    sa.Column("command_id", sa.Uuid, primary_key=True),
    sa.Column("service", sa.String(16), nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True, comment="seconds since 1970"),
)

access_log = sa.Table(
    "access_log",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("account_id", sa.Uuid),
    sa.Column("person", sa.Uuid),
    sa.Column("session", sa.String(36)),
    sa.Column("login_index", sa.String(64), comment="blind index of what was typed, for a log-in that failed"),
    sa.Column("origin_index", sa.String(64), comment="blind index of the client's address"),
    sa.Column("channel", sa.String(16)),
    sa.Column("service", sa.String(16)),
    sa.Column("act", sa.String(64), comment="command, query or route, by name"),
    sa.Column("case_id", sa.String(36)),
    sa.Column("classes", sa.String(16), comment="data classes that were opened"),
    sa.Column("code", sa.String(64), comment="refusal code of a denial"),
    sa.Column("request_id", sa.String(36)),
)
"""Append-only; no personal value: accounts and people by id, log-in names and addresses by blind index."""


@sa.event.listens_for(access_log, "after_create")
def _created(_table: sa.Table, connection: Connection, **_options: Any) -> None:
    guard_access_log(connection)


def guard_access_log(connection: Connection) -> None:
    """Triggers that refuse to change or delete what the access log holds. Run as the owner of the tables."""
    if connection.dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS access_log_refuse_{verb.lower()} BEFORE {verb} ON access_log "
                "BEGIN SELECT RAISE(ABORT, 'the access log is never changed'); END"
            )
        return
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION refuse_access_log_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the access log is never changed'; END $$"
    )
    for name, clause in (
        ("access_log_refuse_change", "BEFORE UPDATE OR DELETE ON access_log FOR EACH ROW"),
        ("access_log_refuse_truncate", "BEFORE TRUNCATE ON access_log FOR EACH STATEMENT"),
    ):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON access_log")
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {clause} EXECUTE FUNCTION refuse_access_log_change()")
        # ALWAYS: a session in replica mode would silently skip an ordinary trigger.
        connection.exec_driver_sql(f"ALTER TABLE access_log ENABLE ALWAYS TRIGGER {name}")
