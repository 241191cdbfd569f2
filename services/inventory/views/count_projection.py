"""How counts and adjustments change the read model. Their movements are those of `projection`."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from services.inventory.views.tables import adjustments, count_lines, counts


def started(connection: Connection, event: Any) -> None:
    """A count is open: its lots, without any quantity."""
    row = {"id": event.originator_id, "version": event.originator_version, "warehouse": event.warehouse}
    connection.execute(counts.insert().values(**row, counter=event.counter, started_on=event.started_on))
    connection.execute(count_lines.insert(), [{"count": event.originator_id, "lot": lot} for lot in event.lots])


def recorded(connection: Connection, event: Any) -> None:
    """What was found, and what the books said."""
    changed = {"version": event.originator_version, "counted_on": event.counted_on}
    connection.execute(counts.update().where(counts.c.id == event.originator_id).values(**changed))
    for line in event.lines:
        here = (count_lines.c.count == event.originator_id) & (count_lines.c.lot == line["lot"])
        found = {"counted": line["counted"], "expected": line["expected"]}
        connection.execute(count_lines.update().where(here).values(**found))


def proposed(connection: Connection, event: Any) -> None:
    """A proposal waits for the controller; its lines are taken."""
    connection.execute(
        adjustments.insert().values(
            id=event.originator_id,
            version=event.originator_version,
            count=event.count_id,
            warehouse=event.warehouse,
            state="proposed",
            since=event.proposed_on,
            reason_code=event.reason_code,
            proposed_by=event.proposed_by,
        )
    )
    lots = [line["lot"] for line in event.lines]
    here = (count_lines.c.count == event.count_id) & count_lines.c.lot.in_(lots)
    connection.execute(count_lines.update().where(here).values(adjustment=event.originator_id))


def approved(connection: Connection, event: Any) -> None:
    """The proposal is decided."""
    _decide(connection, event, "approved", event.adjusted_on)


def rejected(connection: Connection, event: Any) -> None:
    """The proposal is decided, and its lines are open again."""
    _decide(connection, event, "rejected", event.rejected_on)
    here = count_lines.c.adjustment == event.originator_id
    connection.execute(count_lines.update().where(here).values(adjustment=None))


def _decide(connection: Connection, event: Any, state: str, since: Any) -> None:
    changed = {"version": event.originator_version, "state": state, "since": since}
    connection.execute(adjustments.update().where(adjustments.c.id == event.originator_id).values(**changed))
