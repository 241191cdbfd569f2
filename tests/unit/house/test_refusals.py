"""Every way in which the system says no is provoked by some test (X-11)."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import services
import shared
from shared.catalogue.refusals import Refusal

TESTS = Path(__file__).parents[2]
BASE = "REFUSED"
"""The code of a refusal that has none of its own; no refusal is raised without one."""


def modules() -> Iterator[str]:
    for root in (shared, services):
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if not re.search(r"__main__$|\.migrations\.", found.name):
                yield found.name


def descendants(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from descendants(each)


def refusals() -> dict[str, set[str]]:
    """The classes of each code."""
    for name in modules():
        importlib.import_module(name)
    found: dict[str, set[str]] = {}
    for each in descendants(Refusal):
        if each.__module__.startswith(("shared.", "services.")):
            found.setdefault(each.code, set()).add(each.__name__)
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
    ("code", "names"), refusals().items(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_refusal_has_a_test_that_provokes_it(code: str, names: set[str]) -> None:
    """X-11: a test expects the code, or the exception by its class."""
    expected = rf"""["']{code}["']|raises\([^)]*\b({"|".join(names)})\b"""
    assert re.search(expected, said_by_tests()), f"no test provokes {code}"


def test_every_refusal_has_a_stable_code_and_says_in_spanish_what_to_do() -> None:
    """X-11"""
    for each in descendants(Refusal):
        assert each.code != BASE and re.fullmatch(r"[A-Z][A-Z0-9_]*[A-Z0-9]", each.code), each
        assert each.message.endswith((".", "}", "?", ")")) and each.message != Refusal.message, each
