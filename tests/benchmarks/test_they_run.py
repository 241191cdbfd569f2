"""Every benchmark that makes a figure of the documentation still runs, at counts too small to mean anything.

Each runs as `make prove` runs it, in a process of its own; how fast it was is nobody's matter here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.prove import PROOFS

ROOT = Path(__file__).parents[2]
SMALL: dict[str, tuple[str, ...]] = {
    "report": ("20",),
    "append": ("--seconds", "0.02", "--rounds", "1"),
    "publish": ("--messages", "200"),
    "follow": ("--events", "60"),
    "follow-postgresql": ("--postgresql", "--events", "60"),
    "restore": ("--events", "60"),
    "restore-postgresql": ("--postgresql", "--events", "60"),
    "printing": ("2",),
    "import": ("12",),
    "event-feed": ("--events", "3", "--clients", "2"),
    "timeline": ("2000",),
    "timeline-postgresql": ("2000", "--postgresql"),
    "as-of": ("80", "--cases", "1"),
    "across": ("--events", "60", "--plain", "30", "--rounds", "1", "--seconds", "1", "--rates", "40"),
    "rebuild": ("--cases", "1", "--rounds", "1"),
    "edge": ("--embedded", "--users", "2", "--slow", "3", "--seconds", "0.3", "--rounds", "1"),
    "observing": ("--commands", "6", "--times", "10"),
    "idle": ("--seconds", "0"),
    "access-log": ("200",),
    "access-log-postgresql": ("200", "--postgresql"),
    "log-seals": ("300", "--seconds", "0.5"),
    "log-seals-postgresql": ("300", "--postgresql", "--seconds", "0.5"),
}
"""The options that make a benchmark small."""
ELSEWHERE = {"containers"}
"""Those that need Docker: the tests of the containers do the same."""
BENCHMARKS = {
    proof.name: proof for proof in PROOFS if proof.command[1].startswith("benchmarks.") and proof.name not in ELSEWHERE
}


def test_every_benchmark_of_a_proof_runs_here_too() -> None:
    assert SMALL.keys() == BENCHMARKS.keys()


@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_runs_to_its_end_and_records_what_its_targets_are_read_from(name: str, tmp_path: Path) -> None:
    proof = BENCHMARKS[name]
    done = subprocess.run(
        [sys.executable, "-m", proof.command[1], *SMALL[name]],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "IMPULSO_FIGURES": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    measured = {file.stem: json.loads(file.read_text("utf-8")) for file in tmp_path.glob("*.json")}
    assert measured
    # At these counts the steady rate of the target is not measured.
    targets = [target for target in proof.targets if "500/s" not in "".join(target.figure)]
    assert [target.what for target in targets if target.value(measured) is None] == []
