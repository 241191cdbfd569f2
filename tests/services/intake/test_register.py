"""The candidate register, *Base de datos SESEC* (FRM-15)."""

from __future__ import annotations

import base64
import csv
import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook

from services.intake.policy import STAGES
from shared.runtime.rebuild import rebuild
from tests.services.casework import CATALOGUE, TODAY, Refused
from tests.services.intake.counter import ROSALBA, Counter

NIDIA = {"doc_no": "41.900.111", "names": "Nidia", "surnames": "Torres Rojas", "birth_date": "1990-02-01"}
STARTED = {"profiling_id": str(uuid4())}


def register(counter: Counter, who: str = "caseworker", **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = counter.ask("candidates", who, **filters)["items"]
    return found


def interested(counter: Counter, case: str, *processes: str) -> None:
    said = {"process_ids": list(processes), "route": "strengthening"}
    counter.office.hear("profiling.InterestRecorded", UUID(case), **said)


def test_a_line_shows_source_list_state_route_and_interest(counter: Counter) -> None:
    """FRM-15: case, source, list no., state, route, interest, and nothing about who it is."""
    case = counter.candidate()
    counter.evaluate(case)
    interested(counter, case, str(uuid4()))
    [line] = register(counter)
    assert (line["case_id"], line["call_code"], line["list_no"]) == (case, "AT-2026-1", 1)
    assert (line["sources"], line["state"], line["route"]) == (["requests_pr029"], "identified", "strengthening")
    assert line["interest"] == "yes"
    assert not {"name", "document", "person"} & set(line)


def test_the_state_is_the_one_in_the_service_that_has_the_case(counter: Counter) -> None:
    """FRM-15, 3.3: later states come from the other services, older news of one changes nothing."""
    case = counter.candidate()
    counter.evaluate(case)
    counter.communicate(case)
    assert register(counter)[0]["state"] == "eligible"
    hear = counter.office.hear
    hear("profiling.ProfilingStarted", UUID(case), **STARTED)
    assert register(counter)[0]["state"] == "profiling"
    hear("assistance.CommitmentSigned", UUID(case), commitment_id=str(uuid4()))
    assert register(counter)[0]["state"] == "committed"
    hear("assistance.CaseWithdrawn", UUID(case), reason_code="own_will")
    assert register(counter)[0]["state"] == "withdrawn"


def test_every_state_of_another_service_reaches_the_register() -> None:
    """FRM-15: the table of events is the one of the procedure."""
    procedure = CATALOGUE.procedure("PR-156", TODAY)
    entered = {
        (state.owner, event, name)
        for name, state in procedure.states.items()
        if state.owner in ("profiling", "assistance") and not state.final
        for event in state.entered_by
    }
    told = {(event, state) for topic, state in STAGES.items() for event in [topic.partition(".")[2]]}
    assert {(event, state) for _, event, state in entered} == told


def test_older_news_changes_no_state(counter: Counter) -> None:
    """FRM-15: two services are not heard in the order in which they spoke."""
    from services.intake.domain.register import RegisterEntry

    entry = RegisterEntry.open(uuid4())
    entry.note_stage("committed", datetime(2026, 11, 5, tzinfo=UTC))
    entry.note_stage("offered", datetime(2026, 11, 4, tzinfo=UTC))
    assert entry.state == "committed"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"source": "hemi"}, 1),
        ({"source": "field_day"}, 0),
        ({"state": "identified"}, 2),
        ({"state": "eligible"}, 0),
        ({"list_no": "1"}, 1),
        ({"route": "strengthening"}, 1),
        ({"interest": "no"}, 1),
        ({"interest": "unknown"}, 1),
        ({}, 2),
    ],
)
def test_the_register_can_be_filtered(counter: Counter, filters: dict[str, str], found: int) -> None:
    """FRM-15"""
    case = counter.candidate()
    counter.evaluate(case)
    call = counter.ask("case", id=case)["call"]["id"]
    counter.identify(call, **(ROSALBA | NIDIA | {"source": "hemi", "hemi_ref": "H-1"}))
    interested(counter, case)
    assert len(register(counter, call=call, **filters)) == found


def test_the_sources_of_merged_cases_are_those_of_the_survivor(counter: Counter) -> None:
    """FRM-15, A01-3"""
    case = counter.candidate()
    call = counter.ask("case", id=case)["call"]["id"]
    other = counter.identify(call, **(ROSALBA | NIDIA | {"source": "hemi", "hemi_ref": "H-1"}))
    counter.act("coordinator", "MergeCases", case, other_case=other, reason="x")
    lines = {line["case_id"]: line for line in register(counter)}
    assert lines[case]["sources"] == ["requests_pr029", "hemi"]
    assert (lines[other]["state"], lines[other]["sources"]) == ("merged", ["hemi"])
    assert {line["case_id"] for line in register(counter, source="hemi")} == {case, other}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_register_is_had_as_a_file_without_names(counter: Counter, kind: str) -> None:
    """FRM-15: one line a candidate; a code that looks like a formula is text."""
    case = counter.identify(counter.open_call("=AT-1"))
    about = counter.ask("candidates_file", format=kind)
    assert (about["name"], about["lines"]) == (f"FRM-15-{about['name'][7:17]}.{kind}", 1)
    content = base64.b64decode(about["file"])
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        sheet = load_workbook(io.BytesIO(content)).active
        rows = [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert rows[0][0] == "Caso" and rows[1][0] == case
    assert rows[1][1:] == ["'=AT-1", "2026-11-03", "Solicitudes y bases de PR-029", "", "Identificado", "", ""]
    with pytest.raises(Refused) as found:
        counter.ask("candidates_file", format="pdf")
    assert found.value.field == "format"


def test_an_operator_finds_the_candidates_of_its_contract_alone(counter: Counter) -> None:
    """ROL-02, FRM-15: in the list and in the file."""
    case, contract = counter.candidate(), str(uuid4())
    counter.office.hire("operator", "operator_staff", contract=contract)
    assert register(counter, "operator") == []
    counter.office.hear("assistance.HandedOver", UUID(case), contract_id=contract, team_id=None, call_id=str(uuid4()))
    assert [line["case_id"] for line in register(counter, "operator")] == [case]
    counter.office.hire("stranger", "operator_staff", contract=str(uuid4()))
    assert counter.ask("candidates_file", "stranger")["lines"] == 0


def test_the_register_made_anew_from_the_log_is_the_same(counter: Counter) -> None:
    """FRM-15, A01-3, X-17: with merges, parted ones, households and what other services told."""
    case = counter.candidate()
    counter.evaluate(case)
    call = counter.ask("case", id=case)["call"]["id"]
    other = counter.identify(call, **(ROSALBA | {"doc_no": "52.123.457", "source": "hemi", "hemi_ref": "H-1"}))
    third = counter.identify(call, **(ROSALBA | NIDIA))
    member = {"case": third, "kinship": "sibling"}
    counter.act("caseworker", "LinkHousehold", case, household_type="extended", members=[member])
    for _ in range(2):
        counter.act("coordinator", "MergeCases", other, other_case=case, reason="x")
        counter.act("coordinator", "SplitCases", case, reason="x")
    counter.act("coordinator", "MergeCases", case, other_case=other, reason="x")
    interested(counter, case, str(uuid4()))
    counter.office.hear("profiling.ProfilingStarted", UUID(case), **STARTED)
    before = register(counter)
    rebuild(counter.app, counter.office.definition)
    assert register(counter) == before and len(before) == 3
