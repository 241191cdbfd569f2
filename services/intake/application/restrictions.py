"""Use cases of restricting what is done with a person's data (X-12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.intake.application.data_requests import DataRequests
from services.intake.domain.refusals import RestrictionStands
from services.intake.domain.restriction import Restriction
from shared.casework.restriction import lift, restrict
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import KINDS, Kind, Personal
from shared.runtime.heeding import OF_SUBJECT, key_of


class Restrictions(DataRequests):
    """Decided here, and told to every service."""

    def restrict_processing(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        case: UUID,
        data_classes: list[Kind] | None,
        ground: str,
        reason: Personal,
        request: UUID | None,
    ) -> dict[str, Any]:
        """Restrict classes of the data of the person of a case, all without any named. Raises `RestrictionStands`."""
        found = self.case(uow, case)
        people = self.people_of(uow, found)
        kinds = data_classes or list(KINDS)
        for _, subject in people:
            if any(uow.claimed(OF_SUBJECT, key_of(subject, kind)) is not None for kind in kinds):
                raise RestrictionStands(field="data_classes")
        if request is not None:
            self.data_request_of(uow, people, request)
        restriction = Restriction.decide(
            act,
            person=found.candidate_id,
            case_id=case,
            people=people,
            data_classes=kinds,
            ground=ground,
            reason=str(reason.value),
            request_id=request,
        )
        uow.add(restriction)
        for key in restriction.standing:
            restrict(uow, *key)
        return {"id": str(restriction.id)}

    def lift_restriction(
        self, uow: UnitOfWork, act: Act, restriction_id: UUID, *, data_classes: list[Kind] | None, reason: Personal
    ) -> dict[str, Any]:
        """End it, for some of its classes or for all."""
        restriction = uow.get(Restriction, restriction_id)
        person = self.case(uow, restriction.case_id).candidate_id
        for key in restriction.lift(act, person=person, data_classes=data_classes or [], reason=str(reason.value)):
            lift(uow, *key)
        return {"id": str(restriction_id)}
