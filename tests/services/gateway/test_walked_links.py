"""The API walked along the links of its own document: from what was made to what may be done with it, and on.

Schemathesis' state machine draws the ways; the ids are those that earlier answers carried, so that requests meet things
in every state, not only strangers. Most commands carry their documented example, the others what is drawn.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky, Unsatisfiable
from hypothesis.stateful import RULE_MARKER
from schemathesis.core import NOT_SET
from schemathesis.generation.stateful.state_machine import StepInput, StepOutput, normalize_name

from services.gateway.api.params import PAGED
from services.gateway.api.routes import ROUTES
from tests.figures import IN_FULL, record
from tests.services.gateway.conftest import Gateway
from tests.services.gateway.fuzzing import ENDS_THE_SESSION, Fuzz, name_of, served

REQUESTS = 15_000 if IN_FULL else 300
STEPS = 60 if IN_FULL else 20
"""How long one walk is at most."""
FAR = 20
"""Operations that are reached along links at least, so that the walks say something."""
FOLLOWED, SUCCESS = "followed", "to success"


@pytest.fixture
def fuzz(gateway: Gateway, tmp_path: Path) -> Iterator[Fuzz]:
    with served(gateway, tmp_path) as made:
        yield made


def walker(fuzz: Fuzz, followed: Counter[str]) -> Any:
    """The state machine of the document, asking as somebody who may; it notes breaches and goes on."""
    dice = random.Random(4)
    schema = fuzz.schema().exclude(operation_id=ENDS_THE_SESSION)

    lists = {f"{route.service}.{route.query}" for route in ROUTES if PAGED[0] in route.params}
    Drawn = schema.as_state_machine()

    class Walker(Drawn):  # type: ignore[misc, valid-type]
        made = 0

        def step(self, input: StepInput) -> StepOutput | None:
            self.made += 1
            case = input.case
            raw = case.operation.definition.raw
            content = raw.get("requestBody", {}).get("content", {}).get("application/json")
            if content is not None and dice.random() < 0.7:
                case.body = {**content["example"], **_linked(input)}
                case.media_type = "application/json"
                case.headers["Idempotency-Key"] = str(uuid4())
                case.headers.pop("If-Match", None)
            lawful = fuzz.accounts(case.operation)
            account = "office" if "office" in lawful and dice.random() < 0.8 else dice.choice(lawful)
            answer = fuzz.ask(case, account)
            self.recorder.record_response(case_id=case.id, response=answer)
            if input.transition is not None and input.applied_parameters:
                followed[FOLLOWED] += 1
                followed[SUCCESS] += answer.status_code < 300
                followed[name_of(case.operation)] += 0
            # From an empty list leads no way.
            empty = raw["operationId"] in lists and answer.status_code == 200 and not answer.json()["items"]
            return None if empty else StepOutput(answer, case)

    for operation in (each.ok() for each in schema.get_all_operations()):
        name = normalize_name(f"RANDOM -> {operation.label}")
        if name not in Drawn.root_rules:
            continue
        if "{id}" in operation.path:
            # A walk begins where no id is asked for; what asks for one is reached along a link.
            delattr(Drawn, name)
        else:
            getattr(getattr(Drawn, name), RULE_MARKER).preconditions = (_may_begin_anew,)
    return Walker


def _may_begin_anew(machine: Any) -> bool:
    """Every sixth step, and when no link leads on: else most steps would be beginnings."""
    found = {label.split(" -> ")[0] for label, answers in machine.bundles.items() if answers}
    return machine.made % 6 == 0 or not any(
        machine.control.allow_transition(source, link.target.label)
        for source in found
        for link in machine._transitions.operations[source].outgoing
    )


def walk(fuzz: Fuzz, machine: Any, followed: Counter[str]) -> None:
    """Walks until as many requests are made as wanted and they have come far enough, which is a matter of luck."""
    bounds = settings(
        max_examples=50,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for number in range(REQUESTS):
        if sum(fuzz.statuses.values()) >= REQUESTS and reached(followed) >= FAR and followed[SUCCESS]:
            return
        machine._hypothesis_internal_use_seed = number
        # The town remembers what was done, so the same draw may find other ways open: then another walk begins.
        with suppress(Flaky, Unsatisfiable):
            machine.run(settings=bounds)


def reached(followed: Counter[str]) -> int:
    """How many operations were asked along a link."""
    return len(followed.keys() - {FOLLOWED, SUCCESS})


def _linked(input: StepInput) -> dict[str, Any]:
    """What the link puts into the body."""
    if input.transition is None or input.transition.request_body is None:
        return {}
    given = input.transition.request_body.value.ok()
    return {name: value for name, value in given.items() if isinstance(value, str)} if given is not NOT_SET else {}


def test_no_way_along_the_links_breaks_the_api_or_leaves_its_document(fuzz: Fuzz) -> None:
    """X-11: whatever follows whatever, every answer is one that is documented; 0 answers of 5xx."""
    followed: Counter[str] = Counter()
    links = fuzz.schema().statistic.transitions.total
    walk(fuzz, walker(fuzz, followed), followed)
    record(
        "fuzz-links",
        links=links,
        steps=STEPS,
        requests=sum(fuzz.statuses.values()),
        followed=followed[FOLLOWED],
        succeeded=followed[SUCCESS],
        operations_reached=reached(followed),
        breaches=len(fuzz.breaches),
        server_errors=sum(count for status, count in fuzz.statuses.items() if status >= 500),
    )
    assert not fuzz.breaches, "\n".join(fuzz.breaches[:20])
    assert not [status for status in fuzz.statuses if status >= 500]
    assert followed[SUCCESS] > 0 and reached(followed) >= FAR
