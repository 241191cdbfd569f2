"""Use cases of households: who lives with whom, and a second benefit among them (PR-156 act. 1, CRI-5)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.intake.application.base import IntakeBase
from services.intake.domain.cases import Case
from services.intake.domain.routes import completed_months
from services.intake.views.tables import calls, cases, incentives
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal

CANDIDATE = ("identified", "eligible")
"""States, as intake knows them, of a person who takes part in a call; who was handed on stays in the last of them."""


class Households(IntakeBase):
    """Households are flagged, never refused."""

    def link_household(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        household_type: Personal,
        members: list[dict[str, Any]] | None,
    ) -> dict[str, Any]:
        """Put the person of a case and the members named in one household, with who lives with them already."""
        case = self.case(uow, case_id)
        members = members or []
        case.check_household(act, household_type, alone=not members)
        others = self._members(uow, case, members)
        known = [each.household_id for each in (case, *others) if each.household_id is not None]
        household_id = known[0] if known else uuid4()
        named = [_member(each) for each in members]
        case.link_household(
            household_id,
            Personal(case.candidate_id, "s", household_type.value),
            Personal(case.candidate_id, "s", named),
        )
        for other in [*others, *self._living_with(uow, known, {case.id, *(each.id for each in others)})]:
            other.link_household(household_id, Personal(other.candidate_id, "s", household_type.value))
        return {"id": str(case_id), "household_id": str(household_id)}

    def flag_household(self, uow: UnitOfWork, case: Case, on: date, *, delivered: bool = False) -> None:
        """Flag each other member of the household who is in this or another open call, or who had an incentive within
        P-53 before ``on`` (CRI-5); again when this person's own was ``delivered``."""
        if case.household_id is None:
            return
        months = self.days("P-53", on)
        for row in uow.query(lambda connection: connection.execute(_others(case)).all()):
            takes_part = row.state in CANDIDATE and (row.call_id == case.call_id or row.closed_on is None)
            if takes_part or (row.delivered_on is not None and _within(row.delivered_on, on, months)):
                case.flag_household(case.household_id, row.id, anew=delivered)

    def _members(self, uow: UnitOfWork, case: Case, members: list[dict[str, Any]]) -> list[Case]:
        """The cases among the members. Raises `FieldInvalid`, `NotFound`."""
        found: list[Case] = []
        for position, member in enumerate(members):
            where = f"members[{position}]"
            if (member.get("case") is None) == (member.get("name") is None):
                raise FieldInvalid(
                    field=f"{where}.case", explanation="indique el caso de la persona o, si no tiene, su nombre."
                )
            if member.get("case") is None:
                continue
            other = uow.find(Case, member["case"])
            if other is None:
                raise NotFound(what="el caso del integrante", field=f"{where}.case")
            if other.candidate_id == case.candidate_id or other in found:
                raise FieldInvalid(
                    field=f"{where}.case", explanation="nombre una sola vez a cada una de las demás personas."
                )
            found.append(other)
        return found

    def _living_with(self, uow: UnitOfWork, households: list[UUID], but: set[UUID]) -> list[Case]:
        """Who is in one of these households besides: two that turn out to be one stay together."""
        query = sa.select(cases.c.id).where(cases.c.household_id.in_(households), cases.c.id.not_in(but))
        ids = uow.query(lambda connection: list(connection.scalars(query.order_by(cases.c.id))))
        return [uow.get(Case, each) for each in ids]


def _member(member: dict[str, Any]) -> dict[str, Any]:
    kinship = member["kinship"].value
    if member.get("case") is not None:
        return {"case": str(member["case"]), "kinship": kinship}
    return {"name": member["name"].value, "kinship": kinship}


def _others(case: Case) -> sa.Select[Any]:
    """Cases of the other members with their call, and the latest incentive of each."""
    latest = (
        sa.select(sa.func.max(incentives.c.delivered_on))
        .where(incentives.c.case_id == cases.c.id)
        .scalar_subquery()
        .label("delivered_on")
    )
    return (
        sa.select(cases.c.id, cases.c.state, cases.c.call_id, calls.c.closed_on, latest)
        .join(calls, calls.c.id == cases.c.call_id)
        .where(cases.c.household_id == case.household_id, cases.c.candidate_id != case.candidate_id)
        .order_by(cases.c.identified_on, cases.c.id)
    )


def _within(delivered_on: date, on: date, months: int) -> bool:
    """True up to the day on which that many months are complete, the day itself included."""
    return completed_months(delivered_on, on - timedelta(days=1)) < months
