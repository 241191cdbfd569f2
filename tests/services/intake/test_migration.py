"""A case runs under the version of the procedure of its opening until a coordinator moves it (CAT-05, CAT-07)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from services.intake.definition import SERVICE
from services.profiling.definition import SERVICE as PROFILING
from tests.services.casework import Refused, office
from tests.services.editing.press import Press
from tests.services.intake.counter import Counter

NEXT = "2026-11-15"


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Press]:
    with office(SERVICE, tmp_path / "intake") as desk:
        yield Press(desk)


@pytest.fixture
def counter(press: Press, tmp_path: Path) -> Counter:
    return Counter(press.desk, tmp_path)


def next_version(press: Press) -> str:
    """Version 02: without the state «identified», which it calls otherwise."""
    text = (press.catalogue.root / "procedures" / "pr-156-v01.yaml").read_text("utf-8")
    text = text.replace('version: "01"', 'version: "02"', 1).replace(
        "effective_from: 2019-10-23", f"effective_from: {NEXT}", 1
    )
    return (
        text.replace("state: identified,", "state: found,", 1)
        .replace("identified]", "found]")
        .replace("[identified", "[found")
    )


def published(press: Press, text: str) -> str:
    return press.publish("procedure", text, reason="Rige desde el acto administrativo")


def migrate(counter: Counter, case: str, **changes: str) -> object:
    return counter.act(
        "coordinator", "MigrateCase", case, on="2026-11-18", **({"version": "02", "reason": "Nueva versión"} | changes)
    )


def under(counter: Counter, case: str) -> str:
    return str(counter.ask("case", id=case)["procedure_version"])


def same_states(press: Press) -> str:
    return next_version(press).replace("found", "identified")


def test_a_case_stays_under_the_version_of_its_opening_until_it_is_moved(press: Press, counter: Counter) -> None:
    """CAT-05, CAT-07, X-01: one opened later runs under the new one; the acts say under which."""
    case = counter.identify(counter.open_call())
    published(press, same_states(press))
    later = counter.identify(counter.open_call("AT-2026-2"), doc_no="52.123.999")
    assert (under(counter, case), under(counter, later)) == ("01", "02")
    counter.basic(case)
    migrate(counter, case)
    assert under(counter, case) == "02"
    entries = [each for each in counter.app.log.entries(0, 10_000) if each.originator_id == UUID(case)]
    versions = {
        each.topic.partition(".")[2]: counter.app.mapper.metadata(each.state).procedure_version for each in entries
    }
    assert versions["BasicIdentificationRecorded"] == "01" and versions["CaseMigrated"] == "02"


def test_a_state_without_counterpart_is_refused(press: Press, counter: Counter) -> None:
    """CAT-07."""
    case = counter.identify(counter.open_call())
    published(press, next_version(press))
    with pytest.raises(Refused) as refused:
        migrate(counter, case)
    assert (refused.value.code, refused.value.field) == ("MIGRATION_STATE_UNMAPPED", "version")
    assert "CaseMigrated" not in counter.events(case)
    counter.basic(case)


def test_a_case_is_moved_by_a_coordinator_to_a_version_in_force(press: Press, counter: Counter) -> None:
    """CAT-07."""
    case = counter.identify(counter.open_call())
    published(press, same_states(press))
    for changes, code in (
        ({"version": "09"}, "CATALOGUE_NOT_EFFECTIVE"),
        ({"version": "01"}, "CATALOGUE_NOT_EFFECTIVE"),
    ):
        with pytest.raises(Refused) as refused:
            migrate(counter, case, **changes)
        assert refused.value.code == code
    with pytest.raises(Refused) as caseworker:
        counter.act("caseworker", "MigrateCase", case, on="2026-11-18", version="02", reason="x")
    assert caseworker.value.code == "NOT_AUTHORISED"
    migrate(counter, case)
    with pytest.raises(Refused) as again:
        migrate(counter, case)
    assert again.value.code == "FIELD_INVALID"


def test_the_other_services_hear_of_it(press: Press, counter: Counter, tmp_path: Path) -> None:
    """CAT-07: from the envelope, whose data stay empty; twice is once."""
    case = counter.identify(counter.open_call())
    published(press, same_states(press))
    migrate(counter, case)
    told = {each.type: each for each in press.desk.published() if str(each.subject) == case}
    assert (told["CaseMigrated"].data, told["CaseMigrated"].procedure_version) == ({}, "02")
    with office(PROFILING, tmp_path / "profiling") as desk:
        desk.receive(told["CandidateIdentified"])
        for _ in range(2):
            desk.receive(replace(told["CaseMigrated"]))
        noted = [each.type for each in desk.published() if str(each.subject) == case]
        assert noted.count("MigrationNoted") == 1
