"""The container system, run as the README says: any start order, restarts, and what must not be reachable.

Run by ``.ci/run`` alone (``pytest tests/containers/*.py``): it builds an image and needs Docker. The tests share one
stack and leave it healthy; each may be run alone.
"""

from __future__ import annotations

import io
from pathlib import Path
from zipfile import ZipFile

import httpx

from benchmarks.import_rate import written
from shared.cli.api import Api
from shared.cli.demo.people import Person, person
from shared.cli.demo.plan import CYCLE
from shared.cli.demo.staff import names_of_staff
from shared.runtime.clock import today
from tests.containers.compare_demo import differences
from tests.containers.stack import (
    ADMINISTRATOR,
    EVERYTHING,
    OURS,
    SERVICES,
    Stack,
    account,
    assert_sound,
    impulso,
    is_sound,
)
from tests.e2e.canaries import Canaries
from tests.figures import IN_FULL, record
from tests.waiting import until

CASES, SEED = len(CYCLE) - 1 if IN_FULL else 4, 1
"""In full every kind of story once."""
PEOPLE = 200 if IN_FULL else CASES + 6
"""Whose values are searched for: those of the demonstration, and of a list."""
NOT_LISTED = ("activity address", "remark")
"""What a list does not say of anybody."""


def test_everything_comes_to_healthy_and_only_the_proxy_can_be_reached(stack: Stack) -> None:
    containers = stack.containers()
    assert stack.unhealthy() == set()
    assert stack.health() == {"ok"}
    assert containers["migrate"]["State"]["ExitCode"] == 0
    published = {name for name, one in containers.items() if any((one["NetworkSettings"]["Ports"] or {}).values())}
    assert published == {"caddy"}


def test_a_service_can_add_events_but_not_change_them_nor_reach_another_services_databases(stack: Stack) -> None:
    for name in SERVICES:
        role = f"{name}_app"
        assert stack.sql(name, "SELECT count(*) >= 0 FROM events", role).strip() == "t"
        for statement in ("UPDATE events SET topic = topic", "DELETE FROM events", "TRUNCATE events"):
            assert "permission denied for table events" in stack.sql(name, statement, role)
        for statement in ("DROP TABLE events", "ALTER TABLE events DISABLE TRIGGER ALL", "DROP FUNCTION refuse_change"):
            assert "must be owner" in stack.sql(name, statement, role)
        other = "reporting" if name == "intake" else "intake"
        assert "permission denied for database" in stack.sql(other, "SELECT 1", role)
        assert "permission denied for database" in stack.sql(f"{other}_keys", "SELECT 1", role)


def test_the_first_log_in_opens_through_the_proxy_and_a_wrong_one_does_not(stack: Stack) -> None:
    with Api(stack.url) as api:
        api.log_in(ADMINISTRATOR, stack.secrets()["admin_password"])
        assert api.get("/api/me")
    wrong = httpx.post(f"{stack.url}/api/session", json={"login": ADMINISTRATOR, "password": "not the password"})
    assert wrong.status_code == 401
    page = httpx.get(stack.url, follow_redirects=True)
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]


def test_whole_journeys_end_as_on_the_embedded_host_and_nothing_is_parked(
    stack: Stack, administrator: Api, tmp_path: Path
) -> None:
    demo = ("demo", "--cases", str(CASES), "--seed", str(SEED))
    password = stack.secrets()["admin_password"]
    here = stack.impulso(*demo, user=ADMINISTRATOR, password=password, seconds=600)
    embedded = impulso(*demo, "--data", str(tmp_path / "var"), seconds=600)
    assert differences(embedded, here) == []
    assert here["parked"] == 0
    assert_sound(stack, administrator)


