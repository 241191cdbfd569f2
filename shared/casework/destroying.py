"""Carrying out an erasure in one service: what it found people by, then its keys, then the event that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, cast
from uuid import UUID

import structlog

from shared.catalogue.refusals import Refusal
from shared.contracts import contract
from shared.contracts.envelope import Envelope
from shared.eventstore.application import ServiceApplication
from shared.eventstore.errors import StoreUnavailable
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.keys import KeyRemnant
from shared.privacy.personal import Kind, Personal

log = structlog.get_logger("impulso.access")

_FILE_ID = re.compile(r"[0-9a-f]{64}")


class DestroyingActs(ServiceApplication):
    """What every service does when a person is erased."""

    destruction_class: ClassVar[type[Any]]
    """The service's own aggregate of `shared.casework.destruction`."""

    def destroy_key(self, uow: UnitOfWork, subject: UUID, kind: Kind, case_id: UUID) -> None:
        """Destroy a key here and record it on the case; again, nothing new is recorded.

        The key goes before the event is stored: what says so must never be ahead of the fact. Raises
        `StoreUnavailable` when SQLite could not drive the key's traces out of its log yet: to be done again.
        """
        known = self.destruction_class.id_of(self.name, subject, kind, case_id)
        if uow.find(self.destruction_class, known) is not None:
            # Told again, or a read model is made once more: nothing may be written for that, least of all to the keys.
            return
        try:
            self.forget(uow, subject, kind, case_id)
            self.keys.destroy(subject, kind)
        except KeyRemnant as remnant:
            raise StoreUnavailable(str(remnant)) from remnant
        done = self.destruction_class.execute(
            self.name, subject=subject, data_class=kind, case_id=case_id, at=datetime.now(UTC)
        )
        uow.add(done)
        uow.note("key_destroyed", service=self.name, case_id=case_id, classes=kind)
        log.info("key_destroyed", service=self.name, case=str(case_id), subject=str(subject), kind=kind)

    def forget(self, uow: UnitOfWork, subject: UUID, kind: Kind, case_id: UUID) -> None:
        """Let go of what the service keeps of the person under other keys. Called while the person's still open.

        Here: the files of the case that were uploaded before it was known whose they are. A service with indexes, or
        with files of many people, adds its own; what is done in ``uow`` is committed with the event.
        """
        if self._files is None:
            return
        for file_id in self._files_of(case_id):
            try:
                info = self.files.info(file_id)
            except Refusal:
                continue
            if info.kind == kind and info.subject != subject:
                self.discard_file(file_id)

    def discard_file(self, file_id: str) -> None:
        """Make a file of nobody in particular unreadable for ever; a person's own file goes with the person's key."""
        try:
            self.files.destroy(file_id)
        except Refusal:
            return

    def _files_of(self, case_id: UUID) -> Iterator[str]:
        """The ids of files that the events of a case name."""
        for event in self.events.get(case_id):
            yield from dict.fromkeys(_file_ids(vars(event)))


def _file_ids(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if _FILE_ID.fullmatch(value):
            yield value
    elif isinstance(value, Personal):
        yield from _file_ids(value.value)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _file_ids(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _file_ids(each)


def key_destroyed(app: Any, uow: UnitOfWork, event: Envelope) -> None:
    """Intake ordered the destruction of a key (X-12): carry it out here."""
    data = contract(event.topic).read(event.data)
    app.destroy_key(uow, data["subject_key_id"], cast(Kind, data["data_class"]), event.subject)
