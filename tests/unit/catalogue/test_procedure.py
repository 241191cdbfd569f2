"""PR-156 v01 as data: its people, activities, gates and states, and what a command may do in each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import CaseClosed, StateNotAllowed
from shared.catalogue.types import Act

ON = date(2026, 10, 15)
OPEN_STATES = [
    *("identified", "eligible", "not_eligible"),
    *("profiling", "profiled", "profile_approved", "profile_not_approved", "alternatives_pending", "referred"),
    *("offered", "accepted", "committed", "in_valuation", "report_issued", "preselected", "strengthening"),
    *("waiting_next_call", "handover_pending", "in_assistance", "completed", "ex_post"),
]


def command(name: str, states: str) -> str:
    return (
        f"- {{command: {name}, activity: 0, subject: case, label: Hacer {name}, roles: [caseworker], "
        f"states: {states}, fields: []}}\n"
    )


def test_its_header_is_that_of_the_document(copied: Path) -> None:
    """X-01, PR-156."""
    artefact = Catalogue.load(copied).procedure("PR-156", ON).artefact
    assert (artefact.version, artefact.effective_from) == ("01", date(2019, 10, 23))
    assert [each.name for each in artefact.approved] == ["Esperanza Sáchica Valbuena"]
    assert [(row.version, row.reason) for row in artefact.change_log] == [("1", "Elaboración del documento")]


def test_act_4_is_the_only_control_point_and_five_activities_are_gates(copied: Path) -> None:
    activities = Catalogue.load(copied).procedure("PR-156", ON).activities
    assert [each.number for each in activities if each.control_point] == [4]
    assert [each.number for each in activities if each.gate] == [4, 6, 10, 14, 18]
    assert all(each.standard_time is None for each in activities)


def test_hemi_entries_are_made_where_the_procedure_says(copied: Path) -> None:
    """HEM-1."""
    activities = Catalogue.load(copied).procedure("PR-156", ON).activities
    assert [each.number for each in activities if each.hemi] == [7, 8, 9, 12, 13, 15, 20, 21]


def test_states_are_open_until_the_case_closes_or_leaves(copied: Path) -> None:
    procedure = Catalogue.load(copied).procedure("PR-156", ON)
    assert [each for each in procedure.states if not procedure.is_final(each)] == OPEN_STATES
    assert len(procedure.states) == 29
    assert procedure.label("in_assistance") == "En asistencia técnica"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("[profiled]", ["profiled"]),
        ("[open]", OPEN_STATES),
        ("['from:completed']", ["completed", "ex_post"]),
        ("['service:intake']", ["identified", "eligible", "not_eligible"]),
        ("[closed_declined, completed]", ["closed_declined", "completed"]),
        ("[]", []),
    ],
)
def test_a_command_names_states_or_groups_of_them(
    written: Callable[[str, str], Path], states: str, expected: list[str]
) -> None:
    root = written("commands/assistance.yaml", command("Try", states))
    assert Catalogue.load(root).procedure("PR-156", ON).states_of("Try") == frozenset(expected)


def test_a_side_exit_may_live_in_several_services(written: Callable[[str, str], Path]) -> None:
    written("commands/intake.yaml", command("WithdrawCase", "['service:intake']"))
    catalogue = Catalogue.load(written("commands/assistance.yaml", command("WithdrawCase", "['service:assistance']")))
    assert catalogue.command("WithdrawCase").service == "intake"
    assert catalogue.command("WithdrawCase", "assistance").service == "assistance"
    lawful = catalogue.procedure("PR-156", ON).states_of("WithdrawCase")
    assert {"identified", "committed"} <= lawful and "profiled" not in lawful


def test_an_act_in_another_state_is_told_what_is_lawful(written: Callable[[str, str], Path]) -> None:
    root = written(
        "commands/profiling.yaml", command("Validate", "[profiled]") + command("Offer", "[profile_approved]")
    )
    procedure = Catalogue.load(root).procedure("PR-156", ON)
    act = Act("Offer", uuid4(), "caseworker", ON, ON, procedure)
    act.check_state("profile_approved")
    with pytest.raises(StateNotAllowed) as caught:
        act.check_state("profiled")
    assert caught.value.lawful == ("Validate",)
    assert "Perfilado" in caught.value.text and "Hacer Validate" in caught.value.text
    with pytest.raises(CaseClosed):
        act.check_state("withdrawn")


def test_the_matrix_passes_only_an_entrepreneurial_producer(copied: Path) -> None:
    """AMB-01, AMB-02, A03-3."""
    matrix = Catalogue.load(copied).matrix("profile", ON)
    passing = [key for key, cell in matrix.cells.items() if cell.result == "pass"]
    assert sorted(passing) == [(True, True, False), (True, True, True)]
    manual = [key for key, cell in matrix.cells.items() if cell.manual_decision]
    assert sorted(manual) == [(False, True, False), (False, True, True)]


def test_the_instruments_are_a_demonstration_disc_and_an_external_tecae(copied: Path) -> None:
    """PRO-1, AMB-05."""
    catalogue = Catalogue.load(copied)
    disc = catalogue.instrument("DISC", ON)
    assert disc.demonstration and disc.kind == "forced_choice" and list(disc.scales) == ["D", "I", "S", "C"]
    assert [len(each.options) for each in disc.blocks] == [4] * 24
    assert all({option.most for option in each.options} == {"D", "I", "S", "C"} for each in disc.blocks)
    assert len({option.text for each in disc.blocks for option in each.options}) == 96
    tecae = catalogue.instrument("TECAE", ON)
    assert (tecae.kind, tecae.blocks, tecae.external_results) == ("external_only", (), True)


def test_the_commitment_lists_its_commitments_one_by_one(copied: Path) -> None:
    text = Catalogue.load(copied).text("ACTA-COMPROMISO", ON)
    assert len(text.commitments) == len({each.id for each in text.commitments}) >= 5
    assert len(text.phases) >= 3
