"""Papers of profiling that are put right (X-10)."""

from __future__ import annotations

import pytest

from tests.services import bodies
from tests.services.casework import Office, Refused
from tests.services.profiling.test_main_line import profiled
from tests.services.profiling.test_referral import desk

__all__ = ["desk"]


def test_who_puts_an_interview_right_does_not_validate_the_profile(desk: Office) -> None:
    """X-10, SOD-1: authors of corrected versions count; the ratings are a matter of a new interview."""
    case = profiled(desk, desk.call())
    paper = next(each["id"] for each in desk.ask("case", id=str(case))["documents"] if each["code"] == "FO-423")
    offered = desk.ask("choices", to="correctable", case_id=str(case))["items"]
    assert [each["id"] for each in offered] == [paper]
    desk.hire("third_psychosocial", "psychosocial")
    change = {"document": paper, "reason": "Faltaba", "changes": [{"field": "motivation", "value": "Exportar maletas"}]}
    answer = desk.act("third_psychosocial", "CorrectRecord", case, **change)
    assert answer["affected"] == ["ProfileClassified"]
    for who, body, code in (
        ("third_psychosocial", bodies.validation("approve"), "SOD_VIOLATION"),
        ("second_psychosocial", bodies.validation("approve"), ""),
    ):
        if code:
            with pytest.raises(Refused) as found:
                desk.act(who, "ValidateProfile", case, **body)
            assert found.value.code == code
        else:
            desk.act(who, "ValidateProfile", case, **body)
    ratings = change | {"changes": [{"field": "ratings", "value": "[]"}]}
    with pytest.raises(Refused) as found:
        desk.act("third_psychosocial", "CorrectRecord", case, **ratings)
    assert found.value.code in ("FIELD_INVALID", "FORM_INCOMPLETE")


def test_minutes_of_an_offer_are_filed(desk: Office) -> None:
    """FO-051: the record of act. 9."""
    case = profiled(desk, desk.call())
    form = {
        "meeting_on": "2026-11-10",
        "place": "Sede",
        "subject": "Oferta del servicio",
        "activity": 9,
        "attendees": [{"name": "Rosalba Quitián"}],
        "development": "Se presentó la oferta",
    }
    filed = desk.act("caseworker", "FileForm", case, form=form)
    assert filed["number"] == "FO-051-2026-0001"
    assert "pdf" in desk.ask("document", id=filed["form_instance_id"])
