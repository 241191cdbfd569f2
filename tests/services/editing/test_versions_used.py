"""Every decision says under which versions it was taken, and a late publication finds those it did not change."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.services.casework import TODAY, Refused
from tests.services.editing.press import Press, most_age
from tests.services.intake.counter import Counter


def evaluated(press: Press, folder: Path) -> tuple[Counter, str]:
    counter = Counter(press.desk, folder)
    case = counter.candidate()
    counter.evaluate(case)
    return counter, case


def metas(counter: Counter, case: str, event: str) -> list[dict[str, str]]:
    app: Any = counter.app
    entries = app.log.entries(0, 10_000)
    found = [each for each in entries if each.originator_id == UUID(case) and each.topic.endswith(f".{event}")]
    return [app.mapper.metadata(each.state).versions for each in found]


def test_a_decision_stores_the_versions_and_the_values_it_used(intake: Press, tmp_path: Path) -> None:
    """CAT-05: criteria and parameters as of the evaluation, the form as of its start."""
    counter, case = evaluated(intake, tmp_path)
    (versions,) = metas(counter, case, "CriteriaEvaluated")
    expected = {"criteria:DE-017": "1", "parameter:P-03": "1", "value:P-03": "59", "parameter:P-05": "1"}
    assert expected.items() <= versions.items()
    (filed,) = metas(counter, case, "BasicIdentificationRecorded")
    assert filed["form:FO-203"] == counter.app.catalogue.form("FO-203", TODAY).version


def test_a_back_dated_publication_lists_what_was_decided_before_and_changes_none(intake: Press, tmp_path: Path) -> None:
    """CAT-06."""
    counter, case = evaluated(intake, tmp_path)
    before = counter.events(case)
    intake.publish("parameter", most_age("2026-06-01"), reason="El acto administrativo rige desde junio")
    window = {"kind": "parameter", "code": "P-03", "version": "2", "since": "2026-06-01", "until": "2026-11-20"}
    found = intake.desk.ask("catalogue_decisions", **window)["items"]
    assert {(each["subject"], each["event"], each["used"]) for each in found} >= {(case, "CriteriaEvaluated", "1")}
    assert counter.events(case) == before
    counter.evaluate(case)
    later = intake.desk.ask("catalogue_decisions", **window)["items"]
    assert later == found
    outside = window | {"until": "2026-10-31"}
    assert intake.desk.ask("catalogue_decisions", **outside)["items"] == []


@pytest.mark.parametrize("changed", [{"since": "junio"}, {"until": "2026-13-01"}], ids=["since", "until"])
def test_the_window_is_two_dates(intake: Press, changed: dict[str, str]) -> None:
    window = {"kind": "parameter", "code": "P-03", "version": "2", "since": "2026-06-01", "until": "2026-11-20"}
    with pytest.raises(Refused) as refused:
        intake.desk.ask("catalogue_decisions", **(window | changed))
    assert refused.value.code == "FIELD_INVALID"


def test_a_step_waits_for_a_parameter_that_has_no_value(intake: Press, tmp_path: Path) -> None:
    """P-03: emptied by a publication, nobody is evaluated until somebody publishes a value."""
    counter = Counter(intake.desk, tmp_path)
    case = counter.candidate()
    intake.publish("parameter", most_age("2026-11-01").replace("value: 64", "value: null"), reason="Por definir")
    with pytest.raises(Refused) as refused:
        counter.evaluate(case)
    assert refused.value.code == "CATALOGUE_NOT_EFFECTIVE"
    assert "CriteriaEvaluated" not in counter.events(case)
