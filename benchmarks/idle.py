"""How long each process takes to serve, and what memory it holds when nothing happens: ``python -m benchmarks.idle``.

The embedded system (first over an empty folder, then over the same one again), and the processes that the containers
run, over PostgreSQL and RabbitMQ. Started until its health answers; the resident set is read once it has stood still.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.installation import Installation, containers_alike, embedded
from tests.figures import record


def settled(installation: Installation, seconds: float) -> dict[str, int]:
    """The megabytes of each part, ``seconds`` after it served."""
    time.sleep(seconds)
    return {part.name: round(part.megabytes) for part in installation.parts}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of standing still before memory is read")
    chosen = parser.parse_args(arguments)
    seconds: dict[str, float] = {}
    megabytes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        with embedded(folder / "embedded") as first:
            seconds["embedded, first start"] = round(first.parts[0].started_s, 1)
        with embedded(folder / "embedded") as again:
            seconds["embedded"] = round(again.parts[0].started_s, 1)
            megabytes |= settled(again, chosen.seconds)
        with containers_alike(folder / "processes") as processes:
            # All five start at once on the same machine, as containers do.
            seconds |= {part.name: round(part.started_s, 1) for part in processes.parts}
            megabytes |= settled(processes, chosen.seconds)
    most = max(megabytes[name] for name in megabytes if name != "embedded")
    record("idle", megabytes=megabytes, most_of_a_service=most, seconds_to_start=seconds)


if __name__ == "__main__":
    main()
