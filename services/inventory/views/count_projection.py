"""How counts and adjustments change the read model. Their movements are those of `projection`."""

from __future__ import annotations

from typing import Any

from services.inventory.views.tables import adjustments, count_lines, counts
from shared.eventstore.read_model import ReadModel


def started(model: ReadModel, event: Any) -> None:
    """A count is open: its lots, without any quantity."""
    row = {"id": event.originator_id, "version": event.originator_version, "warehouse": event.warehouse}
    model.insert(counts, {**row, "counter": event.counter, "started_on": event.started_on})
    for lot in event.lots:
        model.insert(count_lines, {"count": event.originator_id, "lot": lot})


def recorded(model: ReadModel, event: Any) -> None:
    """What was found, and what the books said."""
    changed = {"version": event.originator_version, "counted_on": event.counted_on}
    model.update(counts, event.originator_id, changed)
    for line in event.lines:
        found = {"counted": line["counted"], "expected": line["expected"]}
        model.update(count_lines, (event.originator_id, line["lot"]), found)


def proposed(model: ReadModel, event: Any) -> None:
    """A proposal waits for the controller; its lines are taken."""
    model.insert(
        adjustments,
        {
            "id": event.originator_id,
            "version": event.originator_version,
            "count": event.count_id,
            "warehouse": event.warehouse,
            "state": "proposed",
            "since": event.proposed_on,
            "reason_code": event.reason_code,
            "proposed_by": event.proposed_by,
        },
    )
    for line in event.lines:
        model.update(count_lines, (event.count_id, line["lot"]), {"adjustment": event.originator_id})


def approved(model: ReadModel, event: Any) -> None:
    """The proposal is decided."""
    _decide(model, event, "approved", event.adjusted_on)


def rejected(model: ReadModel, event: Any) -> None:
    """The proposal is decided, and its lines are open again."""
    _decide(model, event, "rejected", event.rejected_on)
    here = count_lines.c.adjustment == event.originator_id
    model.execute(count_lines.update().where(here).values(adjustment=None))


def _decide(model: ReadModel, event: Any, state: str, since: Any) -> None:
    changed = {"version": event.originator_version, "state": state, "since": since}
    model.update(adjustments, event.originator_id, changed)
