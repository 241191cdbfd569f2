"""Field days as a source, and the socio-economic sheet FO-201 (act. 1)."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import pytest

from tests.services.casework import Refused
from tests.services.intake.counter import Counter

SHEET: dict[str, Any] = {
    "filled_on": "2026-11-05",
    "tenure": "rented",
    "stratum": 2,
    "household_members": [
        {"name": "Efraín Torres", "kinship": "parent", "birth_date": "1950-01-02", "occupation": "Pensionado"}
    ],
    "dependants": 1,
    "monthly_income": "1300000.00",
    "main_income": True,
    "population_groups": ["head_of_household"],
    "supports_received": ["Mercado"],
}


def hold(counter: Counter, who: str = "caseworker", **changes: Any) -> str:
    fields = {
        "held_on": "2026-11-03",
        "place": "Plaza de los Mártires",
        "locality": "08",
        "team": [counter.office.person("caseworker")],
        "characterisations": ["CAR-0001", "CAR-0002"],
    }
    return str(counter.act(who, "RecordFieldDay", **(fields | changes))["id"])


def refused(counter: Counter, **changes: Any) -> Refused:
    with pytest.raises(Refused) as found:
        hold(counter, **changes)
    return found.value


def file(counter: Counter, case: str, **changes: Any) -> Any:
    form = {name: value for name, value in (SHEET | changes).items() if value is not None}
    return counter.act("caseworker", "RecordSocioeconomicSheet", case, form=form)


def test_a_field_day_is_published_by_locality_and_number_of_people(counter: Counter) -> None:
    """EVT-2: neither the place nor the people characterised leave the service; the list shows the day."""
    day = hold(counter)
    [told] = [each for each in counter.office.published() if each.type == "FieldDayHeld"]
    assert told.data == {"field_day_id": day, "locality": "08", "candidates_count": 2}
    [item] = counter.ask("field_days", locality="08")["items"]
    assert (item["id"], item["held_on"], item["candidates"]) == (day, "2026-11-03", 2)
    assert counter.ask("field_days", locality="07")["items"] == []


def test_a_candidate_of_a_field_day_names_it_as_source(counter: Counter) -> None:
    """A01-2: the field day is the reference of the source."""
    call, day = counter.open_call(), hold(counter)
    counter.identify(call, source="field_day", source_kind=None, source_ref=None, field_day=day)
    found = counter.last("intake.CandidateIdentified")
    assert (found.source, found.source_ref.value) == ("field_day", day)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"source": "field_day", "identified_on": "2026-11-02"}, "FIELD_INVALID", "identified_on"),
        ({"source": "hemi"}, "FIELD_INVALID", "field_day"),
        ({"source": "field_day", "field_day": str(uuid4())}, "NOT_FOUND", "field_day"),
        ({"source": "field_day", "field_day": None}, "SOURCE_REQUIRED", "source_ref"),
    ],
)
def test_only_a_day_that_was_held_is_a_source(counter: Counter, changes: Any, code: str, field: str) -> None:
    """A01-2"""
    fields = {"source_kind": None, "source_ref": None, "field_day": hold(counter)} | changes
    with pytest.raises(Refused) as found:
        counter.identify(counter.open_call(), **fields)
    assert (found.value.code, found.value.field) == (code, field)


def test_what_is_recorded_of_a_field_day_is_checked(counter: Counter) -> None:
    """X-08, ROL-01"""
    assert refused(counter, held_on="2026-11-21").code == "DATE_IN_FUTURE"
    twice = [counter.office.person("caseworker")] * 2
    assert refused(counter, team=twice).field == "team"
    assert refused(counter, characterisations=["CAR-0001"] * 2).field == "characterisations"
    assert refused(counter, who="coordinator").code == "NOT_AUTHORISED"


def test_the_socio_economic_sheet_is_optional_and_prints_as_its_form(counter: Counter) -> None:
    """AMB-12, FO-201, FRM-4: act. 2 goes on without it; filed, it is printed for who may read it."""
    case = counter.candidate()
    assert counter.evaluate(case)["result"] == "met"
    filed = file(counter, case)
    [paper] = [each for each in counter.ask("case", id=case)["documents"] if each["code"] == "FO-201"]
    assert (paper["id"], paper["code"], paper["name"]) == (
        filed["form_instance_id"],
        "FO-201",
        "Ficha socioeconómica general",
    )
    printed = counter.ask("document", id=paper["id"])
    assert base64.b64decode(printed["pdf"]).startswith(b"%PDF-")
    with pytest.raises(Refused) as found:
        counter.ask("document", "training", id=paper["id"])
    assert found.value.code == "NOT_AUTHORISED"


def test_what_the_sheet_says_stays_in_the_service(counter: Counter) -> None:
    """EVT-6, FO-201: kept inside; every field of a person is sealed."""
    case = counter.identify(counter.open_call())
    file(counter, case)
    [told] = [each for each in counter.office.published() if each.type == "SocioeconomicSheetRecorded"]
    assert told.data == {}
    form = counter.last("intake.SocioeconomicSheetRecorded").form
    assert {name for name, value in form.items() if name != "filled_on" and isinstance(value, str | int)} == set()
    stored = next(e for e in counter.app.log.entries(0, 100) if e.topic == "intake.SocioeconomicSheetRecorded")
    assert b"Efra" not in stored.stored.state and b"Mercado" not in stored.stored.state


def test_the_sheet_says_when_it_was_filled_in_and_nothing_else_is_asked_for(counter: Counter) -> None:
    """FRM-3, FO-201"""
    case = counter.identify(counter.open_call())
    counter.act("caseworker", "RecordSocioeconomicSheet", case, form={"filled_on": "2026-11-05"})
    for changes, code in (({"filled_on": None}, "FORM_INCOMPLETE"), ({"filled_on": "2026-11-11"}, "FIELD_INVALID")):
        with pytest.raises(Refused) as found:
            file(counter, case, **changes)
        assert (found.value.code, found.value.field) == (code, "form.filled_on")


def test_no_sheet_without_a_legal_ground_or_on_a_finished_case(counter: Counter) -> None:
    """X-12, ROL-01, AMB-12"""
    purposes = {"notice_version": "AV-2026-1", "purposes": ["eligibility"], "given_on": "2026-11-03"}
    case = counter.identify(counter.open_call(), ground="authorisation", file=counter.file(), **purposes)
    counter.act("caseworker", "WithdrawConsent", case, withdrawn_on="2026-11-04")
    for who, code in (("caseworker", "CONSENT_MISSING"), ("coordinator", "NOT_AUTHORISED")):
        with pytest.raises(Refused) as found:
            counter.act(who, "RecordSocioeconomicSheet", case, form=SHEET)
        assert found.value.code == code
    counter.act("caseworker", "WithdrawCase", case, reason_code="own_will", reason="x")
    with pytest.raises(Refused) as found:
        file(counter, case)
    assert found.value.code == "CASE_CLOSED"


def test_a_field_day_may_name_nobody_whom_the_team_characterised(counter: Counter) -> None:
    """A01-2: it counts no candidates then."""
    counter.act(
        "caseworker",
        "RecordFieldDay",
        held_on="2026-11-03",
        place="Plaza de los Mártires",
        locality="08",
        team=[counter.office.person("caseworker")],
    )
    [told] = [each for each in counter.office.published() if each.type == "FieldDayHeld"]
    assert told.data["candidates_count"] == 0
