"""What the page of a case says of its end, in every service."""

from __future__ import annotations

from shared.casework.reopening import Endings
from shared.runtime.tokens import Who


def reopening_rows(case: Endings) -> list[tuple[str, str]]:
    """How often the case was opened again, and whether somebody asks for it now (CASE-6)."""
    rows = []
    if case.reopenings:
        rows.append(("Reaperturas", f"{case.reopenings} (la última el {case.reopened_on})"))
    if case.reopen_asked_on is not None:
        rows.append(("Reapertura solicitada el", case.reopen_asked_on.isoformat()))
    return rows


def reopening_blocked(case: Endings, who: Who) -> dict[str, str]:
    """Why ``who`` may not confirm that the case opens again."""
    if case.ended_from is None or case.closed_elsewhere:
        return {}
    if case.reopen_asked_on is None:
        return {"ConfirmReopen": "Nadie ha solicitado la reapertura."}
    if who.person in case.reopen_asked_by:
        return {"ConfirmReopen": "La debe confirmar otra persona: usted la solicitó (SOD-8)."}
    return {}
