"""The documentation says what is so: its commands exist, its links lead somewhere, its map is the house."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from shared.catalogue.catalogue import Catalogue
from shared.cli.main import app

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
HAND_WRITTEN = [page for page in PAGES if "reference" not in page.parts]
CODE = re.compile(r"```\w*\n(.*?)```|`([^`]+)`", re.DOTALL)
VARIABLE = re.compile(r"IMPULSO_[A-Z_]*[A-Z]")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _code(page: Path) -> Iterator[str]:
    for block, span in CODE.findall(page.read_text("utf-8")):
        yield from (block or span).splitlines()


def _commands() -> dict[str, Any]:
    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        # A group that does one thing unless told another stands for that thing.
        usual = getattr(command, "usual", None)
        found[" ".join(words)] = command.commands[usual] if usual else command
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*words, name))

    walk(typer.main.get_command(app), ())
    return found


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=_name)
def test_every_command_that_a_page_names_exists_with_its_options(page: Path) -> None:
    commands = _commands()
    for line in _code(page):
        asked = re.search(r"(?:^|\s|/)impulso ([a-z][a-z-]*)((?: [^#]*)?)", line)
        if asked is None:
            continue
        words = [asked[1], *re.findall(r"^ ([a-z]+)\b(?!=)", asked[2])]
        name = " ".join(words) if " ".join(words) in commands else words[0]
        assert name in commands, f"{_name(page)}: {line}"
        options = {option for one in commands[name].params for option in one.opts}
        for option in re.findall(r"(--[a-z][a-z-]+)", asked[2]):
            assert option in options | {"--help"}, f"{_name(page)}: {line}"


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=_name)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for line in _code(page):
        for target in re.findall(r"(?:^|\s)make ([a-z-]+)", line):
            assert target in targets, f"{_name(page)}: {line}"


def test_the_three_promises_stand_at_the_top_of_the_readme() -> None:
    first = (ROOT / "README.md").read_text("utf-8").split("```")[1].splitlines()[1:4]
    commands = [line.split("#")[0].strip() for line in first]
    assert commands == ["make run", "make test", "make env && docker compose up"]


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        if path.startswith(("http://", "https://")):
            continue
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{_name(page)} → {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text("utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, f"{_name(page)} → {target}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_map_in_the_readme_is_the_house() -> None:
    block = (ROOT / "README.md").read_text("utf-8").split("## The house")[1].split("```")[1]
    shown: set[str] = set()
    parent = ""
    for indent, name in re.findall(r"^( *)([a-z]+)/", block, re.MULTILINE):
        parent = parent if indent else name
        shown.add(f"{parent}/{name}" if indent else name)
    packages = {"/".join(path.split("/")[:2]) for path in _tracked() if re.match(r"(shared|services)/\w+/", path)}
    assert {one for one in shown if "/" in one} == packages
    assert {one for one in shown if "/" not in one} == {
        path.split("/")[0] for path in _tracked() if re.match(r"[a-z]+/", path) and not path.startswith("locks/")
    }


def test_every_decision_stands_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[a-z-]+\.md)\)", (folder / "README.md").read_text("utf-8")))
    assert listed == {page.name for page in folder.glob("*.md")} - {"README.md"}


def test_every_setting_that_the_code_reads_is_documented() -> None:
    documented = set(VARIABLE.findall("".join(page.read_text("utf-8") for page in PAGES)))
    read: set[str] = set()
    for source in (*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")):
        text = source.read_text("utf-8")
        read |= set(re.findall(r"[\"'](IMPULSO_[A-Z_]*[A-Z])[\"']", text))
    assert read - documented == set()


def test_every_variable_that_compose_asks_for_is_made_by_make_env() -> None:
    made = (ROOT / "deploy" / "make-env.sh").read_text("utf-8")
    written = set(re.findall(r"^([A-Z_]+)=", made, re.MULTILINE))
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert set(re.findall(r"\$\{([A-Z_]+)(?::\?|\})", compose)) <= written


def test_every_variable_that_compose_has_a_value_for_is_explained_to_who_operates() -> None:
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    explained = "".join(page.read_text("utf-8") for page in (ROOT / "docs").rglob("*.md"))
    for name in set(re.findall(r"\$\{([A-Z_]+):-", compose)):
        assert f"`{name}`" in explained or (name.endswith("_IMAGE") and "`IMPULSO_*_IMAGE`" in explained), name


def test_the_user_guide_calls_everything_by_the_name_on_the_screen() -> None:
    labels = {command.label for command in Catalogue.load().commands()}
    templates = "".join(path.read_text("utf-8") for path in (ROOT / "services/gateway/templates").glob("*.html"))
    guide = (ROOT / "docs" / "guia-de-uso.md").read_text("utf-8")
    named = set(re.findall(r"\*\*([^*]+)\*\*", guide)) - {"negrilla"}
    assert {name for name in named if name not in labels and name not in templates} == set()
    assert len(named & labels) > 30


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_benchmark_that_a_page_names_exists() -> None:
    for page in PAGES:
        for name in re.findall(r"-m (benchmarks\.\w+)", page.read_text("utf-8")):
            assert importlib.util.find_spec(name) is not None, f"{_name(page)}: {name}"
