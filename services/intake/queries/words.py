"""Spanish words for codes."""

from __future__ import annotations

from services.intake.application import IntakeApplication
from shared.runtime.clock import today

SOURCES = {"field_day": "Jornada de identificación", "hemi": "HEMI", "requests_pr029": "Solicitudes y bases de PR-029"}
INTERESTS = {"yes": "Interesado", "no": "No interesado"}


def words_of(app: IntakeApplication, code_list: str, code: str | None) -> str | None:
    """The words for a code of a list, today's; the code itself if the list has it no more."""
    if code is None:
        return None
    entry = app.catalogue.code_list(code_list, today()).entries.get(code)
    return entry.label if entry is not None else code
