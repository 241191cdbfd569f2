"""Use cases that every service with a case has alike: one method a command, named as the command."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from shared.catalogue.types import Act
from shared.eventstore.application import ServiceApplication
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class CaseUseCases(ServiceApplication):
    """Opening a case again (CASE-6)."""

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

    def reopened(self, uow: UnitOfWork, case: Any) -> None:
        """What must be taken again with the case; nothing, unless a service says so."""
