"""The OpenAPI document is valid, whole, and its examples pass the commands' own schemas."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from starlette.routing import Route

from services.gateway.api.names import path_of
from services.gateway.app import COMMAND_PATHS
from shared.contracts.commands import load_command
from shared.runtime.clock import today
from tests.services.gateway.conftest import Gateway

pytestmark = pytest.mark.anyio
NOT_DOCUMENTED = {*COMMAND_PATHS, "/api/openapi.json", "/api/docs"}


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
                if int(status) >= 400 and operation["operationId"] != "gateway.health":
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


async def test_every_address_of_the_api_is_documented_once(gateway: Gateway, document: Any) -> None:
    served: list[tuple[str, str]] = []
    for route in gateway.app.routes:
        if isinstance(route, Route) and route.path.startswith("/api/") and route.path not in NOT_DOCUMENTED:
            path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
            served += [(path, method.lower()) for method in route.methods or () if method != "HEAD"]
    assert len(served) == len(set(served))
    documented = {(path, method) for path, methods in document["paths"].items() for method in methods}
    commands = {(path_of(one), "post") for one in gateway.catalogue.commands()}
    assert documented - commands - {("/healthz", "get")} == set(served)


async def test_every_link_leads_to_an_operation_and_gives_it_what_it_asks_for(document: Any) -> None:
    """X-11: nothing is named in a link that its target does not take."""
    operations = {one["operationId"]: one for methods in document["paths"].values() for one in methods.values()}
    links = [link for one in operations.values() for link in _links(one).values()]
    for link in links:
        target = operations[link["operationId"]]
        takes = {parameter["name"] for parameter in target.get("parameters", [])}
        assert set(link["parameters"]) <= takes, link
        if "requestBody" in link:
            body = target["requestBody"]["content"]["application/json"]["schema"]
            assert set(link["requestBody"]) <= set(body["properties"]), link
    assert len(links) >= 400


async def test_what_an_answer_tells_links_to_what_may_follow(document: Any) -> None:
    """X-11: from a call, made, read or listed, to the acts on it; from an act on a case to the case, from that to its
    acts; and to the commands that name what was made."""
    operations = {one["operationId"]: one for methods in document["paths"].values() for one in methods.values()}
    for source, expression in (
        ("intake.OpenCall", "$response.body#/id"),
        ("intake.call", "$request.path.id"),
        ("intake.calls", "$response.body#/items/0/id"),
    ):
        links = _links(operations[source])
        assert links["CloseCall"]["parameters"] == {"id": expression}
        assert links["IdentifyCandidate"]["requestBody"] == {"call": expression}
        assert links["candidates"]["parameters"] == {"call": expression}
    assert _links(operations["profiling.AcceptOffer"])["case"]["operationId"] == "gateway.case"
    assert _links(operations["reporting.cases"])["case"]["parameters"] == {"id": "$response.body#/items/0/case_id"}
    assert {"AcceptOffer", "timeline"} <= set(_links(operations["gateway.case"]))


def _links(operation: Any) -> Any:
    return {name: link for answer in operation["responses"].values() for name, link in answer.get("links", {}).items()}
