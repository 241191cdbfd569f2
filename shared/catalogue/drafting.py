"""A version of an artefact from draft to publication: drafted, approved by each who must, published (CAT-02, CAT-04).

Every service that owns artefacts has this aggregate under topics of its own (``domain/catalogue_version.py``), and a
copy of what the others published.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.catalogue.refusals import FieldInvalid, NotAuthorised, Refusal, SeparationOfDuties, StateNotAllowed
from shared.catalogue.types import Act

if TYPE_CHECKING:
    _Base = Aggregate
else:
    # A plain class at run time: the library would turn the annotations of an aggregate into constructor arguments.
    _Base = object

DRAFT, PUBLISHED, WITHDRAWN = "draft", "published", "withdrawn"
STATES = {DRAFT: "borrador", PUBLISHED: "publicada", WITHDRAWN: "retirada"}


class CatalogueInvalid(Refusal):
    code = "CATALOGUE_INVALID"
    status = 422
    message = "El archivo no sirve como versión del catálogo ({place}): {problem} Corríjalo y cárguelo de nuevo."


class CatalogueOverlap(CatalogueInvalid):
    code = "CATALOGUE_OVERLAP"


class CatalogueGap(CatalogueInvalid):
    code = "CATALOGUE_GAP"


class CatalogueReference(CatalogueInvalid):
    code = "CATALOGUE_REFERENCE"


class ExampleFailed(CatalogueInvalid):
    code = "EXAMPLE_FAILED"


REFUSALS: dict[str, type[CatalogueInvalid]] = {
    each.code: each for each in (CatalogueInvalid, CatalogueOverlap, CatalogueGap, CatalogueReference, ExampleFailed)
}


class Event(Aggregate.Event):
    """A fact about a version of the catalogue."""


class CatalogueDraftLoaded(Event, Aggregate.Created):
    """A file was read, checked and kept as a draft. ``hash`` is that of its content, ``text`` the file itself."""

    kind: str
    code: str
    version: str
    effective_from: date
    hash: str
    text: str
    approvers: list[UUID]
    drafter: UUID
    loaded_on: date
    reason: str | None

    def apply(self, aggregate: VersionActs) -> None:
        aggregate.kind, aggregate.code, aggregate.label = self.kind, self.code, self.version
        aggregate.effective_from = self.effective_from
        aggregate.hash, aggregate.text = self.hash, self.text
        aggregate.approvers, aggregate.drafter = list(self.approvers), self.drafter
        aggregate.loaded_on, aggregate.reason = self.loaded_on, self.reason
        aggregate.state = DRAFT
        aggregate.approvals = {}
        aggregate.published_on = None


class CatalogueVersionApproved(Event):
    approver: UUID
    approved_on: date

    def apply(self, aggregate: VersionActs) -> None:
        aggregate.approvals[self.approver] = self.approved_on


class CatalogueVersionPublished(Event):
    """Every approver approved. ``reason`` is why it holds from before this day, None if it does not (CAT-06)."""

    kind: str
    code: str
    version: str
    effective_from: date
    hash: str
    published_on: date
    reason: str | None

    def apply(self, aggregate: VersionActs) -> None:
        aggregate.state = PUBLISHED
        aggregate.published_on = self.published_on


class CatalogueVersionWithdrawn(Event):
    withdrawn_by: UUID
    withdrawn_on: date
    reason: str

    def apply(self, aggregate: VersionActs) -> None:
        aggregate.state = WITHDRAWN


class VersionActs(_Base):
    """One version of one artefact, in the service that owns it (*versión del catálogo*)."""

    kind: str
    code: str
    label: str
    effective_from: date
    hash: str
    text: str
    approvers: list[UUID]
    drafter: UUID
    loaded_on: date
    reason: str | None
    state: str
    approvals: dict[UUID, date]
    published_on: date | None
    CatalogueVersionApproved: ClassVar[type[Any]]
    CatalogueVersionPublished: ClassVar[type[Any]]
    CatalogueVersionWithdrawn: ClassVar[type[Any]]

    @classmethod
    def load(cls, act: Act, *, id: UUID, approvers: list[UUID], reason: str | None, **facts: Any) -> Any:
        """A draft of the version that a checked file holds. Raises `SeparationOfDuties`."""
        if act.person in approvers:
            raise SeparationOfDuties(
                field="approvers", rule="CAT-04", explanation="quien carga el borrador no lo aprueba."
            )
        return cls._create(
            event_class=cls.Created,
            id=id,
            approvers=approvers,
            drafter=act.person,
            loaded_on=act.on,
            reason=reason,
            **facts,
        )

    def approve(self, act: Act, reason: str | None) -> bool:
        """Approve; the last of the approvers publishes. True when it is published now.

        ``reason`` is needed from the last one when the version holds from before today (CAT-06). Raises
        `StateNotAllowed`, `SeparationOfDuties`, `NotAuthorised`, `FieldInvalid`, `DateBeforePrecondition`.
        """
        self._check_state(act, DRAFT)
        if act.person == self.drafter:
            raise SeparationOfDuties(rule="CAT-04", explanation="usted cargó este borrador.")
        if act.person not in self.approvers:
            raise NotAuthorised(
                command="Aprobar la versión", roles="las personas que el borrador nombra como aprobadoras"
            )
        act.check_not_before(self.loaded_on)
        if act.person in self.approvals:
            raise FieldInvalid(explanation="usted ya aprobó esta versión; falta la aprobación de otras personas.")
        last = len(self.approvals) == len(self.approvers) - 1
        why = reason or self.reason
        if last and self.effective_from < act.today and not why:
            explanation = f"rige desde el {self.effective_from}, antes de publicarse: escriba el motivo."
            raise FieldInvalid(field="reason", explanation=explanation)
        self.trigger_event(self.CatalogueVersionApproved, approver=act.person, approved_on=act.on)
        if last:
            self.trigger_event(
                self.CatalogueVersionPublished,
                kind=self.kind,
                code=self.code,
                version=self.label,
                effective_from=self.effective_from,
                hash=self.hash,
                published_on=act.today,
                reason=why if self.effective_from < act.today else None,
            )
        return last

    def withdraw(self, act: Act, reason: str) -> None:
        """Take back a draft, or a published version before its date. Raises `StateNotAllowed` (CAT-03)."""
        if self.state == PUBLISHED and self.effective_from <= act.today:
            raise StateNotAllowed(
                command="Retirar la versión",
                state=f"publicada y vigente desde el {self.effective_from}",
                allowed="cargar otra versión que la reemplace desde una fecha",
                lawful=("LoadCatalogueDraft",),
            )
        if self.state == WITHDRAWN:
            self._check_state(act, DRAFT)
        act.check_not_before(self.loaded_on)
        self.trigger_event(self.CatalogueVersionWithdrawn, withdrawn_by=act.person, withdrawn_on=act.on, reason=reason)

    def _check_state(self, act: Act, state: str) -> None:
        if self.state != state:
            raise StateNotAllowed(
                command=act.procedure.label(act.command),
                state=STATES[self.state],
                allowed="cargar otra versión",
                lawful=("LoadCatalogueDraft",),
            )


class CatalogueCopyTaken(Event, Aggregate.Created):
    """What another service published, as this one holds it."""

    owner: str
    kind: str
    code: str
    version: str
    effective_from: date
    hash: str
    text: str
    published_on: date

    def apply(self, aggregate: CopyActs) -> None:
        aggregate.hash = self.hash
        aggregate.state = PUBLISHED


class CatalogueCopyDropped(Event):
    """Its owner withdrew it before its date."""

    dropped_on: date

    def apply(self, aggregate: CopyActs) -> None:
        aggregate.state = WITHDRAWN


class CopyActs(_Base):
    """This service's copy of a version that another one owns; its id is that of the version."""

    hash: str
    state: str
    CatalogueCopyDropped: ClassVar[type[Any]]

    @classmethod
    def take(cls, *, id: UUID, **facts: Any) -> Any:
        return cls._create(event_class=cls.Created, id=id, **facts)

    def drop(self, on: date) -> None:
        """The owner withdrew it; again, nothing."""
        if self.state == PUBLISHED:
            self.trigger_event(self.CatalogueCopyDropped, dropped_on=on)
