"""What a former release noted of accesses, in the sealed log: every row once, as it was, whoever still writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.gateway import carrying
from services.gateway.carrying import Carrying, entry_id
from services.gateway.tables import access_log
from tests.services.gateway.conftest import Api, Gateway, new_person

pytestmark = pytest.mark.anyio
PERSON = UUID(int=5)


def former(gateway: Gateway, *numbers: int, **facts: Any) -> None:
    """Rows as a former release wrote them."""
    rows = [
        {"id": number, "at": 1_760_000_000.25 + number, "what": "login_failed", "person": PERSON, **facts}
        for number in numbers
    ]
    with gateway.application.database.write() as connection:
        connection.execute(access_log.insert(), rows)


def carried(gateway: Gateway) -> list[dict[str, Any]]:
    return [row for row in gateway.door.access_log.entries(limit=10_000) if row["carried"] is not None]


def drain(gateway: Gateway) -> None:
    while gateway.door.carrying.step():
        pass


async def test_every_row_is_carried_over_once_with_its_number_and_its_moment(gateway: Gateway) -> None:
    former(gateway, *range(1, 1203), channel="api", login_index="ab" * 32, code="X", request_id="")
    drain(gateway)
    drain(gateway)
    found = carried(gateway)
    assert [row["carried"] for row in found] == list(range(1, 1203))
    first = found[0]
    at = datetime.fromtimestamp(1_760_000_001.25, UTC).isoformat(timespec="microseconds")
    assert (first["at"], first["what"], first["person"], first["channel"]) == (at, "login_failed", str(PERSON), "api")
    assert (first["login_index"], first["code"], first["request_id"]) == ("ab" * 32, "X", None)
    with gateway.application.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(access_log)).scalar() == 1202


async def test_an_interrupted_carrying_goes_on_where_it_was(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "BATCH", 40)
    monkeypatch.setattr(carrying, "LOOK_BACK", 10)
    former(gateway, *range(1, 200, 2))
    for _ in range(2):
        assert gateway.door.carrying.step()
    after = Carrying(gateway.application.database, gateway.door.access_log)
    assert after._reached() == 159
    while after.step():
        pass
    assert [row["carried"] for row in carried(gateway)] == list(range(1, 200, 2))


async def test_two_replicas_carry_each_row_once(gateway: Gateway) -> None:
    former(gateway, *range(1, 800))
    one, other = (Carrying(gateway.application.database, gateway.door.access_log) for _ in range(2))
    for _ in range(2):
        one.step()
        other.step()
    drain(gateway)
    assert sorted(row["carried"] for row in carried(gateway)) == list(range(1, 800))


async def test_what_a_former_release_writes_while_it_still_runs_comes_along_late_as_it_may_be(
    gateway: Gateway,
) -> None:
    former(gateway, 1, 2, 4)
    drain(gateway)
    former(gateway, 3, 5)
    drain(gateway)
    assert sorted(row["carried"] for row in carried(gateway)) == [1, 2, 3, 4, 5]


async def test_nobody_writes_the_former_table_any_more(gateway: Gateway, admin: Api) -> None:
    await new_person(admin, "filomena.restrepo")
    with gateway.application.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(access_log)).scalar() == 0
    assert {"login"} <= {row["what"] for row in gateway.door.access_log.entries()}


async def test_a_role_that_is_given_and_one_that_ends_are_noted_with_who_and_whom(gateway: Gateway, admin: Api) -> None:
    _login, _password, person = await new_person(admin, "filomena.restrepo")
    before = len(gateway.door.access_log.entries())
    body = {"role": "coordinator", "organisation": "IPES", "programme": "PR-156"}
    granted = (await admin.act(f"/api/staff-members/{person}/grant-role", body)).json()
    ended_by = {"grant": granted["grant"], "reason": "cambio de cargo"}
    assert (await admin.act(f"/api/staff-members/{person}/end-role", ended_by)).status_code == 200
    given, ended = [row for row in gateway.door.access_log.entries()[before:] if row["what"].startswith("role_")]
    assert (given["what"], ended["what"]) == ("role_granted", "role_ended")
    assert given["subject"] == ended["subject"] == str(person) and given["about"] == ended["about"] == granted["grant"]
    assert given["person"] == admin.person and (given["code"], given["act"]) == ("coordinator", "GrantRole")
    assert "cambio" not in str(ended)


async def test_the_id_of_a_row_is_the_same_wherever_it_is_carried_over() -> None:
    """Golden: another one would carry every row over once more."""
    assert entry_id(17) == UUID("25b2fe21-2cf8-5741-827d-fb7dffe75e2d")
