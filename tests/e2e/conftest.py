"""One system and one demonstration for all end-to-end tests: starting them is what costs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.cli.demo.people import Person
from shared.cli.demo.plan import CYCLE, plans
from shared.cli.demo.run import people
from shared.cli.demo.staff import OFFICE, OPERATORS, Staff
from tests.e2e.serving import Served

DATA = Path(__file__).parents[1] / "data"
AS_OF = "2026-10-15"
SEED = 7
CASES = len(CYCLE) - 1
"""Every kind of story once."""
ACTING = ("coordinadora", "profesional", "psicosocial", "formacion", "auditora", "plataforma")
UNDER_WAY = "the first cases are in profiling"


Heads = dict[str, tuple[int, str]]


@dataclass
class Demo:
    """A demonstration on a system: interrupted on the way, run to its end, then run once more.

    ``interrupted`` is the exit code of the first run, ``document`` what the second said, ``again`` what the third did;
    ``heads`` are the logs before and after that third one.
    """

    served: Served
    interrupted: int
    document: dict[str, Any]
    again: dict[str, Any]
    heads: tuple[Heads, Heads]
    people: list[Person]
    staff: Staff

    def case(self, kind: str) -> str:
        """The id of the case of that story."""
        cases = self.document["final"]["cases"]
        return str(self.document["case_ids"][next(case["index"] for case in cases if case["kind"] == kind)])


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A system of this test session."""
    made = Served(tmp_path_factory.mktemp("system"))
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture(scope="session")
def demo(served: Served) -> Iterator[Demo]:
    """The demonstration, told once for all tests, and the staff that they act as."""
    command = ("demo", "--cases", str(CASES), "--seed", str(SEED))
    interrupted, _ = served.interrupted(
        *command, when=lambda: served.heads()["profiling"][0] > 4 * CASES, what=UNDER_WAY
    )
    document = _document(served.run(*command))
    before = served.heads()
    again = _document(served.run(*command))
    heads = (before, served.heads())
    with _staff(served) as staff:
        yield Demo(served, interrupted, document, again, heads, people(SEED, plans(CASES)), staff)


def _document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def _staff(served: Served) -> Iterator[Staff]:
    """Those of the demonstration's staff that tests act as; each log-in costs."""
    staff = Staff(served.url, SEED)
    with served.session("admin") as administrator:
        staff.install(administrator, [duty for duty in OFFICE if duty.name in ACTING])
        known = {one["code"]: one["id"] for one in staff["coordinadora"].pages("/api/contracts")}
        contracts = {"main": known[f"DEMO-{SEED}-01"], "other": known[f"DEMO-{SEED}-02"]}
        staff.install(administrator, OPERATORS, contracts)
    yield staff
    staff.close()


@dataclass
class Imported:
    """The shared list, imported as CSV into ``served`` and as workbook into a system of its own."""

    served: Served
    folder: Path

    def report(self, form: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"{form}.json").read_text("utf-8"))
        return found

    def rejected(self, form: str) -> str:
        return (self.folder / f"{form}.rejected.csv").read_text("utf-8")

    def command(self, form: str) -> tuple[str, ...]:
        """The command line that imports the list in that form."""
        arguments = ("import", str(DATA / f"candidatos.{form}"), "--call", f"LISTA-{form}", "--as-of", AS_OF)
        report, rejected = self.folder / f"{form}.json", self.folder / f"{form}.rejected.csv"
        return (*arguments, "--report", str(report), "--rejected", str(rejected))


@pytest.fixture(scope="session")
def imported(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Both forms of the list, each in a system that knows nobody of it."""
    made = Imported(served, tmp_path_factory.mktemp("imported"))
    other = Served(made.folder / "system")
    other.start()
    for form, system in (("csv", served), ("xlsx", other)):
        for command in (("call", "open", f"LISTA-{form}"), made.command(form)):
            done = system.run(*command)
            assert done.returncode == 0, done.stdout + done.stderr
    assert other.stop() == 0
    return made
