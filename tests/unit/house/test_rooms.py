"""The rules of the house that import-linter cannot say: what each room may import, and what a domain never does."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SERVICES = sorted(path for path in (ROOT / "services").iterdir() if (path / "domain").is_dir())
DOMAIN_MAY = (
    "eventsourcing.domain",
    "shared.catalogue.types",
    # The versions of the catalogue behave alike in every service that owns some.
    "shared.catalogue.drafting",
    "shared.catalogue.refusals",
    # Pure rules over dates, standard library only.
    "shared.catalogue.age",
    "shared.catalogue.periods",
    "shared.catalogue.route",
    "shared.catalogue.working_days",
    "shared.privacy.personal",
    # What the aggregates of a case decide alike; bound by the same rule, see below.
    "shared.casework.attaching",
    "shared.casework.destruction",
    "shared.casework.filing",
    "shared.casework.reopening",
    "shared.casework.migrating",
)
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time"), ("time", "time_ns")}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base2"}


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_what_domains_share_imports_no_more_than_they_may() -> None:
    for name in (each for each in DOMAIN_MAY if each.startswith("shared.casework.")):
        path = (ROOT / name.replace(".", "/")).with_suffix(".py")
        for imported in imports(ast.parse(path.read_text("utf-8"))):
            assert imported.partition(".")[0] in sys.stdlib_module_names or imported.startswith(DOMAIN_MAY), imported


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_domain_imports_the_standard_library_and_the_four_things_it_may(service: Path) -> None:
    allowed = (*DOMAIN_MAY, f"services.{service.name}.domain")
    for path, tree in modules(service / "domain"):
        for name in imports(tree):
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names or name.startswith(allowed), f"{path.relative_to(ROOT)}: {name}"


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_domain_never_calls_the_clock(service: Path) -> None:
    for path, tree in modules(service / "domain"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                called = (owner.id if isinstance(owner, ast.Name) else "", node.func.attr)
                assert called not in CLOCKS, f"{path.relative_to(ROOT)}:{node.lineno}"


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_applying_an_event_never_refuses(service: Path) -> None:
    for path, tree in modules(service / "domain"):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == "apply":
                raised = [inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Raise)]
                assert not raised, f"{path.relative_to(ROOT)}:{raised}"


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_each_service_has_the_same_rooms(service: Path) -> None:
    rooms = {path.stem for path in service.iterdir()}
    assert {"domain", "application", "views", "definition"} <= rooms, service.name


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = [path for top in ("shared", "services") for path in (ROOT / top).rglob("*.py") if path.stem in NAMELESS]
    assert named == []


def test_only_the_runtime_and_the_nameko_rooms_import_nameko_or_eventlet() -> None:
    for top in ("shared", "services"):
        for path, tree in modules(ROOT / top):
            inside = path.relative_to(ROOT)
            if inside.parts[:2] == ("shared", "runtime") or inside.name == "service.py":
                continue
            used = [name for name in imports(tree) if name.partition(".")[0] in ("nameko", "eventlet")]
            assert not used, f"{inside}: {used}"
