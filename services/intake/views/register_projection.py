"""How the lines of the candidate register (FRM-15) follow the other services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.intake.directory import Directory
from services.intake.domain.register import RegisterEntry
from services.intake.views.tables import register
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel

Apply = Callable[[ReadModel, Any, Meta, Directory], None]


def _opened(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.insert(register, {"case_id": event.case_id})


def _noted(**columns: Callable[[Any], Any]) -> Apply:
    def apply(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
        values = {name: value(event) for name, value in columns.items()}
        model.update(register, event.case_id, values)

    return apply


APPLY: dict[type, Apply] = {
    RegisterEntry.RegisterEntryOpened: _opened,
    RegisterEntry.StageNoted: _noted(state=lambda event: event.state),
    RegisterEntry.InterestNoted: _noted(interested=lambda event: event.interested),
}
