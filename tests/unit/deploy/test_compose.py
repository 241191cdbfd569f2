"""What the containers are given, read from docker-compose.yml and what is laid over it, without Docker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.deploy.settings import declared
from tests.unit.deploy.test_kustomize import PROCESSES

ROOT = Path(__file__).parents[3]
OVERLAYS = sorted((ROOT / "deploy/compose").glob("*.yml"))


def _services(path: Path) -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["services"]
    return services


@pytest.mark.parametrize("process", PROCESSES)
def test_every_declared_setting_reaches_its_container_and_every_file_that_one_names_is_mounted(process: str) -> None:
    given: dict[str, Any] = {}
    mounted: set[str] = set()
    for path in (ROOT / "docker-compose.yml", *OVERLAYS):
        one = _services(path).get(process, {})
        given |= one.get("environment", {})
        mounted |= {secret if isinstance(secret, str) else secret["target"] for secret in one.get("secrets", ())}
    assert declared(process) - given.keys() == set()
    named = {value.rpartition("/run/secrets/")[2] for value in given.values() if "/run/secrets/" in (value or "")}
    assert named <= mounted


def test_whoever_may_go_out_of_the_network_inside_is_the_gateway_and_with_its_overlay_reporting() -> None:
    out = {
        (path.stem, name)
        for path in (ROOT / "docker-compose.yml", *OVERLAYS)
        for name, one in _services(path).items()
        if name in PROCESSES and "edge" in one.get("networks", ())
    }
    assert out == {("docker-compose", "gateway"), ("hemi", "reporting")}
