"""The table from requirement to test is read from the code: what it reads, and that nothing in it hangs loose."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def traceability() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_traceability", ROOT / "docs" / "traceability.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_ids_and_ranges_are_read_from_text(traceability: ModuleType) -> None:
    assert traceability.cited("A quota (A16-2); INV-1 … INV-3.") == {"A16-2", "INV-1", "INV-2", "INV-3"}
    assert traceability.cited("XA16-2, A16-2-x") == set()


def test_no_code_and_no_test_names_a_requirement_that_is_not_listed(traceability: ModuleType) -> None:
    assert traceability.orphans() == {}


def test_every_listed_requirement_says_when_it_counts_as_done(traceability: ModuleType) -> None:
    for one in traceability.requirements().values():
        assert one.service and one.accepted, one.id
