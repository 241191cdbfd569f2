"""Two demonstrations of one seed are compared by what must be the same on every host, and by nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from tests.containers.compare_demo import differences, main
from tests.e2e.conftest import Demo


def test_the_same_final_states_are_no_difference_whatever_the_ids_and_times(demo: Demo) -> None:
    other = copy.deepcopy(demo.document)
    other["case_ids"].reverse()
    other["seconds"] += 100

    assert differences(demo.document, other) == []


def test_another_state_a_missing_case_and_a_parked_event_are_named(demo: Demo) -> None:
    other = copy.deepcopy(demo.document)
    other["final"]["cases"][1]["state"] = "eligible"
    del other["final"]["cases"][-1]
    other["parked"] = 2

    found = "\n".join(differences(demo.document, other))

    assert "caso 1" in found
    assert f"caso {len(demo.document['final']['cases']) - 1}" in found
    assert "apartados" in found


def test_documents_of_different_demonstrations_are_not_compared(demo: Demo) -> None:
    other = {**copy.deepcopy(demo.document), "seed": demo.document["seed"] + 1}

    assert "semilla" in differences(demo.document, other)[0]


def test_the_script_prints_the_verdict_and_exits_by_it(
    demo: Demo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "embedded.json", tmp_path / "containers.json"
    one.write_text(json.dumps(demo.document), "utf-8")
    other.write_text(json.dumps({**demo.document, "parked": 1}), "utf-8")

    assert main([str(one), str(one)]) == 0
    assert main([str(one), str(other)]) == 1
    assert "apartados" in capsys.readouterr().out
