"""The read model of attached documents, the same in every service, and who may open one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.casework.attaching import KINDS, Attached
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import NotAuthorised, NotFound
from shared.eventstore.application import ServiceApplication
from shared.eventstore.read_model import ReadModel
from shared.runtime.heeding import check_case_shown
from shared.runtime.tokens import Who

CASEWORK = frozenset({"caseworker", "psychosocial", "coordinator", "subdirector", "business_adviser", "operator_staff"})
OF_CLASS = {"p": frozenset({"psychosocial"})}
"""Who opens a document, by the class of its content; for the classes that are not named here, `CASEWORK`."""


@dataclass(frozen=True)
class Attachments:
    """The attached documents of one service.

    ``visible`` answers the case as who asks may see it, or None where its version does not matter; it raises
    `NotFound` for one that they may not see.
    """

    table: sa.Table
    service: str
    visible: Callable[[Any, UUID, Who], Any]

    def of_case(
        self, connection: Connection, case_id: UUID, catalogue: Catalogue, version: int | None = None
    ) -> list[dict[str, Any]]:
        """The attached documents of a case, up to a ``version`` of it, as its page lists documents."""
        table = self.table.c
        query = sa.select(self.table).where(table.case_id == case_id).order_by(table.case_version)
        if version is not None:
            query = query.where(table.case_version <= version)
        return [
            {
                "id": str(row.document_id),
                "code": row.code,
                "number": row.number,
                "name": catalogue.code_list(KINDS, row.attached_on).label(row.code),
                "issued_on": row.attached_on.isoformat(),
                "service": self.service,
                "attached": True,
            }
            for row in connection.execute(query)
        ]

    def opened(self, application: ServiceApplication, document_id: UUID, who: Who) -> dict[str, Any] | None:
        """Where a document's file is; None if it is none of these.

        Raises `NotFound`, `NotAuthorised`, and `ProcessingRestricted` while its class is restricted.
        """
        row = self._row(application, self.table.c.document_id == document_id)
        if row is None:
            return None
        if not self._shown(application, row, who):
            raise NotFound(what="el documento", field="id")
        if not may_open(getattr(row, "class"), who):
            raise NotAuthorised(command="Ver el documento adjunto", roles="el equipo que atiende el caso")
        info = application.files.info(row.file)
        return {
            "file_id": row.file,
            "name": info.name,
            "media_type": row.media_type,
            "code": row.code,
            "number": row.number,
        }

    def may_read(self, application: ServiceApplication, who: Who, file_id: str) -> bool:
        """Whether who asks may fetch a file: a document of a case that they see, of a class that they may read."""
        row = self._row(application, self.table.c.file == file_id)
        if row is None or not may_open(getattr(row, "class"), who):
            return False
        try:
            return self._shown(application, row, who)
        except NotFound:
            return False

    def _shown(self, application: ServiceApplication, row: Any, who: Who) -> bool:
        case = self.visible(application, row.case_id, who)
        check_case_shown(application, who, row.case_id, getattr(row, "class"))
        return case is None or bool(row.case_version <= case.version)

    def _row(self, application: ServiceApplication, where: sa.ColumnElement[bool]) -> Any:
        with application.database.read() as connection:
            return connection.execute(sa.select(self.table).where(where)).first()


def project_attachment(model: ReadModel, table: sa.Table, event: Attached) -> None:
    """Add the row of a document."""
    row = {
        name: getattr(event, name)
        for name in ("document_id", "code", "number", "activity", "attached_on", "media_type")
    }
    row |= {"case_id": event.originator_id, "case_version": event.originator_version}
    model.insert(table, {**row, "file": event.hash, "class": event.about.kind})


def may_open(kind: str, who: Who) -> bool:
    """Whether the class of a document may be read by who asks."""
    return bool(OF_CLASS.get(kind, CASEWORK) & who.roles)


def attachments_table(metadata: sa.MetaData, name: str) -> sa.Table:
    """The table of one service's attached documents."""
    return sa.Table(
        name,
        metadata,
        sa.Column("document_id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, nullable=False, index=True),
        sa.Column("case_version", sa.Integer, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("number", sa.String(40)),
        sa.Column("class", sa.String(1), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("activity", sa.Integer, nullable=False),
        sa.Column("attached_on", sa.Date, nullable=False),
        sa.Column("file", sa.String(64), nullable=False, index=True),
    )
