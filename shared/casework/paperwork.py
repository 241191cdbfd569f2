"""Use cases on the papers of a case, the same in every service: file, void and put right (FRM-2, X-10)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa

from shared.casework.use_cases import CaseUseCases
from shared.catalogue.fields import Field
from shared.catalogue.refusals import FieldInvalid, NotAuthorised, NotFound
from shared.catalogue.types import Act
from shared.contracts.commands import load
from shared.documents.sheet import content_hash
from shared.eventstore.database import Database
from shared.eventstore.tables import events
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign, reveal

MINUTES = "FO-051"
FILE_FORM = "FileForm"
"""What files a form by itself; minutes that another act files, a hand-over's, are corrected with that act or not."""
TRUE, FALSE = ("true", "sí", "si"), ("false", "no")


@dataclass(frozen=True)
class FormRule:
    """How a form is put right: by the roles of the ``command`` that files it; ``fixed`` fields stay.

    ``decisions`` are the topics of the facts that are taken on what the form says.
    """

    command: str
    fixed: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperRow:
    """Where a paper of a case is: the version of the case that filed it, and the document that it corrects, if any."""

    document_id: UUID
    case_id: UUID
    code: str
    number: str | None
    dated: date
    case_version: int
    attached_as: str | None = None
    """The keyed address of an attached file; None for a form."""


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
        sealed = assign(content, self.person_of(case))
        # Whoever else sat at the table has a key of their own: their names do not go with the person of the case.
        sealed["attendees"] = [assign(each, uuid4()) for each in form["attendees"]]
        case.file_form(
            act,
            form_instance_id=instance,
            code=MINUTES,
            version=self.catalogue.form(MINUTES, act.on).version,
            number=number,
            hash=content_hash(content),
            form=sealed,
        )
        return {"id": str(case_id), "form_instance_id": str(instance), "number": number}

    def void_form(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, document: UUID, reason: Personal
    ) -> dict[str, Any]:
        """Let a document that was filed by itself, or attached, count no more."""
        case = self.case(uow, case_id)
        self.check_attaching(act, case)
        row = self._row(case_id, document)
        version, digest = "", row.attached_as or ""
        if row.attached_as is None:
            filed = self._filed(case, row)
            # Minutes of an act of the procedure have no form of their own: the case refuses to void them.
            version, digest = _version(filed), content_hash(getattr(filed, "form", {}))
        else:
            version = self._attached(row).version
        case.void_form(
            act,
            document_id=row.document_id,
            dated=row.dated,
            attached=row.attached_as is not None,
            code=row.code,
            version=version,
            number=row.number,
            hash=digest,
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
        names = [each.name for each in form.fields if _same(before.get(each.name)) != _same(plain.get(each.name))]
        version = case.corrected.get(row.document_id, row.case_version)
        case.correct_record(
            act,
            document_id=row.document_id,
            filed_on=row.dated,
            fixed=rule.fixed,
            corrected_event_id=f"{self.name}:{self._places(case_id, version)[0]}",
            code=row.code,
            version=form.version,
            number=row.number,
            field_names=names,
            form=assign(after, self.person_of(case)),
            reason=assign(reason, self.person_of(case)),
            affected=[f"{self.name}:{place}" for place in self._later(case_id, row.case_version, rule.decisions)],
        )
        return {"id": str(case_id), "affected": self._later_names(case_id, row.case_version, rule.decisions)}

    def _row(self, case_id: UUID, document: UUID) -> PaperRow:
        row = self.paper(document)
        if row is None or row.case_id != case_id:
            raise NotFound(what="el documento en este caso", field="document")
        return row

    def _filed(self, case: Any, row: PaperRow) -> Any:
        """The fact that holds the form as it reads now: the last correction, or the filing."""
        return self._event(row.case_id, case.corrected.get(row.document_id, row.case_version))

    def _attached(self, row: PaperRow) -> Any:
        return self._event(row.case_id, row.case_version)

    def _event(self, case_id: UUID, version: int) -> Any:
        stored = self.recorder.select_events(case_id, gt=version - 1, lte=version)
        return self.mapper.to_domain_event(stored[0])

    def _places(self, case_id: UUID, version: int) -> list[int]:
        query = sa.select(events.c.id).where(events.c.originator_id == case_id, events.c.originator_version == version)
        with self.database.read() as connection:
            return [row.id for row in connection.execute(query)]

    def _later(self, case_id: UUID, version: int, topics: Sequence[str]) -> list[int]:
        return [place for place, _ in self._decisions(case_id, version, topics)]

    def _later_names(self, case_id: UUID, version: int, topics: Sequence[str]) -> list[str]:
        return [topic.partition(".")[2] for _, topic in self._decisions(case_id, version, topics)]

    def _decisions(self, case_id: UUID, version: int, topics: Sequence[str]) -> list[tuple[int, str]]:
        query = sa.select(events.c.id, events.c.topic).where(
            events.c.originator_id == case_id, events.c.originator_version > version, events.c.topic.in_(topics)
        )
        with self.database.read() as connection:
            return [(row.id, row.topic) for row in connection.execute(query.order_by(events.c.id))]


def correction_id(form_instance_id: UUID, case_version: int) -> UUID:
    """The id, as a document, of what a form reads after it was put right in that version of its case."""
    return uuid5(form_instance_id, str(case_version))


def paper_row(database: Database, forms: sa.Table, attached: sa.Table, document_id: UUID) -> PaperRow | None:
    """A document by the read models of a service: a form, to whose first filing a correction leads, or a file."""
    key = next(iter(forms.primary_key.columns))
    version = forms.c.case_version if "case_version" in forms.c else forms.c.version
    dated = forms.c.filed_on if "filed_on" in forms.c else forms.c.issued_on
    number = forms.c.number if "number" in forms.c else sa.null()
    found = sa.select(
        key.label("id"), forms.c.case_id, forms.c.code, number.label("number"), dated.label("dated"),
        version.label("version"), forms.c.corrects,
    )  # fmt: skip
    with database.read() as connection:
        row = connection.execute(found.where(key == document_id)).first()
        if row is not None and row.corrects is not None:
            row = connection.execute(found.where(key == row.corrects)).first()
        if row is not None:
            return PaperRow(row.id, row.case_id, row.code, row.number, row.dated, row.version)
        file = connection.execute(sa.select(attached).where(attached.c.document_id == document_id)).first()
    if file is None:
        return None
    return PaperRow(
        file.document_id, file.case_id, file.code, file.number, file.attached_on, file.case_version, file.file
    )


def changed(fields: Sequence[Field], before: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The body of a form with ``changes`` made to it: ``field`` by label or name, ``value`` as text.

    A field inside another is given by both: ``Técnica > Calificación``, or ``technical.score``.
    """
    body = {name: _body(value) for name, value in before.items() if value not in (None, [])}
    for each in changes:
        path, level, known = _steps(str(each["field"]), fields), body, fields
        for step in path[:-1]:
            inside = _named(step, known)
            known = () if inside is None else inside.fields
            level = level.setdefault(inside.name, {}) if inside is not None and isinstance(level, dict) else {}
        field = _named(path[-1], known)
        if field is None or not isinstance(level, dict):
            raise FieldInvalid(field="changes", explanation=f"el formato no tiene el dato «{each['field']}».")
        value = _parsed(field, reveal(each["value"]))
        if value is None:
            level.pop(field.name, None)
        else:
            level[field.name] = value
    return body


def _steps(written: str, fields: Sequence[Field]) -> list[str]:
    """The steps of a path; a label may hold a dot itself."""
    if ">" in written or _named(written, fields) is not None:
        return [step.strip() for step in written.split(">")]
    return written.split(".")


def _named(written: str, fields: Sequence[Field]) -> Field | None:
    wanted = written.strip().casefold()
    return next((one for one in fields if wanted in (one.name.casefold(), one.label.casefold())), None)


def _parsed(field: Field, text: str | None) -> Any:
    text = (text or "").strip()
    if not text:
        return None
    if field.type == "bool":
        if text.lower() not in (*TRUE, *FALSE):
            raise FieldInvalid(field="changes", explanation=f"«{field.label}» es sí o no.")
        return text.lower() in TRUE
    if field.type in ("int", "score"):
        return int(text) if text.lstrip("-").isdigit() else text
    if field.type in ("list", "group", "sign"):
        try:
            return json.loads(text)
        except ValueError:
            explanation = f"«{field.label}» tiene varias partes: escríbalas como JSON."
            raise FieldInvalid(field="changes", explanation=explanation) from None
    return text


def _body(value: Any) -> Any:
    """A loaded value as a body may hold it."""
    if isinstance(value, Mapping):
        return {name: _body(inner) for name, inner in value.items() if inner not in (None, [])}
    if isinstance(value, (list, tuple)):
        return [_body(each) for each in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    return value


def _same(value: Any) -> Any:
    """What two values are compared by: empty is empty, however it is written."""
    return None if value in (None, [], "") else _body(value)


def _version(event: Any) -> str:
    return str(getattr(event, "form_version", "") or event.version)
