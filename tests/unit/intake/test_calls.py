from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from services.intake.domain.numbering import DocumentSeries
from services.intake.domain.refusals import CallNotOpen, ListEmpty, SpecificationsMissing
from shared.catalogue.refusals import EvidenceMissing, FieldInvalid, StateNotAllowed
from tests.unit.intake.dossier import coordinator, minutes, open_call


@pytest.mark.parametrize("missing", [{"specifications": None}, {"specifications": "  "}, {"specifications_file": None}])
def test_a_call_without_its_specifications_is_refused(missing: dict[str, None]) -> None:
    with pytest.raises(SpecificationsMissing):
        open_call(**missing)


def test_the_catalogue_s_own_specification_needs_no_file() -> None:
    assert open_call(specifications_file=None, standard="Texto").state == "open"


def test_a_call_does_not_close_before_it_opens() -> None:
    with pytest.raises(FieldInvalid):
        open_call(closes_on=date(2025, 12, 31))


@pytest.mark.parametrize(
    ("entered", "identified"),
    [
        (date(2026, 1, 1), date(2025, 11, 1)),
        (date(2026, 6, 30), date(2025, 11, 1)),
        (date(2026, 9, 1), date(2026, 2, 1)),
    ],
)
def test_a_candidate_enters_when_the_entry_or_the_identification_lies_in_the_dates(
    entered: date, identified: date
) -> None:
    open_call().check_takes(entered, identified)


def test_outside_the_dates_nobody_enters() -> None:
    with pytest.raises(CallNotOpen):
        open_call().check_takes(date(2026, 7, 1), date(2025, 12, 31))


def test_a_call_closed_early_takes_nobody_from_that_day_on() -> None:
    call = open_call()
    call.close(coordinator("CloseCall", on=date(2026, 3, 1)), "Cupo completo")
    call.check_takes(date(2026, 5, 1), date(2026, 2, 28))
    with pytest.raises(CallNotOpen):
        call.check_takes(date(2026, 3, 1), date(2026, 3, 1))
    with pytest.raises(StateNotAllowed):
        call.close(coordinator("CloseCall"), "Otra vez")


def test_lists_are_numbered_and_need_candidates_and_minutes() -> None:
    call = open_call()
    with pytest.raises(EvidenceMissing):
        call.consolidate(coordinator("ConsolidateList"), [uuid4()], None)
    with pytest.raises(ListEmpty):
        call.consolidate(coordinator("ConsolidateList"), [], minutes())
    assert call.consolidate(coordinator("ConsolidateList"), [uuid4()], minutes()) == 1
    assert call.consolidate(coordinator("ConsolidateList"), [uuid4()], minutes()) == 2
    assert call.with_minutes == {1, 2}


def test_the_file_of_an_import_stands_in_for_the_minutes_until_they_are_filed() -> None:
    call = open_call()
    act = coordinator("ImportCandidates")
    list_no = call.consolidate_import(act, uuid4(), file_name="a.csv", file_hash="0" * 64, count=3, known=[])
    assert list_no not in call.with_minutes
    call.file_minutes(coordinator("FileForm"), list_no, minutes())
    assert list_no in call.with_minutes
    for number in (list_no, 9):
        with pytest.raises(FieldInvalid):
            call.file_minutes(coordinator("FileForm"), number, minutes())


def test_numbers_of_a_series_follow_each_other() -> None:
    series = DocumentSeries.open("FO-068", "PR-156", 2026)
    assert [series.issue(uuid4()) for _ in range(2)] == ["FO-068-2026-000001", "FO-068-2026-000002"]
    assert series.id == DocumentSeries.id_of("FO-068", "PR-156", 2026)
    assert series.id != DocumentSeries.id_of("FO-068", "PR-156", 2027)
