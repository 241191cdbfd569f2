"""What a command asks for: quantities of lots or lines, and where the lots are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from uuid import UUID

from services.inventory.domain.incentive_lines import AssignmentLine, Need
from services.inventory.domain.lot import Lot
from services.inventory.domain.quantities import NONE, plain
from services.inventory.domain.refusals import NotInDecision

Asked = list[tuple[UUID, Decimal]]
"""The id of a lot or of a line, and a quantity in the item's unit."""
Stock = Callable[[UUID], Lot]
"""The lot of an id, in the same unit of work: the case decides what it may have, the lot whether it is there."""


def summed(asked: Iterable[tuple[UUID, Decimal]]) -> Asked:
    """One entry a line: a line named twice must not pass each check by halves."""
    total: dict[UUID, Decimal] = {}
    for line, qty in asked:
        total[line] = total.get(line, NONE) + qty
    return list(total.items())


def check_wanted(room: Decimal, asked: Decimal, item: str, unit: str) -> None:
    """Refuse with `NotInDecision` if ``asked`` is more than there is ``room`` for in the decision."""
    if asked > room:
        raise NotInDecision(field="lines", item=item, unit=unit, open=plain(max(room, NONE)), asked=plain(asked))


def check_still_wanted(need: Need, already: Decimal, line: AssignmentLine, qty: Decimal) -> None:
    """Refuse with `NotInDecision` if the goods are wanted no more: cancelled after they were assigned.

    ``already`` is what has come as far as this step or further.
    """
    check_wanted(need.wanted - already, qty, line.item, line.unit)
