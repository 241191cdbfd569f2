"""The candidate register and the kardex as files, over HTTP (FRM-15, INV-8, X-13)."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from tests.services.gateway.conftest import Gateway
from tests.services.gateway.town import Town
from tests.services.intake.counter import Counter

pytestmark = pytest.mark.anyio


async def test_who_takes_the_register_away_is_in_the_access_log(gateway: Gateway, tmp_path: Path) -> None:
    """FRM-15, X-13: the file has the lines of the list, and its export a row; who holds no case right gets neither."""
    town = Town(gateway, tmp_path)
    try:
        case = Counter(town.offices["intake"], tmp_path).candidate()
        staff, before = await town.staff("coordinator"), town.head()
        listed = await staff.send("GET", "/api/candidates?state=identified")
        assert [line["case_id"] for line in listed.json()["items"]] == [case]
        for kind, media in (("csv", "text/csv"), ("xlsx", "application/vnd.openxmlformats")):
            file = await staff.send("GET", f"/api/candidates/export?format={kind}&state=identified")
            assert file.status_code == 200 and file.headers["content-type"].startswith(media)
            assert "FRM-15" in file.headers["content-disposition"]
        assert case in (await staff.send("GET", "/api/candidates/export")).text
        noted = [row for row in town.log(before) if row["what"] == "export"]
        assert [row["act"] for row in noted] == ["candidates"] * 3
        admin = await town.admin()
        assert (await admin.send("GET", "/api/candidates/export")).status_code == 403
        assert (await staff.send("GET", "/api/candidates/export?nombre=x")).status_code == 422
    finally:
        await town.close()


async def test_who_takes_the_kardex_away_is_in_the_access_log(gateway: Gateway, tmp_path: Path) -> None:
    """INV-8, INV-7, X-13: a workbook under the filters of the list; a moment to come is refused, as an operator is."""
    town = Town(gateway, tmp_path)
    try:
        keeper, before = await town.staff("warehouse_keeper"), town.head()
        file = await keeper.send("GET", "/api/kardex/export?as_of=2026-11-01")
        assert file.status_code == 200 and file.content[:2] == b"PK"
        assert "kardex.xlsx" in file.headers["content-disposition"]
        assert [(row["what"], row["act"]) for row in town.log(before)] == [("export", "kardex")]
        for wrong in ("recorded_until=2199-01-01T00:00:00-05:00", "cursor=x"):
            assert (await keeper.send("GET", f"/api/kardex/export?{wrong}")).status_code == 422
        operator = await town.staff("operator_staff", str(uuid4()))
        assert (await operator.send("GET", "/api/kardex/export")).status_code == 404
        assert [row["act"] for row in town.log(before) if row["what"] == "export"] == ["kardex"]
    finally:
        await town.close()
