"""What intake notes of accesses: destroyed keys with their event, files that leave, re-evaluations (X-13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.intake.counter import Counter
from tests.services.intake.test_erasure import erased, privacy, withdrawn  # noqa: F401
from tests.services.intake.test_what_if import AGED_62, TRIAL, person


@pytest.mark.usefixtures("privacy")
def test_a_destroyed_key_is_noted_with_its_event_and_once(counter: Counter) -> None:
    case = counter.identify(counter.open_call())
    withdrawn(counter, case)
    erased(counter, case)
    destroyed = [row for row in counter.app.access.entries(limit=5_000) if row["what"] == "key_destroyed"]
    topics = [entry for entry in counter.app.log.entries(0, 10_000) if entry.topic == "intake.KeyDestructionExecuted"]
    assert destroyed and len(destroyed) == len(topics)
    assert {row["case_id"] for row in destroyed} == {case}
    assert sorted(row["classes"] for row in destroyed) == sorted({row["classes"] for row in destroyed})


def test_the_register_that_leaves_as_a_file_is_noted_without_what_is_in_it(counter: Counter) -> None:
    counter.identify(counter.open_call())
    counter.ask("candidates_file", who="coordinator", format="csv")
    (row,) = [row for row in counter.app.access.entries(limit=5_000) if row["what"] == "export"]
    assert (row["act"], row["person"]) == ("candidates_file", counter.office.person("coordinator"))
    stored = b"".join(entry.state for entry in counter.app.access.log.entries(0, 5_000))
    assert b"Rosalba" not in stored and b"52123456" not in stored


def test_a_re_evaluation_is_an_audit_run(counter: Counter, tmp_path: Path) -> None:
    call = counter.open_call()
    person(counter, call, "52.123.001", **AGED_62)
    trial = counter.act("coordinator", "RunWhatIf", **(TRIAL | {"call": call, "version": "1"}))
    (row,) = [row for row in counter.app.access.entries(limit=5_000) if row["what"] == "audit_run"]
    assert (row["act"], row["about"], row["count"]) == ("RunWhatIf", trial["id"], trial["looked_at"])
