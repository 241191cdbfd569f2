"""One click from the edge to the last event it causes, in the processes of the container host: its id, its trace, and
that nobody's personal value is told on the way, whatever goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.cli.api import Api
from shared.cli.system import add_account
from shared.runtime.clock import today
from tests.e2e.canaries import Canaries
from tests.e2e.nameko.misbehaving import DOCUMENT, FAULTY, NAME
from tests.e2e.nameko.premises import PASSWORD, Premises, premises
from tests.services.intake.counter import CATALOGUE, ROSALBA
from tests.waiting import until

SERVICES = ("intake", "assistance", "reporting")
CALL = {
    "code": "AT-2026-1",
    "name": "Mejoramiento productivo a la medida",
    "service": "technical_assistance",
    "product_types": ["textile"],
    "routes": ["entrepreneurship", "strengthening"],
    "opens_on": "2026-01-01",
    "closes_on": "2026-12-31",
    "executor_kind": "ipes_team",
}
PERSON = {**ROSALBA, "names": "Encarnación", "surnames": "Bustamante Quiroga", "doc_no": DOCUMENT}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("premises"), "tests.e2e.nameko.misbehaving:SERVICES") as made:
        made.start(*SERVICES)
        yield made


@pytest.fixture(scope="module")
def send(system: Premises) -> Iterator[Callable[..., httpx.Response]]:
    """Posts as somebody who opens calls and identifies candidates."""
    with Api(system.url) as admin, httpx.Client(base_url=system.url, timeout=30) as client:
        admin.log_in("admin", PASSWORD)
        account = add_account(admin, "carla", "Carla Casos", ("coordinator", "caseworker"))
        given = {"login": "carla", "password": account["password"]}
        client.headers["Authorization"] = f"Bearer {client.post('/api/session', json=given).json()['token']}"

        def post(path: str, body: Any, **headers: str) -> httpx.Response:
            return client.post(path, json=body, headers={"Idempotency-Key": str(uuid4()), **headers})

        yield post


def call_of(code: str) -> dict[str, Any]:
    return {**CALL, "code": code, "specifications": CATALOGUE.text("ESPECIFICACION-PR-156", today()).body}


def _about(system: Premises, name: str, request_id: str) -> list[str]:
    """What the log lines of a process about that request are."""
    return [line["event"] for line in system.lines(name) if request_id in json.dumps(line) and "event" in line]


def test_the_id_of_a_click_finds_every_line_from_the_edge_to_the_last_reaction(
    system: Premises, send: Callable[..., httpx.Response]
) -> None:
    request_id = str(uuid4())
    answer = send("/api/calls/open-call", call_of("AT-2026-1"), **{"X-Request-Id": request_id})
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (201, request_id)

    # Opened in intake, noted in assistance as an event of its own, and that one read by reporting.
    until(lambda: _about(system, "reporting", request_id).count("applied") >= 2, "reporting applies both", 40)
    assert _about(system, "gateway", request_id) == ["request"]
    assert {"command", "published"} <= set(_about(system, "intake", request_id))
    assert {"applied", "published"} <= set(_about(system, "assistance", request_id))
    caused = next(line for line in system.lines("assistance") if line.get("event") == "applied" and line["events"])
    assert caused["request_ids"] == [request_id]
    assert caused["events"][0].startswith("assistance:")


def test_a_click_its_events_and_their_reactions_form_one_trace(
    system: Premises, send: Callable[..., httpx.Response]
) -> None:
    caller = f"00-{TRACE}-00f067aa0ba902b7-01"
    assert send("/api/calls/open-call", call_of("AT-2026-2"), traceparent=caller).status_code == 201
    told = [
        ("gateway", "POST /api/{collection}/{command}"),
        ("gateway", "intake.command"),
        ("intake", "intake.command"),
        ("intake", "OpenCall"),
        ("intake", "publish intake.CallOpened"),
        ("assistance", "apply intake.CallOpened"),
        ("reporting", "apply intake.CallOpened"),
    ]

    def spans() -> dict[tuple[str, str], dict[str, str]]:
        return {(one["service"], one["name"]): one for one in system.collector.spans(TRACE)}

    until(lambda: spans().keys() >= set(told), "every span arrives", 40)
    until(lambda: any(one["name"].startswith("publish assistance.") for one in spans().values()), "the last one", 40)
    found = spans()
    by_id = {one["id"]: one for one in found.values()}
    assert found["gateway", "POST /api/{collection}/{command}"]["parent"] == "00f067aa0ba902b7"
    chain, here = [], found["assistance", "apply intake.CallOpened"]
    while here["parent"] in by_id:
        here = by_id[here["parent"]]
        chain.append((here["service"], here["name"]))
    assert chain == [told[3], told[2], told[1], told[0]]


def test_no_personal_value_is_told_whatever_goes_wrong(system: Premises, send: Callable[..., httpx.Response]) -> None:
    """X-13, requirements 0.4: not in a log line, a figure, a health answer or a span."""
    call = send("/api/calls/open-call", call_of("AT-2026-3")).json()["id"]
    identify = {
        "call": call,
        "source": "requests_pr029",
        "source_kind": "request",
        "source_ref": "SOL-1",
        "identified_on": "2026-11-03",
        "ground": "public_function",
        **PERSON,
    }
    seen = [
        send("/api/cases/identify-candidate", identify).status_code,
        # Refused: a field that does not exist, named and filled with a value; a date that is none.
        send("/api/cases/identify-candidate", {**identify, NAME: DOCUMENT}).status_code,
        send("/api/cases/identify-candidate", {**identify, "identified_on": DOCUMENT}).status_code,
        # An error of ours that quotes the person, in a command and in a reaction: the second is parked.
        send("/api/calls/open-call", call_of(FAULTY)).status_code,
        send(f"/api/calls/{call}/close-call", {"reason": f"{NAME} {DOCUMENT}"}).status_code,
        # Values where nobody expects them.
        send(f"/api/{DOCUMENT}/{DOCUMENT}", {}).status_code,
        send("/api/people/search", {"document_type": "CC", "document_number": DOCUMENT}).status_code,
        send(
            "/api/calls/open-call", call_of("AT-4"), **{"X-Request-Id": DOCUMENT, "traceparent": DOCUMENT}
        ).status_code,
        httpx.request(f"X{DOCUMENT}", f"{system.url}/api/calls").status_code,
        httpx.get(f"{system.url}/casos?q={DOCUMENT}").status_code,
        httpx.post(f"{system.url}/api/session", json={"login": DOCUMENT, "password": NAME}).status_code,
    ]
    assert seen[:5] == [201, 422, 422, 500, 200], seen
    until(lambda: '"event": "parked intake:' in system.said("assistance"), "the event is parked", 40)
    until(lambda: 'impulso_parked_events{service="assistance",upstream="intake"} 1.0' in system.watched(), "it is told")

    canaries = Canaries([("name", NAME), ("document", DOCUMENT), ("surname", "Bustamante"), ("name", "Encarnación")])
    everything = {name: system.said(name) for name in (*SERVICES, "gateway")}
    everything["health and figures"] = system.watched()
    told = {where: canaries.found_in(text.encode()) for where, text in everything.items()}
    told["spans"] = [label for body in system.collector.bodies for label in canaries.found_in(body)]
    assert not any(told.values()), told
    assert "RuntimeError" in everything["intake"], "the kind of the error is told"
