"""A version tried over cases: who would come out otherwise, and why; nothing of any case is touched (CAT-09)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml

from services.intake.application import what_ifs
from services.intake.definition import SERVICE
from services.intake.domain.cases import Case
from shared.eventstore import append
from tests.services.casework import Refused, office
from tests.services.editing.press import Press, most_age
from tests.services.intake.counter import Counter

TRIAL = {"kind": "parameter", "code": "P-03", "version": "2", "as_of": "2026-11-10", "known_on": "2026-12-31"}
AGED_62 = {"birth_date": "1964-06-01"}


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Press]:
    with office(SERVICE, tmp_path) as desk:
        yield Press(desk)


@pytest.fixture
def counter(press: Press, tmp_path: Path) -> Counter:
    return Counter(press.desk, tmp_path)


def person(counter: Counter, call: str, doc_no: str, **facts: Any) -> str:
    """A candidate of the call, of the given facts, ready to be evaluated."""
    case = counter.identify(call, doc_no=doc_no, **facts)
    counter.basic(case, doc_no=doc_no, **facts)
    return case


def run(counter: Counter, call: str | None = None, **changes: Any) -> Any:
    return counter.act("coordinator", "RunWhatIf", **(TRIAL | {"call": call} | changes))


def report(counter: Counter, trial: Any, **params: Any) -> Any:
    return counter.ask("what_if", who="coordinator", id=trial["id"], **params)


def test_a_higher_age_lists_who_would_come_out_otherwise(counter: Counter, press: Press) -> None:
    """CAT-09: a draft of 64 years: of three people the one aged 62 changes, by E01, with its reason."""
    call = counter.open_call()
    of_62 = person(counter, call, "52.123.001", **AGED_62)
    for number, born in (("52.123.002", "1985-04-03"), ("52.123.003", "1950-01-01")):
        person(counter, call, number, birth_date=born)
    press.draft("parameter", most_age())
    trial = run(counter, call)
    assert (trial["looked_at"], trial["changed"], trial["unknown"]) == (3, 1, 0)
    (change,) = report(counter, trial, reveal="s")["changes"]
    assert change["case_id"] == of_62
    (criterion,) = change["criteria"]
    assert (criterion["criterion"], criterion["before"], criterion["after"]) == ("E01", "not_met", "met")
    assert not criterion["reason"]["masked"] and criterion["reason"]["value"]


def test_no_case_has_an_event_of_it(counter: Counter, press: Press) -> None:
    """CAT-09: the log grows by the report alone."""
    call = counter.open_call()
    case = person(counter, call, "52.123.001", **AGED_62)
    press.draft("parameter", most_age())
    before, events = counter.app.log.head(), counter.events(case)
    run(counter, call)
    entries = counter.app.log.entries(before, 10)
    assert [each.topic for each in entries] == ["intake.WhatIfRun"]
    assert counter.events(case) == events
    told = [each for each in press.desk.published() if each.type == "WhatIfRun"]
    assert [each.data for each in told] == [{}]


def test_the_facts_are_those_known_on_the_chosen_day(
    counter: Counter, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CAT-09: what was recorded later is not looked at, nor who was not known yet."""
    now, day = [1_793_000_000], 86_400
    monkeypatch.setattr(append.time, "time_ns", lambda: now[0] * 1_000_000_000)
    call = counter.open_call()
    case = person(counter, call, "52.123.001", **AGED_62)
    press.draft("parameter", most_age())
    now[0] += 2 * day
    changed = {"doc_no": "52.123.001", "birth_date": "1985-04-03", "version_reason": "update"}
    counter.basic(case, "UpdateBasicIdentification", **changed)
    late = person(counter, call, "52.123.002", **AGED_62)
    first = run(counter, call, known_on="2026-10-26")
    assert [each["case_id"] for each in report(counter, first)["changes"]] == [case]
    assert (first["looked_at"], first["unknown"]) == (1, 1)
    second = run(counter, call, known_on="2026-10-28")
    assert [each["case_id"] for each in report(counter, second)["changes"]] == [late]


def test_a_version_of_the_criteria_is_tried_too(counter: Counter, press: Press) -> None:
    """CAT-09: against the version in force; the one in force itself changes nobody."""
    call = counter.open_call()
    case = person(counter, call, "52.123.001", **AGED_62)
    shipped = (counter.app.catalogue.root / "criteria" / "de-017-v1.yaml").read_text("utf-8")
    later = shipped.replace('version: "1"', 'version: "2"', 1).replace("2019-10-23", "2027-01-01", 1)
    press.draft("criteria", later, approvers=len(yaml.safe_load(later)["approved"]))
    same = run(counter, cases=[case], kind="criteria", code="DE-017")
    assert (same["looked_at"], same["changed"]) == (1, 0)


