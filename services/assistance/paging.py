"""What every list of assistance shares: its pages, and the ids in its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from services.assistance.application import AssistanceApplication
from shared.catalogue.refusals import FieldInvalid
from shared.runtime.paging import offset_of

Params = Mapping[str, Any]
MOST = 200


def id_of(params: Params, name: str) -> UUID:
    """The id in a parameter. Raises `FieldInvalid`."""
    try:
        return UUID(str(params.get(name)))
    except ValueError:
        raise FieldInvalid(field=name, explanation=f"«{name}» no es un identificador válido.") from None


def paged(
    application: AssistanceApplication, query: Any, params: Params, show: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """One page of the rows of ``query``, each as ``show`` gives it."""
    limit = min(max(int(params.get("limit") or 50), 1), MOST)
    start = offset_of(params)
    with application.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(start)).all()
    more = str(start + limit) if len(rows) > limit else None
    return {"items": [show(row) for row in rows[:limit]], "next": more}
