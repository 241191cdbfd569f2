"""CRI-1 as a property: what known facts decide stays decided, whatever is learnt later."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.criteria import AS_OF, SERVICE, candidates, plain
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.criteria import CriteriaSet

SERVICES = ("technical_assistance", "training", "job_orientation", "redep", "market_square")
PRESENCE = ("rvi_no", "characterisation_id", "characterised_on", "public_space", "pension_or_retirement_pay")
"""Facts that are never unknown: blank means none, so recording one may turn not_met into met (G03)."""


def criteria() -> CriteriaSet:
    return Catalogue.load().criteria("DE-017", AS_OF)


def _values(name: str) -> st.SearchStrategy[Any]:
    fact = criteria().facts[name]
    if fact.type == "bool":
        return st.booleans()
    if fact.type == "int":
        return st.integers(0, 4)
    if fact.type == "date":
        return st.dates(date(1940, 1, 1), AS_OF)
    if fact.type == "list":
        return st.lists(st.sampled_from(["redep", "antojitos", "market_square", "training"]), max_size=2)
    return st.sampled_from(fact.values) if fact.values else st.text(max_size=5)


FACTS = st.fixed_dictionaries({}, optional={name: _values(name) for name in criteria().facts})


@settings(max_examples=200, deadline=None)
@given(FACTS, st.data(), st.sampled_from(SERVICES))
def test_learning_a_fact_never_turns_a_decided_outcome_into_another(
    facts: dict[str, Any], data: st.DataObject, service: str
) -> None:
    may_be_unknown = sorted(name for name in facts if name not in PRESENCE)
    unknown = data.draw(st.sets(st.sampled_from(may_be_unknown))) if may_be_unknown else set()
    fewer = {name: value for name, value in facts.items() if name not in unknown}
    before = criteria().evaluate(fewer, as_of=AS_OF, service=service)
    after = criteria().evaluate(facts, as_of=AS_OF, service=service)
    for code, outcome in before.items():
        if outcome.outcome != "pending":
            assert after[code].outcome == outcome.outcome, code


@settings(max_examples=200, deadline=None)
@given(FACTS, st.sampled_from(SERVICES))
def test_every_outcome_has_a_reason_and_only_a_pending_one_misses_facts(facts: dict[str, Any], service: str) -> None:
    for outcome in criteria().evaluate(facts, as_of=AS_OF, service=service).values():
        assert outcome.outcome in ("met", "not_met", "not_applicable", "pending")
        assert outcome.reason.endswith(".")
        assert (outcome.missing != ()) == (outcome.outcome == "pending")


@settings(max_examples=100, deadline=None)
@given(FACTS, st.sampled_from(SERVICES))
def test_with_every_fact_known_nothing_is_pending(facts: dict[str, Any], service: str) -> None:
    known = {name: facts.get(name, default) for name, default in ALL_KNOWN.items()}
    outcomes = criteria().evaluate(known, as_of=AS_OF, service=service)
    assert [code for code, outcome in outcomes.items() if outcome.outcome == "pending"] == []


ALL_KNOWN: dict[str, Any] = {
    name: {
        "bool": False,
        "int": 1,
        "date": date(1990, 1, 1),
        "list": [],
        "text": fact.values[0] if fact.values else "x",
    }[fact.type]
    for name, fact in criteria().facts.items()
}


def test_criteria_as_data_agree_with_the_same_table_in_python() -> None:
    for facts in candidates(400, seed=7):
        ours = criteria().evaluate(facts, as_of=AS_OF, service=SERVICE)
        assert {code: outcome.outcome for code, outcome in ours.items()} == plain(facts)
