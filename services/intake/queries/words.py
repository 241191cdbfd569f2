"""Spanish words for codes."""

from __future__ import annotations

from services.intake.application import IntakeApplication
from shared.runtime.clock import today


def words_of(app: IntakeApplication, code_list: str, code: str | None) -> str | None:
    """The words for a code of a list, today's; the code itself if the list has it no more."""
    if code is None:
        return None
    entry = app.catalogue.code_list(code_list, today()).entries.get(code)
    return entry.label if entry is not None else code
