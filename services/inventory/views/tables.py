"""The tables of the warehouse's read model. No personal value is in them: who acted is a random id."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData()


class Quantity(TypeDecorator[Decimal]):
    """A quantity in whole thousandths, so that both databases add it exactly (``qty`` has up to 3 places)."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        return None if value is None else int(value * 1000)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)) / 1000


class Money(TypeDecorator[Decimal]):
    """An amount of COP in whole cents, for the same reason."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        return None if value is None else int(value * 100)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)) / 100


items = sa.Table(
    "inventory_items",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("code", sa.String(40), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("unit", sa.String(20), nullable=False),
    sa.Column("decimals", sa.Integer, nullable=False),
    sa.Column("lot_tracked", sa.Boolean, nullable=False),
    sa.Column("expiry_tracked", sa.Boolean, nullable=False),
)

warehouses = sa.Table(
    "inventory_warehouses",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("code", sa.String(12), nullable=False, unique=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("place", sa.String(200), nullable=False),
)

lots = sa.Table(
    "inventory_lots",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("receipt", sa.Uuid, nullable=False),
    sa.Column("contract", sa.Uuid, index=True),
    sa.Column("item", sa.String(40), nullable=False, index=True),
    sa.Column("unit", sa.String(20), nullable=False),
    sa.Column("supplier_lot", sa.String(60), nullable=False),
    sa.Column("expires_on", sa.Date),
)

movements = sa.Table(
    "inventory_movements",
    metadata,
    sa.Column("document", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("movement", sa.Uuid, index=True),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("warehouse", sa.Uuid, nullable=False),
    sa.Column("lot", sa.Uuid, nullable=False, index=True),
    sa.Column("on_hand", Quantity, nullable=False),
    sa.Column("assigned", Quantity, nullable=False),
    sa.Column("custody", Quantity, nullable=False),
    sa.Column("number", sa.String(60)),
    sa.Column("case_id", sa.Uuid),
    sa.Column("person", sa.Uuid, nullable=False),
    sa.Column("custodian", sa.Uuid, index=True),
    sa.Column("line", sa.Uuid),
    sa.Column("source", sa.Uuid),
    sa.Column("reserved", sa.Uuid),
    sa.Column("cost", Money),
)
"""The ledger (kardex): what each movement changed, signed. ``document`` and ``version`` are those of its event.

``movement`` is the document's own id, by which it is corrected. ``person`` acted, ``custodian`` holds what ``custody``
counts. ``line`` is what later movements name as their ``source``; a receipt's is its lot. ``reserved`` is the line of
the assignment that ``assigned`` counts, ``cost`` what a receipt paid, in whole.
"""

documents = sa.Table(
    "inventory_documents",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("code", sa.String(12), nullable=False),
    sa.Column("part", sa.String(1), nullable=False),
    sa.Column("number", sa.String(60), nullable=False, unique=True),
    sa.Column("warehouse", sa.Uuid, nullable=False),
    sa.Column("case_id", sa.Uuid, index=True),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("file", sa.String(64), nullable=False, index=True),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("forms_received_on", sa.Date),
    sa.Column("handed_in", sa.Uuid),
    sa.Column("handed_in_version", sa.Integer),
)
"""FO-110 (part A: receipts, part B: assignments), FO-128 and delivery receipts.

``handed_in`` and ``handed_in_version`` are those of the event that says that the signed original is in the warehouse.
"""

withdrawals = sa.Table(
    "inventory_withdrawals",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("withdrawal", sa.Uuid, unique=True),
    sa.Column("custodian", sa.Uuid),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("number", sa.String(60)),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("warehouse", sa.Uuid, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("custody", Quantity, nullable=False),
)
"""Requests (``id``) and what became of them: requested, refused, withdrawn, closed (nothing left in custody)."""

counts = sa.Table(
    "inventory_counts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("warehouse", sa.Uuid, nullable=False),
    sa.Column("counter", sa.Uuid, nullable=False),
    sa.Column("started_on", sa.Date, nullable=False),
    sa.Column("counted_on", sa.Date),
)

count_lines = sa.Table(
    "inventory_count_lines",
    metadata,
    sa.Column("count", sa.Uuid, primary_key=True),
    sa.Column("lot", sa.Uuid, primary_key=True),
    sa.Column("counted", Quantity),
    sa.Column("expected", Quantity),
    sa.Column("adjustment", sa.Uuid),
)
"""Lots to count, what was found and expected (empty until recorded), and the adjustment proposed or approved for it."""

adjustments = sa.Table(
    "inventory_adjustments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("count", sa.Uuid, nullable=False),
    sa.Column("warehouse", sa.Uuid, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("reason_code", sa.String(40), nullable=False),
    sa.Column("proposed_by", sa.Uuid, nullable=False),
)
"""Proposals and what became of them: proposed, approved, rejected."""

write_offs = sa.Table(
    "inventory_write_offs",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("warehouse", sa.Uuid, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("reason_code", sa.String(40), nullable=False),
    sa.Column("proposed_by", sa.Uuid, nullable=False),
    sa.Column("lines", sa.JSON, nullable=False),
)
"""Proposals and what became of them. ``lines``: lot, item, quantity (text, above zero) and unit."""

write_off_files = sa.Table(
    "inventory_write_off_files",
    metadata,
    sa.Column("write_off", sa.Uuid, primary_key=True),
    sa.Column("file", sa.String(64), primary_key=True, index=True),
)
"""The files that show why goods are written off: who decides must be able to open them."""

corrections = sa.Table(
    "inventory_corrections",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("movement", sa.Uuid, nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("number", sa.String(60)),
    sa.Column("was", sa.JSON, nullable=False),
    sa.Column("right", sa.JSON, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("reason_code", sa.String(40), nullable=False),
    sa.Column("proposed_by", sa.Uuid, nullable=False),
    sa.Column("lines", sa.JSON, nullable=False),
)
"""Proposals and what became of them. ``movement``: the document that was wrong; ``was`` and ``right``: day, places."""

closings = sa.Table(
    "inventory_closings",
    metadata,
    sa.Column("period", sa.String(7), primary_key=True),
    sa.Column("warehouse", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("upto", sa.BigInteger, nullable=False),
    sa.Column("closed_on", sa.Date, nullable=False),
    sa.Column("items", sa.JSON, nullable=False),
    sa.Column("lots", sa.JSON, nullable=False),
)
"""Closed months, with the figures that they keep (quantities and amounts as text)."""
