"""The store's own tables. Read models have tables and metadata of their own (see `views`)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

metadata = sa.MetaData()


@dataclass(frozen=True)
class LogTables:
    """The tables of one log: its entries, its head, and what is sealed of it."""

    events: sa.Table
    head: sa.Table
    tiles: sa.Table
    checkpoints: sa.Table
    cosignatures: sa.Table

    @property
    def all(self) -> tuple[sa.Table, ...]:
        return self.events, self.head, self.tiles, self.checkpoints, self.cosignatures


def _log_tables(prefix: str, head: str) -> LogTables:
    return LogTables(
        sa.Table(
            f"{prefix}events",
            metadata,
            sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("originator_id", sa.Uuid, nullable=False),
            sa.Column("originator_version", sa.Integer, nullable=False),
            sa.Column("topic", sa.Text, nullable=False),
            sa.Column("state", sa.LargeBinary, nullable=False),
            # Microseconds of UTC since 1970; never smaller than in the row before.
            sa.Column("recorded_at", sa.BigInteger, nullable=False),
            sa.UniqueConstraint("originator_id", "originator_version", name=f"{prefix}events_version"),
        ),
        sa.Table(
            head,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("head", sa.BigInteger, nullable=False),
            sa.Column("clock", sa.BigInteger, nullable=False),
            # The identity of this log's life: a restore begins a new one.
            sa.Column("epoch", sa.Text, nullable=False),
            sa.CheckConstraint("id = 1", name=f"{head}_single"),
        ),
        # The Merkle tree over the log (see `shared.audit`): stretches of tiles, none of which crosses the end of its
        # tile. Those of level 0 hold the hashes of the leaves. What was sealed stays as it was: rows are added, never
        # changed.
        sa.Table(
            f"{prefix}tiles",
            metadata,
            sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
            # Number, within its level, of the first hash in ``hashes``.
            sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("hashes", sa.LargeBinary, nullable=False),
        ),
        sa.Table(
            f"{prefix}checkpoints",
            metadata,
            # One after the other without a hole: of two sealers at work on the same next one, the second fails.
            sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
            # How many entries it covers, and the root over them.
            sa.Column("size", sa.BigInteger, nullable=False),
            sa.Column("root", sa.LargeBinary, nullable=False),
            # The signed note, as it is handed out.
            sa.Column("note", sa.Text, nullable=False),
            # Microseconds of UTC since 1970: when it was signed, and when the last entry that it covers was recorded.
            sa.Column("signed_at", sa.BigInteger, nullable=False),
            sa.Column("recorded_until", sa.BigInteger, nullable=False),
            # The day (America/Bogota, ISO 8601) that it closes: it covers everything recorded on that day and nothing
            # later.
            sa.Column("closes", sa.Text, nullable=True),
            sa.Index(f"{prefix}checkpoints_size", "size"),
            sa.Index(f"{prefix}checkpoints_closes", "closes"),
        ),
        # What witnesses answered: that the checkpoint ``number`` of this log was the largest that they had seen (see
        # `shared.audit.witness`).
        sa.Table(
            f"{prefix}cosignatures",
            metadata,
            sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
            # The witness's key, as ``name+id``.
            sa.Column("witness", sa.Text, primary_key=True),
            sa.Column("size", sa.BigInteger, nullable=False),
            # The checkpoint below which log and witness signed.
            sa.Column("note", sa.Text, nullable=False),
            # When the witness signed, Unix seconds.
            sa.Column("signed_at", sa.BigInteger, nullable=False),
            sa.Index(f"{prefix}cosignatures_size", "size"),
        ),
    )


BUSINESS = _log_tables("", "log_head")
"""The log of what a service decided."""
ACCESS = _log_tables("access_", "access_head")
"""The log of who looked at what in it (X-13), apart from the other in every respect but its database."""
LOGS = (BUSINESS, ACCESS)

events, log_head = BUSINESS.events, BUSINESS.head
checkpoints, tiles, cosignatures = BUSINESS.checkpoints, BUSINESS.tiles, BUSINESS.cosignatures

tracking = sa.Table(
    "tracking",
    metadata,
    sa.Column("upstream", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.Text, nullable=False, server_default=""),
    sa.Column("entry_hash", sa.Text, nullable=False, server_default=""),
    # Set by a person: nothing of this upstream is applied until it is unset. In this very row, because every step
    # updates it: whoever pauses waits for the step in hand, and every later step finds the row paused.
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
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

# Of a service that is a witness of other logs: what it cosigned, one after the other for each log.
witnessed = sa.Table(
    "witnessed",
    metadata,
    sa.Column("log", sa.Text, primary_key=True),
    # Without a hole: of two replicas that would cosign something else after the same checkpoint, the second fails.
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("signed_at", sa.BigInteger, nullable=False),
    # The divergence that a person acknowledged before this, and all up to it; NULL where the log only went on.
    sa.Column("acknowledges", sa.BigInteger, nullable=True),
)

# And what it refused to cosign: both notes, so that anybody can see that they exclude each other.
divergences = sa.Table(
    "divergences",
    metadata,
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, nullable=False),
    # What was cosigned last, and what the log showed afterwards.
    sa.Column("seen", sa.Text, nullable=False),
    sa.Column("shown", sa.Text, nullable=False),
    # Unix seconds.
    sa.Column("found_at", sa.BigInteger, nullable=False),
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
