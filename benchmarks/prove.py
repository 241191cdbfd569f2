"""`make prove`: every figure of the documentation, measured in full; ``python -m benchmarks.prove [NAME …]``.

Each proof runs in a process of its own and is kept in ``build/prove`` as soon as it is done, so an interrupted run
goes on where it stopped (the walks piece by piece); ``--anew`` begins again. What they measured goes to
``docs/figures.json``, from which the page of figures is made. A proof that fails stops nothing but is named at the
end, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.targets import (
    ACROSS,
    APPEND,
    AS_OF,
    CANARIES,
    CONTAINERS,
    EDGE,
    IDLE,
    IMPORT,
    REBUILD,
    SEALS,
    TIMELINE,
    Target,
)
from shared.runtime.clock import today

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "prove"
FIGURES = ROOT / "docs" / "figures.json"
WAREHOUSE = "tests/services/inventory"
CHAOS = "tests/chaos"


@dataclass(frozen=True)
class Proof:
    """A command that measures, what it shows, and what it should reach."""

    name: str
    shows: str
    command: tuple[str, ...]
    targets: tuple[Target, ...] = ()


def _tests(*paths: str) -> tuple[str, ...]:
    return ("-m", "pytest", "-q", "-p", "no:cacheprovider", *paths)


PROOFS = (
    Proof("walks", "random walks of all roles over the whole procedure", _tests("tests/walks")),
    Proof(
        "withdrawals",
        "concurrent withdrawals of the same items",
        _tests(f"{WAREHOUSE}/test_concurrency.py", f"{WAREHOUSE}/test_withdrawals_at_once.py"),
    ),
    Proof(
        "fuzz",
        "requests made from the API's own document, lawful and mutilated, and walks along its links",
        _tests("tests/services/gateway/test_fuzz.py", "tests/services/gateway/test_walked_links.py"),
    ),
    Proof(
        "chaos",
        "processes, lines, clocks, broker and database server broken, an old backup restored",
        _tests(*(f"{CHAOS}/test_{each}.py" for each in ("chaos", "fencing", "rolling_restart", "store_crash"))),
    ),
    Proof(
        "tampering",
        "logs, read models and documents tampered with at random, sealing and witness killed at any moment",
        _tests(
            f"{CHAOS}/test_tampering.py",
            f"{CHAOS}/test_seal_crash.py",
            f"{CHAOS}/test_witness_crash.py",
            "tests/e2e/test_inside.py",
        ),
    ),
    Proof(
        "chaos-containers",
        "containers killed, stopped, cut off and wiped under a load of commands, old backups put back",
        _tests("tests/containers/storm.py"),
    ),
    Proof(
        "canaries",
        "every personal value of 200 people, searched for as bytes in whatever the containers keep and say",
        _tests("tests/containers/smoke.py"),
        CANARIES,
    ),
    Proof("report", "a monthly report of 3,000 cases, beside a recount by SQL", ("-m", "benchmarks.monthly_report")),
    Proof("log-seals", "a million events sealed and proved, SQLite", ("-m", "benchmarks.log_seals"), SEALS[:5]),
    Proof(
        "log-seals-postgresql",
        "a million events sealed and proved",
        ("-m", "benchmarks.log_seals", "--postgresql"),
        SEALS[5:],
    ),
    Proof("access-log", "accesses noted and found, SQLite", ("-m", "benchmarks.access_log")),
    Proof("access-log-postgresql", "accesses noted and found", ("-m", "benchmarks.access_log", "--postgresql")),
    Proof(
        "as-of",
        "cases as of random points on two clocks, beside a replay that was written apart",
        ("-m", "benchmarks.as_of"),
        AS_OF,
    ),
    Proof(
        "timeline", "the timeline of a case among a million events, SQLite", ("-m", "benchmarks.timeline"), TIMELINE[:1]
    ),
    Proof(
        "timeline-postgresql",
        "the timeline of a case among a million events",
        ("-m", "benchmarks.timeline", "--postgresql"),
        TIMELINE[1:],
    ),
    Proof("event-feed", "from a commit to a client of the HTTP feed", ("-m", "benchmarks.event_feed")),
    Proof("append", "events appended, beside the library's recorders", ("-m", "benchmarks.append"), APPEND),
    Proof("publish", "entries confirmed by the broker", ("-m", "benchmarks.publish")),
    Proof("across", "from committed to applied across RabbitMQ", ("-m", "benchmarks.across"), ACROSS),
    Proof("follow", "events applied from another service, SQLite", ("-m", "benchmarks.follow")),
    Proof("follow-postgresql", "events applied from another service", ("-m", "benchmarks.follow", "--postgresql")),
    Proof(
        "recovery",
        "a system that backs itself up by schedule, destroyed and restored",
        _tests("tests/e2e/test_recovery.py"),
    ),
    Proof("restore", "a system backed up and restored, SQLite", ("-m", "benchmarks.restore")),
    Proof("restore-postgresql", "a system backed up and restored", ("-m", "benchmarks.restore", "--postgresql")),
    Proof("printing", "a filed form printed when opened, beside a kept one", ("-m", "benchmarks.printing")),
    Proof(
        "containers",
        "the containers started, 50 users at once, and the demonstration on them",
        ("-m", "benchmarks.containers", "50"),
        CONTAINERS,
    ),
    Proof("import", "rows of a candidates' list", ("-m", "benchmarks.import_rate", "5000"), IMPORT),
    Proof("rebuild", "a log read, and read models made anew from it", ("-m", "benchmarks.rebuild"), REBUILD),
    Proof("edge", "the gateway under 50 users, and beside 200 slow clients", ("-m", "benchmarks.edge"), EDGE),
    Proof("observing", "what watching costs a command, and each piece of it alone", ("-m", "benchmarks.observing")),
    Proof("idle", "start and memory of every process", ("-m", "benchmarks.idle"), IDLE),
)


def run(proof: Proof, anew: bool) -> bool:
    """Run one proof; its figures lie in ``KEPT/NAME``, with what an interrupted run left there, unless ``anew``.
    True when it held."""
    place = KEPT / proof.name
    if anew:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "IMPULSO_PROVE": "1", "IMPULSO_FIGURES": str(place), "PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    with (place / "output.log").open("w") as output:
        done = subprocess.run(
            [sys.executable, *proof.command], cwd=ROOT, env=environment, stdout=output, stderr=output, check=False
        )
    seconds = round(time.monotonic() - began)
    if done.returncode == 0:
        (place / "done").write_text(json.dumps({"seconds": seconds, "on": today().isoformat()}))
    return done.returncode == 0


def collect() -> dict[str, object]:
    """Everything measured so far, as it stands in ``docs/figures.json``: what this folder has not measured stays."""
    before = json.loads(FIGURES.read_text("utf-8"))["proofs"] if FIGURES.exists() else {}
    found: dict[str, object] = {}
    for proof in PROOFS:
        place = KEPT / proof.name
        if not (place / "done").exists():
            if proof.name in before:
                found[proof.name] = before[proof.name]
            continue
        measured = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(place.glob("*.json"))}
        found[proof.name] = {
            "shows": proof.shows,
            "command": " ".join(("python", *proof.command)),
            **json.loads((place / "done").read_text()),
            "measured": measured,
        }
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    return {"machine": machine, "proofs": found}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", help="the proofs to run; without a name, all of them")
    parser.add_argument("--anew", action="store_true", help="run again what an earlier run has done")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - {proof.name for proof in PROOFS}
    if unknown:
        parser.error(f"no proof is called {', '.join(sorted(unknown))}; there are {', '.join(p.name for p in PROOFS)}")
    wanted = [proof for proof in PROOFS if not chosen.names or proof.name in chosen.names]
    console, failed = Console(stderr=True), []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=len(wanted))
        for proof in wanted:
            bar.update(task, description=proof.name)
            if (chosen.anew or not (KEPT / proof.name / "done").exists()) and not run(proof, chosen.anew):
                failed.append(proof.name)
            FIGURES.write_text(json.dumps(collect(), ensure_ascii=False, indent=1) + "\n", "utf-8")
            bar.advance(task)
    for name in failed:
        console.print(f"✗ {name}: see {KEPT.relative_to(ROOT) / name / 'output.log'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
