"""What the desk of any service says when it knows not who asks, or cannot reach its store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Never

import pytest
from sqlalchemy.exc import OperationalError

from services.profiling.definition import SERVICE
from shared.runtime.desk import Desk
from shared.runtime.tokens import TokenInvalid, Who
from tests.services import bodies
from tests.services.casework import TODAY, Office, Refused, office
from tests.services.profiling.profile import profiled


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Office]:
    with office(SERVICE, tmp_path) as opened:
        yield opened


def test_nobody_acts_or_reads_with_a_token_that_is_not_good(opened: Office) -> None:
    """X-11: `NOT_AUTHENTICATED`, to a command as to a query."""

    def verify(_token: str) -> Who:
        raise TokenInvalid("expired")

    desk = Desk(SERVICE, opened.application, opened.assembled.publication, verify, day=lambda: TODAY)
    asked = {"token": "old", "body": {}, "command_id": "00000000-0000-4000-8000-000000000001"}
    for answer in (desk.query({"query": "cases", **asked}), desk.command({"command": "ValidateProfile", **asked})):
        assert answer["refusal"]["code"] == "NOT_AUTHENTICATED"
        assert answer["refusal"]["status"] == 401


def test_a_store_that_is_away_is_told_from_a_fault(opened: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """X-11: `STORE_UNAVAILABLE`; nothing is stored, and the same act counts once the store is back."""
    case = profiled(opened, opened.call())
    before = opened.ask("case", id=str(case))["state"]
    decision = bodies.validation("approve")
    with monkeypatch.context() as cut:

        def away(*_args: Any, **_more: Any) -> Never:
            raise OperationalError("SELECT 1", {}, ConnectionRefusedError("no store"))

        cut.setattr(type(opened.application.database), "read", away)
        cut.setattr(type(opened.application.database), "write", away)
        with pytest.raises(Refused) as reading:
            opened.ask("cases")
        with pytest.raises(Refused) as acting:
            opened.act("second_psychosocial", "ValidateProfile", case, **decision)
    assert (reading.value.code, acting.value.code) == ("STORE_UNAVAILABLE", "STORE_UNAVAILABLE")
    assert opened.ask("case", id=str(case))["state"] == before
    opened.act("second_psychosocial", "ValidateProfile", case, **decision)
    assert opened.ask("case", id=str(case))["state"] != before
