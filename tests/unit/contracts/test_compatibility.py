"""What integrators were promised by the last release is kept, and a change that would break them is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from docs.generate import a_line_each
from shared.cli.main import app
from shared.contracts.compatibility import WHAT_TO_DO, breaks, shapes
from shared.contracts.narrowing import Within
from tests.unit.contracts.test_export import PUBLIC, read

RELEASED = Path(__file__).parents[3] / "docs/released-contracts.json"
CALL = "intake.CallOpened.v1"
Change = Callable[[Any], object]


@pytest.fixture(scope="module")
def now() -> Any:
    return shapes(PUBLIC, read("openapi.json"))


def test_nothing_that_the_last_release_promised_is_broken(now: Any) -> None:
    """EVT-5."""
    found = breaks(json.loads(RELEASED.read_text("utf-8")), now)
    assert not found, "\n".join([*found, "", WHAT_TO_DO])


def test_the_promise_has_a_line_for_each_event_operation_and_component_and_loses_nothing(now: Any) -> None:
    written = a_line_each(now)
    assert json.loads(written) == now
    operations = sum(len(path) for path in now["api"]["paths"].values())
    components = sum(len(kind) for kind in now["api"]["components"].values())
    contents = [line for line in written.splitlines() if len(line) > 100]
    assert len(contents) <= len(now["events"]) + operations + components
    assert RELEASED.read_text("utf-8") == a_line_each(json.loads(RELEASED.read_text("utf-8"))) + "\n"


def data(document: Any) -> Any:
    return document["events"][CALL]["properties"]["data"]


def body(document: Any) -> Any:
    return operation(document)["requestBody"]["content"]["application/json"]["schema"]


def operation(document: Any) -> Any:
    return document["api"]["paths"]["/api/calls/open-call"]["post"]


def feed(document: Any) -> Any:
    return document["api"]["paths"]["/api/events/{service}"]["get"]


def case(document: Any) -> Any:
    return document["api"]["components"]["schemas"]["Case"]


def source(document: Any) -> Any:
    return document["events"]["intake.CandidateIdentified.v1"]["properties"]["data"]["properties"]["source"]


BREAKING: dict[str, Change] = {
    "an event is withdrawn": lambda d: d["events"].pop(CALL),
    "an event loses a field": lambda d: (data(d)["properties"].pop("opens_on"), data(d)["required"].remove("opens_on")),
    "a field of an event may be missing": lambda d: data(d)["required"].remove("opens_on"),
    "a field of an event changes its type": lambda d: data(d)["properties"].update(cohort_quota={"type": "string"}),
    "a field of an event may be null": lambda d: data(d)["properties"]["service"].update(type=["string", "null"]),
    "a field of an event has a new value": lambda d: source(d)["enum"].append("web"),
    "a field of an event is no longer a date": lambda d: data(d)["properties"]["opens_on"].pop("format"),
    "an attribute of the envelope goes": lambda d: d["events"][CALL]["properties"].pop("previous"),
    "an address goes": lambda d: d["api"]["paths"].pop("/api/events/{service}"),
    "a command asks for a new field": lambda d: (
        body(d)["properties"].update(reason={"type": "string"}),
        body(d)["required"].append("reason"),
    ),
    "a command asks for a field that was optional": lambda d: body(d)["required"].append("happened_on"),
    "a command refuses a field": lambda d: body(d)["properties"].pop("happened_on"),
    "a command refuses a value": lambda d: _first_enum(d)["enum"].pop(0),
    "a command takes less text": lambda d: _texts(d)[0].update(maxLength=3),
    "a parameter is required": lambda d: feed(d)["parameters"].append(
        {"name": "region", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "a parameter goes": lambda d: feed(d)["parameters"].pop(),
    "a parameter takes less": lambda d: _limit(d).update(maximum=10),
    "an answer loses a member": lambda d: (case(d)["properties"].pop("owner"), case(d)["required"].remove("owner")),
    "an answer changes its type": lambda d: case(d)["properties"].update(closed={"type": "string"}),
    "an answer goes": lambda d: operation(d)["responses"].pop("201"),
}
HARMLESS: dict[str, Change] = {
    "an event has a field more": lambda d: (
        data(d)["properties"].update(place={"type": "string"}),
        data(d)["required"].append("place"),
    ),
    "an event is new": lambda d: d["events"].update({"intake.CallMoved.v1": {"type": "object"}}),
    "an event has a second major beside the first": lambda d: d["events"].update({"intake.CallOpened.v2": {}}),
    "a field of an event says less": lambda d: source(d)["enum"].pop(),
    "a command has an optional field": lambda d: body(d)["properties"].update(reason={"type": "string"}),
    "a command takes another value": lambda d: _first_enum(d)["enum"].append("other"),
    "a command no longer asks for a field": lambda d: body(d)["required"].pop(),
    "an address is new": lambda d: d["api"]["paths"].update({"/api/new": {"get": {"responses": {}}}}),
    "a parameter is new": lambda d: feed(d)["parameters"].append(
        {"name": "region", "in": "query", "schema": {"type": "string"}}
    ),
    "an answer has a member more": lambda d: case(d)["properties"].update(place={"type": "string"}),
    "a further refusal": lambda d: operation(d)["responses"].update({"418": {}}),
}


def _first_enum(document: Any) -> Any:
    return next(one for one in body(document)["properties"].values() if "enum" in one)


def _texts(document: Any) -> Any:
    return [one for one in body(document)["properties"].values() if "maxLength" in one]


def _limit(document: Any) -> Any:
    return next(one for one in feed(document)["parameters"] if one["name"] == "limit")["schema"]


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
def test_a_change_that_breaks_integrators_is_refused(now: Any, change: Change) -> None:
    changed = deepcopy(now)
    change(changed)
    assert breaks(now, changed)


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_an_addition_is_taken(now: Any, change: Change) -> None:
    changed = deepcopy(now)
    change(changed)
    assert breaks(now, changed) == []


def test_a_new_major_of_the_api_may_break_it_but_never_an_event(now: Any) -> None:
    changed = deepcopy(now)
    changed["version"] = "2.0.0"
    changed["api"]["paths"].pop("/api/events/{service}")
    assert breaks(now, changed) == []
    changed["events"].pop(CALL)
    assert breaks(now, changed) == [f"{CALL}: is not published any more"]


def test_the_refusal_names_the_field_and_says_what_to_do(now: Any) -> None:
    changed = deepcopy(now)
    BREAKING["an event loses a field"](changed)
    (line, *_) = breaks(now, changed)
    assert CALL in line and "data.opens_on" in line
    assert "major" in WHAT_TO_DO and "--release" in WHAT_TO_DO


def test_the_command_compares_with_what_was_promised_and_ends_unsound(tmp_path: Path, now: Any) -> None:
    promised = deepcopy(now)
    data(promised)["properties"]["budget"] = {"type": "string"}
    (tmp_path / "promised.json").write_text(json.dumps(promised))
    run = CliRunner().invoke
    assert run(app, ["contracts", "check", str(RELEASED), "--on", "2026-11-01"]).exit_code == 0
    done = run(app, ["contracts", "check", str(tmp_path / "promised.json"), "--on", "2026-11-01", "--json"])
    assert done.exit_code == 6
    assert json.loads(done.output)["breaks"] == [f"{CALL} data.budget: is not described any more"]
    (tmp_path / "promised.json").write_text("{}")
    assert run(app, ["contracts", "check", str(tmp_path / "promised.json")]).exit_code == 2


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"type": "integer"}, {"type": "number"}),
        ({"const": "a"}, {"enum": ["a", "b"]}),
        ({"enum": ["a"]}, {"type": "string"}),
        ({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 9}),
        ({"type": "array", "items": {"const": 1}}, {"type": "array", "items": {"type": "integer"}}),
        ({"anyOf": [{"type": "string"}]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"type": "string"}, {}),
    ],
)
def test_what_is_narrower_fits_and_what_is_wider_does_not(narrow: Any, wide: Any) -> None:
    assert not list(Within({}, {}).excess(narrow, wide))
    assert list(Within({}, {}).excess(wide, narrow))
