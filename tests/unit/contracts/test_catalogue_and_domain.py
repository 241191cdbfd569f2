"""The shipped catalogue and the services' domains agree with the contracts: no form without a screen, no event that
lacks a fact that its contract publishes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import date
from typing import Any

import jsonschema_rs
import pytest

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import CommandDefinition
from shared.contracts import all_contracts
from shared.contracts.commands import command_schema
from shared.contracts.fields import command_fields, leaves
from shared.contracts.json_schema import command_json_schema
from shared.contracts.layout import Slot, command_layout

ON = date(2026, 10, 15)
CATALOGUE = Catalogue.load()
COMMANDS = CATALOGUE.commands()
EVERY = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.command)
DOMAINS = ("intake", "profiling", "assistance", "inventory")


def asked(slots: tuple[Slot, ...]) -> Iterator[str]:
    for slot in slots:
        if slot.slots:
            yield from asked(slot.slots)
        else:
            yield slot.path


@EVERY
def test_every_command_has_a_schema_a_json_schema_and_a_screen_that_agree(command: CommandDefinition) -> None:
    schema = command_schema(command, CATALOGUE, ON)
    document = command_json_schema(command, CATALOGUE, ON)
    jsonschema_rs.Draft202012Validator(document)
    assert set(document["properties"]) == {*schema.fields, "happened_on"}
    paths = {path.removesuffix("[]") for path, _, _ in leaves(command_fields(command, CATALOGUE, ON))}
    assert {path.removesuffix("[]") for path in asked(command_layout(command, CATALOGUE, ON))} == paths


def domain_events(service: str) -> dict[str, Any]:
    """Every class with a topic in the domain of ``service``."""
    package = importlib.import_module(f"services.{service}.domain")
    found: dict[str, Any] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for each in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(each):
                classes: list[Any] = [each, *(item for item in vars(each).values() if inspect.isclass(item))]
                found |= {item.TOPIC: item for item in classes if getattr(item, "TOPIC", "")}
    return found


def attributes(event: type) -> set[str]:
    names: set[str] = set()
    for ancestor in event.__mro__:
        names |= set(vars(ancestor).get("__annotations__", {}))
        names |= {name for name, value in vars(ancestor).items() if isinstance(value, property)}
    return names


@pytest.mark.parametrize("service", DOMAINS)
def test_every_domain_event_holds_what_its_contract_publishes(service: str) -> None:
    events = domain_events(service)
    lacking = {
        each.topic: sorted(set(each.fields) - attributes(events[each.topic]))
        for each in all_contracts()
        if each.topic in events and not set(each.fields) <= attributes(events[each.topic])
    }
    assert lacking == {}
