"""Each kind of artefact can be published while the system runs and reads back with the same hash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml

from services.assistance.definition import SERVICE as ASSISTANCE
from services.intake.definition import SERVICE as INTAKE
from services.inventory.definition import SERVICE as INVENTORY
from services.profiling.definition import SERVICE as PROFILING
from services.reporting.definition import SERVICE as REPORTING
from shared.catalogue.catalogue import PACKAGED
from shared.catalogue.contents import FOLDER_OF
from tests.services.editing.press import Press, office

SERVICES = {each.name: each for each in (INTAKE, PROFILING, ASSISTANCE, INVENTORY, REPORTING)}
FILES = {
    "procedure": ("intake", "procedures/pr-156-v01.yaml"),
    "criteria": ("intake", "criteria/de-017-v1.yaml"),
    "calendar": ("intake", "calendar/co.yaml"),
    "aliases": ("intake", "aliases.yaml"),
    "form": ("profiling", "forms/fo-423-v1.yaml"),
    "instrument": ("profiling", "instruments/disc-demostracion-v1.yaml"),
    "guide": ("profiling", "guides/guia-pr-156-v1.yaml"),
    "matrix": ("profiling", "matrices/profile-v1.yaml"),
    "text": ("assistance", "texts/acta-compromiso-v1.yaml"),
    "code_list": ("inventory", "lists/movement_reason.yaml"),
    "report_template": ("reporting", "reports/frm-18-v1.yaml"),
    "figures": ("reporting", "figures/pr-156-v1.yaml"),
    "hemi_mapping": ("reporting", "hemi/pr-156-v1.yaml"),
    "programme": ("intake", "programmes/pr-156-v1.yaml"),
    "route": ("intake", "routes/strengthening-v1.yaml"),
    "component_set": ("assistance", "component_sets/modelo-pr-156-v1.yaml"),
    "document": ("assistance", "documents/ms-012-v1.yaml"),
}
START = date(2031, 1, 1)


@pytest.fixture
def presses(tmp_path: Path) -> Iterator[dict[str, Press]]:
    opened: dict[str, Press] = {}
    managers = []
    for name, definition in SERVICES.items():
        manager = office(definition, tmp_path / name)
        opened[name] = Press(manager.__enter__())
        managers.append(manager)
    yield opened
    for manager in managers:
        manager.__exit__(None, None, None)


def later(path: str) -> str:
    """The shipped file as a version of 2031, with one who approves."""
    text = (PACKAGED / path).read_text("utf-8")
    text = re.sub(r"^version: .*$", 'version: "2031"', text, count=1, flags=re.M)
    text = re.sub(r"^effective_from: .*$", f"effective_from: {START}", text, count=1, flags=re.M)
    text = re.sub(r"^approved: .*$\n", "", text, flags=re.M)
    return text + "\napproved: [{name: Ana Prueba, post: Subdirectora}]\n"


def test_every_kind_but_parameters_is_in_the_table() -> None:
    """CAT-01: parameters have tests of their own."""
    assert set(FILES) | {"parameter"} == set(FOLDER_OF)


def test_each_kind_publishes_and_reads_back_with_its_hash(presses: dict[str, Press]) -> None:
    """CAT-01, CAT-02, CAT-10: in the service that owns it, and in no other."""
    for kind, (owner, path) in FILES.items():
        press, text = presses[owner], later(path)
        code = str(yaml.safe_load(text)["code"])
        shipped = next(each for each in press.catalogue.artefacts() if (each.kind, each.code) == (kind, code))
        press.publish(kind, text)
        found = press.catalogue.found(kind, code, "2031")
        # The content is that of the shipped file: its hash depends on nothing else.
        assert (found.effective_from, found.sha256) == (START, shipped.sha256), kind
        assert press.catalogue.found(kind, code, shipped.version).effective_to == START, kind
