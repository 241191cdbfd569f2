"""How the lines of the candidate register (FRM-15) follow the other services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Connection

from services.intake.directory import Directory
from services.intake.domain.register import RegisterEntry
from services.intake.views.tables import register
from shared.eventstore.metadata import Meta

Apply = Callable[[Connection, Any, Meta, Directory], None]


def _opened(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    connection.execute(register.insert().values(case_id=event.case_id))


def _noted(**columns: Callable[[Any], Any]) -> Apply:
    def apply(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
        values = {name: value(event) for name, value in columns.items()}
        connection.execute(register.update().where(register.c.case_id == event.case_id).values(**values))

    return apply


APPLY: dict[type, Apply] = {
    RegisterEntry.RegisterEntryOpened: _opened,
    RegisterEntry.StageNoted: _noted(state=lambda event: event.state),
    RegisterEntry.InterestNoted: _noted(interested=lambda event: event.interested),
}
