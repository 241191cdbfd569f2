"""Operators see and mend what is theirs, over the API, and nothing of a case."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.cli.api import Api, Refused
from shared.cli.exits import Exit
from shared.cli.system import OFFICE, OPERATION, edge, install_office
from tests.waiting import until


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> object:
    local = edge("local")(tmp_path_factory.mktemp("operations") / "data")
    local.start()
    install_office(local)
    yield local
    local.stop()


@pytest.fixture
def operator(system: object) -> Api:
    with Api(system.url) as api:  # type: ignore[attr-defined]
        yield api.log_in(OPERATION, system.accesses()[OPERATION])  # type: ignore[attr-defined]


def test_every_service_says_how_it_is(operator: Api) -> None:
    services = {one["service"]: one for one in operator.get("/api/operations/status")["items"]}
    assert set(services) == {"intake", "profiling", "assistance", "inventory", "reporting"}
    assert all(not one["guards_missing"] and one["read_model_built"] and not one["parked"] for one in services.values())
    assert {follower["state"] for one in services.values() for follower in one["followers"].values()} == {"following"}


def test_a_rebuild_of_reporting_reads_everything_again(operator: Api) -> None:
    assert operator.post("/api/operations/reporting/rebuild", {"reason": "prueba"})["state"] == "running"

    def ended() -> bool:
        services = {one["service"]: one for one in operator.get("/api/operations/status")["items"]}
        return services["reporting"]["rebuild"]["state"] == "done"

    until(ended, "the rebuild ends")
    assert operator.get("/api/operations/reporting/acts")["items"][0]["reason"] == "prueba"
    with pytest.raises(Refused) as refusal:
        operator.post("/api/operations/reporting/cancel-rebuild", {})
    assert refusal.value.code == "NO_REBUILD"


def test_what_is_not_parked_can_neither_be_retried_nor_discarded(operator: Api) -> None:
    nobody = "0b6f0f66-8a0c-4a0e-9a44-0d8f3f0a1c11"
    for act, body in (
        ("retry", {"upstream": "intake", "subject": nobody}),
        ("discard", {"upstream": "intake", "sequence": 1, "reason": "prueba"}),
    ):
        with pytest.raises(Refused) as refusal:
            operator.post(f"/api/operations/profiling/{act}", body)
        assert refusal.value.code == "NOT_PARKED"


def test_a_follower_whose_upstream_lives_on_adopts_it(operator: Api) -> None:
    assert operator.post("/api/operations/profiling/adopt", {"upstream": "intake"})["upstream"] == "intake"


def test_the_commands_reach_the_process_that_serves_the_folder(system: object) -> None:
    folder = str(system.data)  # type: ignore[attr-defined]

    def run(*words: str) -> Any:
        command = [sys.executable, "-m", "shared.cli.main", *words, "--data", folder, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout or done.stderr)

    assert run("parked", "--service", "reporting") == (0, {"items": []})
    code, found = run("pause", "reporting", "intake", "--reason", "mantenimiento")
    assert (code, found["changed"]) == (0, True)
    assert run("resume", "reporting", "intake")[1]["changed"]
    assert [one["act"] for one in run("acts", "reporting", "--limit", "2")[1]["items"]] == ["resume", "pause"]
    assert run("parked", "retry", "reporting")[1]["applied"] == 0
    code, found = run("rebuild", "inventory", "--reason", "prueba")
    assert (code, found["state"]) == (0, "done")
    code, refused = run("republish", "intake", "--from", "1", "--to", "1", "--reason", "prueba")
    assert code == int(Exit.REFUSED) and "NO_BROKER" in json.dumps(refused)


def test_a_caseworker_does_not_operate_the_platform(system: object) -> None:
    with Api(system.url) as api:  # type: ignore[attr-defined]
        api.log_in(OFFICE, system.accesses()[OFFICE])  # type: ignore[attr-defined]
        with pytest.raises(Refused) as refusal:
            api.get("/api/operations/status")
        assert refusal.value.code == "NOT_AUTHORISED"


def test_an_operator_sees_no_case(operator: Api, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        operator.post("/api/people/search", {"name": "Yamile"})
    assert refusal.value.problem["status"] == 403
