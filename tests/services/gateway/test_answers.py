"""What a refusal tells a program, over HTTP and the real services."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.gateway.api.examples import command_example
from services.gateway.api.names import path_of
from services.gateway.api.params import CURSOR
from services.gateway.api.routes import ROUTES
from services.gateway.ways import KEPT_S, Ways
from services.intake.domain.cases import Case
from shared.runtime.clock import today
from tests.services.casework import CATALOGUE
from tests.services.gateway.conftest import Gateway
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import FACTS, ROSALBA, SIGNATURE, Counter

pytestmark = pytest.mark.anyio
ON_CASES = [one for one in CATALOGUE.commands() if one.subject == "case" and not one.creates]
ENDING = {"RecordDeath", "WithdrawCase", "WithdrawConsent"}
FORM = ROSALBA | FACTS | {"version_reason": "new"}


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


def told(answer: httpx.Response) -> dict[str, Any]:
    """The problem, after checking what every one has."""
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["code"].isupper() and problem["title"] and problem["detail"].strip().endswith((".", "?"))
    assert "{" not in problem["detail"] and {"field", "lawful"} <= set(problem)
    return problem


async def test_the_same_command_id_gives_the_first_answer_and_another_body_is_refused(town: Town) -> None:
    """X-09: one event, the same answer; COMMAND_ID_REUSED stores nothing."""
    counter, api = Counter(town.offices["intake"], Path()), await town.staff("caseworker")
    case, key = counter.identify(counter.open_call()), str(uuid4())
    path = f"/api/cases/{case}/record-basic-identification"
    first = await api.act(path, {"form": FORM}, key)
    assert first.status_code == 200, first.text
    head = counter.app.log.head()
    again = await api.act(path, {"form": FORM}, key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    other = await api.act(path, {"form": FORM | {"phone": "3990000000"}}, key)
    assert said(other) == (422, "COMMAND_ID_REUSED") and told(other)
    another = await (await town.staff("caseworker")).act(path, {"form": FORM}, key)
    assert said(another) == (422, "COMMAND_ID_REUSED")
    assert counter.app.log.head() == head


async def test_a_repeated_key_finds_its_service_when_the_case_has_gone_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X-09: what several services have by one name is not done again by the next one; a new key goes there."""
    counter, api = Counter(town.offices["intake"], Path()), await town.staff("caseworker")
    case, key = counter.identify(counter.open_call()), str(uuid4())
    person = counter.app.loader.get(Case, UUID(case)).candidate_id
    paper = counter.app.files.put(io.BytesIO(b"%PDF-1.7"), subject=person, kind="s", media_type="", name="c.pdf")
    path, body = f"/api/cases/{case}/attach-document", {"document": "letter", "file": paper.id}
    first = await api.act(path, body, key)
    assert first.status_code == 200, first.text

    async def gone_on(*_arguments: object) -> str:
        return "assistance"

    monkeypatch.setattr("services.gateway.api.commands.owner_of", gone_on)
    again = await api.act(path, body, key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert said(await api.act(path, body, str(uuid4())))[0] == 404


async def test_a_way_that_may_have_been_taken_is_kept_and_a_refused_one_is_not(town: Town) -> None:
    """X-09: after a refusal nothing was stored, and the same key may go wherever the case stands then."""
    counter, api = Counter(town.offices["intake"], Path()), await town.staff("caseworker")
    case, key = counter.identify(counter.open_call()), uuid4()
    refused = await api.act(f"/api/cases/{case}/attach-document", {"document": "letter", "file": "a" * 64}, str(key))
    ways = town.gateway.door.ways
    assert refused.status_code == 404 and ways.known(key) is None
    ways.keep(key, "intake")
    ways.keep(key, "profiling")
    assert ways.known(key) == "intake"
    assert ways.sweep() == 0
    later = ways._clock() + KEPT_S + 1
    assert Ways(ways._database, clock=lambda: later).sweep() >= 1
    assert ways.known(key) is None


async def test_a_stale_version_is_a_conflict_with_the_difference_and_overwrites_nothing(town: Town) -> None:
    """X-09: VERSION_CONFLICT tells the version that was seen and the one that stands."""
    counter, api = Counter(town.offices["intake"], Path()), await town.staff("caseworker")
    case = counter.identify(counter.open_call())
    path = f"/api/cases/{case}/record-basic-identification"
    version = (await api.send("GET", f"/api/cases/{case}")).json()["versions"]["intake"]
    assert (await api.act(path, {"form": FORM}, **{"If-Match": f'"{version}"'})).status_code == 200
    now = (await api.send("GET", f"/api/cases/{case}")).json()["versions"]["intake"]
    head = counter.app.log.head()
    update = f"/api/cases/{case}/update-basic-identification"
    stale = await api.act(update, {"form": FORM | {"version_reason": "update"}}, **{"If-Match": f'"{version}"'})
    problem = told(stale)
    assert said(stale) == (412, "VERSION_CONFLICT")
    assert (problem["expected_version"], problem["actual_version"]) == (version, now) and now > version
    assert counter.app.log.head() == head


@pytest.mark.parametrize("role", ["caseworker", "coordinator", "psychosocial"])
async def test_whatever_is_refused_on_a_case_says_code_text_field_and_what_is_lawful(town: Town, role: str) -> None:
    """X-11: every command on a case that the role may run, with its own example, on a case that is eligible."""
    counter, api = Counter(town.offices["intake"], Path()), await town.staff(role)
    case = counter.candidate()
    counter.evaluate(case)
    town.tell("intake", "profiling", "assistance", "inventory")
    wrong_state = 0
    for one in (one for one in ON_CASES if role in one.roles and one.command not in ENDING):
        body = command_example(one, CATALOGUE, today())
        answer = await api.act(path_of(one).replace("{id}", case), body)
        assert answer.status_code < 500, (one.command, answer.text)
        if answer.status_code >= 400:
            problem = told(answer)
            if problem["code"] in ("STATE_NOT_ALLOWED", "STEP_OUT_OF_ORDER"):
                wrong_state += 1
                assert problem["lawful"], (one.command, problem)
                assert one.command not in problem["lawful"], (one.command, problem)
                assert set(problem["lawful"]) <= {each.command for each in CATALOGUE.commands()}
            if problem["code"] == "FIELD_INVALID":
                assert problem["field"] or problem.get("errors"), one.command
    assert wrong_state > 2


async def test_an_act_on_a_case_that_ended_is_told_apart_from_one_in_the_wrong_state(town: Town) -> None:
    """X-11: CASE_CLOSED."""
    counter, api = Counter(town.offices["intake"], Path()), await town.staff("caseworker")
    case = counter.candidate()
    dead = next(one for one in ON_CASES if one.service == "intake" and one.command == "RecordDeath")
    assert (await api.act(path_of(dead).replace("{id}", case), command_example(dead, CATALOGUE, today()))).is_success
    late = await api.act(f"/api/cases/{case}/communicate-eligibility", {"channel": "in_person", "signed_by": SIGNATURE})
    assert said(late) == (409, "CASE_CLOSED") and told(late)


async def test_a_log_under_another_epoch_is_a_conflict_that_says_to_read_it_anew(town: Town) -> None:
    """EVT-1: an integrator of a restored log is told, instead of given events that do not follow on its own."""
    reader = await town.staff("coordinator")
    answer = await reader.send("GET", "/api/events/intake", params={"epoch": "otra"})
    assert said(answer) == (409, "HISTORY_DIVERGED") and "comienzo" in told(answer)["detail"]
    epoch = (await reader.send("GET", "/api/events/intake")).json()["epoch"]
    assert (await reader.send("GET", "/api/events/intake", params={"epoch": epoch})).status_code == 200


@pytest.mark.parametrize("cursor", ("²", "ÊÌ", "-1", "9" * 30, "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"))
async def test_a_cursor_that_no_page_gave_breaks_no_list(town: Town, cursor: str) -> None:
    """X-11: refused by name where the list counts rows; where it does not, the page is empty."""
    reader, officer = await town.staff("coordinator"), await town.staff("privacy_officer")
    for route in ROUTES:
        if CURSOR in route.params and route.path_id is None:
            answer = await reader.send("GET", route.path, params={"cursor": cursor})
            if answer.status_code == 403:
                answer = await officer.send("GET", route.path, params={"cursor": cursor})
            refused = answer.status_code == 422 and told(answer)["field"] == "cursor"
            assert refused or answer.json().get("items", answer.json().get("rows")) == [], route.path


async def test_an_address_that_is_none_is_told_apart_from_a_method_that_it_lacks(town: Town) -> None:
    """X-11: 404 for an identifier that cannot be one, 405 only where another method is served."""
    reader = await town.staff("coordinator")
    assert said(await reader.send("GET", "/api/calls/no-es-un-uuid")) == (404, "ROUTE_NOT_FOUND")
    assert said(await reader.send("PUT", "/api/calls/no-es-un-uuid")) == (404, "ROUTE_NOT_FOUND")
    assert said(await reader.send("GET", "/api/calls/open-call")) == (405, "METHOD_NOT_ALLOWED")
    assert said(await reader.send("DELETE", "/api/calls")) == (405, "METHOD_NOT_ALLOWED")
