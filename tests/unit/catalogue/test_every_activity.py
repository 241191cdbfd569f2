"""Every activity of the procedure has what its block in the requirements names."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import CommandDefinition
from shared.contracts import all_contracts
from shared.contracts.fields import command_fields
from tests.golden.samples import event_classes
from tests.unit.catalogue.blocks import BLOCKS, Block

ON = date(2026, 11, 10)
CATALOGUE = Catalogue.load()
PROCEDURE = CATALOGUE.procedure("PR-156", ON)
CONTRACTS = {each.topic: each for each in all_contracts()}
EVENTS = event_classes()
EVERY = pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)


def command(name: str) -> CommandDefinition:
    found = [each for each in CATALOGUE.commands() if each.command == name]
    assert len(found) == 1, name
    return found[0]


def asked(name: str) -> set[str]:
    """What a command asks, its form included; ``group.field`` for what is inside a group or a list."""
    fields = command_fields(command(name), CATALOGUE, ON)
    inside = [part for each in fields if each.name == "form" for part in each.fields]
    plain = [each for each in fields if each.name != "form"] + inside
    return {each.name for each in plain} | {f"{each.name}.{part.name}" for each in plain for part in each.fields}


def topic(name: str, block: Block) -> str:
    """The topic of an event: of the service of the block, or of the one that handles that step for it."""
    own = f"{block.service}.{name}"
    return own if own in CONTRACTS else next((each for each in CONTRACTS if each.endswith(f".{name}")), own)


def test_every_activity_has_its_block() -> None:
    """A01 … A21: the twenty-one activities of the document, in the service that leads each."""
    assert [f"A{one.number:02}" for one in PROCEDURE.activities] == list(BLOCKS)
    assert [one.service for one in PROCEDURE.activities] == [block.service for block in BLOCKS.values()]


@EVERY
def test_each_command_exists_with_its_actors_and_asks_its_facts(block: Block, request: pytest.FixtureRequest) -> None:
    """A01 … A21: the activity of each command, who may call it, and every fact that people give."""
    for name, actors in block.commands.items():
        assert set(command(name).roles) == set(actors.split()), name
        assert command(name).activity == _number(request), name
    for name, facts in block.asks.items():
        assert set(facts.split()) <= asked(name), (name, set(facts.split()) - asked(name))


@EVERY
def test_each_event_exists_and_carries_its_facts(block: Block, request: pytest.FixtureRequest) -> None:
    """A01 … A21: each event is stored, is of its activity, and holds what its contract tells and the block names."""
    told: dict[str, Any] = dict.fromkeys(block.events.split(), "") | dict(block.told)
    for name, facts in told.items():
        found = topic(name, block)
        assert found in CONTRACTS and found in EVENTS, name
        activities = CONTRACTS[found].activities
        assert not activities or _number(request) in activities or name not in block.events.split(), name
        holds = set(facts.split()) | set(CONTRACTS[found].fields)
        missing = {each for each in holds if not _holds(EVENTS[found], each)}
        assert not missing, (name, missing)


@EVERY
def test_each_record_and_each_entry_for_hemi_exists(block: Block, request: pytest.FixtureRequest) -> None:
    """A01 … A21, HEM-1: the documents that the activity leaves, and what it tells HEMI in which module."""
    number = _number(request)
    activity = PROCEDURE.activity(number)
    documents = CATALOGUE.code_list("document", ON)
    assert set(block.records.split()) == set(activity.records)
    for code in activity.records:
        assert code in documents, code
        forms = [each for each in CATALOGUE.forms() if each.code == code]
        assert forms or code == "FRM-15", code
    rules = [rule for rule in CATALOGUE.hemi_mapping("HEMI-PR-156", ON).rules if rule.activity == number]
    assert {rule.kind: rule.module for rule in rules} == dict(block.hemi)
    assert {one.kind for one in activity.hemi} == set(block.hemi)
    events = set(block.events.split())
    assert all(rule.event in events for rule in rules)


def test_a_decision_names_no_paper_and_is_taken_by_the_caseworker_with_reasons() -> None:
    """AMB-13: acts 6, 10, 14 and 18; the event with its actor, reason and time is the record."""
    decisions = {
        "A06": "RecordAlternativeInterest",
        "A10": "DeclineOffer",
        "A14": "DeclareUnitResult",
        "A18": "DecideIncentive",
    }
    for block, name in decisions.items():
        assert command(name).roles[0] == "caseworker" and command(name).form is None
        assert {field.name: field.required for field in command(name).fields}["reason"], name
        assert BLOCKS[block].records == ""


def _number(request: pytest.FixtureRequest) -> int:
    return int(request.node.callspec.id[1:])


def _holds(event: type[Any], fact: str) -> bool:
    names = {name for base in event.__mro__ for name in vars(base).get("__annotations__", {})}
    return fact in names or isinstance(getattr(event, fact, None), property)
