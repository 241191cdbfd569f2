"""What is installed is what was resolved, and nothing of the machine that resolved it is written down."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def _entries(lock: Path) -> list[str]:
    """One entry a package, its continuation lines joined."""
    return lock.read_text("utf-8").replace("\\\n", " ").splitlines()


def _tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_is_pinned_with_hashes_and_names_no_host(lock: Path) -> None:
    entries = _entries(lock)
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9][a-z0-9._-]*==[^\s;]+( ; [^\\]+?)?\s+--hash", entry), entry
        assert HASH.search(entry), entry
        assert "//" not in entry and "--index-url" not in entry and " @ " not in entry, entry


def test_the_runtime_lock_holds_every_dependency_and_the_development_lock_agrees_with_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    def pins(name: str) -> dict[str, str]:
        matches = (re.match(r"([a-z0-9._-]+)==([^\s;]+)", entry) for entry in _entries(ROOT / "locks" / name))
        return {found[1]: found[2] for found in matches if found}

    runtime, development, console = pins("runtime.txt"), pins("dev.txt"), pins("node.txt")

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[><=~! ]", one)[0].lower().replace("_", "-") for one in requirements}

    assert names(project["project"]["dependencies"]) <= set(runtime)
    assert names(project["dependency-groups"]["dev"]) <= set(development)
    assert names(project["dependency-groups"]["console"]) <= set(console)
    assert {name: development.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("folder", ["services/gateway/static", "deploy/asyncapi"])
def test_a_lock_of_npm_packages_names_no_host(folder: str) -> None:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    assert not [name for name, one in packages.items() if "resolved" in one]
    # What comes inside another package's archive is covered by the hash of that archive.
    assert not [name for name, one in packages.items() if "integrity" not in one and not one.get("inBundle")]


def test_everything_that_is_no_code_is_packed_into_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packed = {pattern.removeprefix("*") for pattern in project["tool"]["setuptools"]["package-data"]["*"]}
    # Sources of the console's build: the image holds what was built of them.
    files = [path for path in _tracked("shared", "services") if not path.startswith("services/gateway/static/")]
    assert {Path(path).suffix for path in files} - {".py"} <= packed


def test_no_container_but_the_named_bases_is_used_and_each_can_be_pinned_by_its_digest() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    stages = set(re.findall(r" AS (\w+)$", dockerfile, re.MULTILINE))
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) - stages == {"${PYTHON_IMAGE}"}
    named = re.findall(r": \$\{IMPULSO_(\w+)_IMAGE:-(\S+)\}", compose)
    assert dict(named) == {
        "CADDY": "caddy:2",
        "POSTGRES": "postgres:17",
        "RABBITMQ": "rabbitmq:4-management",
        "PYTHON": "python:3.13-slim",
    }
    assert re.findall(r"^ +image: [a-z].*$", compose, re.MULTILINE) == []
