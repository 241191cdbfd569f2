"""A case that ended is opened again by two people, as it was (CASE-6, SOD-8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.assistance.definition import SERVICE
from tests.services.assistance.field import Field
from tests.services.casework import Refused, office

WITHDRAWAL = {"reason_code": "own_will", "reason": "Consiguió empleo"}


@pytest.fixture
def scarce(tmp_path: Path) -> Iterator[Field]:
    """A call with one place."""
    with office(SERVICE, tmp_path) as desk:
        yield Field(desk, quota=1)


def withdrawn(field: Field, case: UUID) -> UUID:
    field.desk.act("caseworker", "WithdrawCase", case, on="2026-11-16", **WITHDRAWAL)
    return case


def request(field: Field, case: UUID, who: str = "caseworker", on: str = "2026-11-17") -> None:
    field.desk.act(who, "RequestReopen", case, on=on, reason="Volvió y quiere seguir")


def confirm(field: Field, case: UUID, who: str = "subdirector", on: str = "2026-11-18") -> None:
    field.desk.act(who, "ConfirmReopen", case, on=on)


def refused(field: Field, code: str, who: str, command: str, case: UUID, **body: object) -> Refused:
    with pytest.raises(Refused) as found:
        field.desk.act(who, command, case, **body)
    assert found.value.code == code, str(found.value)
    return found.value


def test_a_case_opens_again_where_it_stood_and_counts_it(field: Field) -> None:
    """CASE-6, CASE-8: asked and confirmed; the history stays, the number of re-openings shows."""
    case = withdrawn(field, field.planned())
    request(field, case)
    assert field.state(case) == "withdrawn"
    confirm(field, case)
    page = field.desk.ask("case", id=str(case))
    assert (page["state"], page["entered"]) == ("in_assistance", True)
    assert {"group": "Caso", "label": "Reaperturas", "value": "1 (la última el 2026-11-18)"} in page["facts"]
    told = [event for event in field.desk.published() if event.subject == case]
    assert [event.type for event in told[-3:]] == ["CaseWithdrawn", "CaseReopenRequested", "CaseReopened"]
    assert told[-1].data == {}
    withdrawn(field, case)
    request(field, case)
    confirm(field, case)
    assert any(str(fact["value"]).startswith("2 (") for fact in field.desk.ask("case", id=str(case))["facts"])


def test_one_person_does_not_open_a_case(field: Field) -> None:
    """SOD-8, CASE-6: who asked does not confirm, under any account, also when somebody else asked after them."""
    case = withdrawn(field, field.committed())
    refused(field, "STEP_OUT_OF_ORDER", "subdirector", "ConfirmReopen", case, on="2026-11-18")
    field.desk.hire("director_too", "caseworker", person=field.desk.people["subdirector"].person)
    request(field, case, "director_too")
    request(field, case)
    found = refused(field, "SOD_VIOLATION", "subdirector", "ConfirmReopen", case, on="2026-11-18")
    assert "SOD-8" in found.refusal["text"]
    assert "SOD-8" in field.desk.ask("case", "subdirector", id=str(case))["blocked"]["ConfirmReopen"]
    field.desk.hire("other_director", "subdirector")
    confirm(field, case, "other_director")
    assert field.state(case) == "committed"


def test_roles_dates_and_states_of_a_reopening(field: Field) -> None:
    """CASE-6, X-08: who may, not before it was asked, and only a case that ended."""
    refused(
        field, "STEP_OUT_OF_ORDER", "caseworker", "RequestReopen", field.desk.candidate(field.call), reason="Pronto"
    )
    case = field.committed()
    refused(field, "STATE_NOT_ALLOWED", "caseworker", "RequestReopen", case, reason="No ha terminado")
    withdrawn(field, case)
    refused(field, "NOT_AUTHORISED", "adviser", "RequestReopen", case, reason="Sin rol")
    request(field, case, "coordinator")
    refused(field, "NOT_AUTHORISED", "coordinator", "ConfirmReopen", case, on="2026-11-18")
    refused(field, "DATE_BEFORE_PRECONDITION", "subdirector", "ConfirmReopen", case, on="2026-11-16")


def test_the_dead_stay_dead_and_the_joined_are_parted(field: Field) -> None:
    """CASE-6: not after a death; a joined case only by the act that parts them, which brings back what was."""
    case = field.committed()
    field.desk.act("caseworker", "RecordDeath", case, on="2026-11-16", source="Lo informó su hija")
    refused(field, "CASE_CLOSED", "caseworker", "RequestReopen", case, reason="Error")
    other = field.committed()
    pair = {"surviving_case": str(case), "other_case": str(other)}
    field.desk.hear("intake.CasesMerged", case, **pair)
    assert field.state(other) == "merged"
    refused(field, "CASE_CLOSED", "caseworker", "RequestReopen", other, reason="Error")
    field.desk.hear("intake.CasesSplit", case, **pair)
    assert field.state(other) == "committed"


def test_who_did_not_end_the_case_hears_of_it_and_does_not_open_it(field: Field) -> None:
    """CASE-6: in the service that ended the case; the others take up what they had, and hearing it twice is once."""
    case = field.accepted()
    field.desk.hear("intake.CaseWithdrawn", case, reason_code="other")
    assert field.desk.ask("case", id=str(case))["entered"] is False
    refused(field, "STATE_NOT_ALLOWED", "caseworker", "RequestReopen", case, reason="Desde otro servicio")
    for _ in range(2):
        field.desk.hear("intake.CaseReopened", case, on="2026-11-17")
    page = field.desk.ask("case", id=str(case))
    assert (page["state"], page["entered"]) == ("accepted", True)
    field.desk.hear("profiling.CaseReopened", uuid4(), on="2026-11-17")


def test_a_waiting_handover_needs_a_place_again(scarce: Field) -> None:
    """CASE-6, A16-2: its place was freed by the exit, and may be taken by then."""
    first, second = scarce.preselected(), scarce.preselected()
    scarce.hand_over(first)
    withdrawn(scarce, first)
    scarce.hand_over(second, on="2026-11-16")
    request(scarce, first)
    refused(scarce, "QUOTA_FULL", "subdirector", "ConfirmReopen", first, on="2026-11-18")
    assert scarce.state(first) == "withdrawn"
    scarce.desk.act("caseworker", "RecordDeath", second, on="2026-11-17", source="Lo informó su hijo")
    confirm(scarce, first)
    assert scarce.state(first) == "handover_pending"
