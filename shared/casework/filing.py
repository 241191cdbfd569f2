"""Forms of a case that no other act files, forms that are put right, and documents that do not count (FRM-2, X-10).

Nothing is edited: a correction is a new fact that names the one it corrects, with the whole form as it should read; the
first stays and opens as it was. A voided document stays too, with the reason and its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.catalogue.refusals import FieldInvalid, Refusal, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

if TYPE_CHECKING:
    _Base = Aggregate
else:
    # A plain class at run time: the library would turn the annotations of an aggregate into constructor arguments.
    _Base = object


MINUTES = "FO-051"


class DocumentVoided(Refusal):
    code = "DOCUMENT_VOIDED"
    message = "Ese documento está anulado. Si hace falta, presente uno nuevo."


class NotVoidable(Refusal):
    code = "DOCUMENT_NOT_VOIDABLE"
    message = (
        "Ese documento lo presentó un acto del procedimiento y cuenta en él: corríjalo con «Corregir un registro»."
    )


class Filed(Aggregate.Event):
    """A form was filed under its version. ``hash``: SHA-256 of its canonical content, which bears its signatures."""

    form_instance_id: UUID
    code: str
    version: str
    number: str
    hash: str
    form: dict[str, Any]
    filed_on: date
    filed_by: UUID

    def apply(self, aggregate: Any) -> None:
        aggregate.papers = {**aggregate.papers, self.form_instance_id: Paper(self.code, self.number, self.filed_on)}


class Voided(Aggregate.Event):
    """A filed form or an attached document does not count; its number is not given again (X-18)."""

    form_instance_id: UUID
    code: str
    version: str
    number: str | None
    hash: str
    reason: Personal
    voided_on: date
    voided_by: UUID

    def apply(self, aggregate: Any) -> None:
        aggregate.voided = aggregate.voided | {self.form_instance_id}


class Corrected(Aggregate.Event):
    """A form reads otherwise from now on. ``corrected_event_id`` is the place in the log of what it corrects.

    ``form`` is the whole form as it should have been filed, under the version that it was filed with; ``field_names``
    say what differs. ``affected`` are the places of the decisions that were taken after it: none is recomputed.
    """

    corrected_event_id: str
    form_instance_id: UUID
    code: str
    version: str
    number: str | None
    field_names: list[str]
    form: dict[str, Any]
    reason: Personal
    affected: list[str]
    corrected_on: date
    corrected_by: UUID

    def apply(self, aggregate: Any) -> None:
        aggregate.corrected = {**aggregate.corrected, self.form_instance_id: self.originator_version}
        aggregate.form_corrected(self)


@dataclass(frozen=True)
class Paper:
    """A form that was filed by itself."""

    code: str
    number: str
    filed_on: date


class FilingActs(_Base):
    """What may be done with the papers of a case while it is open."""

    FormFiled: ClassVar[type[Any]]
    FormVoided: ClassVar[type[Any]]
    RecordCorrected: ClassVar[type[Any]]

    state: str
    papers: dict[UUID, Paper]
    voided: frozenset[UUID]
    corrected: dict[UUID, int]
    """By form, the version of the case in which it was last put right."""

    def begin_filing(self) -> None:
        """A case without papers of its own; called when its state begins."""
        self.papers = {}
        self.voided = frozenset()
        self.corrected = {}

    def file_form(self, act: Act, **facts: Any) -> None:
        """File a form that no other act files."""
        self._check_papers(act)
        self.trigger_event(self.FormFiled, **facts, filed_on=act.on, filed_by=act.person)

    def check_voidable(self, act: Act, document_id: UUID, *, attached: bool) -> None:
        """Raises `NotVoidable` for what an act of the procedure filed, `DocumentVoided` for what is void already."""
        self._check_papers(act)
        if document_id in self.voided:
            raise DocumentVoided(field="document")
        if document_id not in self.papers and not attached:
            raise NotVoidable(field="document")

    def void_form(self, act: Act, *, document_id: UUID, dated: date, attached: bool, **facts: Any) -> None:
        """Let a document count no more. Raises as `check_voidable` does."""
        self.check_voidable(act, document_id, attached=attached)
        act.check_not_before(dated)
        self.trigger_event(
            self.FormVoided, form_instance_id=document_id, **facts, voided_on=act.on, voided_by=act.person
        )

    def correct_record(
        self, act: Act, *, document_id: UUID, filed_on: date, fixed: Sequence[str], field_names: list[str], **facts: Any
    ) -> None:
        """Put a form right. ``fixed``: fields that other facts hang on, which only a new form can change."""
        self._check_papers(act)
        if document_id in self.voided:
            raise DocumentVoided(field="document")
        act.check_not_before(filed_on)
        if not field_names:
            raise FieldInvalid(field="changes", explanation="los datos ya dicen eso; no hay nada que corregir.")
        for name in field_names:
            if name in fixed:
                raise FieldInvalid(field="changes", explanation=f"«{name}» no se corrige: de él dependen otros hechos.")
        self.trigger_event(
            self.RecordCorrected,
            form_instance_id=document_id,
            field_names=field_names,
            **facts,
            corrected_on=act.on,
            corrected_by=act.person,
        )

    def form_corrected(self, fact: Any) -> None:
        """What a correction changes besides the paper; nothing, unless a service says so."""

    def _check_papers(self, act: Act) -> None:
        if not self.state:
            raise StepOutOfOrder(missing="que el caso llegue a este servicio")
        act.check_state(self.state)
