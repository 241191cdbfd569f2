"""The OpenAPI document is valid, whole, and its examples pass the commands' own schemas."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from services.gateway.api.names import path_of
from shared.contracts.commands import load_command
from shared.runtime.clock import today
from tests.services.gateway.conftest import Gateway

pytestmark = pytest.mark.anyio


@pytest.fixture
async def document(gateway: Gateway) -> Any:
    async with gateway.client() as client:
        answer = await client.get("/api/openapi.json")
        assert answer.status_code == 200
        return answer.json()


async def test_every_operation_loads_and_every_schema_is_valid(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    operations = [one.ok() for one in schemathesis.openapi.from_dict(document).get_all_operations()]
    assert len(operations) == sum(len(methods) for methods in document["paths"].values())
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    for schema in _schemas(document):
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


async def test_every_command_stands_there_with_an_example_that_its_schema_accepts(
    gateway: Gateway, document: Any
) -> None:
    for definition in gateway.catalogue.commands():
        content = document["paths"][path_of(definition)]["post"]["requestBody"]["content"]["application/json"]
        assert jsonschema_rs.is_valid(content["schema"], content["example"]), definition.command
        body = {name: value for name, value in content["example"].items() if name != "happened_on"}
        load_command(definition, gateway.catalogue, today(), body)


async def test_references_resolve_and_errors_are_problems(document: Any) -> None:
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and "content" in answer:
                    schema = answer["content"]["application/problem+json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}
    assert {"Problem", "Result"} <= set(document["components"]["schemas"])


def _schemas(node: Any) -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema" and isinstance(value, dict) and "$ref" not in value:
                yield value
            else:
                yield from _schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from _schemas(value)
