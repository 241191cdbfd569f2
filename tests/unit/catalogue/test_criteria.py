"""DE-017 as requirements section 10 asks for it, three-valued logic, and what a person reads in each outcome."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.criteria import CriteriaSet
from shared.catalogue.facts import FactInvalid
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.types import Outcome

AS_OF = date(2026, 10, 15)
PR_156 = "technical_assistance"

EVERYTHING_MET: Mapping[str, Any] = {
    "doc_type": "CC",
    "legal_capacity": True,
    "rvi_no": "204417",
    "lives_in_dc": True,
    "works_in_dc": True,
    "birth_date": date(1985, 4, 3),
    "properties": 0,
    "pension": False,
    "retirement_pay": False,
    "exclusions": [],
    "disqualified": False,
    "reads_writes": True,
    "willing_training": True,
    "willing_assistance": True,
    "requires_credit": False,
}


def outcome(code: str, facts: Mapping[str, Any], as_of: date = AS_OF, service: str = PR_156) -> Outcome:
    return Catalogue.load().criteria("DE-017", as_of).evaluate_one(code, facts, as_of=as_of, service=service)


@pytest.fixture
def criteria() -> CriteriaSet:
    return Catalogue.load().criteria("DE-017", AS_OF)


REPORT = {"adverse": True, "cure": "none"}
CURED = {"adverse": True, "cure": "debt_clearance"}


@pytest.mark.parametrize(
    ("code", "facts", "expected"),
    [
        ("G01", {"doc_type": "CC"}, "met"),
        ("G01", {"doc_type": "CC", "nationality": "Venezuela"}, "met"),
        ("G01", {"doc_type": "TI", "nationality": "Colombia"}, "not_met"),
        ("G01", {"doc_type": "PPT", "service_active_on_p01": True}, "not_met"),
        ("G01", {"doc_type": "other"}, "not_met"),
        ("G01", {"doc_type": "CE"}, "pending"),
        ("G01", {"doc_type": "CE", "service_active_on_p01": True}, "not_applicable"),
        ("G01", {"doc_type": "CE", "service_active_on_p01": False}, "not_met"),
        ("G02", {"legal_capacity": True}, "met"),
        ("G02", {"legal_capacity": False}, "not_met"),
        ("G03", {"rvi_no": "204417"}, "met"),
        ("G03", {"characterised_on": date(2019, 3, 2)}, "met"),
        ("G03", {"rvi_no": "204417", "characterised_on": date(2019, 3, 2)}, "met"),
        ("G03", {"rvi_no": None, "characterised_on": None}, "not_met"),
        ("G03", {"rvi_no": "204417", "public_space": False}, "not_met"),
        ("G03", {"rvi_no": "204417", "public_space": True}, "met"),
        ("G03", {"characterisation_id": "C-77", "public_space": False}, "met"),
        ("G04", {"informal_relative": True}, "not_applicable"),
        ("G05", {"lives_in_dc": True, "works_in_dc": True}, "met"),
        ("G05", {"lives_in_dc": True, "works_in_dc": False}, "not_met"),
        ("G05", {"lives_in_dc": False, "works_in_dc": True}, "not_met"),
        ("G05", {"lives_in_dc": False, "works_in_dc": False}, "not_met"),
        ("G05", {"works_in_dc": True}, "pending"),
        ("G06", {"birth_date": date(2008, 10, 16)}, "not_met"),
        ("G06", {"birth_date": date(2008, 10, 15)}, "met"),
        ("G06", {"birth_date": date(1966, 10, 15)}, "met"),
        ("G07", {"properties": 0}, "met"),
        ("G07", {"properties": 1, "property_use": "family_home"}, "met"),
        ("G07", {"properties": 1, "property_use": "other"}, "not_met"),
        ("G07", {"properties": 2, "property_use": "family_home"}, "not_met"),
        ("G07", {"properties": 1}, "pending"),
        ("G07", {}, "pending"),
        ("G08", {"pension": True}, "not_met"),
        ("G08", {"retirement_pay": True}, "not_met"),
        ("G08", {"pension_or_retirement_pay": True}, "not_met"),
        ("G08", {"pension": False, "retirement_pay": False}, "met"),
        ("G08", {"pension": False}, "pending"),
        ("G09", {"alternatives_held": ["redep"]}, "not_applicable"),
        ("G10", {"exclusions": [{"from": date(2026, 10, 16)}]}, "met"),
        ("G10", {"exclusions": [{"from": date(2026, 10, 15), "to": date(2027, 1, 1)}]}, "not_met"),
        ("G10", {"exclusions": [{"from": date(2020, 1, 1), "to": date(2026, 10, 15)}]}, "met"),
        ("G10", {"exclusions": [{"from": date(2020, 1, 1), "lifted_on": date(2026, 10, 15)}]}, "met"),
        ("G10", {"exclusions": [{}]}, "not_met"),
        ("G10", {"excluded": True, "exclusions": []}, "not_met"),
        ("G11", {"disqualified": False}, "met"),
        ("G11", {"disqualified": True}, "not_met"),
        ("G12", {"household_alternatives": ["antojitos"]}, "not_applicable"),
        ("E01", {"birth_date": date(1966, 10, 16)}, "met"),
        ("E01", {"birth_date": date(1966, 10, 15)}, "not_met"),
        ("E01", {"birth_date": date(2008, 10, 15)}, "met"),
        ("E02", {"reads_writes": True}, "met"),
        ("E02", {"reads_writes": False, "has_supporter": True}, "met"),
        ("E02", {"reads_writes": False, "has_supporter": False}, "not_met"),
        ("E02", {"reads_writes": False}, "pending"),
        ("E03", {"willing_training": True, "willing_assistance": True}, "met"),
        ("E03", {"willing_training": True, "willing_assistance": False}, "not_met"),
        ("E03", {"willing_training": False, "willing_assistance": False}, "not_met"),
        ("E04", {}, "pending"),
        ("E04", {"profile_approved": True}, "met"),
        ("E04", {"profile_approved": False}, "not_met"),
        ("E05", {"requires_credit": False}, "not_applicable"),
        ("E05", {"credit_reports": []}, "pending"),
        ("E05", {"requires_credit": True, "credit_reports": []}, "met"),
        ("E05", {"requires_credit": True, "credit_reports": [{"adverse": False, "cure": "none"}]}, "met"),
        ("E05", {"requires_credit": True, "credit_reports": [CURED]}, "met"),
        ("E05", {"requires_credit": True, "credit_reports": [REPORT]}, "not_met"),
        ("E05", {"requires_credit": True, "credit_reports": [CURED, REPORT]}, "not_met"),
        ("E05", {"requires_credit": True, "credit_reports": [{"cure": "payment_agreement"}]}, "met"),
        ("E05", {"requires_credit": True, "credit_reports": [{"adverse": None, "cure": "none"}]}, "pending"),
        ("E05", {"requires_credit": True, "credit_reports": [{"adverse": True}]}, "pending"),
        ("E05", {"requires_credit": True, "credit_reports": [REPORT, {"adverse": None}]}, "not_met"),
        ("E05", {"requires_credit": True}, "pending"),
    ],
)
def test_each_criterion_decides_as_the_procedure_says(code: str, facts: dict[str, Any], expected: str) -> None:
    assert outcome(code, facts).outcome == expected


@pytest.mark.parametrize(
    ("code", "service", "facts", "expected"),
    [
        ("G03", "training", {}, "not_applicable"),
        ("G04", "training", {"informal_relative": True}, "met"),
        ("G04", "job_orientation", {"informal_relative": True, "informal_actor": False}, "met"),
        ("G04", "job_orientation", {"informal_relative": False, "informal_actor": False}, "not_met"),
        ("G04", "redep", {"informal_relative": True}, "not_applicable"),
        ("G09", "market_square", {"alternatives_held": ["redep"]}, "not_met"),
        ("G09", "market_square", {"alternatives_held": ["training"]}, "met"),
        ("G12", "redep", {"household_alternatives": ["antojitos"], "household_type": "nuclear"}, "not_met"),
        ("G12", "redep", {"household_alternatives": [], "household_type": "nuclear"}, "met"),
        ("G12", "market_square", {"household_alternatives": ["antojitos"], "household_type": "nuclear"}, "met"),
        ("G12", "redep", {"household_alternatives": ["market_square"], "household_type": "nuclear"}, "met"),
        ("G12", "redep", {"household_alternatives": ["antojitos"], "household_type": "blended"}, "met"),
        ("G12", "redep", {"household_alternatives": ["antojitos"]}, "pending"),
        ("E01", "redep", {"birth_date": date(1950, 1, 1)}, "not_applicable"),
    ],
)
def test_applicability_follows_the_service_asked_for(
    code: str, service: str, facts: dict[str, Any], expected: str
) -> None:
    """AMB-28: applicability is data."""
    assert outcome(code, facts, service=service).outcome == expected


def test_who_was_born_on_29_february_turns_18_on_1_march_of_a_common_year() -> None:
    born = {"birth_date": date(2008, 2, 29)}
    assert outcome("G06", born, as_of=date(2026, 2, 28)).outcome == "not_met"
    assert outcome("G06", born, as_of=date(2026, 3, 1)).outcome == "met"


def test_the_branch_that_meets_g03_is_told() -> None:
    """AMB-16."""
    assert outcome("G03", {"rvi_no": "1"}).branch == "rvi"
    assert outcome("G03", {"rvi_no": "1", "public_space": False, "characterised_on": AS_OF}).branch == "characterised"
    assert outcome("G03", {}).branch is None


def test_a_person_who_meets_everything_is_eligible_with_e04_still_pending(criteria: CriteriaSet) -> None:
    """AMB-03."""
    outcomes = criteria.evaluate(EVERYTHING_MET, as_of=AS_OF, service=PR_156)
    assert criteria.eligible(outcomes) and criteria.result(outcomes) == "met"
    assert outcomes["E04"].outcome == "pending" and not criteria.entry_complete(outcomes)
    approved = criteria.evaluate({**EVERYTHING_MET, "profile_approved": True}, as_of=AS_OF, service=PR_156)
    assert criteria.entry_complete(approved)


def test_the_result_is_incomplete_while_a_criterion_is_pending_and_not_met_as_soon_as_one_fails(
    criteria: CriteriaSet,
) -> None:
    unknown = {**EVERYTHING_MET, "legal_capacity": None}
    outcomes = criteria.evaluate(unknown, as_of=AS_OF, service=PR_156)
    assert criteria.result(outcomes) == "incomplete" and not criteria.eligible(outcomes)
    outcomes = criteria.evaluate({**unknown, "disqualified": True}, as_of=AS_OF, service=PR_156)
    assert criteria.result(outcomes) == "not_met"


def test_a_waived_criterion_counts_as_passed(criteria: CriteriaSet) -> None:
    outcomes = criteria.evaluate({**EVERYTHING_MET, "legal_capacity": False}, as_of=AS_OF, service=PR_156)
    waived = outcomes | {"G02": Outcome("G02", "waived", "Exceptuado")}
    assert criteria.result(outcomes) == "not_met" and criteria.result(waived) == "met"
    assert not any(each.waivable for each in criteria.criteria)


def test_reasons_tell_the_facts_and_the_limits_in_spanish() -> None:
    assert outcome("G02", {"legal_capacity": False}).reason == (
        "No tiene capacidad legal para obligarse (artículo 1502 del Código Civil)."
    )
    assert outcome("E01", {"birth_date": date(1966, 10, 15)}).reason == (
        "Tiene 60 años cumplidos el 15/10/2026; el servicio atiende entre 18 y 59."
    )
    assert outcome("G01", {"doc_type": "CE", "service_active_on_p01": True}).reason == (
        "Tiene cédula de extranjería y ya recibía servicios de la entidad el 23/10/2019."
    )
    assert outcome("G05", {"lives_in_dc": False}).reason == "No reside en Bogotá."


def test_a_pending_outcome_names_what_is_missing_and_what_was_reviewed() -> None:
    pending = outcome("G07", {"properties": 1})
    assert pending.missing == ("uso del inmueble",)
    assert pending.reason == "Falta por conocer: uso del inmueble."
    assert pending.evidence == ("Consulta del registro de inmuebles",)


def test_braces_in_a_persons_data_are_text_and_nothing_else() -> None:
    assert "{P_02}" not in outcome("G03", {"rvi_no": "{P_02}"}).reason


@pytest.mark.parametrize(
    "facts",
    [
        {"doc_type": "cc"},
        {"legal_capacity": "si"},
        {"properties": True},
        {"properties": 2**70},
        {"birth_date": "1990-01-01"},
        {"household_alternatives": "redep"},
        {"lives_in_bogota": True},
    ],
)
def test_a_fact_of_another_type_or_name_is_an_error_not_an_outcome(
    criteria: CriteriaSet, facts: dict[str, Any]
) -> None:
    with pytest.raises(FactInvalid) as caught:
        criteria.evaluate(facts, as_of=AS_OF, service=PR_156)
    assert "1990" not in str(caught.value)


def test_an_unknown_service_is_an_error(criteria: CriteriaSet) -> None:
    with pytest.raises(FactInvalid):
        criteria.evaluate({}, as_of=AS_OF, service="credit")


def test_criteria_have_no_parameters_before_the_procedure_began(criteria: CriteriaSet) -> None:
    with pytest.raises(CatalogueNotEffective):
        criteria.evaluate({}, as_of=date(2019, 10, 22), service=PR_156)


def test_the_letter_needs_outside_checks_for_property_pension_and_disqualification(criteria: CriteriaSet) -> None:
    assert [each.code for each in criteria.criteria if each.outside_check] == ["G07", "G08", "G11"]


def test_threads_that_share_a_set_get_their_own_answers(criteria: CriteriaSet) -> None:
    def ages(year: int) -> list[str]:
        facts = {"birth_date": date(year, 1, 1)}
        return [criteria.evaluate_one("E01", facts, as_of=AS_OF, service=PR_156).reason for _ in range(200)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ages, range(1970, 2000)))
    assert all(len(set(each)) == 1 for each in answers)
    assert len({each[0] for each in answers}) == 30
