"""A change of executor in the middle of the assistance (A16-4)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.assistance import confinement, queries
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused

REASON = {"reason": "El operador no puede seguir"}


class Handed:
    """A case that one contract executes, and a second contract that covers the same call."""

    def __init__(self, field: Field) -> None:
        self.field, self.desk = field, field.desk
        self.case = field.planned("a", "b")
        body = bodies.contract(field.call, "CPS-220-2026")
        self.other: str = self.desk.act("supervisor", "RegisterContract", **body)["id"]
        self.desk.hire("newcomer", "operator_staff", contract=self.other)

    def transfer(self, *, on: str = "2026-11-16", **executor: str) -> Any:
        body = executor or {"contract": self.other}
        return self.desk.act("coordinator", "TransferExecutor", self.case, on=on, **body, **REASON)

    def accept(self, who: str = "newcomer", on: str = "2026-11-17") -> Any:
        return self.desk.act(who, "AcceptHandover", self.case, on=on)

    def refused(self, who: str, command: str, on: str = "2026-11-17", **body: Any) -> str:
        with pytest.raises(Refused) as found:
            self.desk.act(who, command, self.case, on=on, **body)
        return found.value.code

    def page(self, who: str) -> Any:
        return self.desk.ask("case", who, id=str(self.case))

    def sees(self, who: str) -> bool:
        listed = {row["case_id"] for row in self.desk.ask("cases", who)["items"]}
        try:
            self.page(who)
        except Refused as refused:
            assert refused.code == "NOT_FOUND"
            assert str(self.case) not in listed
            return False
        assert str(self.case) in listed
        return True


@pytest.fixture
def handed(field: Field) -> Handed:
    return Handed(field)


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the day on which somebody looks."""

    def turn(day: str) -> None:
        for module in (confinement, queries):
            monkeypatch.setattr(module, "today", lambda: date.fromisoformat(day))

    turn("2026-11-20")
    return turn


def work(person: str) -> dict[str, Any]:
    return bodies.activity(person, "a1")


@pytest.mark.usefixtures("on_day")
def test_the_old_executor_stays_responsible_until_the_new_one_accepts(handed: Handed) -> None:
    """A16-4, ROL-02: named is not yet responsible; once it accepted, the old one only reads."""
    rosa = handed.desk.person("caseworker")
    assert not handed.sees("newcomer")
    handed.transfer()
    assert handed.sees("newcomer")
    assert handed.refused("newcomer", "RecordComponentActivity", **work(rosa)) == "NOT_AUTHORISED"
    assert handed.refused("operator", "AcceptHandover") == "NOT_AUTHORISED"
    handed.desk.act("operator", "RecordComponentActivity", handed.case, on="2026-11-16", **work(rosa))
    handed.accept()
    assert handed.field.state(handed.case) == "in_assistance"
    assert handed.refused("operator", "RecordComponentActivity", **work(rosa)) == "NOT_AUTHORISED"
    handed.desk.act("newcomer", "RecordComponentActivity", handed.case, on="2026-11-17", **work(rosa))


def test_a_transfer_tells_the_others_both_executors_once_it_counts(handed: Handed) -> None:
    """A16-4: the event has the old and the new executor; a proposal is nobody else's business."""
    handed.transfer()
    types = [event.type for event in handed.desk.published()]
    assert "ExecutorTransferred" not in types
    handed.accept()
    told = [event for event in handed.desk.published() if event.type == "ExecutorTransferred"]
    assert [(event.subject, event.audience) for event in told] == [(handed.case, "S")]
    assert told[0].data == {
        "old_contract_id": handed.field.contract,
        "old_team_id": None,
        "new_contract_id": handed.other,
        "new_team_id": None,
        "call_id": handed.field.call,
    }


