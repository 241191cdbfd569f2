"""Every way of sending something wrong gets an answer of its own, and reaches no service unless only it can tell."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from shared.eventstore.database import Database
from tests.services.gateway.conftest import Api, Gateway
from tests.services.gateway.remote import DOCUMENT, NAME

pytestmark = pytest.mark.anyio
VALIDATE = {"decision": "approve", "reason": "Cumple"}


def problem(answer: httpx.Response, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code and body["status"] == status
    assert body["title"] and body["detail"].endswith((".", "».", "»")) and body["type"].startswith("/api/docs#")
    assert body["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    assert "Traceback" not in answer.text
    return body


def path(gateway: Gateway) -> str:
    return f"/api/cases/{gateway.remote.case_id}/validate-profile"


def commands_received(gateway: Gateway) -> int:
    return sum(method == "command" for _, method, _ in gateway.remote.received)


async def test_a_command_without_key_is_told_to_send_one(gateway: Gateway, caseworker: Api) -> None:
    answer = await caseworker.send("POST", path(gateway), json=VALIDATE)
    assert "Idempotency-Key" in problem(answer, 400, "IDEMPOTENCY_KEY_REQUIRED")["detail"]
    answer = await caseworker.send("POST", path(gateway), json=VALIDATE, headers={"Idempotency-Key": "uno"})
    problem(answer, 400, "IDEMPOTENCY_KEY_INVALID")
    assert commands_received(gateway) == 0


async def test_broken_json_a_list_and_another_media_type_are_told_apart(gateway: Gateway, caseworker: Api) -> None:
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    for broken in (b'{"decision": ', b"\xff\xfe", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000):
        answer = await caseworker.send("POST", path(gateway), content=broken, headers=headers)
        problem(answer, 400, "JSON_BROKEN")
    answer = await caseworker.send("POST", path(gateway), content=b"[1]", headers=headers)
    problem(answer, 400, "BODY_NOT_OBJECT")
    answer = await caseworker.send(
        "POST", path(gateway), content=b"{}", headers={**headers, "Content-Type": "text/plain"}
    )
    problem(answer, 415, "CONTENT_TYPE_UNSUPPORTED")
    assert commands_received(gateway) == 0


async def test_a_body_over_the_limit_is_stopped_while_it_streams(gateway: Gateway, caseworker: Api) -> None:
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    announced = await caseworker.send("POST", path(gateway), content=b" " * 1_000_001, headers=headers)
    problem(announced, 413, "BODY_TOO_LARGE")
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 50_000_000:
            sent += 100_000
            yield b" " * 100_000

    unannounced = await caseworker.send("POST", path(gateway), content=endless(), headers=headers)
    problem(unannounced, 413, "BODY_TOO_LARGE")
    assert commands_received(gateway) == 0


async def test_unknown_fields_and_wrong_types_name_every_field(gateway: Gateway, caseworker: Api) -> None:
    body = problem(
        await caseworker.act(path(gateway), {**VALIDATE, "color": "azul", "decision": 7}), 422, "FIELD_INVALID"
    )
    assert {error["field"] for error in body["errors"]} >= {"color", "decision"}
    assert body["field"] in {"color", "decision"}


async def test_a_state_that_does_not_allow_it_says_what_is_lawful(gateway: Gateway, caseworker: Api) -> None:
    gateway.remote.state = "eligible"
    body = problem(await caseworker.act(path(gateway), VALIDATE), 409, "STATE_NOT_ALLOWED")
    assert body["lawful"] == ["ValidateProfile"]


async def test_missing_rights_are_refused_and_logged(gateway: Gateway, admin: Api, caseworker: Api) -> None:
    problem(await admin.act(path(gateway), VALIDATE), 403, "NOT_AUTHORISED")
    problem(await caseworker.act(path(gateway), {**VALIDATE, "reason": "sod"}), 403, "SOD_VIOLATION")
    denied = [row for row in gateway.door.access_log.entries() if row["what"] == "denied"]
    assert [(row["act"], row["code"]) for row in denied] == [
        ("ValidateProfile", "NOT_AUTHORISED"),
        ("ValidateProfile", "SOD_VIOLATION"),
    ]
    assert denied[0]["case_id"] == str(gateway.remote.case_id)


async def test_a_stale_version_is_a_conflict_and_a_malformed_one_is_not(gateway: Gateway, caseworker: Api) -> None:
    problem(await caseworker.act(path(gateway), VALIDATE, **{"If-Match": '"3"'}), 412, "VERSION_CONFLICT")
    problem(await caseworker.act(path(gateway), VALIDATE, **{"If-Match": "tres"}), 400, "IF_MATCH_INVALID")
    answer = await caseworker.act(path(gateway), VALIDATE, **{"If-Match": '"7"'})
    assert answer.status_code == 200 and answer.headers["etag"] == '"8"'


async def test_a_repeated_command_gets_its_first_answer_and_another_body_is_refused(
    gateway: Gateway, caseworker: Api
) -> None:
    key = str(uuid4())
    first = await caseworker.act(path(gateway), VALIDATE, key)
    again = await caseworker.act(path(gateway), VALIDATE, key)
    assert first.json() == again.json() and gateway.remote.version == 8
    other = await caseworker.act(path(gateway), {**VALIDATE, "reason": "Otra"}, key)
    problem(other, 422, "COMMAND_ID_REUSED")


async def test_a_service_that_is_away_or_late_is_503_with_the_same_key(gateway: Gateway, caseworker: Api) -> None:
    gateway.remote.away = {"profiling"}
    answer = await caseworker.act(path(gateway), VALIDATE)
    assert "reintente con la misma clave" in problem(answer, 503, "SERVICE_UNAVAILABLE")["detail"]
    assert int(answer.headers["retry-after"]) >= 1
    gateway.remote.away, gateway.remote.late = set(), {"profiling"}
    assert "misma clave" in problem(await caseworker.act(path(gateway), VALIDATE), 503, "DEADLINE_EXCEEDED")["detail"]
    gateway.remote.late = {"reporting"}
    answer = await caseworker.send("GET", "/api/cases")
    assert "clave" not in problem(answer, 503, "DEADLINE_EXCEEDED")["detail"]


async def test_an_act_of_several_services_waits_for_one_to_which_its_case_may_have_gone_on(
    gateway: Gateway, caseworker: Api
) -> None:
    """Sent to whoever had the case before, it would be refused for a reason that is not so."""
    act, body = f"/api/cases/{gateway.remote.case_id}/attach-document", {"document": "letter", "file": "a" * 64}
    gateway.remote.away = {"assistance"}
    answer = await caseworker.act(act, body)
    assert "misma clave" in problem(answer, 503, "SERVICE_UNAVAILABLE")["detail"]
    assert [service for service, method, _ in gateway.remote.received if method == "command"] == []
    gateway.remote.away = {"intake"}
    await caseworker.act(act, body)
    assert [service for service, method, _ in gateway.remote.received if method == "command"] == ["profiling"]


async def test_the_gateways_own_database_away_is_503_for_programs_and_for_people(
    gateway: Gateway, caseworker: Api, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gateway.door.sessions._database = Database(f"sqlite:///{gone / 'x.db'}")
    gone.rmdir()
    answer = await caseworker.send("GET", "/api/me")
    problem(answer, 503, "SERVICE_UNAVAILABLE")
    async with gateway.client(cookies={"impulso": "x"}) as client:
        page = await client.get("/casos")
    assert page.status_code == 503 and "text/html" in page.headers["content-type"] and "Espere" in page.text


async def test_an_unforeseen_error_shows_nothing_of_itself(gateway: Gateway, caseworker: Api, capfd) -> None:
    gateway.remote.broken = {"reporting"}
    answer = await caseworker.send("GET", "/api/cases")
    problem(answer, 500, "INTERNAL_ERROR")
    assert NAME not in answer.text and DOCUMENT not in answer.text
    out, err = capfd.readouterr()
    assert NAME not in out + err and DOCUMENT not in out + err


async def test_addresses_and_methods_that_do_not_exist_are_problems_too(gateway: Gateway, caseworker: Api) -> None:
    problem(await caseworker.send("GET", "/api/nada/de/nada/aqui"), 404, "ROUTE_NOT_FOUND")
    problem(await caseworker.act(f"/api/cases/{uuid4()}/fly-away", {}), 404, "ROUTE_NOT_FOUND")
    problem(await caseworker.act("/api/cases/validate-profile", VALIDATE), 404, "ROUTE_NOT_FOUND")
    answer = await caseworker.send("PUT", "/api/me")
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    problem(await caseworker.send("GET", f"/api/cases/{uuid4()}"), 404, "NOT_FOUND")


async def test_parameters_are_checked_and_a_document_number_never_belongs_in_an_address(caseworker: Api) -> None:
    for query in ("color=azul", "limit=0", "limit=doscientos", "state=a;b", "limit=5&limit=6"):
        problem(await caseworker.send("GET", f"/api/cases?{query}"), 422, "PARAMETER_INVALID")
    for number in (DOCUMENT, "1.023.456.781"):
        body = problem(await caseworker.send("GET", f"/api/cases?text={number}"), 422, "PARAMETER_INVALID")
        assert "/api/people/search" in body["detail"] and number not in body["detail"]
    assert (await caseworker.send("GET", "/api/cases?text=CONV-2026")).status_code == 200


async def test_a_file_that_is_not_what_its_name_says_is_refused(gateway: Gateway, caseworker: Api) -> None:
    files = {"file": ("lista.xlsx", b"MZ\x90 program", "application/vnd.ms-excel")}
    answer = await caseworker.send("POST", "/api/files/intake", files=files)
    assert answer.status_code in (415, 422) and answer.json()["code"]
    assert gateway.remote.files == {}
    problem(await caseworker.send("POST", "/api/files/intake", json={}), 415, "CONTENT_TYPE_UNSUPPORTED")
    empty = await caseworker.send("POST", "/api/files/intake", files={"file": ("a.csv", b"", "text/csv")})
    problem(empty, 422, "FIELD_INVALID")


async def test_a_file_over_20_mb_is_stopped_and_a_smaller_one_passes_in_pieces(
    gateway: Gateway, caseworker: Api
) -> None:
    line = b"1;jornada;2026-10-01\n"
    good = line * 200_000
    answer = await caseworker.send("POST", "/api/files/intake", files={"file": ("a.csv", good, "text/csv")})
    assert answer.status_code == 201, answer.text
    assert answer.json()["size"] == len(good)
    big = line * 1_000_000
    answer = await caseworker.send("POST", "/api/files/intake", files={"file": ("a.csv", big, "text/csv")})
    problem(answer, 413, "BODY_TOO_LARGE")

    async def unannounced():
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        yield head
        for _ in range(300):
            yield line * 4000

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await caseworker.send("POST", "/api/files/intake", content=unannounced(), headers=headers)
    problem(answer, 413, "BODY_TOO_LARGE")
    assert len(gateway.remote.files) == 1


async def test_a_multipart_body_that_is_cut_off_is_refused(gateway: Gateway, caseworker: Api) -> None:
    cut = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n1;2;3'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await caseworker.send("POST", "/api/files/intake", content=cut, headers=headers)
    problem(answer, 400, "FORM_BROKEN")
    assert gateway.remote.files == {}
