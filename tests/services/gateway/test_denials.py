"""What the edge denies, over HTTP and the real services: the answer, and the row of the access log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.gateway.api.names import path_of
from tests.services.casework import CATALOGUE
from tests.services.gateway.conftest import Gateway, new_person
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import Counter

pytestmark = pytest.mark.anyio
EVERY = CATALOGUE.commands()


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


@pytest.mark.parametrize("role", ["auditor", "operations"])
async def test_each_command_that_a_role_may_not_run_is_denied_and_leaves_one_row(town: Town, role: str) -> None:
    """X-13, ROL-01, SOD-9: every command of the catalogue at its address, with the empty form."""
    api = await town.staff(role)
    denied = [one for one in EVERY if role not in one.roles]
    assert len(denied) > 100
    for one in denied:
        before = town.head()
        answer = await api.act(path_of(one).replace("{id}", str(uuid4())), {})
        assert said(answer) == (403, "NOT_AUTHORISED"), (one.service, one.command, answer.text)
        rows = town.log(before)
        assert [(row["what"], row["act"], row["code"]) for row in rows] == [("denied", one.command, "NOT_AUTHORISED")]
        assert rows[0]["person"] == api.person and rows[0]["service"] and rows[0]["request_id"]


async def test_a_denied_command_names_its_case_in_the_log(town: Town) -> None:
    """X-13: the row tells the case, never what was written."""
    api, case, before = await town.staff("auditor"), str(uuid4()), town.head()
    await api.act(f"/api/cases/{case}/validate-profile", {"reason": "Palabras de prueba"})
    (row,) = town.log(before)
    assert row["case_id"] == case and "Palabras" not in str(row)


@pytest.mark.parametrize("role", [one.code for one in CATALOGUE.roles])
async def test_no_role_is_granted_to_oneself(town: Town, role: str) -> None:
    """SOD-7: refused for each role, and noted (X-13)."""
    admin, before = await town.admin(), town.head()
    body = {"role": role, "organisation": "IPES", "programme": "PR-156", "contract": "C-1"}
    answer = await admin.act(f"/api/staff-members/{admin.person}/grant-role", body)
    assert said(answer) == (403, "SOD_VIOLATION") and "SOD-7" in answer.json()["detail"]
    assert [(row["what"], row["act"], row["code"]) for row in town.log(before)] == [
        ("denied", "GrantRole", "SOD_VIOLATION")
    ]


@pytest.mark.parametrize("held", ["administrator", "operations"])
async def test_who_administers_or_operates_gets_no_other_role_nor_the_other_way_round(town: Town, held: str) -> None:
    """SOD-7: mixed grants, in both orders, of each role."""
    admin = await town.admin()
    _, _, first = await new_person(admin, "primera", held)
    for role in (one.code for one in CATALOGUE.roles if one.code != held):
        body = {"organisation": "IPES", "programme": "PR-156", "contract": "C-1"}
        answer = await admin.act(f"/api/staff-members/{first}/grant-role", {**body, "role": role})
        assert said(answer) == (403, "SOD_VIOLATION"), role
        _, _, other = await new_person(admin, f"otra.{role}")
        given = await admin.act(f"/api/staff-members/{other}/grant-role", {**body, "role": role})
        assert given.status_code == 200, given.text
        answer = await admin.act(f"/api/staff-members/{other}/grant-role", {**body, "role": held})
        assert said(answer) == (403, "SOD_VIOLATION"), role


async def test_an_ended_grant_refuses_the_next_request_of_the_open_session(town: Town) -> None:
    """ROL-04: no right from the moment the grant ends, for commands and for reading."""
    admin, api = await town.admin(), await town.staff("auditor")
    case = Counter(town.offices["intake"], Path())
    identified = case.identify(case.open_call())
    assert (await api.send("GET", f"/api/cases/{identified}")).status_code == 200
    accounts = (await admin.send("GET", "/api/accounts")).json()["items"]
    grant = next(one for one in accounts if one["person"] == api.person)["grants"][0]["grant_id"]
    ended = await admin.act(f"/api/staff-members/{api.person}/end-role", {"grant": grant, "reason": "Se retiró"})
    assert ended.status_code == 200
    before = town.head()
    for path in (f"/api/cases/{identified}", "/api/cases", "/api/board", "/api/events/intake"):
        assert said(await api.send("GET", path)) == (403, "NOT_AUTHORISED"), path
    assert {row["what"] for row in town.log(before)} == {"denied"}


@pytest.mark.parametrize("kind", ["p", "r", "m"])
async def test_who_audits_is_refused_the_sensitive_classes_and_it_is_noted(town: Town, kind: str) -> None:
    """SOD-9: also when asked for together with a class that the auditor may read."""
    api, counter = await town.staff("auditor"), Counter(town.offices["intake"], Path())
    case = counter.identify(counter.open_call())
    before = town.head()
    answer = await api.act(f"/api/cases/{case}/reveal", {"classes": ["i", kind]})
    assert said(answer) == (403, "NOT_AUTHORISED") and answer.json()["field"] == "classes"
    (row,) = town.log(before)
    assert (row["what"], row["case_id"], row["classes"]) == ("denied", case, f"i{kind}")


async def test_each_reading_of_who_audits_is_in_the_log(town: Town) -> None:
    """SOD-9, X-13: one row a reading; others' readings of masked data leave none."""
    auditor, other = await town.staff("auditor"), await town.staff("caseworker")
    counter = Counter(town.offices["intake"], Path())
    case = counter.identify(counter.open_call())
    for path, act, about in ((f"/api/cases/{case}", "case", case), ("/api/cases", "cases", None)):
        before = town.head()
        assert (await auditor.send("GET", path)).status_code == 200
        assert [(row["what"], row["act"], row["case_id"]) for row in town.log(before)] == [("read", act, about)]
        before = town.head()
        assert (await other.send("GET", path)).status_code == 200
        assert town.log(before) == []


