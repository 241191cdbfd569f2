"""What the owners of the facts count: asked at the run's positions, kept with it, traceable, late ones apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.profiling.definition import SERVICE as PROFILING
from services.reporting.views import cases
from shared.delivery.errors import Away
from shared.runtime.embedded import EmbeddedHost
from shared.runtime.folds import FIGURES, Asked, question
from tests.services import bodies
from tests.services.casework import CATALOGUE, Refused
from tests.services.casework import office as office_of
from tests.services.profiling.profile import profiled
from tests.services.reporting.bureau import MONTH, Bureau, after_cut_off, bureau, hand_over

LINE = ("FIG-03", "by_criterion")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as opened:
        yield opened


class Owner:
    """Intake as it answers: who fails which criterion, by the position that is asked for; every question is kept."""

    def __init__(self) -> None:
        self.failed: list[tuple[int, str, UUID]] = []
        self.asked: list[dict[str, Any]] = []
        self.away = False

    def __call__(self, payload: dict[str, Any]) -> dict[str, Any]:
        if self.away:
            raise Away("intake is away")
        self.asked += payload["asks"]
        return {"answers": [self.rows(each["first"][:7], each["position"]) for each in payload["asks"]]}

    def rows(self, month: str, position: int) -> list[dict[str, Any]]:
        found: dict[str, dict[str, list[str]]] = {}
        for at, criterion, case in self.failed if month == MONTH else ():
            if at <= position:
                found.setdefault(criterion, {})[str(case)] = [f"intake:{at}"]
        return [
            {"figure": LINE[0], "line": LINE[1], "by": [by], "value": str(len(cases)), "cases": cases}
            for by, cases in found.items()
        ]


@pytest.fixture
def intake(office: Bureau) -> Owner:
    owner = Owner()
    office.application.owners = {"intake": owner}
    return owner


def told(office: Bureau, intake: Owner, criterion: str = "G12", **rest: Any) -> UUID:
    """A case told "not met" for a criterion."""
    case = office.identified()
    event = office.tell("intake.EligibilityCommunicated", case, {"result": "not_met"}, activity=2, **rest)
    intake.failed.append((event.sequence, criterion, case))
    return case


def lines(figures: list[dict[str, Any]]) -> dict[str, str]:
    return {
        row["by"][0]: row["value"]
        for each in figures
        if each["code"] == LINE[0]
        for row in each["lines"]
        if row["code"] == LINE[1]
    }


def test_a_report_asks_the_owner_at_the_positions_that_it_stores(office: Bureau, intake: Owner) -> None:
    """REP-4, REP-1, FIG-03: the month and the run's position of that log; the counts stand in the report."""
    told(office, intake)
    told(office, intake)
    told(office, intake, "E05")
    told(office, intake, "E05", recorded=after_cut_off())
    found = office.ask("report", id=office.drafted())
    assert lines(found["figures"]) == {"G12": "2", "E05": "1"}
    [asked] = intake.asked
    assert asked.pop("cases") is None
    assert asked == {"first": "2026-10-01", "last": "2026-10-31", "position": found["positions"]["intake"]}


def test_the_run_repeats_with_what_the_owner_answered_then(office: Bureau, intake: Owner) -> None:
    """REP-1: later events, or an owner that is away or would answer otherwise, change neither content nor hash."""
    told(office, intake)
    report = office.drafted()
    before = office.ask("report", id=report)
    told(office, intake, recorded=after_cut_off())
    intake.failed.clear()
    intake.away = True
    after = office.ask("report", id=report)
    assert (after["figures"], after["figures_hash"]) == (before["figures"], before["figures_hash"])
    assert after["reproduced"] is True and lines(after["figures"]) == {"G12": "1"}


def test_the_hash_covers_what_the_owner_counts(office: Bureau, intake: Owner, tmp_path: Path) -> None:
    """REP-1: another count gives another hash."""
    hashes = set()
    for name, criteria in (("a", ()), ("b", ("G12",)), ("c", ("E05",))):
        with bureau(tmp_path / name) as other:
            case = UUID(int=7)
            data = {"candidate_id": str(UUID(int=8)), "call_id": str(UUID(int=9)), "source": "hemi"}
            other.tell("intake.CandidateIdentified", case, data, on="2026-10-01", activity=1)
            owner = Owner()
            owner.failed = [(1, criterion, case) for criterion in criteria]
            other.application.owners = {"intake": owner}
            hashes.add(other.ask("report", id=other.drafted())["figures_hash"])
    assert len(hashes) == 3


