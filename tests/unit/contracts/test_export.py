"""What integrators are given: valid documents, lawful examples, the same bytes every time, and what is committed."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from typer.testing import CliRunner

from shared.cli.main import app
from shared.cli.system import edge
from shared.contracts import all_contracts
from shared.contracts.envelope import Envelope
from shared.contracts.event_schema import public_event_schema
from shared.contracts.examples import public_example
from shared.contracts.export import event_document, event_file
from shared.runtime.definition import installed_services

COMMITTED = Path(__file__).parents[3] / "docs/reference/contracts"
DAY = date(2026, 11, 1)
"""The day of the committed documents (see docs/generate.py)."""
# Tests of delivery register services of their own in the same process; nothing of theirs is committed.
PUBLIC = [one for one in all_contracts() if one.public and one.service in {*installed_services(), "gateway"}]
EVERY = pytest.mark.parametrize("each", PUBLIC, ids=lambda each: each.topic)


def read(name: str) -> Any:
    return json.loads((COMMITTED / name).read_text("utf-8"))


@EVERY
def test_the_example_of_every_public_event_is_accepted_by_its_committed_schema_and_by_our_reader(each: Any) -> None:
    """EVT-1."""
    document = read(event_file(each))
    jsonschema_rs.meta.validate(document)
    validator = jsonschema_rs.Draft202012Validator(document, validate_formats=True)
    (example,) = document["examples"]
    validator.validate(example)
    assert Envelope.from_dict(example).public and "actor" not in example
    for name in document["required"]:
        assert not validator.is_valid({key: value for key, value in example.items() if key != name}), name


@EVERY
def test_an_event_of_a_newer_release_with_more_in_it_is_still_accepted(each: Any) -> None:
    """EVT-5: additions keep the major version."""
    example = public_example(each).to_dict()
    more = {**example, "later": "x", "data": {**example["data"], "later": 1}}
    assert jsonschema_rs.Draft202012Validator(public_event_schema(each)).is_valid(more)


def test_there_is_one_file_for_every_public_event_and_none_for_any_other() -> None:
    files = {str(path.relative_to(COMMITTED)) for path in (COMMITTED / "events").iterdir()}
    assert files == {event_file(one) for one in PUBLIC} and len(files) >= 50


def test_asyncapi_names_every_event_on_exchange_stream_and_feed_of_its_service() -> None:
    document = read("asyncapi.json")
    assert document["asyncapi"] == "3.0.0"
    assert set(document["components"]["messages"]) == {f"{one.topic}.v{one.major}" for one in PUBLIC}
    for service in {one.service for one in PUBLIC}:
        mine = {f"{one.topic}.v{one.major}" for one in PUBLIC if one.service == service}
        channels = {kind: document["channels"][f"{service}.{kind}"] for kind in ("exchange", "stream", "feed")}
        assert all(set(one["messages"]) == mine for one in channels.values())
        assert channels["exchange"]["bindings"]["amqp"]["exchange"]["name"] == f"{service}.public"
        assert channels["stream"]["x-queue-arguments"]["x-queue-type"] == "stream"
        assert channels["feed"]["address"] == f"/api/events/{service}"
    delivered = document["channels"]["webhooks"]["messages"]
    assert set(delivered) - {"Ping"} == {f"{one.topic}.v{one.major}" for one in PUBLIC}
    for name in set(delivered) - {"Ping"}:
        assert delivered[name]["payload"] == {"$ref": f"#/components/messages/{name}/payload"}
    assert all(one["traits"] == [{"$ref": "#/components/messageTraits/signed"}] for one in delivered.values())
    for channel in document["channels"].values():
        assert all(server["$ref"].rpartition("/")[2] in document["servers"] for server in channel["servers"])
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"]


def test_asyncapi_shows_an_example_that_its_own_payload_accepts() -> None:
    for name, message in read("asyncapi.json")["components"]["messages"].items():
        (example,) = message["examples"]
        assert jsonschema_rs.Draft7Validator(message["payload"]).is_valid(example["payload"]), name


def test_the_committed_openapi_document_is_valid() -> None:
    document = read("openapi.json")
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_the_command_writes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    # In a process of its own: in this one other tests may have registered services that nobody installs.
    command = [sys.executable, "-m", "shared.cli.main", "contracts", "export", str(tmp_path / "c")]
    done = subprocess.run([*command, "--on", DAY.isoformat(), "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    written = {str(path.relative_to(tmp_path / "c")) for path in (tmp_path / "c").rglob("*.json")}
    committed = {str(path.relative_to(COMMITTED)) for path in COMMITTED.rglob("*.json")}
    assert written == committed == set(json.loads(done.stdout)["files"])
    for name in written:
        assert (tmp_path / "c" / name).read_bytes() == (COMMITTED / name).read_bytes(), name


def test_a_day_that_is_none_and_a_folder_that_is_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    run = CliRunner().invoke
    assert run(app, ["contracts", "export", str(tmp_path), "--on", "ayer"]).exit_code == 2
    assert run(app, ["contracts", "export", str(tmp_path / "file")]).exit_code == 1


def test_the_api_is_described_without_a_system_that_runs() -> None:
    assert edge("openapi").__module__ == "services.gateway.api.openapi"


def test_no_contract_holds_a_personal_value_or_an_event_that_is_not_public() -> None:
    """EVT-2, EVT-6."""
    told = json.dumps(read("asyncapi.json"), ensure_ascii=False)
    inside = [one for one in all_contracts() if not one.public]
    assert not [one.topic for one in inside if f"{one.topic}.v" in told]
    assert all("actor" not in event_document(one)["properties"] for one in PUBLIC)