def test_a_whole_call_is_looked_at_in_steps_that_an_interruption_does_not_repeat(
    counter: Counter, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CAT-09: the first cases at once, the rest in the background; each is looked at once and changes as if alone."""
    monkeypatch.setattr(what_ifs, "AT_ONCE", 2)
    call = counter.open_call()
    mine = [person(counter, call, f"52.123.00{number}", **AGED_62) for number in range(1, 8)]
    press.draft("parameter", most_age())
    trial = run(counter, call)
    assert (trial["looked_at"], trial["changed"], trial["waiting"]) == (2, 2, 5)
    answers = iter((False, True))
    assert counter.app.go_on_with_what_ifs(lambda: next(answers))
    halfway = report(counter, trial)
    assert (halfway["looked_at"], halfway["waiting"], halfway["left"]) == (4, 3, 0)
    assert counter.app.go_on_with_what_ifs()
    whole = report(counter, trial)
    assert (whole["looked_at"], whole["changed"], whole["waiting"], whole["unknown"]) == (7, 7, 0, 0)
    assert sorted(each["case_id"] for each in whole["changes"]) == sorted(mine)
    assert not counter.app.go_on_with_what_ifs()


def test_a_version_that_is_withdrawn_meanwhile_leaves_the_rest(
    counter: Counter, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CAT-09: what is left is told; what was found stays."""
    monkeypatch.setattr(what_ifs, "AT_ONCE", 2)
    call = counter.open_call()
    for number in range(1, 5):
        person(counter, call, f"52.123.00{number}", **AGED_62)
    draft = press.draft("parameter", most_age())
    trial = run(counter, call)
    press.withdraw(draft["id"])
    assert counter.app.go_on_with_what_ifs()
    found = report(counter, trial)
    assert (found["looked_at"], found["changed"], found["waiting"], found["left"]) == (2, 2, 0, 2)
    assert not counter.app.go_on_with_what_ifs()


def test_who_was_erased_is_not_known_any_more(counter: Counter, press: Press) -> None:
    """CAT-09, X-12: nothing is evaluated of a person whose data are gone."""
    call = counter.open_call()
    cases = [person(counter, call, f"52.123.00{number}", **AGED_62) for number in (1, 2)]
    press.draft("parameter", most_age())
    for kind in ("i", "c", "s"):
        counter.app.keys.destroy(counter.app.loader.get(Case, UUID(cases[0])).candidate_id, kind)
    trial = run(counter, call)
    assert (trial["looked_at"], trial["changed"], trial["unknown"]) == (1, 1, 1)


def test_the_report_is_kept_and_listed(counter: Counter, press: Press) -> None:
    """CAT-09."""
    call = counter.open_call()
    person(counter, call, "52.123.001", **AGED_62)
    press.publish("parameter", most_age())
    trial = run(counter, call)
    (listed,) = counter.ask("what_ifs", who="subdirector")["items"]
    assert (listed["id"], listed["changed"], listed["call"]) == (trial["id"], 1, call)
    digest = counter.app.catalogue.labelled("parameter", "P-03", "2").artefact.sha256
    assert report(counter, trial)["hash"] == listed["hash"] == digest


def test_the_reasons_are_personal(counter: Counter, press: Press) -> None:
    """CAT-09, X-12: masked until asked for, gone with the person's key, and not for every role."""
    call = counter.open_call()
    case = person(counter, call, "52.123.001", **AGED_62)
    press.draft("parameter", most_age())
    trial = run(counter, call)
    (masked,) = report(counter, trial)["changes"]
    assert masked["criteria"][0]["reason"]["masked"]
    with pytest.raises(Refused) as caseworker:
        counter.ask("what_if", who="caseworker", id=trial["id"])
    assert caseworker.value.code == "NOT_AUTHORISED"
    counter.app.keys.destroy(counter.app.loader.get(Case, UUID(case)).candidate_id, "s")
    (erased,) = report(counter, trial, reveal="s")["changes"]
    assert erased["criteria"] == [] and erased["before"] is None


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"version": "9"}, "NOT_FOUND", "version"),
        ({"code": "P-30", "version": "1"}, "CATALOGUE_NOT_EFFECTIVE", None),
        ({"call": None}, "FIELD_INVALID", "call"),
        ({"call": str(uuid4())}, "NOT_FOUND", "id"),
    ],
    ids=["no such version", "not of the criteria", "no case chosen", "no such call"],
)
def test_what_cannot_be_tried_is_refused(
    counter: Counter, changes: dict[str, Any], code: str, field: str | None
) -> None:
    """CAT-09."""
    with pytest.raises(Refused) as refused:
        run(counter, **({"version": "1", "call": counter.open_call()} | changes))
    assert (refused.value.code, refused.value.field) == (code, field)
