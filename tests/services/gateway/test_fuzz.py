"""The API against its own document: whatever is sent, nothing breaks and nothing answers what the document leaves out.

Schemathesis makes the requests from ``/api/openapi.json``, lawful and mutilated ones; they travel over HTTP to a
gateway with every service behind it, as accounts of every kind. The documented example of each command goes, besides,
to things that exist. The seed is fixed: a run that failed fails again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode

from services.gateway.api.names import collection
from shared.catalogue.commands import SERVICES
from tests.figures import IN_FULL, record
from tests.services.gateway.conftest import Gateway
from tests.services.gateway.fuzzing import Fuzz, name_of, served

EXAMPLES = 100 if IN_FULL else 1
"""Requests for each operation, each account that may use it, and each way of making one."""


@pytest.fixture
def fuzz(gateway: Gateway, tmp_path: Path) -> Iterator[Fuzz]:
    with served(gateway, tmp_path) as made:
        yield made


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_breaks_the_api_or_gets_an_answer_that_its_document_leaves_out(fuzz: Fuzz, service: str) -> None:
    """X-11: every answer is one that is documented, a refusal a problem with its code; 0 answers of 5xx."""
    operations = fuzz.operations(service)
    for operation in operations:
        for account in fuzz.accounts(operation):
            for mode in modes(operation):
                generate(fuzz, operation, account, mode)
    show_examples(fuzz, service)
    figures = {"operations": len(operations), "examples": EXAMPLES, "breaches": len(fuzz.breaches)}
    record(f"fuzz-{service}", requests=sum(fuzz.statuses.values()), **figures)
    assert not fuzz.breaches, "\n".join(fuzz.breaches[:20])
    assert not [status for status in fuzz.statuses if status >= 500]
    assert len(operations) >= 5 and fuzz.statuses[200] + fuzz.statuses[201] > 0


def modes(operation: APIOperation) -> list[GenerationMode]:
    raw = operation.definition.raw
    asks = raw.get("parameters") or raw.get("requestBody")
    return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if asks else [GenerationMode.POSITIVE]


def generate(fuzz: Fuzz, operation: APIOperation, account: str | None, mode: GenerationMode) -> None:
    kind = operation.path.split("/")[2] if operation.path.startswith("/api/") else ""
    ids = fuzz.known(kind) if "{id}" in operation.path else []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.sampled_from(ids) if ids else st.none())
    def ask(case: Case, known: str | None) -> None:
        if known is not None:
            case.path_parameters["id"] = known
        fuzz.ask(case, account)

    ask()


def show_examples(fuzz: Fuzz, service: str) -> None:
    """The documented example of each command, by everybody, to things that exist and once to one that does not."""
    by_name = {name_of(each): each for each in fuzz.operations(service)}
    for definition in fuzz.town.gateway.catalogue.commands(service):
        operation = by_name.get(f"{service}.{definition.command}")
        if operation is None:
            # What several services have under one name has one address, under that of the first.
            named = [each for each in fuzz.town.gateway.catalogue.commands() if each.command == definition.command]
            assert named[0].service != service
            continue
        body = operation.definition.raw["requestBody"]["content"]["application/json"]["example"]
        targets = [] if definition.creates else [*fuzz.known(collection(definition.subject)), str(uuid4())]
        for account in fuzz.tokens:
            for target in targets or [None]:
                case = operation.Case(
                    path_parameters={"id": target} if target else {},
                    headers={"Idempotency-Key": str(uuid4())},
                    body=body,
                    media_type="application/json",
                )
                fuzz.ask(case, account)
