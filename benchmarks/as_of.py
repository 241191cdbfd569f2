"""Whether a case as of any point equals a fresh plain replay: ``python -m benchmarks.as_of [POINTS]``.

The cases are those of a demonstration on the embedded system: every story, every service. A point is a random moment
about what was recorded of a case and, most of the time, a random day about what happened of it. What the service
answers is compared with a replay that was written apart (`tests.replaying`): the same events count, and the state and
every value that the page would show are the same.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from benchmarks.rebuild import demonstrate
from services.assistance import case_page as assistance_page
from services.assistance.domain import AssistanceCase
from services.intake.domain.cases import Case
from services.intake.queries.case import Reveal, _person
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.views import case_page as inventory_page
from services.profiling import case_page as profiling_page
from services.profiling.domain import ProfilingCase
from shared.catalogue.catalogue import Catalogue
from shared.eventstore.tables import events
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.definition import installed_services
from shared.runtime.embedded import master_key
from shared.runtime.tokens import GrantInForce, Who
from tests.figures import record
from tests.replaying import plainly, points

WHO = Who.of(uuid4(), (GrantInForce("auditor", "auditor"), GrantInForce("caseworker", "caseworker")))
KINDS: dict[str, type[Any]] = {
    "intake": Case,
    "profiling": ProfilingCase,
    "assistance": AssistanceCase,
    "inventory": CaseIncentive,
}


def shown(application: Any, aggregate: Any) -> dict[str, Any]:
    """What the service's own words make of an aggregate; of intake the person's values, which hang on nothing else."""
    if isinstance(aggregate, Case):
        reveal = Reveal(WHO, (), "case")
        tracks = {"duplicate": "suspected" if aggregate.suspicions else "clear"}
        return {"state": aggregate.state, "tracks": tracks, "person": _person(application, aggregate, reveal)}
    if isinstance(aggregate, ProfilingCase):
        return profiling_page.described(application, aggregate, WHO, set())
    if isinstance(aggregate, AssistanceCase):
        return assistance_page.described(application, aggregate, WHO, set())
    return inventory_page.described(aggregate)


def cases_of(one: Assembled) -> list[UUID]:
    """Every case that the service knows."""
    first = KINDS[one.definition.name].Created.TOPIC
    with one.application.database.read() as connection:
        return list(connection.scalars(sa.select(events.c.originator_id).where(events.c.topic == first)))


def differs(one: Assembled, case_id: UUID, known_by: Any, happened_by: Any) -> str:
    """In what the answer differs from the plain replay; nothing when it does not."""
    params = {"id": str(case_id), "known_by": known_by.isoformat(), "happened_by": happened_by and str(happened_by)}
    told = one.definition.queries["case_as_of"](one.application, params, WHO)
    aggregate, made = plainly(one.application, case_id, known_by, happened_by)
    if {event["id"] for event in told["events"]} != made:
        return "events"
    if told["exists"] != (aggregate is not None):
        return "existence"
    if aggregate is not None:
        for name, value in shown(one.application, aggregate).items():
            if told[name] != value:
                return name
    return ""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", nargs="?", type=int, default=5_000)
    parser.add_argument("--cases", type=int, default=23, help="of the demonstration")
    parser.add_argument("--seed", type=int, default=20261121)
    chosen = parser.parse_args(arguments)
    draw = Random(chosen.seed)
    compared, unequal, times = 0, [], []
    with tempfile.TemporaryDirectory() as where:
        data = Path(where) / "var"
        demonstrate(data, chosen.cases)
        master, catalogue = master_key(data), Catalogue.load()
        definitions = {name: one for name, one in installed_services().items() if name in KINDS}
        for number, (name, definition) in enumerate(definitions.items()):
            one = assemble(definition, Place.under(data / name), master, catalogue, create=True)
            known = cases_of(one)
            share = (chosen.points - compared) // (len(definitions) - number)
            for _ in range(share):
                case_id = draw.choice(known)
                ((known_by, happened_by),) = points(one.application, case_id, draw, 1)
                began = time.perf_counter()
                found = differs(one, case_id, known_by, happened_by)
                times.append(time.perf_counter() - began)
                compared += 1
                if found:
                    unequal.append((name, str(case_id), str(known_by), str(happened_by), found))
            one.close()
    for each in unequal[:20]:
        print("unequal:", *each, flush=True)
    record(
        "as-of",
        points=compared,
        equal=compared - len(unequal),
        percent_equal=round(100 * (compared - len(unequal)) / compared, 3),
        pair_ms_p95=round(1000 * sorted(times)[int(len(times) * 0.95)], 1),
    )
    if unequal:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
