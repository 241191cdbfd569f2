"""Starting in any order, and what a service is told through its environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.eventstore.database import Database
from shared.eventstore.errors import GuardMissing
from shared.privacy.keys import MasterKeyWrong
from shared.runtime.assembly import SchemaOutdated
from shared.runtime.config import ConfigurationError, ServiceConfig
from shared.runtime.readiness import MOST_S, is_away, when_ready
from tests.databases import database_url

NOBODY_LISTENS = "postgresql+psycopg://intake_app:very-secret@127.0.0.1:9/intake"
SETTINGS = {
    "IMPULSO_DATABASE_URL": "sqlite:///events.db",
    "IMPULSO_KEYS_URL": "sqlite:///keys.db",
    "IMPULSO_FILES": "files",
    "IMPULSO_AMQP_URL": "amqp://localhost/x",
}


def _failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def start() -> str:
        if left:
            raise left.pop(0)
        return "serving"

    return start


def _error_of(work: Callable[[], Any]) -> Exception:
    with pytest.raises(sa.exc.DBAPIError) as found:
        work()
    return found.value


def test_who_starts_before_its_database_or_its_tables_waits_and_then_serves(tmp_path: Path) -> None:
    away = _error_of(lambda: sa.create_engine(NOBODY_LISTENS).connect())
    with database_url("postgresql", tmp_path) as url:
        database = Database(url)
        with database.read() as connection:
            no_table = _error_of(lambda: connection.execute(sa.text("SELECT * FROM events")))
        database.close()
        no_database = _error_of(lambda: sa.create_engine(sa.make_url(url).set(database="none_such")).connect())
    pauses: list[float] = []
    errors = (away, no_database, no_table, SchemaOutdated("intake"), GuardMissing("gone"))
    assert when_ready(_failing(*errors), "intake", sleep=pauses.append) == "serving"
    assert len(pauses) == len(errors)
    assert max(pauses) <= MOST_S


def test_an_error_that_waiting_does_not_cure_ends_the_start_at_once() -> None:
    wrong_key = MasterKeyWrong(service="intake", expected="1", given="2")
    with pytest.raises(MasterKeyWrong):
        when_ready(_failing(wrong_key), "intake", sleep=lambda _pause: pytest.fail("waited"))


def test_a_migration_waits_for_a_server_that_starts_but_only_so_long() -> None:
    away = _error_of(lambda: sa.create_engine(NOBODY_LISTENS).connect())
    pauses: list[float] = []
    with pytest.raises(sa.exc.OperationalError):
        when_ready(_failing(*[away] * 99), "intake", may_come=is_away, limit_s=12, sleep=pauses.append)
    assert 6 < sum(pauses) <= 12
    assert when_ready(_failing(away), "intake", may_come=is_away, limit_s=12, sleep=pauses.append) == "serving"


def test_a_migration_does_not_wait_for_tables_that_it_has_to_make_itself() -> None:
    with pytest.raises(SchemaOutdated):
        when_ready(_failing(SchemaOutdated("intake")), "intake", may_come=is_away, limit_s=12)


def test_the_reason_for_waiting_is_logged_without_the_password(caplog: pytest.LogCaptureFixture) -> None:
    away = _error_of(lambda: sa.create_engine(NOBODY_LISTENS).connect())
    assert is_away(away)
    when_ready(_failing(away), "intake", sleep=lambda _pause: None)
    assert "intake waits" in caplog.text
    assert "very-secret" not in caplog.text


def test_the_public_keys_come_from_a_file_or_from_the_environment(tmp_path: Path) -> None:
    keys = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(keys))
    assert ServiceConfig.read({**SETTINGS, "IMPULSO_TOKEN_KEYS_FILE": str(path)}).token_keys == keys
    assert ServiceConfig.read({**SETTINGS, "IMPULSO_TOKEN_KEYS": json.dumps(keys)}).token_keys == keys
    assert ServiceConfig.read(SETTINGS).token_keys is None


@pytest.mark.parametrize("content", ["no json", "[]", '{"keys": []}'])
def test_something_else_than_keys_is_named_and_refused(content: str) -> None:
    with pytest.raises(ConfigurationError, match="IMPULSO_TOKEN_KEYS"):
        ServiceConfig.read({**SETTINGS, "IMPULSO_TOKEN_KEYS": content})
