"""Figures: counted from events at a cut-off, traceable, equal to a recount by other means (6.4)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.services.casework import CATALOGUE, TODAY, Refused
from tests.services.reporting.bureau import CUT_OFF, MONTH, Bureau, after_cut_off, bureau


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as opened:
        yield opened


def figure(office: Bureau, code: str, part: str = "at_cut_off", period: str = MONTH) -> dict[tuple[str, ...], str]:
    rows = office.ask("figure", period=period, code=code)[part]
    return {(row["code"], *row["by"]): row["value"] for row in rows}


VISIT = {"visit_id": "7b0f9c52-3a53-4f0e-9d0b-5a1c9b7d2e10", "phase": "materialisation"}
LINES = [
    {"item": "TELA", "lot": "1", "qty": "2.5", "unit": "m"},
    {"item": "HILO", "lot": "2", "qty": "3", "unit": "m"},
]
ONE_OF_EACH: list[tuple[str, str, dict[str, Any], dict[tuple[str, ...], str]]] = [
    ("FIG-02", "intake.EligibilityCommunicated", {"result": "met"}, {("eligible",): "1"}),
    ("FIG-03", "intake.EligibilityCommunicated", {"result": "not_met"}, {("not_eligible",): "1"}),
    ("FIG-04", "profiling.ProfileApproved", {"matrix_version": "1"}, {("approved", "1"): "1"}),
    ("FIG-05", "profiling.ProfileNotApproved", {"matrix_version": "1"}, {("not_approved", "1"): "1"}),
    ("FIG-06", "profiling.ReferralIssued", {}, {("issued",): "1"}),
    ("FIG-06", "profiling.ReferralOverdue", {}, {("overdue",): "1"}),
    ("FIG-07", "profiling.ServiceOffered", {}, {("made",): "1"}),
    ("FIG-07", "profiling.OfferAccepted", {"route": "strengthening"}, {("accepted",): "1"}),
    ("FIG-08", "assistance.CommitmentSigned", {}, {("signed",): "1"}),
    ("FIG-08", "assistance.CommitmentBreached", {}, {("breaches",): "1"}),
    ("FIG-10", "assistance.UnitValidated", {}, {("validated",): "1"}),
    ("FIG-11", "assistance.UnitNotValidated", {}, {("not_validated",): "1"}),
    ("FIG-12", "assistance.HandoverAccepted", {"call_id": "c1"}, {("accepted",): "1", ("quota_used", "c1"): "1"}),
    (
        "FIG-14",
        "assistance.ComponentActivityRecorded",
        {"component": "zz", "topic": "yy", "hours": "4.25"},
        {("activities", "zz", "yy"): "1", ("hours", "zz", "yy"): "4.25"},
    ),
    ("FIG-15", "inventory.IncentiveDelivered", {"lines": LINES}, {("cases",): "1", ("lines",): "2"}),
    ("FIG-16", "assistance.FollowUpVisited", VISIT, {("done", "Materialización"): "1"}),
    ("FIG-16", "assistance.FollowUpOverdue", VISIT, {("overdue", "Materialización"): "1"}),
    (
        "FIG-17",
        "assistance.OperatorComplianceAssessed",
        {"contract_id": "k", "aspect": "legal", "rating": "partial"},
        {("ratings", "Jurídico", "Cumple en parte"): "1"},
    ),
    ("FIG-18", "assistance.ResultMeasured", {}, {("measured",): "1"}),
    ("FIG-19", "assistance.CommercialLinkMade", {}, {("links",): "1"}),
    ("FIG-19", "assistance.CommercialScenarioHeld", {}, {("scenarios",): "1"}),
    ("FIG-20", "assistance.ProcessCompleted", {}, {("completed",): "1"}),
    ("FIG-20", "assistance.ExPostVisited", {}, {("ex_post",): "1"}),
    ("FIG-20", "intake.DeathRecorded", {}, {("deaths",): "1"}),
]


@pytest.mark.parametrize(("code", "topic", "data", "expected"), ONE_OF_EACH)
def test_each_figure_counts_its_event_in_its_month(
    office: Bureau, code: str, topic: str, data: dict[str, Any], expected: dict[tuple[str, ...], str]
) -> None:
    """FIG-02, FIG-03, FIG-04, FIG-05, FIG-06, FIG-07, FIG-08, FIG-10, FIG-11, FIG-12, FIG-14, FIG-15, FIG-16, FIG-17,
    FIG-18, FIG-19, FIG-20: once in the month, and not in the one before."""
    case = office.identified()
    office.tell(topic, case, data)
    found = figure(office, code)
    assert expected.items() <= found.items()
    before = figure(office, code, period="2026-09")
    assert all(before.get(key, "0") == "0" for key in expected)


def test_candidates_are_counted_by_source(office: Bureau) -> None:
    """FIG-01"""
    office.identified(source="hemi")
    office.identified(source="field_day")
    office.identified(source="field_day")
    assert figure(office, "FIG-01") == {
        ("identified", "HEMI"): "1",
        ("identified", "Jornada en espacio público"): "2",
    }


def test_a_person_completes_the_training_in_the_month_in_which_the_hours_are_reached(office: Bureau) -> None:
    """FIG-09, P-04: hours of the month; people who came to 40 in it, whatever they had before."""
    done, going = office.identified("2026-09-01"), office.identified("2026-09-01")
    for case, on, hours, total in (
        (done, "2026-09-20", "30", "30"),
        (done, "2026-10-05", "10.5", "40.5"),
        (going, "2026-10-05", "10", "10"),
    ):
        data = {"training_id": str(uuid4()), "hours": hours, "hours_total": total}
        office.tell("assistance.TrainingHoursRecorded", case, data, on=on, activity=12)
    assert figure(office, "FIG-09") == {("hours",): "20.5", ("people",): "1"}
    [people] = [
        row for row in office.ask("figure", period=MONTH, code="FIG-09")["at_cut_off"] if row["code"] == "people"
    ]
    assert people["case_ids"] == [str(done)]


def test_cases_in_assistance_are_counted_by_phase_on_the_last_day(office: Bureau) -> None:
    """FIG-13"""
    first, second, third = office.assisted(), office.assisted(), office.assisted()
    for case in (first, third):
        office.tell("assistance.PhaseStarted", case, {"phase": "materialisation"}, on="2026-10-10", activity=17)
    office.tell("assistance.PhaseClosed", third, {"phase": "materialisation"}, on="2026-11-02", activity=17)
    office.tell("assistance.ProcessCompleted", second, {}, on="2026-11-03", activity=17)
    assert figure(office, "FIG-13") == {("by_phase", "Materialización"): "2", ("by_phase", "Sin dato"): "1"}


def test_visits_are_due_in_the_month_for_which_they_are_planned(office: Bureau) -> None:
    """FIG-16, P-08"""
    case = office.assisted("2026-09-01")
    data = {"visit_id": str(uuid4()), "phase": "materialisation", "planned_on": "2026-10-20"}
    office.tell("assistance.FollowUpScheduled", case, data, on="2026-09-15", activity=20)
    assert figure(office, "FIG-16") == {("due", "Materialización"): "1"}


def test_the_quantity_delivered_is_summed_by_unit(office: Bureau) -> None:
    """FIG-15"""
    office.tell("inventory.IncentiveDelivered", office.assisted(), {"lines": LINES}, activity=19)
    metre = CATALOGUE.code_list("unit_of_measure", TODAY).label("m")
    assert figure(office, "FIG-15")["quantity", metre] == "5.5"


def test_the_quota_used_is_a_total_from_the_beginning(office: Bureau) -> None:
    """FIG-12"""
    for on in ("2026-08-10", "2026-10-10"):
        case = office.identified("2026-08-01")
        office.tell("assistance.HandoverAccepted", case, {"call_id": "c1"}, on=on, activity=16)
    assert figure(office, "FIG-12") == {("accepted",): "1", ("quota_used", "c1"): "2"}


def test_every_figure_of_the_requirements_is_defined_as_data() -> None:
    """CAT-01, REP-4: dated, and each counted from events that their services publish."""
    from shared.contracts import all_contracts

    defined = CATALOGUE.figures("FIG-PR-156", date(2026, 10, 31))
    assert [each.code for each in defined.figures] == [f"FIG-{number:02}" for number in range(1, 21)]
    published = {each.type for each in all_contracts() if each.audience != "-"}
    assert {kind for each in defined.figures for line in each.lines for kind in line.events} <= published


def test_a_figure_says_what_of_it_only_the_owning_service_can_count() -> None:
    """REP-4: figures of which the allow-list does not carry a part."""
    defined = CATALOGUE.figures("FIG-PR-156", date(2026, 10, 31))
    assert {each.code for each in defined.figures if each.owner_folds} == {
        *("FIG-03", "FIG-04", "FIG-05", "FIG-15", "FIG-18", "FIG-19")
    }


def test_a_number_opens_its_cases_and_events(office: Bureau) -> None:
    """REP-4"""
    case = office.assisted()
    visits = [office.visited(case), office.visited(case)]
    [row] = office.ask("figure", period=MONTH, code="FIG-16")["at_cut_off"]
    assert (row["value"], row["case_ids"]) == ("2", [str(case)])
    assert row["event_ids"] == sorted(each.id for each in visits)


def test_what_was_recorded_after_the_cut_off_is_shown_apart(office: Bureau) -> None:
    """REP-3: the figure at its cut-off, plus its late data, is the figure as known now."""
    office.identified()
    office.identified("2026-10-30", recorded=after_cut_off())
    found = office.ask("figure", period=MONTH, code="FIG-01")
    assert [[row["value"] for row in found[part]] for part in ("at_cut_off", "late", "now")] == [["1"], ["1"], ["2"]]


def test_late_data_may_be_negative(office: Bureau) -> None:
    """REP-3: a departure of the month that was recorded after its cut-off takes a standing case away."""
    case = office.assisted()
    gone = {"reason_code": "own_will"}
    office.tell("assistance.CaseWithdrawn", case, gone, on="2026-10-30", recorded=after_cut_off())
    found = office.ask("figure", period=MONTH, code="FIG-13")
    assert [row["value"] for row in found["late"]] == ["-1"]
    assert [row["value"] for row in found["at_cut_off"]] == ["1"] and found["now"] == []


def test_the_next_report_shows_the_late_data_with_their_own_month(
    office: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REP-3, REP-5"""
    office.drafted()
    office.identified("2026-10-30", recorded=after_cut_off())
    office.identified("2026-11-10")
    monkeypatch.setattr(office.application, "now", lambda: datetime(2026, 12, 20, tzinfo=UTC))
    monkeypatch.setattr(office.desk, "_day", lambda: date(2026, 12, 20))
    report = office.act("author", "DraftReport", on="2026-12-19", period="2026-11")["id"]
    found = office.ask("report", id=report)
    assert set(found["late"]) == {MONTH}
    [late] = found["late"][MONTH]
    assert (late["code"], [row["value"] for row in late["lines"]]) == ("FIG-01", ["1"])
    [own] = [each for each in found["figures"] if each["code"] == "FIG-01"]
    assert [row["value"] for row in own["lines"]] == ["1"]


