"""Questions about the accesses to one service, by name. Who may ask is few, and that they asked is an access, too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from shared.audit.days import ZONE
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import FieldInvalid, NotAuthorised, NotFound
from shared.eventstore.access_log import TOPICS, AccessLog
from shared.runtime.tokens import Who

PREFIX = "access."
ENTRIES = f"{PREFIX}entries"
READERS = ("auditor", "privacy_officer")
"""Internal control, and who answers for the data of people."""
MOST = 200
Answer = dict[str, Any]


def answer(name: str, access: AccessLog, catalogue: Catalogue, params: Mapping[str, Any], who: Who) -> Answer:
    """Answer ``access.entries``: a page of the log, the latest first. Raises `NotAuthorised`, `NotFound` and
    `FieldInvalid`.

    ``params``: ``person``, ``case``, ``what``, ``from`` and ``to`` (days of Bogotá, both included, or instants),
    ``limit``, and ``cursor`` from the page before.
    """
    if name != ENTRIES:
        raise NotFound(what=f"la consulta «{name}»", field="query")
    if not who.roles.intersection(READERS):
        labels = ", ".join(catalogue.role(role).label for role in READERS)
        raise NotAuthorised(command="Ver el registro de accesos", roles=labels)
    what = params.get("what") or None
    if what is not None and what not in TOPICS:
        raise FieldInvalid(field="what", explanation=f"use uno de: {', '.join(TOPICS)}.")
    limit = min(int(params.get("limit") or 50), MOST)
    found = access.search(
        before=_cursor(params.get("cursor")),
        limit=limit + 1,
        what=what,
        person=_id(params, "person"),
        case_id=_id(params, "case"),
        since=_moment(params, "from"),
        until=_moment(params, "to", days=1),
    )
    items = [
        {"sequence": row["id"], **{key: value for key, value in row.items() if value is not None and key != "id"}}
        for row in found[:limit]
    ]
    return {
        "service": access.service,
        "log": access.log.name,
        "items": items,
        "next": str(found[limit - 1]["id"]) if len(found) > limit else None,
    }


def _cursor(value: Any) -> int | None:
    if not value:
        return None
    if not str(value).isascii() or not str(value).isdigit() or len(str(value)) > 18:
        raise FieldInvalid(field="cursor", explanation="use el valor de «next» de la página anterior.")
    return int(value)


def _id(params: Mapping[str, Any], name: str) -> UUID | None:
    try:
        return UUID(str(params[name])) if params.get(name) else None
    except ValueError:
        raise FieldInvalid(field=name, explanation="indique un identificador (UUID).") from None


def _moment(params: Mapping[str, Any], name: str, *, days: int = 0) -> datetime | None:
    """An instant as it stands; a day as its beginning in Bogotá, ``days`` later."""
    text = str(params.get(name) or "")
    if not text:
        return None
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text) + timedelta(days=days), time(), ZONE)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise FieldInvalid(field=name, explanation="indique una fecha AAAA-MM-DD o un instante ISO 8601.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
