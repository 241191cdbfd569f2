"""The shelf: a table in the read model of each service with its own versions and its copies of the others'."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.catalogue import drafting
from shared.catalogue.drafting import DRAFT, PUBLISHED, WITHDRAWN
from shared.catalogue.editions import Edition
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel
from shared.eventstore.views import Project, ProjectMany, Views

if TYPE_CHECKING:
    from shared.eventstore.application import ServiceApplication

TABLE = "catalogue_versions"


def with_shelf(views: Views) -> Views:
    """``views`` with the shelf beside its tables."""
    table = sa.Table(
        TABLE,
        views.metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        # Empty for a version of the service's own.
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("drafter", sa.Uuid),
        sa.Column("approvers", sa.Text, nullable=False),
        sa.Column("approvals", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("loaded_on", sa.Date),
        sa.Column("published_on", sa.Date),
        sa.Column("aggregate_version", sa.Integer, nullable=False),
    )

    def project(model: ReadModel, event: Any, meta: Meta, application: ServiceApplication) -> None:
        if isinstance(event, drafting.Event):
            _shelve(model, table, event)
        else:
            views.project(model, event, meta, application)

    return replace(views, project=project, project_many=_many(views, project))


def _many(views: Views, project: Project) -> ProjectMany | None:
    many = views.project_many
    if many is None:
        return None

    def project_many(model: ReadModel, recorded: Sequence[tuple[Any, Meta]], application: ServiceApplication) -> None:
        others = [each for each in recorded if not isinstance(each[0], drafting.Event)]
        for event, meta in recorded:
            if isinstance(event, drafting.Event):
                project(model, event, meta, application)
        if others:
            many(model, others, application)

    return project_many


def _shelve(model: ReadModel, table: sa.Table, event: Any) -> None:
    now = {"aggregate_version": event.originator_version}
    if isinstance(event, drafting.CatalogueDraftLoaded | drafting.CatalogueCopyTaken):
        facts = {name: getattr(event, name) for name in ("kind", "code", "version", "effective_from", "hash", "text")}
        if isinstance(event, drafting.CatalogueDraftLoaded):
            facts |= {"owner": "", "state": DRAFT, "drafter": event.drafter, "reason": event.reason}
            facts |= {"approvers": json.dumps([str(each) for each in event.approvers]), "loaded_on": event.loaded_on}
        else:
            facts |= {"owner": event.owner, "state": PUBLISHED, "approvers": "[]", "published_on": event.published_on}
        model.insert(table, {"id": event.originator_id, "approvals": "[]", **facts, **now})
    elif isinstance(event, drafting.CatalogueVersionApproved):
        query = sa.select(table.c.approvals).where(table.c.id == event.originator_id)
        known = json.loads(model.execute(query, table).scalar_one())
        approvals = json.dumps([*known, [str(event.approver), event.approved_on.isoformat()]])
        model.update(table, event.originator_id, {"approvals": approvals, **now})
    elif isinstance(event, drafting.CatalogueVersionPublished):
        published = {"state": PUBLISHED, "published_on": event.published_on, "reason": event.reason}
        model.update(table, event.originator_id, published | now)
    else:
        model.update(table, event.originator_id, {"state": WITHDRAWN, **now})


def shelf_of(application: ServiceApplication) -> sa.Table:
    """The shelf of a service."""
    return application.views.metadata.tables[TABLE]


def published(connection: Connection, table: sa.Table, *, without: UUID | None = None) -> tuple[Edition, ...]:
    """Every published version on the shelf, the service's own and its copies; ``without`` leaves one out."""
    columns = [table.c[name] for name in ("id", "kind", "code", "version", "effective_from", "hash", "text")]
    rows = connection.execute(sa.select(*columns).where(table.c.state == PUBLISHED).order_by(table.c.id))
    return tuple(Edition(*row) for row in rows if row.id != without)


def offered(connection: Connection, table: sa.Table) -> list[dict[str, Any]]:
    """What the other services should hold of this one's: ids with their state. A draft is nobody else's."""
    query = sa.select(table.c.id, table.c.state).where(table.c.owner == "", table.c.published_on.is_not(None))
    return [{"id": str(row.id), "state": row.state} for row in connection.execute(query.order_by(table.c.id))]


def whole(connection: Connection, table: sa.Table, version_id: UUID) -> dict[str, Any] | None:
    """One of the versions that this service offers, with its text; None if it offers none of that id."""
    query = sa.select(table).where(table.c.id == version_id, table.c.owner == "", table.c.published_on.is_not(None))
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    texts = {name: row[name] for name in ("kind", "code", "version", "hash", "text", "state")}
    days = {name: row[name].isoformat() for name in ("effective_from", "published_on")}
    return {"id": str(version_id), **texts, **days}
