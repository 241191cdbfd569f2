"""How fast a log is read, and read models are made anew from it: ``python -m benchmarks.rebuild``.

The logs are those of a demonstration on the embedded system (SQLite): every service, all stories of a case, personal
values sealed. *read* is the log alone, *opened* adds what opens the sealed values, *rebuilt* is `impulso rebuild`.
Reporting keeps nothing but what it follows; `benchmarks.follow` and `benchmarks.across` measure that.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from shared.catalogue.catalogue import Catalogue
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.definition import installed_services
from shared.runtime.embedded import master_key
from shared.runtime.rebuild import rebuild
from tests.figures import record

ROOT = Path(__file__).parents[1]


def demonstrate(data: Path, cases: int) -> None:
    """Fill the folder ``data`` with a demonstration of ``cases`` cases."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("IMPULSO_")}
    subprocess.run(
        [sys.executable, "-m", "shared.cli.main", "demo", "--data", str(data), "--cases", str(cases)],
        cwd=ROOT,
        env={**mine, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def rate(events: int, rounds: int, work: Callable[[], object]) -> float:
    """Events a second that ``work`` takes at its best of ``rounds``: the others tell of the machine's other work."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return events / best


def measure(one: Assembled, rounds: int) -> dict[str, int]:
    application = one.application
    head = application.log.head()
    mapper = application.mapper

    def opened() -> None:
        mapper.open_many(application.log.entries(0, head))  # type: ignore[attr-defined]

    return {
        "entries": head,
        "read": round(rate(head, rounds, lambda: application.log.entries(0, head))),
        "opened": round(rate(head, rounds, opened)),
        "rebuilt": round(rate(head, rounds, lambda: rebuild(application, one.definition))),
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=23, help="of the demonstration")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(arguments)
    found: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as where:
        data = Path(where) / "var"
        demonstrate(data, chosen.cases)
        master, catalogue = master_key(data), Catalogue.load()
        for name, definition in installed_services().items():
            if definition.only_reads:
                continue
            one = assemble(definition, Place.under(data / name), master, catalogue, create=True)
            found[name] = measure(one, chosen.rounds)
            print(name, found[name], flush=True)
            one.close()
    events = sum(each["entries"] for each in found.values())
    rebuilt = round(events / sum(each["entries"] / each["rebuilt"] for each in found.values()))
    read = round(events / sum(each["entries"] / each["read"] for each in found.values()))
    record("rebuild", events=events, events_per_second={"read": read, "rebuilt": rebuilt}, by_service=found)


if __name__ == "__main__":
    main()
