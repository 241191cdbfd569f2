"""Which test proves which requirement: read from the ids that tests and code name, never written by hand.

A test proves an id when its name, its docstring or a comment of its own names it; a docstring at the top of a test
module speaks for every test in it. ``FIG-01 … FIG-20`` names each one between.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
ID = r"(?:[A-Z]{2,4}-\d+|[XP]-\d\d|[AGE]\d\d)(?:-\d+)?"
CITED = re.compile(rf"(?<![\w-])({ID})(?:\s*(?:…|\.\.\.|to|a)\s*({ID}))?(?![\w-])")


@dataclass(frozen=True)
class Requirement:
    """One thing that Impulso must do."""

    id: str
    service: str
    accepted: str


@dataclass
class Citations:
    """Where an id is named: source files, and tests as ``file::function``."""

    code: set[str] = field(default_factory=set)
    tests: set[str] = field(default_factory=set)


@cache
def requirements() -> dict[str, Requirement]:
    """Every requirement of ``docs/requirements.yaml`` by its id, in the order of the file."""
    written = yaml.safe_load((ROOT / "docs" / "requirements.yaml").read_text("utf-8"))
    return {one: Requirement(one, said["service"], said["accepted"]) for one, said in written.items()}


def cited(text: str) -> set[str]:
    """The ids that ``text`` names, ranges filled."""
    found: set[str] = set()
    for first, last in CITED.findall(text):
        found.add(first)
        if last:
            found |= _between(first, last)
    return found


def _between(first: str, last: str) -> set[str]:
    (stem, low), (other, high) = (re.fullmatch(r"(.*?)(\d+)", one).groups() for one in (first, last))  # type: ignore[union-attr]
    if stem != other:
        return {last}
    return {f"{stem}{number:0{len(low)}d}" for number in range(int(low), int(high) + 1)}


@cache
def citations() -> dict[str, Citations]:
    """Who names what, over the whole tree."""
    found: dict[str, Citations] = defaultdict(Citations)
    for path in sorted([*ROOT.glob("tests/**/*.py")]):
        name = str(path.relative_to(ROOT))
        for test, text in _tests(path):
            for one in cited(text):
                found[one].tests.add(f"{name}::{test}")
    for folder in ("services", "shared"):
        for path in sorted([*ROOT.glob(f"{folder}/**/*.py"), *ROOT.glob(f"{folder}/**/data/**/*.yaml")]):
            if "node_modules" not in path.parts:
                for one in cited(path.read_text("utf-8")):
                    found[one].code.add(str(path.relative_to(ROOT)))
    return found


def _tests(path: Path) -> list[tuple[str, str]]:
    text = path.read_text("utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    module = ast.get_docstring(tree) or ""
    found: list[tuple[str, str]] = []

    def walk(body: list[ast.stmt], above: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                walk(node.body, f"{above}\n{ast.get_docstring(node) or ''}")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                own = "\n".join(lines[first - 1 : node.end_lineno])
                named = re.sub(r"_", "-", node.name).upper()
                found.append((node.name, f"{above}\n{own}\n{named}"))

    walk(tree.body, module)
    return found


def orphans() -> dict[str, set[str]]:
    """Ids of this list's kinds that tests or code name and the list does not have, with who names them."""
    # Codes of documents are no requirement of their own: tests invent some on purpose.
    kinds = {re.match(r"[A-Z]+", one)[0] for one in requirements()} - {"FO", "PR", "DE", "MS"}  # type: ignore[index]
    return {
        one: {*said.code, *said.tests}
        for one, said in citations().items()
        if one not in requirements() and (kind := re.match(r"[A-Z]+", one)) and kind[0] in kinds
    }


def page() -> str:
    """The table: id, service, when it counts as done, where it is built, which tests prove it."""
    proven = [one for one in requirements() if citations()[one].tests]
    missing = [one for one in requirements() if one not in proven]
    parts = [
        "# From requirement to test\n\n",
        "Made from the ids that code and tests name. Run one requirement's tests with "
        "`.venv/bin/python docs/traceability.py ID`.\n\n",
        f"{len(proven)} of {len(requirements())} requirements have a test that names them.\n",
    ]
    if missing:
        parts.append("\nWithout one so far: " + ", ".join(missing) + ".\n")
    parts.append("\n| id | service | counts as done when | built in | proven by |\n| --- | --- | --- | --- | --- |\n")
    for one in requirements().values():
        said = citations()[one.id]
        accepted = one.accepted.replace("|", "\\|")
        parts.append(f"| {one.id} | {one.service} | {accepted} | {_short(said.code)} | {_short(said.tests)} |\n")
    return "".join(parts)


def _short(places: set[str], most: int = 3) -> str:
    shown = [f"`{one.removeprefix('tests/')}`" for one in sorted(places)[:most]]
    more = len(places) - most
    return "<br>".join([*shown, *([f"and {more} more"] if more > 0 else [])])


def main(wanted: list[str]) -> int:
    """Run the tests that name ``wanted``. Returns pytest's exit code."""
    import pytest

    tests = sorted({test for one in wanted for test in citations()[one].tests})
    if not tests:
        print(f"No test names {', '.join(wanted)}.")
        return 1
    return int(pytest.main(["-q", *tests]))


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
