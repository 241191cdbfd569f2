"""Pages of a list: ``limit`` and an opaque ``cursor``."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.catalogue.refusals import FieldInvalid, NotAuthorised
from shared.runtime.tokens import Who

DEFAULT, MOST = 50, 200
LAST = 10**9
"""No page begins later: the databases count no further than 2^63."""

STAFF = frozenset(
    {
        "caseworker",
        "psychosocial",
        "coordinator",
        "subdirector",
        "business_adviser",
        "contract_supervisor",
        "report_author",
        "training_officer",
        "receiving_office",
        "warehouse_keeper",
        "warehouse_registrar",
        "stock_controller",
        "privacy_officer",
        "auditor",
        "operator_staff",
    }
)
"""Roles that may see lists without personal data; `administrator` and `operations` hold no case rights (SOD-7)."""


def check_staff(who: Who, what: str) -> None:
    """Raise `NotAuthorised` unless the caller has a role with case rights."""
    if not who.roles & STAFF:
        raise NotAuthorised(command=what, roles="personal del programa")


def limit_of(params: Mapping[str, Any]) -> int:
    """The number of rows asked for, 50 by default, 200 at most."""
    try:
        return max(1, min(int(params.get("limit") or DEFAULT), MOST))
    except (TypeError, ValueError):
        raise FieldInvalid(field="limit", explanation="«limit» debe ser un número de 1 a 200.") from None


def offset_of(params: Mapping[str, Any]) -> int:
    """Where the page starts."""
    cursor = params.get("cursor")
    if not cursor:
        return 0
    try:
        return min(max(0, int(urlsafe_b64decode(str(cursor)).decode())), LAST)
    except ValueError:
        raise FieldInvalid(
            field="cursor", explanation="«cursor» no es uno que haya dado una página anterior."
        ) from None


def next_of(offset: int, limit: int, found: int) -> str | None:
    """The cursor of the next page when more than ``limit`` rows were found."""
    return urlsafe_b64encode(str(offset + limit).encode()).decode() if found > limit else None


def id_of(params: Mapping[str, Any], name: str = "id") -> UUID:
    """A UUID among the parameters. Raises `FieldInvalid`."""
    try:
        return UUID(str(params.get(name)))
    except ValueError:
        raise FieldInvalid(field=name, explanation=f"«{name}» no es un identificador válido (UUID).") from None
