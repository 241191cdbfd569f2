"""Scans and photos become documents of a case: once, named by what they are, never written again (X-05, FRM-2)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.catalogue.refusals import Refusal, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

if TYPE_CHECKING:
    _Base = Aggregate
else:
    # A plain class at run time: the library would turn the annotations of an aggregate into constructor arguments.
    _Base = object


KINDS = "attachment"
"""The dated list of what an attached document may be."""


class DocumentAlreadyAttached(Refusal):
    code = "DOCUMENT_ALREADY_ATTACHED"
    message = "Ese archivo ya es un documento de este caso. Adjunte otro, o consulte el que ya está."


class Attached(Aggregate.Event):
    """A stored file is a document of the case.

    ``code`` and ``version`` say what it is (list of attachments), ``number`` is the one that it bears; ``hash`` is its
    keyed address in the file store, which confirms no guess at the content. ``about`` holds what may tell of the
    person: the file's name and its SHA-256. ``size`` in bytes.
    """

    document_id: UUID
    code: str
    version: str
    number: str | None
    hash: str
    about: Personal
    extension: str
    media_type: str
    size: int
    activity: int
    attached_on: date
    attached_by: UUID

    def apply(self, aggregate: Any) -> None:
        aggregate.attached = aggregate.attached | {self.hash}


class AttachingActs(_Base):
    """What a case has of documents that were not made here."""

    DocumentAttached: ClassVar[type[Any]]

    state: str
    attached: frozenset[str]

    def begin_attaching(self) -> None:
        """A case without attachments; called when its state begins."""
        self.attached = frozenset()

    def attach_document(self, act: Act, *, file: str, **facts: Any) -> None:
        """Make a stored file a document of the case. Raises `DocumentAlreadyAttached`, `StepOutOfOrder`."""
        if not self.state:
            raise StepOutOfOrder(missing="que el caso llegue a este servicio")
        act.check_state(self.state)
        if file in self.attached:
            raise DocumentAlreadyAttached(field="file")
        self.trigger_event(self.DocumentAttached, hash=file, attached_on=act.on, attached_by=act.person, **facts)
