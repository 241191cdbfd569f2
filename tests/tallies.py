"""The counting service with a read model, to be made anew beside the one in service; and as a process to be killed."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.contracts.envelope import Envelope
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel
from shared.eventstore.unit_of_work import UnitOfWork
from shared.eventstore.views import Views
from shared.privacy.keys import MasterKey
from shared.runtime import shadowing
from shared.runtime.assembly import Place, assemble
from shared.runtime.definition import ServiceDefinition
from shared.runtime.rebuilding import Rebuilding
from tests.counting import WATCHER, CounterApplication, Indigestible, count_on, note

# Small batches: so that a test that kills has something to kill.
shadowing.BATCH = int(os.environ.get("TALLIES_BATCH", shadowing.BATCH))
# And it takes a while, even where the test is not let look for a second.
PAUSE_S = float(os.environ.get("TALLIES_PAUSE", "0"))

tables = sa.MetaData()
tallies = sa.Table(
    "tallies",
    tables,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("totals", sa.Text, nullable=False),
    sa.Index("tallies_number", "number", "id"),
)
steps = sa.Table(
    "steps",
    tables,
    sa.Column("tally", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    # A word that SQL reserves: its name is quoted wherever it stands.
    sa.Column("order", sa.Text, nullable=False),
    sa.UniqueConstraint("tally", "number", name="steps_once"),
)
notes = sa.Table("notes", tables, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))


def project(model: ReadModel, event: Any, _meta: Meta, application: Any) -> None:
    """Each count is a step; a total is written down beside what the tally then holds."""
    if PAUSE_S:
        time.sleep(PAUSE_S)
    kind, this = type(event).__name__, tallies.c.id == event.originator_id
    if kind == "Started":
        model.insert(tallies, {"id": event.originator_id, "number": 0, "totals": ""})
    elif kind == "Counted":
        if event.number in application.indigestible:
            raise ValueError("a fault of the projection")
        model.execute(tallies.update().where(this).values(number=tallies.c.number + 1))
        model.insert(steps, {"tally": event.originator_id, "number": event.number, "order": "n"})
    elif kind == "Totalled":
        seen = model.execute(sa.select(sa.func.count()).select_from(steps).where(steps.c.tally == event.originator_id))
        model.execute(tallies.update().where(this).values(totals=tallies.c.totals + f"{seen.scalar_one()};"))


class TalliesApplication(CounterApplication):
    name = "counter"
    views = Views(tables, project, kept=frozenset({"notes"}))
    indigestible: frozenset[int] = frozenset()


def taste(app: Any, unit: UnitOfWork, event: Envelope) -> None:
    """Write the event down, or refuse what `distaste` names."""
    if (event.subject, event.sequence) in app.distaste:
        raise Indigestible(number=event.sequence)
    note(app, unit, event)


TALLIES = ServiceDefinition("counter", TalliesApplication, work=count_on, may_read=lambda _app, _who, _file: True)
READER = replace(WATCHER, reactions={"*": taste}, only_reads=True)
SERVICES = {"counter": TALLIES, "watcher": READER}


def rows(application: Any) -> dict[str, list[Any]]:
    """The read model, row by row."""
    with application.database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in tables.sorted_tables
        }


def main(url: str, folder: Path) -> None:
    """Move the running rebuild on by small batches, and say so, until killed."""
    shadowing.BATCH = 5
    master = MasterKey.load(folder / "master.key")
    service = assemble(
        TALLIES, Place(url, f"sqlite:///{folder / 'keys.db'}", folder / "files"), master, None, create=True
    )
    rebuilding = Rebuilding(service, {}, near=0)
    while rebuilding.advance():
        progress = rebuilding.progress()
        assert progress is not None
        print(progress["done"], flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
