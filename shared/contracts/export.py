"""Everything an integrator builds on, as files: a schema with its example for each event, AsyncAPI, OpenAPI.

The same contracts give the same bytes. What is committed under ``docs/reference/contracts`` is this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.contracts import all_contracts
from shared.contracts.asyncapi import asyncapi
from shared.contracts.event_schema import public_event_schema
from shared.contracts.events import Contract
from shared.contracts.examples import public_example


def documents(openapi: Mapping[str, Any]) -> dict[str, str]:
    """Every file by its path below the folder, given the HTTP API's own description."""
    contracts = [one for one in all_contracts() if one.public]
    return {
        "openapi.json": _text(openapi),
        "asyncapi.json": _text(asyncapi(contracts, str(openapi["info"]["version"]))),
        **{event_file(one): _text(event_document(one)) for one in contracts},
    }


def event_file(contract: Contract) -> str:
    """``events/intake.CallOpened.v1.json``"""
    return f"events/{contract.topic}.v{contract.major}.json"


def event_document(contract: Contract) -> dict[str, Any]:
    """The JSON Schema of one public event with an example of it."""
    return {**public_event_schema(contract), "examples": [public_example(contract).to_dict()]}


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write ``files`` below ``folder``, making what folders they need; what else is there stays."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
