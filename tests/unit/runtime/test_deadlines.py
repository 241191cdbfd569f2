"""Terms that end without anybody acting are recorded once, by the system."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.assistance.definition import SERVICE
from services.assistance.domain import AssistanceCase
from shared.catalogue.refusals import NotFound
from shared.runtime.deadlines import Deadline, deadlines, settle, together
from tests.services.casework import Office, office

DAY = date(2026, 11, 20)


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Office]:
    with office(SERVICE, tmp_path) as found:
        yield found


def announcing(case_id: UUID) -> Any:
    def decide(uow: Any, _day: date) -> dict[str, Any]:
        uow.add(AssistanceCase.announce(case_id))
        return {"id": str(case_id)}

    return decide


def test_an_ended_term_is_recorded_once_by_the_system_however_often_it_is_found(bureau: Office) -> None:
    case_id = uuid4()

    def ended(_application: Any, _day: date) -> Iterator[Deadline]:
        yield Deadline(f"P-32/{case_id}", "RejectHandover", 16, announcing(case_id))

    before = bureau.application.log.head()
    for _ in range(3):
        settle(bureau.application, ended, DAY, lambda: False)
    assert bureau.application.log.head() == before + 1
    told = bureau.published()[-1]
    assert (told.type, told.happened_on, told.causation_id) == ("CaseAnnounced", DAY, f"deadline:P-32/{case_id}")


def test_a_term_that_is_refused_does_not_hold_up_the_others(bureau: Office) -> None:
    def refused(_uow: Any, _day: date) -> None:
        raise NotFound(what="el caso", field="id")

    def ended(_application: Any, _day: date) -> Iterator[Deadline]:
        yield Deadline("first", "X", 16, refused)
        yield Deadline("second", "X", 16, announcing(uuid4()))

    assert settle(bureau.application, ended, DAY, lambda: False) == 1


def test_background_work_looks_only_every_so_often_and_shares_its_turn(bureau: Office) -> None:
    looks = []

    def ended(_application: Any, day: date) -> list[Deadline]:
        looks.append(day)
        return []

    work = together(deadlines(ended, every_s=3600, day=lambda: DAY), lambda _application, _stopping: True)
    assert work(bureau.application, lambda: False) and work(bureau.application, lambda: False)
    assert looks == [DAY]
