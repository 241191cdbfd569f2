"""The running system seals the log of every service, the edge's too, and a proof needs nothing but the public key."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shared.audit.checkpoints import Checkpoint
from shared.audit.presenting import last_cosigned
from shared.audit.proof_file import ProofFile
from shared.audit.sealed_log import SealedLog
from shared.audit.verifying import verify as verify_seals
from shared.cli.api import Api
from shared.cli.exits import Exit
from shared.cli.main import app
from shared.cli.system import add_account, edge, install_office
from shared.eventstore.database import Database
from shared.eventstore.log import Log, service_of
from shared.runtime.log_keys import FOLDER, public_keys
from tests.waiting import until


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("IMPULSO_SEAL_EVERY", "0.05")
    local = edge("local")(tmp_path / "data")
    local.start()
    install_office(local)
    yield local
    local.stop()


def logs_of(system: Any) -> dict[str, Log]:
    """Both logs of every service, by name."""
    services = {**system.host.services, "gateway": system.edge.assembled}.values()
    both = (log for one in services for log in (one.application.log, one.application.access.log))
    return {log.name: log for log in both}


def test_every_service_of_the_embedded_system_seals_both_its_logs(system: Any) -> None:
    logs = logs_of(system)
    assert len(logs) == 12 and logs["gateway.access"].head() > 0
    for name, log in logs.items():
        until(lambda log=log: _sealed(log) == log.head(), f"{name} is sealed", 30)
        keys = public_keys(system.data / FOLDER / f"{service_of(name)}.pub")
        for entry in log.entries(0, 5):
            kept = SealedLog(log).proof(entry.sequence).encode()
            checkpoint, _signatures = ProofFile.parse(kept).verify(entry.leaf, keys)
            assert checkpoint.origin == f"impulso/{name}/{log.epoch()}"
    assert _sealed(system.edge.assembled.application.log) > 0


def _cosigned(log: Any) -> int:
    last = last_cosigned(log)
    return 0 if last is None else last.size


def _sealed(log: Any) -> int:
    last = SealedLog(log).last()
    assert last is None or Checkpoint.parse(last.note.text).size == last.size
    return 0 if last is None else last.size


def test_verify_finds_a_system_consistent_and_whatever_was_changed_behind_it(system: Any, tmp_path: Path) -> None:
    logs = logs_of(system)
    for name, log in logs.items():
        until(lambda log=log: _sealed(log) == log.head(), f"{name} is sealed", 30)
    data, kept = str(system.data), tmp_path / "kept"
    for name, log in logs.items():
        until(lambda log=log: _cosigned(log) == log.head(), f"{name} is cosigned", 30)
    heads = {name: log.head() for name, log in logs.items()}
    code, document = verified("--data", data, "--kept", str(kept))
    assert (code, document["consistent"]) == (Exit.OK, True)
    assert {one["log"]: one["words"] for one in document["services"]} == {
        name: "ATESTIGUADO 1/1" if head else "CONSISTENTE SIN TESTIGO" for name, head in heads.items()
    }
    assert len(list(kept.rglob("*.checkpoint"))) == sum(bool(each) for each in heads.values())
    # The run itself is noted where it is sealed and cosigned in its turn: the system was served meanwhile.
    assert set(document["noted"]) == {name for name in logs if "." not in name}
    runs = {name: log.head() for name, log in logs.items() if log.name.endswith(".access")}
    assert runs == {name: heads[name] + 1 for name in runs}
    for name, log in logs.items():
        until(lambda log=log: _cosigned(log) == log.head(), f"{name} is cosigned", 30)
    system.stop()
    cut_back(system.data / "gateway" / "events.db")
    code, document = verified("gateway", "--data", data, "--seals-only")
    assert (code, document["services"][0]["verdict"]) == (Exit.UNSOUND, "DIVERGENTE")
    # Whoever has the witness's memory in hand, too, is found out by what was kept elsewhere alone.
    forget(system.data / "reporting" / "events.db")
    code, document = verified("gateway", "--data", data, "--seals-only")
    assert (code, document["services"][0]["verdict"]) == (Exit.OK, "CONSISTENTE SIN TESTIGO")
    code, document = verified("gateway", "--data", data, "--seals-only", "--kept", str(kept))
    assert (code, document["services"][0]["verdict"]) == (Exit.UNSOUND, "DIVERGENTE")


def test_what_is_sealed_when_the_system_stops_is_cosigned_before_it_has_stopped(system: Any, tmp_path: Path) -> None:
    """Whoever verifies the folder days later is told of its witness, not of the last second."""
    add_account_of(system)
    system.stop()
    database = Database(f"sqlite:///{system.data / 'gateway' / 'events.db'}")
    log = Log("gateway", database)
    assert _cosigned(log) == _sealed(log) == log.head()
    later = verify_seals(
        log,
        public_keys(system.data / FOLDER / "gateway.pub"),
        witnesses=public_keys(system.data / FOLDER / "witness.pub"),
        now=time.time() + 86_400,
    )
    assert later.words == "ATESTIGUADO 1/1"
    database.close()


def add_account_of(system: Any) -> None:
    with Api(system.url) as api:
        api.log_in("admin", system.accesses()["admin"])
        add_account(api, "ultima", "Última Hora", ())


def test_verify_says_what_it_lacks(tmp_path: Path) -> None:
    code, document = verified("intake", "--data", str(tmp_path))
    assert (code, document["error"]["code"]) == (Exit.USAGE, "LOG_KEYS_MISSING")
    assert verified("nadie", "--data", str(tmp_path))[0] == Exit.USAGE


def verified(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, ["verify", "--json", *arguments])
    document: dict[str, Any] = json.loads(done.stdout)
    return done.exit_code, document


def cut_back(path: Path) -> None:
    """Take the log and its seals back to the first checkpoint, as an older file put in place would be."""
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        (size,) = connection.execute("SELECT size FROM checkpoints WHERE number = 1").fetchone()
        connection.execute("DELETE FROM events WHERE id > ?", (size,))
        connection.execute("UPDATE log_head SET head = ?", (size,))
        connection.execute("DELETE FROM checkpoints WHERE size > ?", (size,))
        connection.execute("DELETE FROM tiles WHERE first >= ?", (size,))
        connection.execute("DELETE FROM cosignatures")
    connection.close()


def forget(path: Path) -> None:
    """Take from the witness what it remembers of the gateway's log."""
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM witnessed WHERE log = 'gateway'")
    connection.close()