@pytest.mark.usefixtures("on_day")
def test_what_is_open_moves_with_the_case_and_both_histories_stay(handed: Handed) -> None:
    """A16-4: phases, visits and commitments go on under the new executor; the acts of both are on the page."""
    desk, rosa = handed.desk, handed.desk.person("caseworker")
    desk.act(
        "caseworker",
        "StartPhase",
        handed.case,
        on="2026-11-16",
        **bodies.phase("technical_assistance", "2026-11-16", "2026-11-18"),
    )
    body = bodies.follow_up(
        "technical_assistance", commitments=[{"what": "Costear", "who": "Gloria", "due": "2026-11-20"}]
    )
    desk.act("caseworker", "RecordFollowUp", handed.case, on="2026-11-16", **body)
    before = {row["label"]: row["value"] for row in handed.page("caseworker")["facts"]}
    handed.transfer()
    handed.accept()
    desk.act("newcomer", "RecordComponentActivity", handed.case, on="2026-11-17", **work(rosa))
    page = handed.page("newcomer")
    after = {row["label"]: row["value"] for row in page["facts"]}
    for label in ("Asistencia técnica", "Próxima visita", "Compromisos pendientes"):
        assert before[label] == after[label]
    done = [one["type"] for one in page["acts"]]
    assert done.index("PlanDrafted") < done.index("ExecutorTransferred") < done.index("ComponentActivityRecorded")


def test_the_old_executor_reads_what_it_did_for_thirty_days(handed: Handed, on_day: Any) -> None:
    """A16-4, ROL-03, P-51: on day 30, not on day 31; nothing of what came after, and no act."""
    handed.transfer()
    handed.accept(on="2026-11-17")
    rosa = handed.desk.person("caseworker")
    handed.desk.act("newcomer", "RecordComponentActivity", handed.case, on="2026-11-18", **work(rosa))
    on_day("2026-12-17")
    page = handed.page("operator")
    done = [one["type"] for one in page["acts"]]
    assert "PlanDrafted" in done
    assert not {"ExecutorTransferred", "ComponentActivityRecorded"} & set(done)
    assert "otro ejecutor" in page["blocked"]["RecordDiagnosis"]
    assert handed.sees("operator")
    on_day("2026-12-18")
    assert not handed.sees("operator")
    assert handed.sees("newcomer")


@pytest.mark.usefixtures("on_day")
def test_a_team_of_the_entity_takes_over_and_a_contract_may_take_it_back(handed: Handed) -> None:
    """A16-4: a team is named by its lead, who alone accepts; afterwards the case may return to the first contract."""
    handed.transfer(team_lead=handed.desk.person("adviser"))
    assert handed.refused("caseworker", "AcceptHandover") == "NOT_AUTHORISED"
    handed.accept("adviser")
    told = [event for event in handed.desk.published() if event.type == "ExecutorTransferred"]
    assert (told[0].data["new_contract_id"], bool(told[0].data["new_team_id"])) == (None, True)
    handed.desk.act("caseworker", "RecordDiagnosis", handed.case, on="2026-11-17", **bodies.diagnosis())
    handed.transfer(contract=handed.field.contract, on="2026-11-18")
    handed.accept("operator", on="2026-11-18")
    assert handed.sees("operator")
    handed.desk.act("operator", "RecordDiagnosis", handed.case, on="2026-11-19", **bodies.diagnosis())


def test_the_new_contract_is_in_force_and_covers_the_call(handed: Handed) -> None:
    """A16-4: `CONTRACT_NOT_IN_FORCE`, on the day and for the call of the case."""
    ended = bodies.contract(handed.field.call, "CPS-7-2026") | {"ends_on": "2026-11-15"}
    elsewhere = bodies.contract(handed.desk.call(), "CPS-8-2026")
    for body in (ended, elsewhere):
        contract = handed.desk.act("supervisor", "RegisterContract", **body)["id"]
        with pytest.raises(Refused) as found:
            handed.transfer(contract=contract)
        assert (found.value.code, found.value.field) == ("CONTRACT_NOT_IN_FORCE", "contract")
    assert handed.refused("coordinator", "TransferExecutor", contract=str(uuid4()), **REASON) == "NOT_FOUND"


