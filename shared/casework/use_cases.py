"""Use cases that every service with a case has alike: one method a command, named as the command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID, uuid4

from shared.casework.attaching import KINDS
from shared.catalogue.refusals import CatalogueNotEffective, FieldInvalid, NotFound, StateNotAllowed
from shared.catalogue.types import Act
from shared.eventstore.application import ServiceApplication
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class CaseUseCases(ServiceApplication):
    """Opening a case again (CASE-6), and documents that are attached to it (FRM-2)."""

    def case(self, uow: UnitOfWork, case_id: UUID) -> Any:
        """The case. Raises `NotFound`."""
        raise NotImplementedError

    def person_of(self, case: Any) -> UUID:
        """Under whose key personal values of the case are kept."""
        raise NotImplementedError

    def request_reopen(self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal) -> dict[str, Any]:
        case, request_id = self.case(uow, case_id), uuid4()
        case.request_reopen(act, request_id=request_id, reason=assign(reason, self.person_of(case)))
        return {"id": str(case_id), "request_id": str(request_id)}

    def confirm_reopen(self, uow: UnitOfWork, act: Act, case_id: UUID) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.confirm_reopen(act)
        self.reopened(uow, case)
        return {"id": str(case_id)}

    def migrate_case(self, uow: UnitOfWork, act: Act, case_id: UUID, *, version: str, reason: str) -> dict[str, Any]:
        """Move a case to a version of the procedure that is in force on the day of the act (CAT-07).

        Raises `CatalogueNotEffective`, `MigrationStateUnmapped`, and state errors.
        """
        procedure = self.catalogue.procedure_labelled(act.procedure.code, version)
        if not procedure.artefact.effective(act.on):
            raise CatalogueNotEffective(artefact=procedure.code, version=version, date=act.on.isoformat())
        case = self.case(uow, case_id)
        self.check_owned(uow, act, case)
        case.migrate(act, to_version=version, states=procedure.states, reason=reason)
        # The others read from the envelope under which version the case runs now.
        uow.meta = replace(uow.meta, procedure_version=version)
        return {"id": str(case_id), "procedure_version": version}

    def attach_document(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        document: str,
        file: str,
        number: str | None,
        for_activity: int | None,
    ) -> dict[str, Any]:
        """Make a file that was uploaded for the person of the case a document of the case (X-05)."""
        case, document_id = self.case(uow, case_id), uuid4()
        self.check_attaching(act, case)
        person = self.person_of(case)
        try:
            info = self.files.info(file)
        except NotFound:
            raise NotFound(what="el archivo adjunto", field="file") from None
        if info.subject != person:
            raise FieldInvalid(field="file", explanation="suba el archivo a nombre de la persona de este caso.")
        case.attach_document(
            act,
            file=file,
            document_id=document_id,
            code=document,
            version=self.catalogue.code_list(KINDS, act.on).version,
            number=number,
            about=Personal(person, info.kind, {"name": info.name, "sha256": info.sha256}),
            extension=PurePosixPath(info.name).suffix.lower().lstrip("."),
            media_type=info.media_type,
            size=info.size,
            activity=for_activity or 0,
        )
        return {"id": str(case_id), "document_id": str(document_id)}

    def check_owned(self, uow: UnitOfWork, act: Act, case: Any) -> None:
        """Refuse unless this service owns the state of the case (CASE-3)."""
        if case.state and self.catalogue.procedure_labelled(act.procedure.code, act.procedure.version).owner(
            case.state
        ) not in (None, self.name):
            raise StateNotAllowed(
                command=act.procedure.label(act.command),
                state=act.procedure.label(case.state),
                allowed="hacerlo en el servicio donde está el caso",
            )

    def check_attaching(self, act: Act, case: Any) -> None:
        """Whether who acts may add documents to this very case; a service that has operators' staff says so."""

    def reopened(self, uow: UnitOfWork, case: Any) -> None:
        """What must be taken again with the case; nothing, unless a service says so."""
