"""What may leave a service: exactly the allow-list of requirements section 9, and never a personal value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import jsonschema_rs
import pytest
from marshmallow import fields

from shared.contracts import Contract, PersonalInPublishedEvent, UnknownContract, all_contracts, contract
from shared.contracts.examples import event_example
from shared.contracts.json_schema import event_json_schema
from shared.contracts.published import (
    Choice,
    Code,
    Count,
    Day,
    Flag,
    Id,
    Key,
    Lines,
    Month,
    Payload,
    PayloadInvalid,
    PublishedField,
    Quantity,
    Several,
)
from shared.contracts.values import Classed, Text
from shared.privacy.personal import Personal
from tests.unit.contracts.required_events import KEPT_INSIDE, PUBLISHED

SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting", "gateway")
PUBLISHED_CONTRACTS = [each for each in all_contracts() if each.audience != "-" and each.service in SERVICES]
ALL_KINDS = {Id, Code, Key, Choice, Day, Month, Count, Quantity, Flag, Several, Lines}
EVERY = pytest.mark.parametrize("each", PUBLISHED_CONTRACTS, ids=lambda each: each.topic)


def domain_value(field: PublishedField) -> Any:
    """A value as a domain event would hold it."""
    if isinstance(field, Lines):
        return [{name: domain_value(column) for name, column in field.columns.items()} | {"unit_cost": Decimal(12)}]
    if isinstance(field, Several):
        return [domain_value(field.each)]
    return field.typed(field.example)


def domain_event(each: Contract) -> SimpleNamespace:
    return SimpleNamespace(**{name: domain_value(field) for name, field in each.fields.items()})


def test_every_event_of_the_requirements_has_its_contract_and_no_other_event_is_published() -> None:
    assert {each.topic for each in PUBLISHED_CONTRACTS} == set(PUBLISHED)


def test_every_event_that_the_requirements_keep_inside_has_no_payload() -> None:
    """EVT-6."""
    inside = {each.topic for each in all_contracts() if each.audience == "-"}
    assert inside >= KEPT_INSIDE
    assert all(contract(topic).fields == {} for topic in inside)
    assert not inside & set(PUBLISHED)


@EVERY
def test_audience_and_payload_are_those_of_the_requirements(each: Contract) -> None:
    """EVT-2, EVT-6."""
    assert (each.audience, frozenset(each.fields)) == PUBLISHED[each.topic]


@EVERY
def test_a_payload_holds_only_kinds_of_value_that_cannot_carry_a_person(each: Contract) -> None:
    for field in each.fields.values():
        inner = field.columns.values() if isinstance(field, Lines) else [getattr(field, "each", field)]
        assert {type(field), *map(type, inner)} <= ALL_KINDS


@EVERY
def test_a_payload_drops_what_is_not_listed(each: Contract) -> None:
    event = domain_event(each)
    event.originator_id, event.validated_by, event.reason = uuid4(), uuid4(), Personal(uuid4(), "p", "planted")
    payload = each.payload(event)
    assert set(payload) == set(each.fields)
    assert all("unit_cost" not in line for line in payload.get("lines", []))


@EVERY
def test_a_personal_value_planted_in_any_published_attribute_is_refused(each: Contract) -> None:
    """EVT-2."""
    for name, field in each.fields.items():
        event = domain_event(each)
        planted = Personal(uuid4(), "i", "Yolanda Pinto Murcia")
        row = [{column: planted for column in field.columns}] if isinstance(field, Lines) else planted
        setattr(event, name, row)
        with pytest.raises(PersonalInPublishedEvent) as refused:
            each.payload(event)
        assert "Yolanda" not in str(refused.value)


@EVERY
def test_a_name_planted_as_plain_text_in_any_published_attribute_is_refused(each: Contract) -> None:
    for name, field in each.fields.items():
        event = domain_event(each)
        planted = "Yolanda Pinto Murcia"
        row = [{column: planted for column in field.columns}] if isinstance(field, Lines) else planted
        setattr(event, name, [planted] if isinstance(field, Several) else row)
        with pytest.raises(PayloadInvalid) as refused:
            each.payload(event)
        assert "Yolanda" not in str(refused.value)


@EVERY
def test_what_is_published_can_be_read_back_as_it_was(each: Contract) -> None:
    event = domain_event(each)
    read = each.read(each.payload(event))
    for name, field in each.fields.items():
        expected = getattr(event, name)
        if isinstance(field, Lines):
            expected = [{column: row[column] for column in field.columns} for row in expected]
        assert read[name] == expected


@EVERY
def test_a_reader_ignores_what_a_newer_sender_adds(each: Contract) -> None:
    """EVT-5."""
    payload = each.payload(domain_event(each))
    assert each.read({**payload, "added_later": 1}) == each.read(payload)


@EVERY
def test_the_json_schema_accepts_the_example_and_every_payload(each: Contract) -> None:
    validator = jsonschema_rs.Draft202012Validator(event_json_schema(each), validate_formats=True)
    validator.validate(event_example(each))
    validator.validate(each.payload(domain_event(each)))
    for name in each.fields:
        broken = {key: value for key, value in event_example(each).items() if key != name}
        assert not validator.is_valid(broken)


@pytest.mark.parametrize(
    "field", [Text(200), Classed(Text(200), "i"), fields.String(), fields.Raw()], ids=["text", "classed", "str", "raw"]
)
def test_a_contract_with_a_personal_or_open_field_stops_the_import(field: Any) -> None:
    schema = Payload.from_dict({"name": field})
    with pytest.raises(PersonalInPublishedEvent):
        Contract("CandidateIdentified", "intake", "I", (1,), schema)  # type: ignore[arg-type]


def test_an_event_kept_inside_cannot_have_a_payload() -> None:
    with pytest.raises(ValueError, match="kept inside"):
        Contract("InterviewRecorded", "profiling", "-", (), Payload.from_dict({"id": Id()}))  # type: ignore[arg-type]


def test_an_event_without_a_contract_is_named_not_published() -> None:
    with pytest.raises(UnknownContract, match="Rumoured"):
        contract("profiling.Rumoured")


def test_a_fact_that_is_missing_in_the_event_is_a_fault_unless_the_contract_says_it_may() -> None:
    accepted = contract("assistance.HandoverAccepted")
    team, call = uuid4(), uuid4()
    payload = accepted.payload(SimpleNamespace(team_id=team, call_id=call))
    assert payload == {"contract_id": None, "team_id": str(team), "call_id": str(call)}
    with pytest.raises(PayloadInvalid, match="call_id"):
        accepted.payload(SimpleNamespace(team_id=team))


def test_a_delivery_is_published_with_exact_quantities_and_nothing_about_prices() -> None:
    delivered = contract("inventory.IncentiveDelivered")
    lot = UUID("3d0cbb29-7a1e-4a53-9f9c-0b8a4c6f6f10")
    event = SimpleNamespace(
        delivery_id=uuid4(),
        decision_id=uuid4(),
        fo128_no="2026-000009",
        lines=[{"item": "TELA-01", "lot": lot, "qty": Decimal("12.500"), "unit": "m", "unit_cost": Decimal("18000")}],
        delivered_on=date(2026, 10, 15),
        complete=True,
    )
    payload = delivered.payload(event)
    assert payload["lines"] == [{"item": "TELA-01", "lot": str(lot), "qty": "12.500", "unit": "m"}]
    assert (payload["delivered_on"], payload["complete"], delivered.routing_key) == (
        "2026-10-15",
        True,
        "IncentiveDelivered.v1",
    )
