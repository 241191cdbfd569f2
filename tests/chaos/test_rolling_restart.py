"""Every process is restarted, one after the other, under a load of real commands: nobody's work is lost or done twice.

Two processes a service and two gateways, as the containers run with replicas. A command that gets no answer, or one
that says so, is sent again with its own key; at the end each has exactly one effect, told by SQL over the logs.
"""

from __future__ import annotations

import time
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.chaos.commands import kinds, tokens
from tests.chaos.load import Load
from tests.chaos.replicas import PASSWORD, replicas
from tests.figures import IN_FULL, record
from tests.waiting import until

SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting") if IN_FULL else ("intake",)
THREADS = 4
BETWEEN = 40 if IN_FULL else 10
"""Commands before the first restart and after the last, at least."""


def effects(url: str, keys: dict[UUID, str]) -> dict[str, int]:
    """Of the commands with those keys: how many the service has handled, and how many things came of them."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        handled = connection.execute(
            sa.text("SELECT count(*) FROM commands WHERE command_id = ANY(:keys)"), {"keys": list(keys)}
        ).scalar_one()
        made = connection.execute(
            sa.text("SELECT count(*) FROM events WHERE originator_version = 1 AND originator_id = ANY(:ids)"),
            {"ids": [UUID(each) for each in keys.values()]},
        ).scalar_one()
    return {"answered": len(keys), "handled": handled, "made": made, "different": len(set(keys.values()))}


def test_nobody_s_command_is_lost_or_done_twice_while_every_process_is_restarted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with replicas(tmp_path, SERVICES) as system:
        system.start()
        held = tokens(system.url, PASSWORD)
        sent = kinds(system.url, held, (*SERVICES, "gateway"))
        asked = {"/api/referrals": "profiling", "/api/cases": "reporting"}
        questions = {path: held["coordinator"] for path, service in asked.items() if service in SERVICES}
        load = Load(system.url, sent, questions, THREADS)
        began = time.monotonic()
        load.start()
        until(lambda: load.made >= BETWEEN, "commands are answered before the first restart", 120)
        ended = system.restart_each()
        enough = load.made + BETWEEN
        until(lambda: load.made >= enough, "commands are answered after the last restart", 120)
        outcome = load.stop()
        told = {service: effects(system.databases[service], keys) for service, keys in outcome.done.items()}
        seconds = round(time.monotonic() - began)
    commands = sum(each["answered"] for each in told.values())
    answers = dict(sorted(outcome.answers.items()))
    record(
        "rolling-restart",
        services=len(SERVICES) + 1,
        restarts=len(ended),
        commands=commands,
        answers=answers,
        failed=len(outcome.failed),
        seconds=seconds,
    )
    with capsys.disabled():
        print(f"\nrolling restart: {len(ended)} restarts, {commands} commands in {seconds} s; {answers}; {told}")
    assert not outcome.failed
    assert {code for _, code in ended} == {0}, ended
    for service, each in told.items():
        assert each["answered"] == each["handled"] == each["made"] == each["different"], (service, each)