def test_an_unknown_figure_or_month_is_refused(office: Bureau) -> None:
    """REP-4"""
    for asked, code in (({"period": MONTH, "code": "OTRA"}, "NOT_FOUND"), ({"period": "x"}, "FIELD_INVALID")):
        with pytest.raises(Refused) as refused:
            office.ask("figure", **asked)
        assert refused.value.code == code


RECOUNT = """
SELECT COUNT(*) AS visits, COUNT(DISTINCT case_id) AS people, SUM(json_extract(data, '$.hours') * 100) AS hours
FROM timeline
WHERE type = :kind AND happened_on BETWEEN :first AND :last AND recorded_at < :cut_off
"""


def test_the_report_equals_a_recount_of_the_events_in_sql(office: Bureau) -> None:
    """REP-1, REP-4: 300 events of three months, some recorded late, counted again by other means."""
    chance = random.Random(156)
    people = [office.identified("2026-09-01") for _ in range(12)]
    kinds = ("FollowUpVisited", "TrainingHoursRecorded", "CommitmentSigned", "ProfileApproved")
    told = []
    for _ in range(300):
        happened = date(2026, 9, 1) + timedelta(days=chance.randrange(75))
        recorded = datetime.combine(happened, datetime.min.time(), UTC) + timedelta(days=chance.randrange(25))
        told.append((recorded, happened, chance.choice(kinds), chance.choice(people)))
    # Within a log the times of recording rise, whenever it happened.
    for recorded, happened, kind, case in sorted(told, key=lambda each: each[0]):
        source = "profiling" if kind == "ProfileApproved" else "assistance"
        office.tell(f"{source}.{kind}", case, _facts(chance, kind), on=happened.isoformat(), recorded=recorded)
    report = office.ask("report", id=office.drafted())
    counted = {
        (each["code"], line["code"]): sum(Decimal(row["value"]) for row in each["lines"] if row["code"] == line["code"])
        for each in report["figures"]
        for line in each["lines"]
    }
    limit = int(CUT_OFF.timestamp() * 1_000_000)
    span = {"first": "2026-10-01", "last": "2026-10-31", "cut_off": limit}
    with office.application.database.read() as connection:
        found = {kind: connection.execute(sa.text(RECOUNT), {"kind": kind, **span}).one() for kind in kinds}
    assert counted["FIG-16", "done"] == found["FollowUpVisited"].visits
    assert counted["FIG-09", "hours"] * 100 == found["TrainingHoursRecorded"].hours
    assert counted["FIG-08", "signed"] == found["CommitmentSigned"].people
    assert counted["FIG-04", "approved"] == found["ProfileApproved"].people


def _facts(chance: random.Random, kind: str) -> dict[str, Any]:
    facts: dict[str, dict[str, Any]] = {
        "FollowUpVisited": {"visit_id": str(uuid4()), "phase": "materialisation"},
        "TrainingHoursRecorded": {"hours": f"{chance.randrange(1, 20) / 4}", "hours_total": "1"},
        "ProfileApproved": {"matrix_version": "1"},
    }
    return facts.get(kind, {})
