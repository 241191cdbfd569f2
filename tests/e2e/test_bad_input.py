"""Bad input over HTTP on the running system: each gets its own clear answer and leaves no trace but the log line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.cli.demo.check import settle
from shared.cli.demo.papers import PDF, pdf, png
from tests.e2e.conftest import SEED, Demo

MEGABYTE = 1_000_000
RESULT = {"result": "apto", "reason": "Se revisaron los formatos"}
CALL = {
    "code": "MALA",
    "name": "No debe abrirse",
    "service": "technical_assistance",
    "specifications": "Texto",
    "product_types": ["textile"],
    "routes": ["strengthening"],
    "opens_on": "2026-10-01",
    "closes_on": "2026-12-31",
    "executor_kind": "ipes_team",
}


@dataclass
class Bad:
    """A request that must be refused. ``who`` sends it (None: nobody logged in), ``body`` is JSON unless ``raw``."""

    status: int
    code: str
    who: str | None
    path: str
    body: Any = None
    place: str | None = None
    raw: bytes | None = None
    headers: dict[str, str | None] = field(default_factory=dict)
    files: Any = None
    method: str = "POST"

    def send(self, demo: Demo) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        if self.who is not None:
            headers["Authorization"] = str(demo.staff[self.who].authorization)
        wanted = {**headers, **self.headers}
        if self.files is not None:
            wanted["Content-Type"] = None
        kept = {name: value for name, value in wanted.items() if value is not None}
        content = None if self.files is not None or self.method == "GET" else self._content()
        path = self.path.format_map(Cases(demo))
        with httpx.Client(base_url=demo.served.url, trust_env=False, timeout=30) as client:
            return client.request(self.method, path, content=content, files=self.files, headers=kept)

    def _content(self) -> bytes:
        return self.raw if self.raw is not None else json.dumps(self.body or {}).encode()


class Cases(dict[str, str]):
    """Ids of the demonstration by name: the case of each kind of story, and the main call."""

    def __init__(self, demo: Demo) -> None:
        calls = demo.staff["coordinadora"].pages("/api/calls", text=f"DEMO-{SEED}-A")
        super().__init__({each["kind"]: demo.case(each["kind"]) for each in demo.document["final"]["cases"]})
        self["call"] = next(one["id"] for one in calls)


IN_ASSISTANCE = "/api/cases/{returned}/"
OPEN = "/api/calls/open-call"
FILES = "/api/files/intake"

BAD: dict[str, Bad] = {
    # what is in the body
    "an unknown field": Bad(422, "FIELD_INVALID", "coordinadora", OPEN, {**CALL, "presupuesto": 1}, "presupuesto"),
    "an unknown field within a list": Bad(
        422, "FIELD_INVALID", "profesional", IN_ASSISTANCE + "request-withdrawal",
        {"lines": [{"assignment_line": str(uuid4()), "qty": "1", "color": "rojo"}]}, "lines[0].color",
    ),
    "a number where a text is due": Bad(422, "FIELD_INVALID", "coordinadora", OPEN, {**CALL, "name": 7}, "name"),
    "a text where a date is due": Bad(
        422, "FIELD_INVALID", "coordinadora", OPEN, {**CALL, "opens_on": "mañana"}, "opens_on"
    ),
    "a day that does not exist": Bad(
        422, "FIELD_INVALID", "coordinadora", OPEN, {**CALL, "opens_on": "2026-02-30"}, "opens_on"
    ),
    "an unknown code of a list": Bad(
        422, "FIELD_INVALID", "coordinadora", OPEN, {**CALL, "service": "magia"}, "service"
    ),
    "a negative quota": Bad(
        422, "FIELD_INVALID", "coordinadora", OPEN, {**CALL, "cohort_quota": -1}, "cohort_quota"
    ),
    "a missing field": Bad(
        422, "FIELD_INVALID", "coordinadora", OPEN, {name: value for name, value in CALL.items() if name != "code"},
        "code",
    ),
    "a text too long": Bad(422, "FIELD_INVALID", "coordinadora", OPEN, {**CALL, "code": "X" * 21}, "code"),
    "a control character": Bad(422, "FIELD_INVALID", "coordinadora", OPEN, {**CALL, "name": "a\u0000b"}, "name"),
    "a quantity that is no number": Bad(
        422, "FIELD_INVALID", "profesional", IN_ASSISTANCE + "request-withdrawal",
        {"lines": [{"assignment_line": str(uuid4()), "qty": "NaN"}]}, "lines[0].qty",
    ),
    "a date in the future": Bad(
        422, "DATE_IN_FUTURE", "coordinadora", OPEN, {**CALL, "happened_on": "2199-01-01"}, "happened_on"
    ),
    "a call without specifications": Bad(
        422, "SPECIFICATIONS_MISSING", "coordinadora", OPEN, {**CALL, "specifications": None}
    ),
    # the state, the rights, the person, the version
    "an act in the wrong state": Bad(
        409, "STATE_NOT_ALLOWED", "coordinadora", IN_ASSISTANCE + "declare-unit-result", RESULT
    ),
    "an act on a closed case": Bad(
        409, "CASE_CLOSED", "profesional", "/api/cases/{not_approved}/record-alternative-interest",
        {"interested": False, "reason": "No quiere"},
    ),
    "an act before its time": Bad(
        409, "CASE_CLOSED", "psicosocial", "/api/cases/{not_eligible}/start-profiling"
    ),
    "an act of another role": Bad(403, "NOT_AUTHORISED", "formacion", IN_ASSISTANCE + "declare-unit-result", RESULT),
    "an auditor who acts": Bad(403, "NOT_AUTHORISED", "auditora", OPEN, CALL),
    "operations without the role": Bad(403, "NOT_AUTHORISED", "profesional", "/api/operations/status", method="GET"),
    "another operator's case": Bad(404, "NOT_FOUND", "otro-operador", "/api/cases/{returned}", method="GET"),
    "a stale version": Bad(
        412, "VERSION_CONFLICT", "profesional", IN_ASSISTANCE + "request-withdrawal",
        {"lines": [{"assignment_line": str(uuid4()), "qty": "1"}]}, headers={"If-Match": '"1"'},
    ),
    "an expected version that is no version": Bad(
        400, "IF_MATCH_INVALID", "coordinadora", OPEN, CALL, headers={"If-Match": "la nueva"}
    ),
    "no idempotency key": Bad(
        400, "IDEMPOTENCY_KEY_REQUIRED", "coordinadora", OPEN, CALL, headers={"Idempotency-Key": None}
    ),
    "an idempotency key that is no UUID": Bad(
        400, "IDEMPOTENCY_KEY_INVALID", "coordinadora", OPEN, CALL, headers={"Idempotency-Key": "1"}
    ),
    "nobody logged in": Bad(401, "SESSION_REQUIRED", None, OPEN, CALL),
    "a token that opens nothing": Bad(
        401, "SESSION_REQUIRED", None, OPEN, CALL, headers={"Authorization": "Bearer x" * 9}
    ),
    "a wrong password": Bad(
        401, "LOGIN_FAILED", None, "/api/session", {"login": f"demo-{SEED}-profesional", "password": "no es esta"}
    ),
    # what is no JSON object
    "broken JSON": Bad(400, "JSON_BROKEN", "coordinadora", OPEN, raw=b'{"code": "MALA",'),
    "JSON in another coding": Bad(400, "JSON_BROKEN", "coordinadora", OPEN, raw='{"name": "Ñ"}'.encode("latin-1")),
    "a number that JSON has not": Bad(400, "JSON_BROKEN", "coordinadora", OPEN, raw=b'{"cohort_quota": NaN}'),
    "a name twice": Bad(400, "JSON_BROKEN", "coordinadora", OPEN, raw=b'{"code": "A", "code": "B"}'),
    "too deep": Bad(400, "JSON_BROKEN", "coordinadora", OPEN, raw=b'{"a":' * 60 + b"1" + b"}" * 60),
    "a list": Bad(400, "BODY_NOT_OBJECT", "coordinadora", OPEN, raw=b"[]"),
    "no JSON by its own account": Bad(
        415, "CONTENT_TYPE_UNSUPPORTED", "coordinadora", OPEN, CALL, headers={"Content-Type": "text/plain"}
    ),
    "more than a megabyte": Bad(
        413, "BODY_TOO_LARGE", "coordinadora", OPEN, {**CALL, "specifications": "x" * MEGABYTE}
    ),
    # files
    "a file of more than 20 MB": Bad(
        413, "BODY_TOO_LARGE", "profesional", FILES,
        files={"file": ("grande.csv", b"a,b\n" * (5 * MEGABYTE + 1), "text/csv")},
    ),
    "a picture called PDF": Bad(
        422, "FILE_TYPE_MISMATCH", "profesional", FILES, None, "file", files={"file": ("acta.pdf", png(1), PDF)}
    ),
    "a PDF called workbook": Bad(
        422, "FILE_TYPE_MISMATCH", "coordinadora", FILES, None, "file",
        files={"file": ("lista.xlsx", pdf("lista"), "application/octet-stream")},
    ),
    "a program": Bad(
        415, "FILE_TYPE_NOT_ACCEPTED", "profesional", FILES, None, "file",
        files={"file": ("visor.exe", b"MZ" + b"\0" * 99, "application/octet-stream")},
    ),
    "an empty file": Bad(
        422, "FIELD_INVALID", "profesional", FILES, None, "file", files={"file": ("acta.pdf", b"", PDF)}
    ),
    "no file": Bad(
        422, "FIELD_INVALID", "profesional", FILES, None, "file", files={"otro": (None, b"texto")}
    ),
    "a file that nobody stored": Bad(
        404, "NOT_FOUND", "coordinadora", "/api/calls/{call}/import-candidates",
        {"file": "0" * 64, "as_of": "2026-10-15"}, "file",
    ),
    # addresses
    "an unknown address": Bad(404, "ROUTE_NOT_FOUND", "coordinadora", "/api/casos/nuevo", {}),
    "an unknown act": Bad(404, "ROUTE_NOT_FOUND", "coordinadora", "/api/cases/{returned}/celebrate", {}),
    "an unknown case": Bad(404, "NOT_FOUND", "coordinadora", f"/api/cases/{uuid4()}", method="GET"),
    "another method": Bad(405, "METHOD_NOT_ALLOWED", "coordinadora", "/api/cases/{returned}", method="PUT"),
    "a document number in the address": Bad(
        422, "PARAMETER_INVALID", "profesional", "/api/cases?text=1023456789", method="GET"
    ),
    "an unknown parameter": Bad(422, "PARAMETER_INVALID", "profesional", "/api/calls?orden=1", method="GET"),
}  # fmt: skip


@pytest.fixture
def untouched(demo: Demo) -> Iterator[None]:
    """Nothing stored changes: no event, no row, no key, no file."""
    before, heads = demo.served.store(), demo.served.heads()
    yield
    assert demo.served.heads() == heads
    assert demo.served.store() == before


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_with_its_own_code_and_a_text_that_helps(demo: Demo, name: str) -> None:
    bad = BAD[name]

    answer = bad.send(demo)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (bad.status, bad.code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    if bad.place is not None:
        assert problem["field"] == bad.place
    _assert_helpful(problem)


def _assert_helpful(problem: dict[str, Any]) -> None:
    """A sentence in Spanish that is more than the title, and nothing of the machinery."""
    detail = problem["detail"]
    assert detail.endswith(".") and len(detail.split()) >= 3, detail
    assert re.search(r"\b(el|la|los|las|un|una|no|de|que|su|se|o|y)\b", detail.lower()), detail
    assert not re.search(r"Traceback|Error\b|Exception|None|\{\w*\}|sqlite|line \d", detail), detail
    assert problem["title"] and problem["instance"].startswith("urn:uuid:")


@pytest.mark.usefixtures("untouched")
def test_what_is_lawful_instead_is_named(demo: Demo) -> None:
    problem = BAD["an act in the wrong state"].send(demo).json()

    assert "DecideIncentive" in problem["lawful"]
    assert "DeclareUnitResult" not in problem["lawful"]


@pytest.mark.usefixtures("untouched")
def test_a_body_without_announced_length_is_cut_off_as_well(demo: Demo) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"name": "'
        for _ in range(40):
            yield b"x" * 50_000

    headers = {
        "Authorization": str(demo.staff["coordinadora"].authorization),
        "Idempotency-Key": str(uuid4()),
        "Content-Type": "application/json",
    }
    answer = httpx.post(demo.served.url + OPEN, content=pieces(), headers=headers, timeout=60, trust_env=False)

    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_a_repeated_command_gives_the_first_answer_and_stores_nothing(demo: Demo) -> None:
    coordinator, key = demo.staff["coordinadora"], uuid4()
    body = {**CALL, "code": f"REP-{SEED}", "specifications_file": _stored(demo)}
    first = coordinator.act(OPEN, body, key=key)
    settle(demo.staff["plataforma"])
    before = demo.served.store()

    again = coordinator.act(OPEN, body, key=key)
    other = Bad(
        422, "COMMAND_ID_REUSED", "coordinadora", OPEN, {**body, "name": "Otra"}, headers={"Idempotency-Key": str(key)}
    ).send(demo)

    assert again == first
    assert (other.status_code, other.json()["code"]) == (422, "COMMAND_ID_REUSED")
    assert demo.served.store() == before


def test_an_import_of_a_list_that_is_none_is_refused_before_any_candidate(demo: Demo) -> None:
    coordinator = demo.staff["coordinadora"]
    stored = coordinator.upload_bytes("intake", "otra.csv", b"nombre;documento\nRosa;1\n", "text/csv")
    before = demo.served.store()

    answer = Bad(
        422, "FIELD_INVALID", "coordinadora", "/api/calls/{call}/import-candidates",
        {"file": stored["id"], "as_of": "2026-10-15"},
    ).send(demo)  # fmt: skip

    assert (answer.status_code, answer.json()["code"]) == (422, "FIELD_INVALID")
    assert "punto y coma" in answer.json()["detail"]
    assert demo.served.store() == before


def test_a_denial_is_noted_in_the_access_log_and_told_in_the_log(demo: Demo) -> None:
    told = demo.served.log.read_text("utf-8").count("denied")

    BAD["an act of another role"].send(demo)

    assert demo.served.log.read_text("utf-8").count("denied") > told


def _stored(demo: Demo) -> str:
    return str(demo.staff["coordinadora"].upload_bytes("intake", "esp.pdf", pdf("Especificaciones"), PDF)["id"])
