"""Pages of a list: keyset by a unique text column, so that a row added meanwhile moves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.catalogue.refusals import FieldInvalid

DEFAULT, MOST = 50, 200


def page(
    connection: Connection, query: sa.Select[Any], key: sa.ColumnElement[Any], params: Mapping[str, Any]
) -> tuple[list[Any], str | None]:
    """The rows of ``query`` after ``params["cursor"]``, at most ``params["limit"]``, and the next cursor."""
    limit = limit_of(params.get("limit"))
    cursor = params.get("cursor")
    if cursor:
        query = query.where(key > str(cursor))
    rows = list(connection.execute(query.add_columns(key.label("page_key")).order_by(key).limit(limit + 1)))
    return rows[:limit], (str(rows[limit - 1].page_key) if len(rows) > limit else None)


def limit_of(value: Any) -> int:
    """How many lines a page has, between 1 and `MOST`. Raises `FieldInvalid`."""
    try:
        wanted = DEFAULT if value in (None, "") else int(value)
    except (TypeError, ValueError):
        raise FieldInvalid(field="limit", explanation="«limit» es un número entero.") from None
    return max(1, min(wanted, MOST))
