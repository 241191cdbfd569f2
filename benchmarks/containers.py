"""The containers as somebody meets them: ``python -m benchmarks.containers [CASES]`` (50).

Seconds from `docker compose up`, with the image built and nothing else there, to every container healthy; again after a
stop; how large the image is; how much memory each process has; and whether the demonstration ends as on the embedded
host. Needs Docker, with the base images at hand.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.edge import Line, asks, loaded
from shared.cli.api import Api
from shared.cli.system import add_account
from tests.containers.compare_demo import differences
from tests.containers.stack import ADMINISTRATOR, OURS, Stack, impulso
from tests.figures import record

SEED = 1
USERS, LOADED_S = 50, 12.0
MIB = 1024 * 1024
UNITS = {"B": 1, "KiB": 1024, "MiB": MIB, "GiB": 1024 * MIB}


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    began = time.monotonic()
    work()
    return round(time.monotonic() - began, 1)


def memory(stack: Stack) -> dict[str, int]:
    """MiB of each running container as the kernel counts them, caches that it may take back left out."""
    named = {one["Id"]: name for name, one in stack.containers().items() if one["State"]["Running"]}
    said = stack.docker("stats", "--no-stream", "--no-trunc", "--format", "{{.ID}} {{.MemUsage}}", *named)
    found = {}
    for line in said.splitlines():
        told = re.match(r"(\w+) ([\d.]+)([KMG]?i?B) ", line)
        assert told is not None, line
        found[named[told[1]]] = round(float(told[2]) * UNITS[told[3]] / MIB)
    return dict(sorted(found.items()))


def image(stack: Stack) -> dict[str, int]:
    """Megabytes of the image: all of it, what we add to the base, and what a new version of our code alone adds."""
    rows = stack.docker("history", "--format", "{{.Size}}\t{{.CreatedBy}}", "--human=false", "--no-trunc", stack.image)
    layers = [line.split("\t", 1) for line in rows.splitlines()]
    last = next(number for number, (_, by) in enumerate(layers) if "groupadd" in by)
    ours = [int(size) for size, _ in layers[: last + 1]]
    code = [int(size) for size, by in layers if by.startswith("COPY /ours")]
    return {
        "all_mb": round(sum(int(size) for size, _ in layers) / 1e6),
        "beyond_the_base_mb": round(sum(ours) / 1e6),
        "layer_of_our_code_mb": round(sum(code) / 1e6),
    }


def under_load(stack: Stack) -> dict[str, Any]:
    """Answers a second and their times, of a query and of a command, to `USERS` at once who never pause."""
    with Api(stack.url) as administrator, Api(stack.url) as api:
        administrator.log_in(ADMINISTRATOR, stack.secrets()["admin_password"])
        account = add_account(administrator, "medidas", "Medidas", ("coordinator", "caseworker"))
        api.log_in("medidas", str(account["password"]))
        both = asks(str(api.get("/api/me")["person"]))
        return asyncio.run(loaded(USERS, LOADED_S, lambda: Line(stack.url, str(api.authorization)), both))


def measure(stack: Stack, cases: int, folder: Path) -> dict[str, Any]:
    """Everything that is measured, of a stack that was never up."""
    stack.make_env()
    stack.compose("build", "migrate", seconds=1200)
    found: dict[str, Any] = {"cases": cases, "image": image(stack)}
    found["seconds_to_healthy"] = seconds(stack.up)
    stack.until_healthy("the gateway reaches every service")
    found["memory_idle_mib"] = memory(stack)
    stack.compose("stop", "--timeout", "30", seconds=240)
    found["seconds_to_healthy_again"] = seconds(stack.up)
    found["users"], found["under_load"] = USERS, under_load(stack)
    demo = ("demo", "--cases", str(cases), "--seed", str(SEED))
    password = stack.secrets()["admin_password"]
    documents: list[dict[str, Any]] = []
    found["seconds_of_the_demonstration"] = seconds(
        lambda: documents.append(stack.impulso(*demo, user=ADMINISTRATOR, password=password, seconds=3600))
    )
    embedded = impulso(*demo, "--data", str(folder / "var"), seconds=3600)
    found["differences_from_embedded"] = len(differences(embedded, documents[0]))
    found["memory_after_mib"] = {name: size for name, size in memory(stack).items() if name in OURS}
    return found


def main() -> int:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        # One address and one session stand for fifty users: what these may ask is not what is measured.
        stack = Stack(Path(folder), IMPULSO_RATE_SESSION="0/0", IMPULSO_RATE_ADDRESS="0/0")
        try:
            found = measure(stack, cases, Path(folder))
        finally:
            stack.down()
    record("containers", **found)
    return 1 if found["differences_from_embedded"] else 0


if __name__ == "__main__":
    sys.exit(main())
