"""How fast the 17 criteria of DE-017 are evaluated, against the same table written as plain Python.

    python -m benchmarks.criteria [candidates]

Both run over the same candidates in the same process, and must agree on every outcome.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import date, timedelta
from typing import Any

from shared.catalogue.age import completed_years
from shared.catalogue.catalogue import Catalogue

AS_OF = date(2026, 10, 15)
SERVICE = "technical_assistance"
BOOLEANS = (
    *("service_active_on_p01", "legal_capacity", "lives_in_dc", "works_in_dc", "pension", "retirement_pay"),
    *("excluded", "disqualified", "reads_writes", "has_supporter", "willing_training", "willing_assistance"),
    *("requires_credit", "adverse_report", "adverse_reports_cured"),
)
ROUNDS = 5
MET, NOT_MET, NOT_APPLICABLE, PENDING = "met", "not_met", "not_applicable", "pending"


def candidates(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Invented candidates: most facts known, some unknown, every outcome among them."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        facts: dict[str, Any] = {
            "doc_type": chance.choices(("CC", "CE", "TI", "PPT"), (90, 6, 2, 2))[0],
            "birth_date": date(1960, 1, 1) + timedelta(days=chance.randrange(18_000)),
            "household_type": "nuclear",
        }
        for name in BOOLEANS:
            if chance.random() < 0.95:
                facts[name] = chance.random() < 0.5
        if chance.random() < 0.8:
            facts["rvi_no"] = str(chance.randrange(10**6))
        if chance.random() < 0.95:
            facts["properties"] = chance.randrange(3)
        if chance.random() < 0.9:
            facts["property_use"] = chance.choice(("family_home", "other"))
        found.append(facts)
    return found


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _either(one: bool | None, other: bool | None) -> bool | None:
    if one or other:
        return True
    return None if one is None or other is None else False


def _not(one: bool | None) -> bool | None:
    return None if one is None else not one


def _outcome(answer: bool | None) -> str:
    return PENDING if answer is None else MET if answer else NOT_MET


def plain(facts: dict[str, Any]) -> dict[str, str]:
    """The same table for the technical-assistance service, in Python: outcomes only, no reason, no evidence."""
    get = facts.get
    document, active = get("doc_type"), get("service_active_on_p01")
    citizen = MET if document == "CC" else NOT_MET
    if document == "CE":
        citizen = PENDING if active is None else NOT_APPLICABLE if active else NOT_MET
    properties, use = get("properties"), get("property_use")
    owner: bool | None = None if properties is None else properties == 0
    if properties == 1:
        owner = None if use is None else use == "family_home"
    age = completed_years(facts["birth_date"], AS_OF)
    credit = get("requires_credit")
    cleared = _outcome(_either(_not(get("adverse_report")), get("adverse_reports_cured")))
    return {
        "G01": citizen,
        "G02": _outcome(get("legal_capacity")),
        "G03": MET if get("rvi_no") or get("characterised_on") else NOT_MET,
        "G04": NOT_APPLICABLE,
        "G05": _outcome(_both(get("lives_in_dc"), get("works_in_dc"))),
        "G06": MET if age >= 18 else NOT_MET,
        "G07": _outcome(owner),
        "G08": _outcome(_both(_not(get("pension")), _not(get("retirement_pay")))),
        "G09": NOT_APPLICABLE,
        "G10": _outcome(_not(get("excluded"))),
        "G11": _outcome(_not(get("disqualified"))),
        "G12": NOT_APPLICABLE,
        "E01": MET if 18 <= age <= 59 else NOT_MET,
        "E02": _outcome(_either(get("reads_writes"), get("has_supporter"))),
        "E03": _outcome(_both(get("willing_training"), get("willing_assistance"))),
        "E04": PENDING,
        "E05": NOT_APPLICABLE if credit is False else PENDING if credit is None else cleared,
    }


def main(count: int) -> None:
    started = time.perf_counter()
    criteria = Catalogue.load().criteria("DE-017", AS_OF)
    loaded = time.perf_counter() - started
    people = candidates(count)
    by_data = by_hand = 0.0
    # alternating rounds, the best of each: a busy machine slows both alike
    for _ in range(ROUNDS):
        started = time.perf_counter()
        ours = [criteria.evaluate(facts, as_of=AS_OF, service=SERVICE) for facts in people]
        by_data = max(by_data, count / (time.perf_counter() - started))
        started = time.perf_counter()
        theirs = [plain(facts) for facts in people]
        by_hand = max(by_hand, count / (time.perf_counter() - started))
    for facts, one, other in zip(people, ours, theirs, strict=True):
        mine = {code: outcome.outcome for code, outcome in one.items()}
        if mine != other:
            raise SystemExit(f"disagree on {facts}: {mine} / {other}")
    print(f"catalogue loaded in {loaded:.3f} s")
    print(f"criteria as data, with reasons and evidence: {by_data:,.0f} candidates/s ({by_data * 17:,.0f} criteria/s)")
    print(f"the same table as plain Python, outcomes only: {by_hand:,.0f} candidates/s ({by_hand / by_data:.1f} times)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000)
