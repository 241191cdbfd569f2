"""The same on the embedded host as between processes: one id, one trace, and nobody's value told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.gateway.hosting import ADMINISTRATOR, LocalSystem
from shared.cli.api import Api
from shared.cli.system import add_account
from shared.tracing import spans
from shared.tracing.spans import Span
from tests.e2e.canaries import Canaries
from tests.e2e.nameko.misbehaving import DOCUMENT, FAULTY, NAME, SERVICES
from tests.e2e.nameko.test_one_request import PERSON, call_of
from tests.waiting import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Kept:
    """An exporter that keeps what it takes."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def take(self, span: Span) -> None:
        self.spans.append(span)

    def close(self) -> None:
        return


@pytest.fixture
def kept() -> Iterator[Kept]:
    exporter = Kept()
    spans.export_to(exporter)
    yield exporter
    spans.export_to(None)


def test_one_id_one_trace_and_no_value_told(tmp_path: Path, written: io.StringIO, kept: Kept) -> None:
    """X-13, requirements 0.4."""
    system = LocalSystem(tmp_path, services=SERVICES)
    try:
        url = system.start()
        with Api(url) as admin, httpx.Client(base_url=url, timeout=30) as client:
            admin.log_in(ADMINISTRATOR, system.accesses()[ADMINISTRATOR])
            account = add_account(admin, "carla", "Carla Casos", ("coordinator", "caseworker"))
            given = {"login": "carla", "password": account["password"]}
            client.headers["Authorization"] = f"Bearer {client.post('/api/session', json=given).json()['token']}"

            def send(path: str, body: Any, **headers: str) -> httpx.Response:
                return client.post(path, json=body, headers={"Idempotency-Key": str(uuid4()), **headers})

            request_id = str(uuid4())
            headers = {"X-Request-Id": request_id, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
            opened = send("/api/calls/open-call", call_of("AT-2026-1"), **headers)
            assert opened.status_code == 201, opened.text
            call = opened.json()["id"]

            def about(event: str, service: str) -> bool:
                said = [line for line in written.getvalue().splitlines() if request_id in line]
                return any(f'"event": "{event}"' in line and f'"service": "{service}"' in line for line in said)

            until(lambda: about("applied", "assistance") and about("applied", "reporting"), "it is applied", 30)
            assert about("command", "intake")
            traced = {(one.service, one.name): one for one in kept.spans if one.traceparent[3:35] == TRACE}
            here, chain = traced["assistance", "apply intake.CallOpened"], []
            by_context = {one.traceparent: one for one in traced.values()}
            while here.parent in by_context:
                here = by_context[here.parent]
                chain.append((here.service, here.name))
            assert chain == [
                ("intake", "OpenCall"),
                ("gateway", "intake.command"),
                ("gateway", "POST /api/{collection}/{command}"),
            ]

            identify = {"call": call, "source": "requests_pr029", "source_kind": "request", "source_ref": "SOL-1"}
            identify |= {"identified_on": "2026-11-03", "ground": "public_function", **PERSON}
            seen = [
                send("/api/cases/identify-candidate", identify).status_code,
                send("/api/cases/identify-candidate", {**identify, NAME: DOCUMENT}).status_code,
                send("/api/calls/open-call", call_of(FAULTY)).status_code,
                send(f"/api/calls/{call}/close-call", {"reason": f"{NAME} {DOCUMENT}"}).status_code,
            ]
            assert seen == [201, 422, 500, 200]
            until(lambda: '"event": "parked intake:' in written.getvalue(), "the event is parked", 30)
            watched = "".join(client.get(path).text for path in ("/healthz", "/healthz/ready", "/metrics"))
    finally:
        system.stop()
    canaries = Canaries([("name", NAME), ("document", DOCUMENT), ("surname", "Bustamante"), ("name", "Encarnación")])
    assert canaries.found_in(written.getvalue().encode()) == []
    assert canaries.found_in(watched.encode()) == []
    assert canaries.found_in(repr(kept.spans).encode()) == []
    assert 'outcome="failed"' in watched and "RuntimeError" in written.getvalue()
