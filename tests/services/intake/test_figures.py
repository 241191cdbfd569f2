"""What intake counts for the reports: the criteria that were not met, against what the letters told the citizens."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID, uuid4

from shared.privacy.personal import ERASED
from shared.runtime.folds import OF_CASES
from tests.services.folding import folded
from tests.services.intake.counter import Counter

NAMES = {1: "Ana Beatriz", 2: "Zoraida", 3: "Wilson Hernando"}
DOCUMENT = "{0}{0}.222.333"


def person(number: int) -> dict[str, str]:
    """Somebody whose name and number are not like those of the others."""
    return {"doc_no": DOCUMENT.format(number), "names": NAMES[number], "surnames": f"{NAMES[number]} Luna"}


def told(counter: Counter, number: int, **facts: object) -> str:
    """A candidate of a call of its own, evaluated and told the result."""
    call = counter.open_call(f"AT-2026-{number}")
    case = counter.identify(call, **person(number))
    counter.basic(case, **person(number), **facts)
    counter.consolidate(call)
    counter.checks(case)
    counter.evaluate(case)
    counter.communicate(case)
    return case


def letters(counter: Counter) -> dict[tuple[str, ...], set[str]]:
    """By criterion the cases whose letter says that it is not met."""
    found = defaultdict(set)
    for event in opened(counter, "EligibilityCommunicated"):
        for each in event.form["criteria"].value if event.result == "not_met" else ():
            if each["outcome"] == "not_met":
                found["FIG-03", "by_criterion", each["code"]].add(str(event.originator_id))
    return found


def opened(counter: Counter, kind: str) -> list[Any]:
    entries = counter.app.log.entries(0, 10_000)
    return [counter.app.mapper.open(entry)[0] for entry in entries if entry.topic == f"intake.{kind}"]


def test_the_criteria_not_met_are_counted_as_the_letters_say(any_counter: Counter) -> None:
    """FIG-03, REP-4: cases by criterion, equal to what each FO-068 of "not met" lists; met ones count nowhere."""
    told(any_counter, 1, properties=2)
    told(any_counter, 2, properties=3, willing_training=False)
    told(any_counter, 3)
    expected = letters(any_counter)
    assert max(len(cases) for cases in expected.values()) == 2
    assert folded(any_counter.office) == {key: (str(len(cases)), frozenset(cases)) for key, cases in expected.items()}


def test_a_letter_counts_by_the_evaluation_that_it_tells(counter: Counter) -> None:
    """FIG-03, REP-4, CRI-3: a re-check that is met takes nothing from the earlier count, at its position or now."""
    case = told(counter, 1, properties=2)
    position, before = counter.app.log.head(), folded(counter.office)
    counter.act("coordinator", "RequestRecheck", case, reason="Vendió un inmueble.")
    family = {"properties": 1, "property_use": "family_home", "version_reason": "update"}
    counter.basic(case, "UpdateBasicIdentification", **person(1), **family)
    counter.evaluate(case)
    counter.communicate(case)
    assert before and folded(counter.office, position=position) == before == folded(counter.office)


def test_of_an_erased_person_the_count_stays_without_its_criterion(counter: Counter) -> None:
    """FIG-03, REP-4: what the key sealed is not counted by criterion any more, and nobody falls out of the figure."""
    case = told(counter, 1, properties=2)
    [candidate] = {entry.candidate_id for entry in opened(counter, "CandidateIdentified")}
    counter.app.keys.destroy(candidate, "s")
    assert folded(counter.office) == {("FIG-03", "by_criterion", ERASED): ("1", frozenset({str(UUID(case))}))}


def test_the_locality_of_a_case_is_that_of_its_latest_form(counter: Counter) -> None:
    """BRD-1, FO-203: a newer version that does not say it leaves it; of the cases asked for alone."""
    case = counter.candidate(locality="07")
    key = ("case", "locality", "07")
    assert folded(counter.office, fold=OF_CASES) == {key: ("1", frozenset({case}))}
    counter.basic(case, "UpdateBasicIdentification", version_reason="unchanged")
    before = counter.app.log.head()
    assert set(folded(counter.office, fold=OF_CASES)) == {key}
    counter.basic(case, "UpdateBasicIdentification", locality="05", version_reason="update")
    assert {by for _, _, by in folded(counter.office, fold=OF_CASES)} == {"05"}
    assert set(folded(counter.office, fold=OF_CASES, position=before)) == {key}
    assert folded(counter.office, fold=OF_CASES, cases=frozenset({uuid4()})) == {}
