"""What a service answers about the versions that it owns, and about the decisions taken under one (CAT-02, CAT-06)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.catalogue.artefact import Artefact
from shared.catalogue.drafting import PUBLISHED
from shared.catalogue.editions import Edition, owner_of
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.editing.acts import warnings
from shared.editing.shelf import shelf_of
from shared.eventstore.tables import events
from shared.runtime.clock import BOGOTA, today
from shared.runtime.definition import Query
from shared.runtime.tokens import Who

PAGE = 2_000
"""Entries of the log that one answer looks through."""
SUPERSEDED = "superseded"


def catalogue_versions(application: Any, params: Mapping[str, Any], _who: Who) -> dict[str, Any]:
    """Every version that this service owns: shipped, drafted, published, withdrawn; filtered by kind and code."""
    table = shelf_of(application)
    with application.database.read() as connection:
        rows = connection.execute(sa.select(table).where(table.c.owner == "")).mappings().all()
    loaded = {(row["kind"], row["code"], row["version"]) for row in rows if row["state"] == PUBLISHED}
    kinds = application.catalogue.kinds()
    items = [
        _shipped(application.name, artefact)
        for artefact, filled_by in kinds
        if owner_of(artefact.kind, artefact.code, filled_by) == application.name
        and (artefact.kind, artefact.code, artefact.version) not in loaded
    ]
    ends = {(each.kind, each.code, each.version): each.effective_to for each, _ in kinds}
    items += [_kept(application.name, row, ends) for row in rows]
    for name in ("kind", "code", "state"):
        if params.get(name):
            items = [each for each in items if each[name] == params[name]]
    items.sort(key=lambda each: (each["kind"], each["code"], each["effective_from"], each["version"]))
    return {"items": items, "next": None}


def catalogue_version(application: Any, params: Mapping[str, Any], _who: Who) -> dict[str, Any]:
    """A version that entered while the system ran, with its file, who approves it and what is odd about its dates."""
    table = shelf_of(application)
    wanted = UUID(str(params.get("id")))
    with application.database.read() as connection:
        query = sa.select(table).where(table.c.id == wanted, table.c.owner == "")
        row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(what="la versión del catálogo", field="id")
    ends = {(each.kind, each.code, each.version): each.effective_to for each, _ in application.catalogue.kinds()}
    approvals = dict(json.loads(row["approvals"]))
    artefact: Artefact = application.catalogue.version_of(_edition(row)).artefact
    earlier = application.catalogue.before(row["kind"], row["code"], row["effective_from"])
    posts = [f"{each.name}, {each.post}" for each in artefact.approved]
    return {
        **_kept(application.name, row, ends),
        "text": row["text"],
        "drafter": str(row["drafter"]),
        "loaded_on": row["loaded_on"].isoformat(),
        "document": " · ".join(filter(None, (artefact.document, artefact.place))),
        "named": posts,
        "approvals": [
            {"person": person, "approved_on": approvals.get(person)} for person in json.loads(row["approvers"])
        ],
        "warnings": warnings(artefact, None if earlier is None else earlier.artefact),
        "aggregate_version": row["aggregate_version"],
    }


def catalogue_decisions(application: Any, params: Mapping[str, Any], _who: Who) -> dict[str, Any]:
    """Acts of a window that used another version of an artefact than the one named (CAT-06), a stretch at a time.

    ``cursor`` goes on where the answer before it ended; an answer without items and with ``next`` says: go on.
    """
    kind, code, version = (str(params[name]) for name in ("kind", "code", "version"))
    try:
        since, until = (date.fromisoformat(str(params[name])) for name in ("since", "until"))
        after = int(params.get("cursor") or 0)
    except ValueError as error:
        raise FieldInvalid(field="since", explanation="las fechas van como AAAA-MM-DD.") from error
    after = after or _before(application, since)
    entries = application.log.entries(after, PAGE)
    items = []
    for entry in entries:
        meta = application.mapper.metadata(entry.state)
        used = meta.versions.get(f"{kind}:{code}")
        if used is None or used == version or not since <= meta.happened_on <= until:
            continue
        items.append(
            {
                "service": application.name,
                "subject": str(entry.originator_id),
                "event": entry.topic.partition(".")[2],
                "happened_on": meta.happened_on.isoformat(),
                "activity": meta.activity,
                "command": meta.command,
                "label": _label(application, meta.command),
                "used": used,
            }
        )
    return {"items": items, "next": str(entries[-1].sequence) if len(entries) == PAGE else None}


CATALOGUE_QUERIES: dict[str, Query] = {
    "catalogue_versions": catalogue_versions,
    "catalogue_version": catalogue_version,
    "catalogue_decisions": catalogue_decisions,
}


def _label(application: Any, command: str) -> str:
    try:
        return str(application.catalogue.command(command, application.name).label)
    except KeyError:
        return command


def _before(application: Any, since: date) -> int:
    """The last entry recorded before a day; what happened from then on was recorded after it."""
    moment = int(datetime.combine(since, time(), BOGOTA).timestamp() * 1_000_000)
    query = sa.select(sa.func.max(events.c.id)).where(events.c.recorded_at < moment)
    with application.database.read() as connection:
        return int(connection.execute(query).scalar() or 0)


def _shipped(owner: str, artefact: Artefact) -> dict[str, Any]:
    return {
        "id": None,
        "owner": owner,
        **{name: getattr(artefact, name) for name in ("kind", "code", "version")},
        "effective_from": artefact.effective_from.isoformat(),
        "effective_to": None if artefact.effective_to is None else artefact.effective_to.isoformat(),
        "state": _state(PUBLISHED, artefact.effective_to),
        "hash": artefact.sha256,
        "published_on": None,
        "reason": None,
    }


def _kept(owner: str, row: Mapping[str, Any], ends: Mapping[Any, date | None]) -> dict[str, Any]:
    end = ends.get((row["kind"], row["code"], row["version"])) if row["state"] == PUBLISHED else None
    published_on: date | None = row["published_on"]
    return {
        "id": str(row["id"]),
        "owner": owner,
        **{name: row[name] for name in ("kind", "code", "version", "hash", "reason")},
        "effective_from": row["effective_from"].isoformat(),
        "effective_to": None if end is None else end.isoformat(),
        "state": _state(row["state"], end),
        "published_on": None if published_on is None else published_on.isoformat(),
    }


def _state(state: str, end: date | None) -> str:
    """Superseded once a later version has taken over (CAT-02)."""
    return SUPERSEDED if state == PUBLISHED and end is not None and end <= today() else state


def _edition(row: Mapping[str, Any]) -> Edition:
    return Edition(*(row[name] for name in ("id", "kind", "code", "version", "effective_from", "hash", "text")))
