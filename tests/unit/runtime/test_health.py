"""Whether a service is ready: each thing that it needs is asked for, and what is wrong is said plainly."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.envelope import Envelope
from shared.delivery.backlog import Backlog
from shared.delivery.follower import Follower, State
from shared.privacy.keys import MasterKey
from shared.runtime import health
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.health import SILENCE_S, Check, Readiness, answer_of, heard
from shared.runtime.probes import Front, Probes
from tests.counting import SERVICES


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Assembled]:
    made = assemble(
        SERVICES["watcher"], Place.under(tmp_path), MasterKey.create(tmp_path / "master.key"), None, create=True
    )
    yield made
    made.close()


def _follower(watcher: Assembled) -> Follower:
    nothing: Any = None
    return Follower("counter", nothing, watcher.inbox)


def _envelope(recorded_at: datetime) -> Envelope:
    return Envelope("counter", "Counted", uuid4(), 1, recorded_at, date(2026, 3, 2), "e", uuid4())


def test_a_service_that_has_all_it_needs_is_ready(watcher: Assembled) -> None:
    ready = Readiness(watcher, {"counter": _follower(watcher)}, broker=heard(lambda: 0.0, now=lambda: 1.0))
    assert answer_of(ready.checks()) == {
        "status": "ok",
        "checks": {
            name: {"ok": True, "reason": ""} for name in ("database", "triggers", "read_model", "followers", "broker")
        },
    }


def test_a_trigger_that_is_gone_is_named(watcher: Assembled) -> None:
    with watcher.application.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER events_refuse_delete")
    checks = Readiness(watcher, {}).checks()
    assert not checks["triggers"].ok
    assert "events_refuse_delete" in checks["triggers"].reason
    assert answer_of(checks)["status"] == "unavailable"


def test_a_read_model_that_is_not_built_is_told(watcher: Assembled) -> None:
    with watcher.application.database.write() as connection:
        connection.exec_driver_sql("UPDATE view_schema SET built = 0")
    checks = Readiness(watcher, {}).checks()
    assert not checks["read_model"].ok
    assert "impulso rebuild" in checks["read_model"].reason


def test_a_follower_may_stand_behind_within_the_bound_and_no_further(watcher: Assembled) -> None:
    follower = _follower(watcher)
    ready = Readiness(watcher, {"counter": follower}, lag=100)
    follower.backlog.told(100)
    assert ready.checks()["followers"].ok
    follower.backlog.told(101)
    assert ready.checks()["followers"] == Check(False, "counter: faltan 101 entradas (límite 100)")
    follower.backlog.reached(101)
    assert ready.checks()["followers"].ok


def test_a_follower_that_a_person_holds_is_no_reason_to_be_taken_out_of_service(watcher: Assembled) -> None:
    follower = _follower(watcher)
    follower.backlog.told(1_000)
    follower.state = State.PAUSED
    assert Readiness(watcher, {"counter": follower}, lag=100).checks()["followers"].ok


def test_a_follower_that_stopped_before_another_history_is_not_ready(watcher: Assembled) -> None:
    follower = _follower(watcher)
    follower.state, follower.explanation = State.STOPPED, "la entrada 7 no es la que se aplicó aquí"
    checks = Readiness(watcher, {"counter": follower}).checks()
    assert checks["followers"] == Check(False, "counter: la entrada 7 no es la que se aplicó aquí")


def test_a_database_that_does_not_answer_is_told_in_time(watcher: Assembled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ASK_S", 0.05)
    answers = threading.Event()

    def stuck(_connection: Any) -> list[str]:
        answers.wait(60)
        return []

    monkeypatch.setattr(health.guards, "missing", stuck)
    ready = Readiness(watcher, {})
    try:
        assert "no respondió" in ready.checks()["database"].reason
        # No second thread goes to wait beside the first.
        assert "la pregunta anterior" in ready.checks()["database"].reason
    finally:
        answers.set()


def test_a_broker_that_confirms_nothing_any_more_is_away() -> None:
    assert not heard(lambda: None)().ok
    assert heard(lambda: 10.0, now=lambda: 10.0 + SILENCE_S)().ok
    silent = heard(lambda: 10.0, now=lambda: 11.0 + SILENCE_S)()
    assert silent == Check(False, "el intermediario de mensajes no confirma nada desde hace 16 s")


def test_the_age_of_a_backlog_is_that_of_the_oldest_entry_not_applied() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    backlog = Backlog()
    assert (backlog.entries, backlog.age(now)) == (0, 0)
    backlog.begins(_envelope(now - timedelta(seconds=90)), 5)
    assert (backlog.entries, backlog.age(now)) == (5, 90)
    backlog.reached(3)
    assert (backlog.entries, backlog.age(now)) == (2, 90)
    backlog.reached(5)
    assert (backlog.entries, backlog.age(now)) == (0, 0)


def test_a_process_answers_that_it_lives_before_it_can_serve() -> None:
    front = Front("intake")
    assert _get(front, "/healthz/live") == ("200 OK", {"status": "ok"})
    front.waiting("OperationalError")
    status, answer = _get(front, "/healthz/ready")
    assert status.startswith("503")
    assert answer["checks"]["start"]["reason"] == "está iniciando y espera su base de datos (OperationalError)"
    assert _get(front, "/healthz")[0].startswith("503")
    front.open(Probes(lambda: {"status": "ok"}, lambda: {"status": "ok", "checks": {}}))
    assert _get(front, "/healthz/ready")[0] == "200 OK"
    assert _get(front, "/metrics-of-others")[0].startswith("404")


def _get(application: Any, path: str) -> tuple[str, Any]:
    said: list[str] = []
    body = application({"REQUEST_METHOD": "GET", "PATH_INFO": path}, lambda status, _headers: said.append(status))
    return said[0], json.loads(b"".join(body))