async def test_each_opening_of_personal_data_adds_one_row(town: Town) -> None:
    """X-13: person, case and classes; the value itself is not in the log."""
    api, counter = await town.staff("caseworker"), Counter(town.offices["intake"], Path())
    case = counter.identify(counter.open_call())
    before = town.head()
    answer = await api.act(f"/api/cases/{case}/reveal", {"classes": ["i"]})
    assert answer.status_code == 200 and "Rosalba" in answer.text
    (row,) = town.log(before)
    assert (row["what"], row["person"], row["case_id"], row["classes"]) == (
        "personal_data_read",
        api.person,
        case,
        "i",
    )
    assert "Rosalba" not in str(row)


async def test_who_audits_stores_no_file(town: Town) -> None:
    """SOD-9: writes nothing, not even evidence; noted."""
    api, before = await town.staff("auditor"), town.head()
    files = {"file": ("acta.pdf", b"%PDF-1.7\n", "application/pdf")}
    assert said(await api.send("POST", "/api/files/intake", files=files)) == (403, "NOT_AUTHORISED")
    assert [(row["what"], row["act"]) for row in town.log(before)] == [("denied", "upload")]
    kept = await (await town.staff("caseworker")).send("POST", "/api/files/intake", files=files)
    assert kept.status_code == 201, kept.text


@pytest.mark.parametrize("role", ["administrator", "operations"])
async def test_who_administers_or_operates_reads_no_case(town: Town, role: str) -> None:
    """SOD-7: no case rights; the page, its list, its story and the search of people are denied and noted."""
    api, counter = await town.staff(role), Counter(town.offices["intake"], Path())
    case = counter.identify(counter.open_call())
    for path in (f"/api/cases/{case}", f"/api/cases/{case}/timeline", "/api/cases"):
        before = town.head()
        assert said(await api.send("GET", path)) == (403, "NOT_AUTHORISED"), path
        assert {(row["what"], row["code"]) for row in town.log(before)} == {("denied", "NOT_AUTHORISED")}
    search = await api.act("/api/people/search", {"document_number": "52123456"})
    assert said(search) == (403, "NOT_AUTHORISED")
    revealed = await api.act(f"/api/cases/{case}/reveal", {"classes": ["i"]})
    assert said(revealed) == (403, "NOT_AUTHORISED")
