"""Use cases on calls and their lists of candidates (PR-156 act. 1)."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.intake.application.base import IntakeBase
from services.intake.domain.calls import FO_051, Call, Minutes
from services.intake.domain.case_state import IDENTIFIED
from services.intake.domain.refusals import CallCodeTaken
from services.intake.views import case_sources, cases, imports
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import assign, reveal

DEFAULT_SPECIFICATION = "ESPECIFICACION-PR-156"


class Calls(IntakeBase):
    """Opening and closing calls, consolidating their lists."""

    def open_call(
        self, uow: UnitOfWork, act: Act, *, code: str, specifications: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Open a call. The catalogue's own specification needs no file: its version is the document."""
        fields["specifications_file"] = self.stored(fields.get("specifications_file"), "specifications_file")
        call = Call.open(act, code=code, specifications=specifications, standard=self._standard_text(act.on), **fields)
        if uow.claimed("call-code", code) is not None:
            raise CallCodeTaken(field="code", call=code)
        uow.claim("call-code", code, call.id)
        uow.add(call)
        return {"id": str(call.id)}

    def close_call(self, uow: UnitOfWork, act: Act, call_id: UUID, *, reason: str) -> dict[str, Any]:
        """Close a call."""
        self.call(uow, call_id, "id").close(act, reason)
        return {"id": str(call_id)}

    def consolidate_list(self, uow: UnitOfWork, act: Act, call_id: UUID, *, form: dict[str, Any]) -> dict[str, Any]:
        """Freeze the candidates of the call that are in no list yet, with their minutes (A01-5)."""
        call = self.call(uow, call_id, "id")
        members = uow.query(lambda connection: list(connection.scalars(_unlisted(call_id))))
        list_no = call.consolidate(act, members, self._minutes(uow, act, form))
        return {"id": str(call_id), "list_no": list_no, "candidates": len(members)}

    def file_form(
        self, uow: UnitOfWork, act: Act, call_id: UUID, *, list_no: int, form: dict[str, Any]
    ) -> dict[str, Any]:
        """File the FO-051 of a list that was frozen from a file."""
        minutes = self._minutes(uow, act, form)
        self.call(uow, call_id, "id").file_minutes(act, list_no, minutes)
        return {"id": str(call_id), "form_instance_id": str(minutes.form_instance_id), "number": minutes.number}

    def _standard_text(self, on: date) -> str | None:
        try:
            body: str = self.catalogue.text(DEFAULT_SPECIFICATION, on).body
        except CatalogueNotEffective:
            return None
        return body

    def _minutes(self, uow: UnitOfWork, act: Act, form: dict[str, Any]) -> Minutes:
        instance_id = uuid4()
        number = self.number(uow, FO_051, act, instance_id)
        form = {**form, "minutes_no": number}
        content = json.dumps(reveal(form), sort_keys=True, default=str, ensure_ascii=False)
        # People at a meeting are no cases: each gets a key of their own, and what was said one for the minutes.
        form["attendees"] = [assign(attendee, uuid4()) for attendee in form["attendees"]]
        return Minutes(
            form_instance_id=instance_id,
            version=self.form_version(FO_051, act.on),
            number=number,
            hash=hashlib.sha256(content.encode()).hexdigest(),
            form=assign(form, instance_id),
        )


def _unlisted(call_id: UUID) -> sa.Select[Any]:
    """The candidates of a call in no list whose case is not over; those of an import under way wait for the list that
    it becomes."""
    under_way = (
        sa.select(case_sources.c.case_id)
        .join(imports, imports.c.id == case_sources.c.import_id)
        .where(imports.c.state.in_(("waiting", "running")))
    )
    return sa.select(cases.c.id).where(
        cases.c.call_id == call_id,
        cases.c.list_no.is_(None),
        cases.c.state == IDENTIFIED,
        cases.c.id.not_in(under_way),
    )
