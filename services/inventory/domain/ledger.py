"""The ledger of one lot in one warehouse: what was there, and free, at the end of every day (INV-1, INV-3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from services.inventory.domain.papers import Rows
from services.inventory.domain.quantities import NONE


@dataclass
class Ledger:
    """Movements folded by the day on which they happened, not by the day on which somebody wrote them down.

    Within a day what comes in counts before what goes out, so that a day's end is its lowest point.
    """

    days: dict[date, tuple[Decimal, Decimal]] = field(default_factory=dict)
    on_hand: Decimal = NONE
    assigned: Decimal = NONE

    @property
    def free(self) -> Decimal:
        return self.on_hand - self.assigned

    def move(self, on: date, *, on_hand: Decimal = NONE, assigned: Decimal = NONE) -> None:
        """Add a movement of ``on_hand`` and ``assigned`` (signed) that happened on ``on``."""
        before = self.days.get(on, (NONE, NONE))
        self.days[on] = (before[0] + on_hand, before[1] + assigned)
        self.on_hand += on_hand
        self.assigned += assigned

    def after(self, entries: Rows) -> Ledger:
        """What the ledger would be with more ``entries`` (``on``, ``qty``, ``assigned``); this one stays as it is."""
        changed = Ledger(dict(self.days), self.on_hand, self.assigned)
        for entry in entries:
            changed.move(entry["on"], on_hand=entry["qty"], assigned=entry.get("assigned", NONE))
        return changed

    def lowest_from(self, day: date) -> tuple[date, Decimal, Decimal]:
        """The lowest on hand and free at the end of ``day`` or of any later day, and the first day of that low."""
        on_hand = assigned = NONE
        for each, (more, reserved) in self.days.items():
            if each <= day:
                on_hand, assigned = on_hand + more, assigned + reserved
        low_day, low_on_hand, low_free = day, on_hand, on_hand - assigned
        for each in sorted(later for later in self.days if later > day):
            on_hand, assigned = on_hand + self.days[each][0], assigned + self.days[each][1]
            if min(on_hand, on_hand - assigned) < min(low_on_hand, low_free):
                low_day = each
            low_on_hand, low_free = min(low_on_hand, on_hand), min(low_free, on_hand - assigned)
        return low_day, low_on_hand, low_free

    def at(self, day: date) -> tuple[Decimal, Decimal]:
        """On hand and assigned at the end of ``day``."""
        until = [moved for each, moved in self.days.items() if each <= day]
        return sum((m[0] for m in until), NONE), sum((m[1] for m in until), NONE)
