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
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "prove"
FIGURES = ROOT / "docs" / "figures.json"
WAREHOUSE = "tests/services/inventory"


@dataclass(frozen=True)
class Proof:
    """A command that measures, and what it shows."""

    name: str
    shows: str
    command: tuple[str, ...]


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
        "requests made from the API's own document, lawful and mutilated",
        _tests("tests/services/gateway/test_fuzz.py"),
    ),
    Proof("chaos", "processes killed, queues purged and deleted, broker and database cut", _tests("tests/chaos")),
    Proof("report", "a monthly report of 3,000 cases, beside a recount by SQL", ("-m", "benchmarks.monthly_report")),
    Proof("append", "events appended, beside the library's recorders", ("-m", "benchmarks.append")),
    Proof("publish", "messages confirmed by the broker", ("-m", "benchmarks.publish")),
    Proof("follow", "events applied from another service, SQLite", ("-m", "benchmarks.follow")),
    Proof("follow-postgresql", "events applied from another service", ("-m", "benchmarks.follow", "--postgresql")),
    Proof("printing", "a filed form printed when opened, beside a kept one", ("-m", "benchmarks.printing")),
    Proof("import", "rows of a candidates' list", ("-m", "benchmarks.import_rate", "5000")),
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
        (place / "done").write_text(json.dumps({"seconds": seconds, "on": date.today().isoformat()}))
    return done.returncode == 0


def collect() -> dict[str, object]:
    """Everything measured so far, as it stands in ``docs/figures.json``: what this folder has not measured stays."""
    names = {proof.name for proof in PROOFS}
    before = json.loads(FIGURES.read_text("utf-8"))["proofs"] if FIGURES.exists() else {}
    found: dict[str, object] = {name: each for name, each in before.items() if name in names}
    """Everything measured so far, as it stands in ``docs/figures.json``; what another machine measured stays."""
    found: dict[str, object] = json.loads(FIGURES.read_text("utf-8"))["proofs"] if FIGURES.exists() else {}
    for proof in PROOFS:
        place = KEPT / proof.name
        if not (place / "done").exists():
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
            FIGURES.write_text(json.dumps(collect(), ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
            bar.advance(task)
    for name in failed:
        console.print(f"✗ {name}: see {KEPT.relative_to(ROOT) / name / 'output.log'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
