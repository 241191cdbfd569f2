"""Acts 11 and 12: who signs, what is signed, how hours are counted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.assistance.domain import AssistanceCase, NumberSeries
from services.assistance.domain.refusals import HoursOutOfRange, MeetingOverlap, MemoMissing, NotAttended
from shared.catalogue.refusals import (
    CatalogueNotEffective,
    DateBeforePrecondition,
    FieldInvalid,
    FormIncomplete,
    StateNotAllowed,
    StepOutOfOrder,
)
from tests.unit.assistance.journey import DAY, TEXT, Journey, act, commitment_form


def sign(journey: Journey, **changes: Any) -> None:
    form = commitment_form(journey.call, **changes)
    journey.case.sign_commitment(act("SignCommitment"), commitment_id=uuid4(), form=form, text=TEXT)


def test_nothing_happens_in_assistance_before_the_offer_is_accepted() -> None:
    case = AssistanceCase.announce(uuid4(), uuid4())
    with pytest.raises(StepOutOfOrder):
        case.attend_talk(act("RecordTalkAttendance"), talk_id=uuid4(), call_id=uuid4(), attendance={})


def test_who_did_not_attend_the_talk_cannot_sign() -> None:
    """A11-1: signing presupposes attendance at the talk."""
    with pytest.raises(NotAttended):
        sign(Journey())


def test_a_talk_of_another_process_does_not_count() -> None:
    """A11-1: the talk is on the process on offer."""
    journey = Journey()
    with pytest.raises(FieldInvalid):
        journey.case.attend_talk(act("RecordTalkAttendance"), talk_id=uuid4(), call_id=uuid4(), attendance={})


def test_a_talk_before_the_acceptance_is_refused() -> None:
    journey = Journey()
    early = act("RecordTalkAttendance", on=DAY - timedelta(days=1))
    with pytest.raises(DateBeforePrecondition):
        journey.case.attend_talk(early, talk_id=uuid4(), call_id=journey.call, attendance={})


def test_an_old_text_is_not_signed() -> None:
    """A11-1: only the text version in force is signed."""
    with pytest.raises(CatalogueNotEffective):
        sign(Journey().attended(), text_version="0")


def test_every_phase_and_every_commitment_of_the_text_is_signed() -> None:
    """A11-2: will to take part in each phase and to fulfil each commitment, one by one."""
    journey = Journey().attended()
    with pytest.raises(FormIncomplete) as refused:
        sign(journey, phases=["F1"])
    assert "F2" in refused.value.text
    with pytest.raises(FormIncomplete):
        sign(journey, commitments=[{"id": "C1", "text": "Asistir"}])


def test_signing_commits_the_case() -> None:
    journey = Journey().committed()
    assert journey.facts() == ["TalkAttended", "CommitmentSigned"]
    assert journey.case.state == "committed"


def test_the_commitment_is_signed_once() -> None:
    journey = Journey().committed()
    with pytest.raises(StateNotAllowed) as refused:
        sign(journey)
    assert "IssueTrainingMemo" in refused.value.lawful


def test_enrolment_before_the_memo_is_refused() -> None:
    """A12-1: the memo comes before the enrolment."""
    journey = Journey().committed()
    with pytest.raises(MemoMissing):
        journey.case.enrol_in_training(act("EnrolInTraining", role="training_officer"))


def test_hours_before_the_enrolment_are_refused() -> None:
    journey = Journey().committed().memo()
    with pytest.raises(StepOutOfOrder):
        journey.hours("2")


def test_the_total_is_the_sum_of_attended_meetings() -> None:
    """A12-1: hours are summed, never typed."""
    journey = Journey().enrolled().hours("4.25", ends="12:15").hours("3.5", day=1)
    assert journey.case.training is not None
    assert journey.case.training.hours_total == Decimal("7.75")
    assert journey.case.training_track == "in_progress"


def test_two_meetings_at_once_are_refused() -> None:
    """A12-1: one person is in one meeting at a time."""
    journey = Journey().enrolled().hours("2", starts="08:00", ends="10:00")
    with pytest.raises(MeetingOverlap):
        journey.hours("1", starts="09:30", ends="11:00")
    journey.hours("1", starts="10:00", ends="11:00")


@pytest.mark.parametrize(
    ("hours", "starts", "ends"), [("3", "08:00", "10:00"), ("1", "10:00", "09:00"), ("0", "08:00", "10:00")]
)
def test_hours_that_the_meeting_cannot_hold_are_refused(hours: str, starts: str, ends: str) -> None:
    with pytest.raises(HoursOutOfRange):
        Journey().enrolled().hours(hours, starts=starts, ends=ends)


def test_more_hours_than_a_day_allows_are_refused() -> None:
    """A12-1, P-34: the hours of one day have a limit."""
    journey = Journey().enrolled().hours("6", starts="06:00", ends="12:00")
    with pytest.raises(HoursOutOfRange):
        journey.hours("4.25", starts="13:00", ends="18:00")


def test_training_is_complete_at_forty_hours_not_before() -> None:
    """A12-2, P-04: forty hours attended."""
    journey = Journey().enrolled().hours("10").hours("10", day=1).hours("10", day=2).hours("9.75", day=3)
    complete = act("CompleteTraining", role="training_officer", on=DAY + timedelta(days=4))
    with pytest.raises(StepOutOfOrder) as refused:
        journey.case.complete_training(complete)
    assert "39.75 de 40" in refused.value.text
    journey.hours("0.25", day=4, starts="08:00", ends="09:00").case.complete_training(complete)
    assert journey.case.training_track == "completed"


def test_an_exception_lets_training_end_early() -> None:
    """A12-2, AMB-06: the authorised exception stands for the missing hours."""
    journey = Journey().enrolled().hours("4")
    exception = act("AuthoriseTrainingException", role="subdirector")
    journey.case.authorise_training_exception(exception, reason=journey.text("Licencia de maternidad"), file=None)
    assert journey.case.training_track == "excepted"


def test_numbers_of_a_series_have_no_holes_and_start_anew_each_year() -> None:
    series = NumberSeries.open("FO-069", "PR-156", 2026)
    assert [series.issue(uuid4()) for _ in range(3)] == ["FO-069-2026-0001", "FO-069-2026-0002", "FO-069-2026-0003"]
    assert NumberSeries.series_id("FO-069", "PR-156", 2026) != NumberSeries.series_id("FO-069", "PR-156", 2027)
