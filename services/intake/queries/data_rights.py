"""What the page of a case says of the person's rights over their data: requests under way, holds, restrictions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.domain.cases import Case
from services.intake.queries.data_requests import OUTCOMES, RECEIVED, texts_of
from services.intake.queries.legal_holds import GROUNDS
from services.intake.queries.personal import Reveal
from services.intake.queries.restrictions import classes_in_words
from services.intake.views.rights_tables import data_requests, legal_holds, restricted_classes, restrictions
from shared.runtime.tokens import Who

GROUP = "Protección de datos"
ACTS = ("OpenDataRequest", "RequestLegalHold", "RestrictProcessing", "RequestKeyDestruction")
"""What the privacy officer may begin from a case."""
ON_REQUEST = {
    "open": ("AnswerDataRequest", "ExtendDataRequest", "AskDataRequestCompletion"),
    "incomplete": ("CompleteDataRequest",),
}
ON_HOLD = {
    "requested": ("ConfirmLegalHold",),
    "placed": ("RequestLegalHoldLift",),
    "lift_requested": ("ConfirmLegalHoldLift",),
}
PRIVACY = frozenset({"privacy_officer", "subdirector"})


class DataRights:
    """Of the person of one case, whatever cases they have."""

    def __init__(self, app: IntakeApplication, found: Case) -> None:
        self._app, self._case = app, found
        mine = data_requests.c.person == found.candidate_id
        held = legal_holds.c.case_id.in_(_cases_of(found))
        with app.database.read() as connection:
            self._requests = connection.execute(
                sa.select(data_requests).where(mine).order_by(data_requests.c.received_on, data_requests.c.id)
            ).all()
            self._holds = connection.execute(
                sa.select(legal_holds).where(held, legal_holds.c.state != "lifted").order_by(legal_holds.c.requested_on)
            ).all()
            self._restrictions = connection.execute(
                sa.select(restrictions.c.id, restrictions.c.version, restrictions.c.decided_on)
                .add_columns(restricted_classes.c.data_class)
                .join(restricted_classes, restricted_classes.c.restriction_id == restrictions.c.id)
                .where(restricted_classes.c.case_id == found.id)
                .order_by(restrictions.c.decided_on, restrictions.c.id)
            ).all()

    def restricted(self) -> list[str]:
        """The classes of the case whose processing is restricted."""
        return sorted({row.data_class for row in self._restrictions})

    def tracks(self) -> dict[str, str]:
        """The legend of a claim that is open (Ley 1581 de 2012 art. 15 num. 2), a hold, a restriction."""
        found = {}
        if any(row.state in ("open", "incomplete") and row.kind != "query" for row in self._requests):
            found["data_claim"] = "in_process"
        if any(row.state in ("placed", "lift_requested") for row in self._holds):
            found["legal_hold"] = "in_force"
        if self._restrictions:
            found["processing"] = "restricted"
        return found

    def facts(self, reveal: Reveal) -> list[dict[str, Any]]:
        """A line for each request and hold; what was asked is class i, for the law wants the motive in the legend."""
        rows: list[tuple[str, Any]] = []
        for row in self._requests:
            rows.append((f"{RECEIVED[row.kind]} el {row.received_on}", _stands(row)))
            if row.state in ("open", "incomplete"):
                asked = texts_of(self._app, row.id)[0][2]
                rows.append(("Motivo", reveal.shown(asked, self._case.id)))
        for row in self._holds:
            stands = f"vigente desde el {row.placed_on}" if row.placed_on else "por confirmar"
            rows.append(("Retención legal", f"{GROUNDS[row.ground]}, {stands}"))
        if self._restrictions:
            since = min(row.decided_on for row in self._restrictions)
            rows.append(("Tratamiento restringido", f"{classes_in_words(self.restricted())}, desde el {since}"))
        return [{"group": GROUP, "label": label, "value": value} for label, value in rows]

    def targets(self, who: Who) -> list[dict[str, Any]]:
        """What may be done about them, for who answers for data protection."""
        if not who.roles & PRIVACY:
            return []
        found = []
        for subject, rows, acts in (
            ("data_request", self._requests, ON_REQUEST),
            ("legal_hold", self._holds, ON_HOLD),
        ):
            for row in rows:
                if commands := acts.get(row.state):
                    known = {"subject": subject, "id": str(row.id), "version": row.version, "commands": list(commands)}
                    found.append(known | {"label": self._label(subject, row)})
        for row_id, version in dict.fromkeys((row.id, row.version) for row in self._restrictions):
            classes = [row.data_class for row in self._restrictions if row.id == row_id]
            known = {"subject": "restriction", "id": str(row_id), "version": version, "commands": ["LiftRestriction"]}
            found.append(known | {"label": classes_in_words(classes)})
        return found

    def also(self, who: Who) -> list[str]:
        """What may be begun here."""
        return list(ACTS) if who.roles & PRIVACY else []

    def choices(self) -> list[dict[str, str]]:
        """The requests that were granted or refused, and may be named as the cause of what follows."""
        answered = [row for row in self._requests if row.state == "answered"]
        return [{"id": str(row.id), "label": self._label("data_request", row)} for row in answered]

    @staticmethod
    def _label(subject: str, row: Any) -> str:
        if subject == "data_request":
            return f"{RECEIVED[row.kind]} el {row.received_on}"
        return f"{GROUNDS[row.ground]}: {row.reference}"


def _stands(row: Any) -> str:
    if row.state == "answered":
        late = ", fuera de término" if row.late else ""
        return f"{OUTCOMES[row.outcome]} el {row.answered_on}{late}"
    if row.state == "lapsed":
        return f"Desistida: no se completó (el {row.answered_on})"
    if row.state == "incomplete":
        return f"Por completar hasta el {row.lapses_on}"
    legend = "" if row.kind == "query" else "Reclamo en trámite. "
    return f"{legend}Se responde a más tardar el {row.due_on}"


def _cases_of(found: Case) -> list[Any]:
    """The case and those joined to it."""
    return [found.id, *found.joined, *([found.merged_into] if found.merged_into else [])]