def test_no_personal_value_lies_in_any_database_queue_stream_file_log_figure_dump_or_export(
    stack: Stack, administrator: Api, tmp_path: Path
) -> None:
    """X-12: the people of the demonstration, and those of a list that is imported beside them."""
    people = [person(SEED, index) for index in range(PEOPLE)]
    office = account(administrator, "coordinator", "caseworker")
    listed, call = tmp_path / "lista.csv", "CANARIOS-1"
    listed.write_bytes(written(map(row_of, people[CASES:])))
    stack.impulso("call", "open", call, **office)
    taken = stack.impulso("import", str(listed), "--call", call, "--as-of", today().isoformat(), seconds=600, **office)
    assert taken["accepted"] == PEOPLE - CASES
    values = [
        (f"{what} of candidate {each.index}", text)
        for each in people
        for what, text in each.canaries().items()
        if each.index < CASES or what not in NOT_LISTED
    ]
    canaries = Canaries([*values, *(("name of staff", name) for name in names_of_staff())])
    data = tmp_path / "data"
    data.mkdir()
    stack.copy_data(data)
    stack.dump(data / "dumps")
    for name, figures in stack.figures().items():
        (data / f"{name}.metrics").write_text(figures, "utf-8")
    # Who may see the register, and nobody's data in it, takes it away.
    with Api(stack.url) as auditor:
        without = account(administrator, "auditor")
        auditor.log_in(without["user"], without["password"])
        (data / "register.csv").write_bytes(auditor.download("/api/candidates/export?format=csv"))
        with ZipFile(io.BytesIO(auditor.download("/api/candidates/export?format=xlsx"))) as workbook:
            workbook.extractall(data / "register")
    read, found = canaries.found_under(data)
    record("canaries", people=PEOPLE, values=len(canaries), files=read, found=len(found))
    assert found == []
    assert read > 1000
    # It looks where the data are: what may be read by all is found in the database, its dumps and on the broker.
    _, public = Canaries([("event", "CandidateIdentified")]).found_under(data)
    assert {"postgres", "rabbitmq", "dumps"} <= {line.split("/")[0] for line in public}


def row_of(one: Person) -> dict[str, object]:
    """What a list says of one person."""
    first, last = one.names.split(" "), one.surnames.split(" ")
    return {
        "numero_documento": one.document,
        "primer_nombre": first[0],
        "segundo_nombre": first[1],
        "primer_apellido": last[0],
        "segundo_apellido": last[1],
        "fecha_nacimiento": one.birth_date.isoformat(),
        "telefono": one.phone,
        "correo": one.e_mail,
        "direccion": one.home_address,
        "barrio": one.neighbourhood,
        "rvi": one.rvi,
        "id_hogar": f"H-{one.index:06d}",
    }


def test_a_restarted_service_and_a_restarted_broker_come_back_by_themselves(stack: Stack, administrator: Api) -> None:
    stack.compose("restart", "--timeout", "15", "assistance")
    stack.until_healthy("assistance is back", 120)
    stack.compose("restart", "--timeout", "60", "rabbitmq", seconds=180)
    stack.until_healthy("the broker is back and every service reaches it", 180)
    until(lambda: is_sound(stack, administrator), "the followers follow again", 60)
    restarts = {name: one["RestartCount"] for name, one in stack.containers().items() if name in OURS}
    assert restarts == dict.fromkeys(OURS, 0)


def test_everything_stops_by_itself_and_any_start_order_comes_to_healthy(stack: Stack) -> None:
    stack.compose("stop", "--timeout", "20", seconds=240)
    ended = {name: one["State"]["ExitCode"] for name, one in stack.containers().items() if name in OURS}
    assert ended == dict.fromkeys(OURS, 0), "everything drains and ends by itself when it is told to stop"
    # What everything else stands on comes last, as after a power failure that Docker answers with its own order.
    for name in ("gateway", "caddy", *reversed(SERVICES), "rabbitmq", "postgres"):
        stack.compose("up", "--detach", "--no-deps", name)
    stack.until_healthy("the reverse order is healthy")
    assert set(EVERYTHING) <= set(stack.containers())


def test_no_secret_is_ever_said(stack: Stack) -> None:
    said = stack.compose("logs", "--no-color")
    assert len(said) > 1000
    assert [name for name, value in stack.secrets().items() if value in said] == []
