"""Every way in which the system says no is provoked by some test (X-11)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.catalogue.refusals import Refusal

TESTS = Path(__file__).parents[2]
BASE = "REFUSED"
"""The code of a refusal that has none of its own; no refusal is raised without one."""
EVERY_MODULE = """
import importlib, json, pkgutil, re
import services, shared
from shared.catalogue.refusals import Refusal

for root in (shared, services):
    for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        if not re.search(r"__main__$|\\.migrations\\.", found.name):
            importlib.import_module(found.name)

def descendants(kind):
    for each in kind.__subclasses__():
        yield each
        yield from descendants(each)

print(json.dumps([(each.__name__, each.code, each.message) for each in descendants(Refusal)]))
"""
"""Run in a process of its own: some of these modules make every thread and socket of theirs green."""


class Said(NamedTuple):
    """One class of refusal."""

    name: str
    code: str
    message: str


@cache
def refusals() -> tuple[Said, ...]:
    """Every class of refusal in the house."""
    asked = [sys.executable, "-c", EVERY_MODULE]
    done = subprocess.run(asked, cwd=TESTS.parent, capture_output=True, text=True, check=True)
    return tuple(Said(*each) for each in json.loads(done.stdout.splitlines()[-1]))


def by_code() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in refusals():
        found.setdefault(each.code, set()).add(each.name)
    return found


@cache
def said_by_tests() -> str:
    """What the tests say, without what they say about themselves in words."""
    return "\n".join(
        re.sub(r'"""[\s\S]*?"""', "", path.read_text(encoding="utf-8"))
        for path in TESTS.rglob("*.py")
        if path != Path(__file__)
    )


@pytest.mark.parametrize(
    ("code", "names"), by_code().items(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_refusal_has_a_test_that_provokes_it(code: str, names: set[str]) -> None:
    """X-11: a test expects the code, or the exception by its class."""
    expected = rf"""["']{code}["']|raises\([^)]*\b({"|".join(names)})\b"""
    assert re.search(expected, said_by_tests()), f"no test provokes {code}"


def test_every_refusal_has_a_stable_code_and_says_in_spanish_what_to_do() -> None:
    """X-11"""
    for each in refusals():
        assert each.code != BASE and re.fullmatch(r"[A-Z][A-Z0-9_]*[A-Z0-9]", each.code), each
        assert each.message.endswith((".", "}", "?", ")")) and each.message != Refusal.message, each