def test_without_the_owner_no_report_is_drafted_and_nothing_is_stored(office: Bureau, intake: Owner) -> None:
    """REP-4: a report without its counts would say that they are none."""
    told(office, intake)
    intake.away = True
    before = office.application.log.head()
    with pytest.raises(Refused) as refused:
        office.drafted()
    assert (refused.value.code, office.application.log.head()) == ("OWNER_AWAY", before)
    intake.away = False
    assert lines(office.ask("report", id=office.drafted())["figures"]) == {"G12": "1"}


def test_a_folded_number_opens_its_cases_and_its_late_data(office: Bureau, intake: Owner) -> None:
    """REP-3, REP-4: at the cut-off, late, and as known now; with the ids behind each."""
    first = told(office, intake)
    second = told(office, intake, recorded=after_cut_off())

    def shown(part: str) -> dict[str, tuple[str, set[str]]]:
        rows = office.ask("figure", period=MONTH, code="FIG-03")[part]
        return {row["by"][0]: (row["value"], set(row["case_ids"])) for row in rows if row["code"] == LINE[1]}

    for again in (False, True):
        # Once before a report stands, once from what it keeps.
        assert shown("at_cut_off") == {"G12": ("1", {str(first)})}
        assert shown("late") == {"G12": ("1", {str(second)})}
        assert shown("now") == {"G12": ("2", {str(first), str(second)})}
        if not again:
            office.drafted()


def test_a_figure_says_when_its_owner_does_not_answer(office: Bureau, intake: Owner) -> None:
    """REP-4: what the published events carry is shown, with what is missing."""
    told(office, intake)
    intake.away = True
    found = office.ask("figure", period=MONTH, code="FIG-03")
    assert [row["code"] for row in found["now"]] == ["not_eligible"]
    assert "intake" in found["missing"]
    assert "missing" not in office.ask("figure", period=MONTH, code="FIG-01")


def test_erasure_takes_the_case_out_of_the_list_and_leaves_number_and_hash(office: Bureau, intake: Owner) -> None:
    """REP-1, REP-4: by which criterion somebody failed is sealed under that person's key in the report too."""
    case = told(office, intake)
    report = office.drafted()
    before = office.ask("report", id=report)
    with office.application.database.read() as connection:
        candidate = connection.execute(sa.select(cases.c.candidate_id)).scalar_one()
    stored = [entry.state for entry in office.application.log.of_aggregate(UUID(report))]
    assert case.hex.encode() in stored[0] and b"intake:" not in stored[0]
    office.application.keys.destroy(candidate, "s")
    after = office.ask("report", id=report)
    assert lines(after["figures"]) == {"G12": "1"}
    assert after["reproduced"] is True and after["figures_hash"] == before["figures_hash"]
    [row] = [row for row in office.ask("figure", period=MONTH, code="FIG-03")["at_cut_off"] if row["code"] == LINE[1]]
    assert (row["value"], row["case_ids"]) == ("1", [])


def test_the_counts_of_a_real_owner_reach_the_figure(office: Bureau, tmp_path: Path) -> None:
    """FIG-05, REP-4: profiling folds its own log; the allow-list never carries the cell."""
    with office_of(PROFILING, tmp_path / "profiling") as desk:
        case = profiled(desk, desk.call(), is_producer=False, is_trader=True)
        desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation("not_approve"))
        office.application.owners = {"profiling": desk.desk.figures}
        hand_over(desk, office)
        rows = office.ask("figure", period="2026-11", code="FIG-05")["now"]
    [row] = [row for row in rows if row["code"] == "not_approved_by_cell"]
    assert (row["by"], row["value"], row["case_ids"]) == (["Con perfil, comercializador"], "1", [str(case)])


def test_the_embedded_host_shows_reporting_the_way_to_every_owner(tmp_path: Path) -> None:
    """REP-4: each answers for its own log, in order of the questions."""
    host = EmbeddedHost(tmp_path, catalogue=CATALOGUE)
    owners = host.services["reporting"].application.owners
    asked = question(FIGURES, [Asked(date(2026, 10, 1), date(2026, 10, 31), 0)] * 2)
    assert set(owners) == {"intake", "profiling", "assistance", "inventory"}
    assert all(owner(asked) == {"answers": [[], []]} for owner in owners.values())
    host.stop()
