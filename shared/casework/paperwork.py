"""Use cases on the papers of a case, the same in every service: file, void and put right (FRM-2, X-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa

from shared.casework.changes import changed, same
from shared.casework.filing import MINUTES
from shared.casework.papers import PaperRow
from shared.casework.use_cases import CaseUseCases
from shared.catalogue.fields import Field
from shared.catalogue.refusals import FieldInvalid, NotAuthorised, NotFound
from shared.catalogue.types import Act
from shared.contracts.commands import load
from shared.documents.sheet import content_hash
from shared.eventstore.tables import events
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign, reveal

FILE_FORM = "FileForm"
"""What files a form by itself; minutes that another act files, a hand-over's, are corrected with that act or not."""


@dataclass(frozen=True)
class FormRule:
    """How a form is put right: by the roles of the ``command`` that files it; ``fixed`` fields stay.

    ``decisions`` are the topics of the facts that are taken on what the form says.
    """

    command: str
    fixed: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()


class Paperwork(CaseUseCases):
    """The papers of a case. A service says which forms may be put right, and where a document is."""

    CORRECTABLE: ClassVar[Mapping[str, FormRule]] = {}

    def paper(self, document_id: UUID) -> PaperRow | None:
        """The document by the service's own read model, by its first filing; None if there is none."""
        raise NotImplementedError

    def number(self, uow: UnitOfWork, code: str, act: Act, document_id: UUID) -> str:
        """The next number of a document (X-18)."""
        raise NotImplementedError

    def file_form(self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]) -> dict[str, Any]:
        """File the minutes (FO-051) of a meeting on the case."""
        case, instance = self.case(uow, case_id), uuid4()
        self.check_attaching(act, case)
        number = self.number(uow, MINUTES, act, instance)
        content = {**form, "minutes_no": number}
        case.file_form(
            act,
            form_instance_id=instance,
            code=MINUTES,
            version=self.catalogue.form(MINUTES, act.on).version,
            number=number,
            hash=content_hash(content),
            form=self._owned(content, case),
        )
        return {"id": str(case_id), "form_instance_id": str(instance), "number": number}

    def void_form(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, document: UUID, reason: Personal
    ) -> dict[str, Any]:
        """Let a document that was filed by itself, or attached, count no more."""
        case = self.case(uow, case_id)
        self.check_attaching(act, case)
        row = self._row(case_id, document)
        case.check_voidable(act, row.document_id, attached=row.attached_as is not None)
        filed = self._filed(case, row)
        case.void_form(
            act,
            document_id=row.document_id,
            dated=row.dated,
            attached=row.attached_as is not None,
            code=row.code,
            version=_version(filed),
            number=row.number,
            hash=row.attached_as or content_hash(filed.form),
            reason=assign(reason, self.person_of(case)),
        )
        return {"id": str(case_id)}

    def correct_record(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        document: UUID,
        changes: Sequence[Mapping[str, Any]],
        reason: Personal,
    ) -> dict[str, Any]:
        """Put a filed form right; the answer lists the decisions that were taken after it (X-10)."""
        case = self.case(uow, case_id)
        self.check_attaching(act, case)
        row = self._row(case_id, document)
        rule = self.CORRECTABLE.get(row.code)
        of_an_act = rule is not None and rule.command == FILE_FORM and row.document_id not in case.papers
        if rule is None or row.attached_as is not None or of_an_act:
            explanation = f"el {row.code} no se corrige así: use el acto del procedimiento que lo reemplaza o lo anula."
            raise FieldInvalid(field="document", explanation=explanation)
        definition = self.catalogue.command(rule.command, self.name)
        if not set(definition.roles) & set(act.roles):
            labels = ", ".join(self.catalogue.role(role).label for role in definition.roles)
            raise NotAuthorised(command=act.procedure.label(act.command), roles=labels)
        filed = self._filed(case, row)
        form = self.catalogue.form(row.code, version=_version(filed))
        before = reveal(filed.form)
        body = changed(form.asked, {each.name: before.get(each.name) for each in form.asked}, changes)
        whole = Field("form", f"{form.code} {form.name}", "group", required=True, fields=form.asked)
        after = load([whole], self.catalogue, row.dated, {"form": body}, form=row.code)["form"]
        after |= {
            each.name: filed.form[each.name] for each in form.fields if each.by_system and each.name in filed.form
        }
        plain = reveal(after)
        names = [each.name for each in form.fields if same(before.get(each.name)) != same(plain.get(each.name))]
        later = self._decisions(case_id, row.case_version, rule.decisions)
        case.correct_record(
            act,
            document_id=row.document_id,
            filed_on=row.dated,
            fixed=rule.fixed,
            corrected_event_id=f"{self.name}:{self._place(case_id, filed.originator_version)}",
            code=row.code,
            version=form.version,
            number=row.number,
            field_names=names,
            form=self._owned(after, case),
            reason=assign(reason, self.person_of(case)),
            affected=[f"{self.name}:{place}" for place, _ in later],
        )
        return {"id": str(case_id), "affected": [topic.partition(".")[2] for _, topic in later]}

    def _owned(self, content: dict[str, Any], case: Any) -> dict[str, Any]:
        """A form under the key of the person of the case; who else sat at the table has a key of their own.

        So their names do not go with the person of the case, nor stay because of them.
        """
        owned: dict[str, Any] = assign(content, self.person_of(case))
        if content.get("attendees"):
            owned["attendees"] = [assign(each, uuid4()) for each in content["attendees"]]
        return owned

    def _row(self, case_id: UUID, document: UUID) -> PaperRow:
        row = self.paper(document)
        if row is None or row.case_id != case_id:
            raise NotFound(what="el documento en este caso", field="document")
        return row

    def _filed(self, case: Any, row: PaperRow) -> Any:
        """The fact that holds the document as it reads now: the last correction, or the first filing."""
        version = case.corrected.get(row.document_id, row.case_version)
        stored = self.recorder.select_events(row.case_id, gt=version - 1, lte=version)
        return self.mapper.to_domain_event(stored[0])

    def _place(self, case_id: UUID, version: int) -> int:
        """Where in the log a fact of the case stands."""
        query = sa.select(events.c.id).where(events.c.originator_id == case_id, events.c.originator_version == version)
        with self.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _decisions(self, case_id: UUID, version: int, topics: Sequence[str]) -> list[tuple[int, str]]:
        """Place and topic of the decisions that the case took after a version of it, in order."""
        query = sa.select(events.c.id, events.c.topic).where(
            events.c.originator_id == case_id, events.c.originator_version > version, events.c.topic.in_(topics)
        )
        with self.database.read() as connection:
            return [(row.id, row.topic) for row in connection.execute(query.order_by(events.c.id))]


def _version(event: Any) -> str:
    return str(getattr(event, "form_version", "") or event.version)
