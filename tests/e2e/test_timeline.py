"""The timeline of a delivered case: every event of every service, causes before effects, on both clocks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime
from typing import Any

import pytest

from tests.e2e.conftest import Demo

OWNERS = ("intake", "profiling", "assistance", "inventory")


@pytest.fixture(scope="module")
def lines(demo: Demo) -> list[dict[str, Any]]:
    return _lines(demo)


def _lines(demo: Demo, **limits: Any) -> list[dict[str, Any]]:
    address = f"/api/cases/{demo.case('returned')}/timeline"
    return list(demo.staff["coordinadora"].pages(address, limit=50, **limits))


def _of_the_log(demo: Demo, service: str) -> set[str]:
    """The ids of the events that a service's own log holds of the case."""
    path = demo.served.data / service / "events.db"
    case_id = demo.case("returned").replace("-", "")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        kinds = {column[1]: column[2] for column in database.execute("PRAGMA table_info(events)")}
        assert "originator_id" in kinds
        found = database.execute(
            "SELECT id FROM events WHERE replace(lower(CAST(originator_id AS TEXT)), '-', '') = ?", (case_id,)
        )
        return {f"{service}:{number}" for (number,) in found}


def test_every_event_that_a_service_stored_of_the_case_is_there_once(demo: Demo, lines: list[dict[str, Any]]) -> None:
    shown = [line["id"] for line in lines]
    stored = set().union(*(_of_the_log(demo, service) for service in OWNERS))

    assert len(shown) == len(set(shown))
    assert stored - set(shown) == set()
    # Reporting tells of what it registered in HEMI beside what the owners of the case did.
    assert {line["service"] for line in lines} == {*OWNERS, "reporting"}


def test_the_main_line_is_told_in_its_order(lines: list[dict[str, Any]]) -> None:
    milestones = [
        "CandidateIdentified", "BasicIdentificationRecorded", "CriteriaEvaluated", "EligibilityCommunicated",
        "ProfilingStarted", "ProfileClassified", "ProfileApproved", "ServiceOffered", "OfferAccepted",
        "TalkAttended", "CommitmentSigned", "TrainingEnrolled", "UnitVisited", "ValidationReportIssued",
        "UnitValidated", "HandedOver", "HandoverAccepted", "PlanApproved", "IncentiveDecided", "StockAssigned",
        "WithdrawalRequested", "StockWithdrawn", "StockReturned", "IncentiveDelivered",
    ]  # fmt: skip
    told = [line["type"] for line in lines if line["type"] in milestones]

    assert list(dict.fromkeys(told)) == milestones
    assert all(line["label"] and line["label"] != line["type"] for line in lines if line["type"] in milestones)


def test_causes_stand_before_their_effects(lines: list[dict[str, Any]]) -> None:
    place = {line["id"]: number for number, line in enumerate(lines)}
    caused = [line for line in lines if line["causation_id"] in place]

    assert all(place[line["causation_id"]] < place[line["id"]] for line in caused)
    # Each service heard something of another one, and said what it was.
    assert {line["service"] for line in caused if not line["causation_id"].startswith(line["service"])} >= {
        "intake", "profiling", "assistance", "inventory",
    }  # fmt: skip
    for service in OWNERS:
        sequences = [line["sequence"] for line in lines if line["service"] == service]
        assert sequences == sorted(sequences)


def test_both_clocks_are_shown_and_limit_what_is_seen(demo: Demo, lines: list[dict[str, Any]]) -> None:
    happened = {line["id"]: date.fromisoformat(line["happened_on"]) for line in lines}
    recorded = {line["id"]: datetime.fromisoformat(line["recorded_at"]) for line in lines}
    accepted = next(line for line in lines if line["type"] == "OfferAccepted")

    until_then = _lines(demo, happened_until=accepted["happened_on"])
    known_then = _lines(demo, recorded_until=accepted["recorded_at"])

    day = happened[accepted["id"]]
    assert {line["id"] for line in until_then} == {name for name, each in happened.items() if each <= day}
    moment = recorded[accepted["id"]]
    assert {line["id"] for line in known_then} <= {name for name, each in recorded.items() if each <= moment}
    assert accepted["id"] in {line["id"] for line in known_then}
    # All was recorded in one sitting of things that happened over weeks.
    assert (max(happened.values()) - min(happened.values())).days > 30
    assert (max(recorded.values()) - min(recorded.values())).days == 0


def test_the_operator_sees_the_cases_of_its_own_contract_alone(demo: Demo) -> None:
    address = f"/api/cases/{demo.case('returned')}/timeline"

    assert demo.staff["operador"].get(address)["total"] > 0
    with pytest.raises(Exception, match="No se encontró") as refused:
        demo.staff["otro-operador"].get(address)
    assert getattr(refused.value, "code", None) == "NOT_FOUND"
