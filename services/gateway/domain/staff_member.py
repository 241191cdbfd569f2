"""StaffMember: the grants of one natural person, and SOD-7."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.gateway.domain.refusals import ContractRequired, GrantEnded, GrantNotFound, PeriodInvalid
from shared.catalogue.refusals import SeparationOfDuties

EXCLUSIVE = frozenset({"administrator", "operations"})
"""Roles whose holder holds no other grant, of any programme (SOD-7)."""
CONFINED = frozenset({"operator_staff", "executor_staff"})
"""Roles that see the cases of their own contract only (ROL-02)."""


@dataclass(frozen=True)
class Grant:
    """One grant (requirements 1.2). ``starts`` and ``ends`` are dates in America/Bogota, both included."""

    id: UUID
    role: str
    organisation: str
    programme: str
    contract: str | None
    starts: date
    ends: date | None

    def overlaps(self, starts: date, ends: date | None) -> bool:
        return (ends is None or self.starts <= ends) and (self.ends is None or starts <= self.ends)


class StaffMember(Aggregate):
    """A natural person who works with the system (*funcionario, contratista*); the id is the person's id."""

    TOPIC = "gateway.StaffMember"

    class Event(Aggregate.Event):
        def apply(self, aggregate: StaffMember) -> None: ...

    class StaffMemberRegistered(Event, Aggregate.Created):
        TOPIC = "gateway.StaffMemberRegistered"
        registered_on: date

    Created = StaffMemberRegistered

    class RoleGranted(Event):
        TOPIC = "gateway.RoleGranted"
        grant_id: UUID
        role: str
        organisation: str
        programme: str
        contract: str | None
        starts: date
        ends: date | None

        def apply(self, aggregate: StaffMember) -> None:
            aggregate.grants[self.grant_id] = Grant(
                self.grant_id, self.role, self.organisation, self.programme, self.contract, self.starts, self.ends
            )

    class RoleEnded(Event):
        TOPIC = "gateway.RoleEnded"
        grant_id: UUID
        ended_on: date
        reason: str

        def apply(self, aggregate: StaffMember) -> None:
            aggregate.ended.add(self.grant_id)

    def __init__(self, registered_on: date) -> None:
        self.registered_on = registered_on
        self.grants: dict[UUID, Grant] = {}
        self.ended: set[UUID] = set()

    @classmethod
    def register(cls, person: UUID, on: date) -> StaffMember:
        return cls._create(event_class=cls.StaffMemberRegistered, id=person, registered_on=on)

    def grant_role(
        self,
        *,
        by: UUID | None,
        role: str,
        organisation: str,
        programme: str,
        contract: str | None,
        starts: date,
        ends: date | None,
        today: date,
    ) -> UUID:
        """Grant ``role`` from ``starts`` to ``ends``, both included; ``by`` is None for the installation itself.

        Raises `SeparationOfDuties` (SOD-7), `ContractRequired`, `PeriodInvalid`.
        """
        if by == self.id:
            raise SeparationOfDuties(rule="SOD-7", explanation="nadie se otorga permisos a sí mismo.")
        if ends is not None and ends < starts:
            raise PeriodInvalid(field="ends")
        if role in CONFINED and not contract:
            raise ContractRequired(field="contract", role=role)
        self._check_exclusive(role, starts, ends, today)
        grant_id = uuid4()
        self.trigger_event(
            self.RoleGranted,
            grant_id=grant_id,
            role=role,
            organisation=organisation,
            programme=programme,
            contract=contract or None,
            starts=starts,
            ends=ends,
        )
        return grant_id

    def end_role(self, *, by: UUID, grant_id: UUID, on: date, reason: str) -> None:
        """End a grant at once (ROL-04). Raises `GrantNotFound`, `GrantEnded`, `SeparationOfDuties`."""
        if grant_id not in self.grants:
            raise GrantNotFound(field="grant")
        if grant_id in self.ended:
            raise GrantEnded(field="grant")
        if by == self.id:
            # The last administrator could otherwise lock the door from inside.
            raise SeparationOfDuties(rule="SOD-7", explanation="nadie cambia sus propios permisos.")
        self.trigger_event(self.RoleEnded, grant_id=grant_id, ended_on=on, reason=reason)

    def holds(self, role: str, on: date) -> bool:
        """Whether a grant of ``role`` is in force that day."""
        return any(
            grant.role == role and grant.starts <= on and (grant.ends is None or on <= grant.ends)
            for grant in self.grants.values()
            if grant.id not in self.ended
        )

    def _check_exclusive(self, role: str, starts: date, ends: date | None, today: date) -> None:
        """SOD-7. What has run out by today does not count; what is to come does."""
        for grant in self.grants.values():
            over = grant.id in self.ended or (grant.ends is not None and grant.ends < today)
            if over or not grant.overlaps(starts, ends):
                continue
            if role in EXCLUSIVE or grant.role in EXCLUSIVE:
                raise SeparationOfDuties(
                    rule="SOD-7",
                    explanation="quien administra u opera la plataforma no tiene otro permiso. "
                    "Termine primero el permiso vigente.",
                )
