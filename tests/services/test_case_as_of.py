"""A case as of any point on two clocks: replayed from the stored events of its owner, and from nothing else (X-17)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.assistance.definition import SERVICE as ASSISTANCE
from services.intake.definition import SERVICE as INTAKE
from services.intake.domain.cases import Case
from services.intake.views import cases
from tests.databases import DIALECTS, database_url
from tests.replaying import plainly, points
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Office, Refused, office
from tests.services.intake.counter import ROSALBA, Counter


def now(opened: Office) -> str:
    """The moment of the last thing that was written down."""
    head = opened.application.log.head()
    return str(opened.application.log.entries(head - 1, 1)[0].recorded_at.isoformat())


def told(page: dict[str, Any]) -> dict[str, Any]:
    return {name: page[name] for name in ("state", "tracks", "person", "facts") if name in page}


@contextmanager
def counter_of(dialect: str, folder: Path) -> Iterator[Counter]:
    with database_url(dialect, folder) as url, office(INTAKE, folder / "place", url) as opened:
        yield Counter(opened, folder)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_the_page_said_at_a_moment_is_what_is_told_of_that_moment_ever_after(dialect: str, tmp_path: Path) -> None:
    """X-17: asked again after everything else happened, on both databases."""
    with counter_of(dialect, tmp_path) as counter:
        call = counter.open_call()
        case = counter.identify(call)
        steps = [
            lambda: counter.basic(case),
            lambda: counter.consolidate(call),
            lambda: counter.checks(case),
            lambda: counter.evaluate(case),
            lambda: counter.communicate(case),
            lambda: counter.basic(case, "UpdateBasicIdentification", surnames="Quitián Rojas", version_reason="update"),
        ]
        said = [(now(counter.office), told(counter.ask("case", id=case)))]
        for step in steps:
            step()
            said.append((now(counter.office), told(counter.ask("case", id=case))))

        assert len({str(page) for _, page in said}) > 5
        for moment, page in said:
            assert told(counter.ask("case_as_of", id=case, known_by=moment)) == page


def test_an_answer_comes_from_the_stored_events_whatever_caches_and_read_models_hold(tmp_path: Path) -> None:
    """X-17: it bypasses them."""
    with counter_of("sqlite", tmp_path) as counter:
        case = counter.candidate()
        counter.evaluate(case)
        before = counter.ask("case_as_of", id=case)
        app = counter.app
        spoilt = app.loader.get(Case, UUID(case))
        spoilt.state, spoilt.version = "deceased", spoilt.version
        app.loader.cache.put(spoilt, app.keys.era)
        with app.database.write() as connection:
            connection.execute(cases.update().values(route="entrepreneurship", list_no=99, state="deceased"))

        assert counter.ask("case", id=case)["state"] == "deceased"
        assert counter.ask("case_as_of", id=case) == before


def test_a_back_dated_fact_is_part_of_its_day_from_when_it_was_recorded(tmp_path: Path) -> None:
    """X-17: known by then it was not there; by its own day it is, and later facts stay out."""
    with office(ASSISTANCE, tmp_path) as desk:
        field = Field(desk)
        case = field.committed()
        desk.act("caseworker", "IssueTrainingMemo", case, on="2026-11-12", **bodies.memo())
        known = now(desk)
        desk.act("training", "AcknowledgeTrainingMemo", case, on="2026-11-13")
        desk.act("training", "EnrolInTraining", case, on="2026-11-13")

        by_day = desk.ask("case_as_of", id=str(case), happened_by="2026-11-12")
        assert [event["type"] for event in by_day["left_out"]] == ["TrainingMemoAcknowledged", "TrainingEnrolled"]
        assert {event["why"] for event in by_day["left_out"]} == {"happened_later"}
        at_moment = desk.ask("case_as_of", id=str(case), known_by=known)
        assert {event["why"] for event in at_moment["left_out"]} == {"recorded_later"}
        assert told(at_moment) == told(by_day)
        assert desk.ask("case_as_of", id=str(case), happened_by="2020-01-01")["exists"] is False


def test_a_corrected_form_reads_as_it_was_filed_until_the_correction_was_recorded(tmp_path: Path) -> None:
    """X-10, X-17: the correction is an event beside the original, which stays and can be told apart."""
    with counter_of("sqlite", tmp_path) as counter:
        case = counter.identify(counter.open_call())
        form = {"filled_on": "2026-11-05", "stratum": 2}
        counter.act("caseworker", "RecordSocioeconomicSheet", case, form=form)
        [first] = [each["id"] for each in counter.ask("case", id=case)["documents"]]
        known = now(counter.office)
        change = {"document": first, "reason": "Otro predio", "changes": [{"field": "stratum", "value": "1"}]}
        counter.act("caseworker", "CorrectRecord", case, on="2026-11-12", **change)

        whole = counter.ask("case_as_of", id=case)
        kinds = [event["type"] for event in whole["events"]]
        assert kinds.index("SocioeconomicSheetRecorded") < kinds.index("RecordCorrected")
        (correction,) = [event for event in whole["events"] if event["type"] == "RecordCorrected"]
        original = whole["events"][kinds.index("SocioeconomicSheetRecorded")]["id"]
        assert correction["corrects"] == original
        for point in ({"known_by": known}, {"happened_by": "2026-11-11"}):
            before = counter.ask("case_as_of", id=case, **point)
            assert original in [event["id"] for event in before["events"]]
            assert [event["type"] for event in before["left_out"]] == ["RecordCorrected"]


def test_what_changed_between_two_points_is_named_also_where_a_value_is_masked(tmp_path: Path) -> None:
    """X-17: «cambió» is said of a personal value, and neither the old nor the new one."""
    with counter_of("sqlite", tmp_path) as counter:
        case = counter.candidate()
        known = now(counter.office)
        counter.basic(case, "UpdateBasicIdentification", surnames="Quesada Tapia", version_reason="update")
        answer = counter.ask("case_as_of", id=case, from_known_by=known)

        changed = {row["label"]: row for row in answer["changes"]}
        (surnames,) = [row for row in changed.values() if row["group"] == "Persona" and row["before"] == row["after"]]
        assert surnames["before"]["masked"] and "mark" not in str(answer)
        assert ROSALBA["surnames"].split()[0] not in str(answer) and "Quesada" not in str(answer)
        assert answer["from"]["state"] == answer["state"]
        same = counter.ask("case_as_of", id=case, from_known_by=now(counter.office))
        assert same["changes"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("known_by", "ayer"), ("known_by", "2026-11-10T10:00:00"), ("happened_by", "10/11/2026"), ("from_known_by", "x")],
)
def test_a_date_that_cannot_be_read_is_refused_by_its_name(field: str, value: str, tmp_path: Path) -> None:
    """X-17, X-11"""
    with counter_of("sqlite", tmp_path) as counter:
        case = counter.candidate()
        with pytest.raises(Refused) as refused:
            counter.ask("case_as_of", id=case, **{field: value})
        assert (refused.value.code, refused.value.field) == ("FIELD_INVALID", field)


def test_a_point_equals_a_plain_replay_at_random(tmp_path: Path) -> None:
    """X-17: the full number of points is that of the figures; here some of one whole case."""
    with office(ASSISTANCE, tmp_path) as desk:
        field = Field(desk)
        case, draw = field.planned(), Random(7)
        for known_by, happened_by in points(desk.application, case, draw, 60):
            asked = {"known_by": known_by.isoformat(), "happened_by": happened_by and happened_by.isoformat()}
            answer = desk.ask("case_as_of", id=str(case), **asked)
            aggregate, made = plainly(desk.application, case, known_by, happened_by)
            assert {event["id"] for event in answer["events"]} == made
            assert answer["state"] == (aggregate.state or None if aggregate is not None else None)


def test_a_day_means_its_end_in_bogota_and_today_means_now() -> None:
    """X-17"""
    from shared.runtime.clock import happened_by, known_by

    clock = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    assert known_by("2026-11-19", clock) == datetime(2026, 11, 20, 4, 59, 59, 999999, tzinfo=UTC)
    assert known_by("2026-11-20", clock) == clock
    assert happened_by("2026-11-20", clock) == date(2026, 11, 20)
    for read, text in ((known_by, "2026-11-21"), (happened_by, "2026-11-21"), (known_by, "2026-11-20T12:00:00-05:00")):
        with pytest.raises(Exception, match="FIELD_INVALID"):
            read(text, clock)
    assert known_by((clock - timedelta(hours=1)).isoformat(), clock) == clock - timedelta(hours=1)
