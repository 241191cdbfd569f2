"""X-14: whatever a person reads has its text in Spanish. Generated over the catalogue and over every refusal."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import services
import shared
from services.gateway.problems import TITLES
from shared.catalogue.fields import Field
from shared.catalogue.refusals import Refusal
from shared.runtime.clock import today
from tests.services.casework import CATALOGUE

PROCEDURE = CATALOGUE.procedure("PR-156", today())
ENGLISH = re.compile(
    r"\b(the|of|is|are|not|and|with|must|should|this|that|has|have|been|cannot|for|your|please|invalid|missing)\b",
    re.IGNORECASE,
)
SPANISH = re.compile(
    r"\b(el|la|los|las|un|una|de|del|en|no|ya|se|su|que|y|o|a|al|por|con|para|esta?|ese|esa|este|falta|hay|revise)\b",
    re.IGNORECASE,
)


def every(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)


def refusals() -> list[type[Refusal]]:
    """Every refusal of the product: each module that may define one is imported first."""
    for package in (services, shared):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "refusals" in found.name or found.name.startswith(("shared.privacy", "shared.catalogue")):
                importlib.import_module(found.name)
    product = (kind for kind in every(Refusal) if kind.__module__.startswith(("services.", "shared.")))
    return sorted(set(product), key=lambda kind: (kind.__module__, kind.__name__))


def in_spanish(text: str) -> bool:
    """No word of English outside of parameters."""
    words = re.sub(r"\{[^}]*\}", "", text)
    return bool(words.strip()) and ENGLISH.search(words) is None


def labels(fields: tuple[Field, ...]) -> Iterator[tuple[str, str]]:
    for field in fields:
        for each in field.walk():
            yield each.name, each.label
            yield from ((f"{each.name}={code}", words) for code, words in each.options.items())


def test_there_are_refusals_to_look_at() -> None:
    assert len(refusals()) > 60


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_refusal_has_a_stable_code_and_a_spanish_sentence(kind: type[Refusal]) -> None:
    """X-14, X-11"""
    assert re.fullmatch(r"[A-Z][A-Z0-9_]+", kind.code)
    assert in_spanish(kind.message) and SPANISH.search(kind.message), kind.message
    assert kind.message.rstrip().endswith((".", "?", "}", ")"))
    assert 400 <= kind.status < 600


def test_every_problem_of_the_edge_has_a_spanish_title() -> None:
    """X-14"""
    assert [code for code, title in TITLES.items() if not in_spanish(title)] == []


@pytest.mark.parametrize("activity", PROCEDURE.activities, ids=lambda one: str(one.number))
def test_every_activity_shows_its_number_its_name_and_the_names_of_its_records(activity: object) -> None:
    """X-14: with official names and codes."""
    assert activity.number in range(1, 22) and in_spanish(activity.name)  # type: ignore[attr-defined]
    for code in activity.records:  # type: ignore[attr-defined]
        assert in_spanish(CATALOGUE.code_list("document", today()).label(code)), code


def test_the_21_activities_are_there() -> None:
    """X-14"""
    assert [one.number for one in PROCEDURE.activities] == list(range(1, 22))


@pytest.mark.parametrize("form", CATALOGUE.forms(), ids=lambda one: f"{one.code}-{one.version}")
def test_every_form_has_its_spanish_name_and_so_has_each_field(form: object) -> None:
    """X-14"""
    assert in_spanish(form.name)  # type: ignore[attr-defined]
    assert [one for one in labels(form.fields) if not in_spanish(one[1])] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", CATALOGUE.commands(), ids=lambda one: f"{one.service}.{one.command}")
def test_every_command_has_its_spanish_label_and_so_has_each_field(command: object) -> None:
    """X-14"""
    assert in_spanish(command.label) and command.label != command.command  # type: ignore[attr-defined]
    assert command.help is None or in_spanish(command.help)  # type: ignore[attr-defined]
    assert [one for one in labels(command.fields) if not in_spanish(one[1])] == []  # type: ignore[attr-defined]


def test_every_state_and_every_role_has_its_spanish_words() -> None:
    """X-14"""
    assert [one.state for one in PROCEDURE.states.values() if not in_spanish(one.label)] == []
    assert [one.code for one in CATALOGUE.roles if not in_spanish(one.label)] == []