def test_exactly_one_other_executor_is_named_with_a_reason(handed: Handed) -> None:
    """A16-4: not the present one, not two, not none, and not while another change waits."""
    adviser = handed.desk.person("adviser")
    for executor in ({}, {"contract": handed.other, "team_lead": adviser}, {"contract": handed.field.contract}):
        assert handed.refused("coordinator", "TransferExecutor", **executor, **REASON) == "FIELD_INVALID"
    assert handed.refused("coordinator", "TransferExecutor", contract=handed.other, reason="") == "FIELD_INVALID"
    handed.transfer()
    assert handed.refused("coordinator", "TransferExecutor", team_lead=adviser, **REASON) == "STEP_OUT_OF_ORDER"
    handed.accept()
    handed.transfer(team_lead=adviser, on="2026-11-18")
    handed.accept("adviser", on="2026-11-18")
    again = handed.refused("coordinator", "TransferExecutor", "2026-11-18", team_lead=adviser, **REASON)
    assert again == "FIELD_INVALID"


def test_only_the_coordinator_changes_the_executor_and_only_in_the_assistance(handed: Handed, field: Field) -> None:
    """A16-4: by role, by state and by date."""
    for who in ("caseworker", "operator", "adviser"):
        assert handed.refused(who, "TransferExecutor", contract=handed.other, **REASON) == "NOT_AUTHORISED"
    early: UUID = field.preselected()
    with pytest.raises(Refused) as found:
        field.desk.act("coordinator", "TransferExecutor", early, on="2026-11-16", contract=handed.other, **REASON)
    assert found.value.code == "STATE_NOT_ALLOWED"
    dated = handed.refused("coordinator", "TransferExecutor", "2026-11-13", contract=handed.other, **REASON)
    assert dated == "DATE_BEFORE_PRECONDITION"
    handed.transfer()
    assert handed.refused("newcomer", "AcceptHandover", "2026-11-15") == "DATE_BEFORE_PRECONDITION"


@pytest.mark.usefixtures("on_day")
def test_a_refused_change_leaves_the_case_where_it_was(handed: Handed) -> None:
    """A16-4, A16-3: the named executor may refuse it; after P-32 the coordinator withdraws it."""
    for command, body in (("AcceptHandover", {}), ("RejectHandover", {"reason": "Sin cupo"})):
        assert handed.refused("newcomer", command, **body) in ("NOT_FOUND", "STEP_OUT_OF_ORDER")
    handed.transfer(on="2026-11-15")
    assert handed.refused("operator", "RejectHandover", reason="No") == "NOT_AUTHORISED"
    handed.desk.act("newcomer", "RejectHandover", handed.case, on="2026-11-16", reason="Sin cupo")
    assert not handed.sees("newcomer")
    assert handed.sees("operator")
    handed.transfer(on="2026-11-16")
    assert handed.refused("coordinator", "RejectHandover", "2026-11-20", reason="Sin respuesta") == "NOT_AUTHORISED"
    assert handed.field.state(handed.case) == "in_assistance"
    handed.desk.act("operator", "RecordDiagnosis", handed.case, on="2026-11-17", **bodies.diagnosis())


def test_the_page_says_why_a_change_cannot_be_made_or_answered(handed: Handed) -> None:
    """A16-4: before it is proposed nothing is accepted; while it waits no other is proposed."""
    assert "por aceptar" in handed.page("operator")["blocked"]["AcceptHandover"]
    assert "TransferExecutor" not in handed.page("coordinator")["blocked"]
    handed.transfer()
    assert "AcceptHandover" not in handed.page("newcomer")["blocked"]
    assert "ejecutor propuesto" in handed.page("operator")["blocked"]["AcceptHandover"]
    assert "espere" in handed.page("coordinator")["blocked"]["TransferExecutor"]
