"""What a case has decided, assigned, asked for, in custody and delivered: the lines behind it (INV-10, INV-12)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.inventory.domain.quantities import NONE


@dataclass
class Need:
    """One item of a decision, and how far it has come. All quantities in ``unit``."""

    item: str
    unit: str
    decided: Decimal = NONE
    cancelled: Decimal = NONE
    assigned: Decimal = NONE
    released: Decimal = NONE
    withdrawn: Decimal = NONE
    back_from_custody: Decimal = NONE
    delivered: Decimal = NONE
    back_from_beneficiary: Decimal = NONE

    @property
    def assigned_open(self) -> Decimal:
        return self.assigned - self.released - self.withdrawn

    @property
    def in_custody(self) -> Decimal:
        return self.withdrawn - self.back_from_custody - self.delivered

    @property
    def delivered_net(self) -> Decimal:
        return self.delivered - self.back_from_beneficiary

    @property
    def wanted(self) -> Decimal:
        """What the beneficiary is to have in the end."""
        return self.decided - self.cancelled

    @property
    def open(self) -> Decimal:
        """Open need (INV-12). Below zero when something was cancelled that had been assigned already."""
        return self.wanted - self.delivered_net - self.in_custody - self.assigned_open

    @property
    def complete(self) -> bool:
        return self.decided <= self.delivered_net + self.cancelled


@dataclass
class Decision:
    """An `IncentiveDecided` yes of act. 18. Lines of one item are one need."""

    id: UUID
    decided_on: date
    needs: dict[str, Need] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Everything decided is delivered or cancelled."""
        return all(need.complete for need in self.needs.values())


@dataclass
class AssignmentLine:
    """A reservation of one lot for the case (FO-110 part B). assigned = withdrawn + released + open."""

    id: UUID
    assignment: UUID
    decision: UUID
    warehouse: UUID
    lot: UUID
    item: str
    unit: str
    qty: Decimal
    assigned_on: date
    bookers: frozenset[UUID]
    """Who booked the lot in and who assigned it: neither may request, release, take or hand over (SOD-3)."""
    requested: Decimal = NONE
    withdrawn: Decimal = NONE
    released: Decimal = NONE

    @property
    def open(self) -> Decimal:
        return self.qty - self.withdrawn - self.released

    @property
    def unrequested(self) -> Decimal:
        """Open and not in a request that waits for its release."""
        return self.open - self.requested


@dataclass
class Request:
    """A withdrawal asked for: quantities by assignment line. ``state``: requested, released or refused."""

    id: UUID
    decision: UUID
    warehouse: UUID
    requested_by: UUID
    requested_on: date
    lines: dict[UUID, Decimal]
    state: str = "requested"


@dataclass
class Withdrawal:
    """An FO-128: goods in custody of the professional who took them."""

    id: UUID
    number: str
    decision: UUID
    warehouse: UUID
    withdrawn_by: UUID
    released_by: UUID
    withdrawn_on: date


@dataclass
class WithdrawalLine:
    """One line of an FO-128. withdrawn = delivered + returned from custody + in custody."""

    id: UUID
    withdrawal: UUID
    assignment_line: UUID
    lot: UUID
    item: str
    unit: str
    qty: Decimal
    delivered: Decimal = NONE
    returned: Decimal = NONE

    @property
    def in_custody(self) -> Decimal:
        return self.qty - self.delivered - self.returned


@dataclass
class DeliveryLine:
    """One line of a delivery receipt; the beneficiary may return from it."""

    id: UUID
    delivery: UUID
    withdrawal_line: UUID
    lot: UUID
    item: str
    unit: str
    qty: Decimal
    delivered_on: date
    number: str
    recorded_by: UUID
    returned: Decimal = NONE

    @property
    def kept(self) -> Decimal:
        return self.qty - self.returned


@dataclass
class ReturnLine:
    """What came back of a line of an FO-128 (``origin`` custody) or of a delivery (beneficiary)."""

    id: UUID
    movement: UUID
    withdrawal: UUID
    source: UUID
    origin: str
    lot: UUID
    item: str
    unit: str
    qty: Decimal
    returned_on: date
    taken_by: UUID


@dataclass
class Exclusion:
    """An exclusion of the person (3.4), as intake announced it. ``until`` None: open."""

    since: date
    until: date | None
    lifted_on: date | None = None

    def in_force(self, day: date) -> bool:
        if day < self.since or (self.until is not None and day > self.until):
            return False
        return self.lifted_on is None or day < self.lifted_on
