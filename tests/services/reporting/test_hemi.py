"""The HEMI outbox: one entry an event that asks for one, and what becomes of it (6.5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.profiling.definition import SERVICE as PROFILING
from services.reporting.definition import SERVICE
from services.reporting.sending import FileAdapter, HttpAdapter, adapter_from, send_waiting
from shared.runtime.rebuild import rebuild
from tests.services import bodies
from tests.services.casework import CATALOGUE, TODAY, Refused
from tests.services.casework import office as office_of
from tests.services.profiling.profile import profiled
from tests.services.reporting.bureau import NOW, Bureau, bureau, hand_over, receipt


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as opened:
        yield opened


def never() -> bool:
    return False


ENTRIES = [
    (each.service, each.event, each.activity, each.kind, each.module)
    for each in CATALOGUE.hemi_mapping("HEMI-PR-156", TODAY).rules
    if each.service != "reporting"
]


@pytest.mark.parametrize(("service", "event", "activity", "kind", "module"), ENTRIES, ids=[row[1] for row in ENTRIES])
def test_each_event_of_the_mapping_asks_for_one_entry(
    office: Bureau, service: str, event: str, activity: int, kind: str, module: str
) -> None:
    """HEM-1, HEM-2: an entry by the dated mapping, with its key, kind, module and payload."""
    case = office.identified()
    office.tell(f"{service}.{event}", case, {"visit_id": str(uuid4())}, activity=activity)
    [entry] = office.ask("hemi", case=str(case))["items"]
    assert (entry["activity"], entry["kind"], entry["module"], entry["state"]) == (activity, kind, module, "pending")
    assert entry["source_event"].startswith(f"{service}:")


def test_the_acts_of_the_mapping_are_those_of_the_procedure() -> None:
    """HEM-1: acts 7, 8, 9, 12, 13, 15, 20 and 21, with the kinds that the procedure names."""
    mapping = CATALOGUE.hemi_mapping("HEMI-PR-156", TODAY)
    assert {each.activity for each in mapping.rules} == {7, 8, 9, 12, 13, 15, 20, 21}
    assert {each.module for each in mapping.rules if each.activity in (7, 9, 13)} == {"hemi_orientation"}


def test_an_event_without_a_rule_asks_for_nothing(office: Bureau) -> None:
    """HEM-1"""
    case = office.identified()
    office.tell("assistance.TalkAttended", case, {"talk_id": str(uuid4())}, activity=11)
    assert office.ask("hemi")["items"] == []


def test_an_operators_follow_up_is_about_the_contract(office: Bureau) -> None:
    """A20-3, HEM-2: both kinds of follow-up go to HEMI, the operator's by contract."""
    contract = uuid4()
    rated = {"contract_id": str(contract), "month": "2026-10", "aspect": "legal", "rating": "compliant"}
    office.tell("assistance.OperatorComplianceAssessed", contract, rated, activity=20)
    [entry] = office.ask("hemi")["items"]
    assert (entry["kind"], entry["case_id"], entry["about"]) == ("operator_follow_up", None, str(contract))


def test_the_same_event_twice_is_one_entry(office: Bureau) -> None:
    """HEM-2, EVT-4: after a rebuild every event comes again, and no entry is made twice."""
    case = office.assisted()
    told = [office.visited(case)]
    entry = office.ask("hemi")["items"][0]["id"]
    office.act("caseworker", "RecordHemiReceipt", entry, on="2026-11-12", **receipt())
    rebuild(office.application, SERVICE)
    assert [each["state"] for each in office.ask("hemi")["items"]] == ["receipted"]
    office.tell("assistance.HandoverAccepted", case, {}, activity=16)
    again = office.tell("assistance.FollowUpVisited", case, told[0].data, activity=20)
    assert again.id == told[0].id
    assert [each["id"] for each in office.ask("hemi")["items"]] == [entry]


def test_a_person_records_the_receipt_and_it_stands_in_the_timeline(office: Bureau) -> None:
    """HEM-3, HEM-6: by hand is the default; the receipt id is part of the case."""
    assert adapter_from({}) is None and adapter_from({"IMPULSO_HEMI": "manual"}) is None
    case = office.assisted()
    office.visited(case)
    entry = office.ask("hemi")["items"][0]["id"]
    office.act("caseworker", "RecordHemiReceipt", entry, on="2026-11-12", **receipt("HEMI-77"))
    [found] = office.ask("hemi", state="receipted")["items"]
    assert (found["receipt_id"], found["receipted_on"]) == ("HEMI-77", "2026-11-12")
    lines = office.ask("timeline", case_id=str(case))["items"]
    shown = [each for each in lines if each["service"] == "reporting"]
    assert [each["type"] for each in shown] == ["HemiEntryQueued", "HemiEntryReceipted"]
    assert shown[1]["facts"] == [{"label": "Radicado HEMI", "value": "HEMI-77"}]


def test_a_receipt_belongs_to_one_entry(office: Bureau) -> None:
    """HEM-2"""
    case = office.assisted()
    office.visited(case)
    office.visited(case)
    first, second = (each["id"] for each in office.ask("hemi")["items"])
    office.act("caseworker", "RecordHemiReceipt", first, on="2026-11-12", **receipt())
    with pytest.raises(Refused) as refused:
        office.act("caseworker", "RecordHemiReceipt", second, on="2026-11-12", **receipt())
    assert refused.value.code == "RECEIPT_ID_TAKEN"


@pytest.mark.parametrize(("on", "code"), [("2026-09-01", "DATE_BEFORE_PRECONDITION"), ("2026-12-24", "DATE_IN_FUTURE")])
def test_a_receipt_is_dated_between_the_entry_and_today(office: Bureau, on: str, code: str) -> None:
    """X-08, HEM-3"""
    office.visited(office.assisted())
    entry = office.ask("hemi")["items"][0]["id"]
    with pytest.raises(Refused) as refused:
        office.act("caseworker", "RecordHemiReceipt", entry, on="2026-11-12", **receipt(on=on))
    assert (refused.value.code, refused.value.field) == (code, "receipted_on")


def test_a_rejected_entry_is_corrected_and_sent_again_as_a_new_attempt(office: Bureau) -> None:
    """HEM-4: the rejection keeps its reason and evidence; the event it came from stands."""
    case = office.assisted()
    office.visited(case)
    entry = office.ask("hemi")["items"][0]["id"]
    evidence = "f" * 64
    rejected = {"reason": "Falta el módulo", "rejected_on": "2026-11-12", "evidence": evidence}
    with pytest.raises(Refused) as missing:
        office.act("caseworker", "RecordHemiRejection", entry, on="2026-11-12", **{**rejected, "evidence": None})
    assert missing.value.field == "evidence"
    office.act("caseworker", "RecordHemiRejection", entry, on="2026-11-12", **rejected)
    [found] = office.ask("hemi", state="rejected")["items"]
    assert found["reason"] == "Falta el módulo"
    assert office.ask("cases")["items"][0]["state"] == "in_assistance"
    with pytest.raises(Refused) as refused:
        office.act("caseworker", "RecordHemiReceipt", entry, on="2026-11-12", **receipt())
    assert refused.value.code == "ENTRY_STATE_NOT_ALLOWED"
    office.act("coordinator", "ResendHemiEntry", entry, on="2026-11-13", correction="Se eligió el módulo")
    [again] = office.ask("hemi", state="pending")["items"]
    assert again["attempt"] == 2


def test_what_waits_is_not_sent_again(office: Bureau) -> None:
    """HEM-4"""
    office.visited(office.assisted())
    entry = office.ask("hemi")["items"][0]["id"]
    with pytest.raises(Refused) as refused:
        office.act("coordinator", "ResendHemiEntry", entry, correction="Nada")
    assert refused.value.code == "ENTRY_STATE_NOT_ALLOWED"


@pytest.mark.parametrize("who", ["operator", "auditor", "author"])
def test_only_a_caseworker_or_the_coordinator_answers_for_hemi(office: Bureau, who: str) -> None:
    """HEM-3, ROL-01"""
    office.visited(office.assisted())
    entry = office.ask("hemi")["items"][0]["id"]
    with pytest.raises(Refused) as refused:
        office.act(who, "RecordHemiReceipt", entry, **receipt())
    assert refused.value.code == "NOT_AUTHORISED"


def test_staff_of_an_operator_do_not_read_the_outbox(office: Bureau) -> None:
    """SOD-5, ROL-02"""
    with pytest.raises(Refused) as refused:
        office.ask("hemi", "operator")
    assert refused.value.code == "NOT_AUTHORISED"


def test_an_entry_that_waits_beyond_its_term_is_flagged(office: Bureau) -> None:
    """HEM-4, P-40"""
    office.visited(office.assisted(), on="2026-10-15")
    [entry] = office.ask("hemi")["items"]
    assert entry["overdue"] is True


def test_a_correction_of_the_source_asks_for_an_entry_that_names_the_receipt(office: Bureau) -> None:
    """HEM-5"""
    case = office.assisted()
    visit = office.visited(case)
    entry = office.ask("hemi")["items"][0]["id"]
    office.act("caseworker", "RecordHemiReceipt", entry, on="2026-11-12", **receipt("HEMI-9"))
    corrected = {"corrected_event_id": visit.id, "field_names": ["findings"]}
    office.tell("assistance.RecordCorrected", case, corrected, on="2026-11-13")
    [correcting] = office.ask("hemi", state="pending")["items"]
    assert (correcting["corrects_receipt"], correcting["kind"]) == ("HEMI-9", "follow_up")


def test_the_file_adapter_leaves_one_file_an_entry(office: Bureau, tmp_path: Path) -> None:
    """HEM-3: nothing in it is personal."""
    case = office.assisted()
    office.visited(case)
    adapter = FileAdapter(tmp_path / "hemi")
    assert send_waiting(office.application, adapter, NOW, never) == 1
    assert send_waiting(office.application, adapter, NOW, never) == 0
    [file] = list((tmp_path / "hemi").glob("*.json"))
    sent: dict[str, Any] = json.loads(file.read_text("utf-8"))
    assert (sent["case_id"], sent["kind"], sent["payload"]["phase"]) == (str(case), "follow_up", "materialisation")
    [entry] = office.ask("hemi")["items"]
    assert entry["state"] == "sent"


def hemi_answers(*answers: httpx.Response | Exception) -> tuple[HttpAdapter, list[httpx.Request]]:
    """HEMI over HTTP that gives these answers one after another."""
    asked: list[httpx.Request] = []
    waiting = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        answer = waiting.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpAdapter("https://hemi.example/entries", "secreto", httpx.MockTransport(handle)), asked


def test_over_http_the_receipt_comes_with_the_answer(office: Bureau) -> None:
    """HEM-3, HEM-2: the key of the entry goes with it, so that sending twice is once."""
    office.visited(office.assisted())
    adapter, asked = hemi_answers(httpx.Response(201, json={"receipt_id": "H-1"}))
    assert send_waiting(office.application, adapter, NOW, never) == 1
    [entry] = office.ask("hemi")["items"]
    assert (entry["state"], entry["receipt_id"]) == ("receipted", "H-1")
    assert asked[0].headers["Idempotency-Key"] == f"{entry['id']}-1"
    assert asked[0].headers["Authorization"] == "Bearer secreto"


def test_when_hemi_is_away_the_pauses_grow_and_nothing_is_lost(office: Bureau) -> None:
    """HEM-4"""
    office.visited(office.assisted())
    adapter, asked = hemi_answers(
        httpx.ConnectError("no"), httpx.Response(503), httpx.Response(200, json={"receipt_id": "H-2"})
    )
    app, second = office.application, timedelta(seconds=1)
    assert send_waiting(app, adapter, NOW, never) == 0
    assert send_waiting(app, adapter, NOW + 29 * second, never) == 0 and len(asked) == 1
    assert send_waiting(app, adapter, NOW + 31 * second, never) == 0 and len(asked) == 2
    [entry] = office.ask("hemi")["items"]
    assert (entry["failures"], entry["last_failure"], entry["state"]) == (2, "HTTP 503", "pending")
    assert send_waiting(app, adapter, NOW + 80 * second, never) == 0 and len(asked) == 2
    assert send_waiting(app, adapter, NOW + 92 * second, never) == 1
    assert office.ask("hemi")["items"][0]["state"] == "receipted"
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1


def test_what_hemi_refuses_waits_on_the_rejected_list(office: Bureau) -> None:
    """HEM-4, HEM-3: and the next attempt has a key of its own."""
    office.visited(office.assisted())
    refused = httpx.Response(422, json={"reason": "Persona sin registro"})
    adapter, asked = hemi_answers(refused, httpx.Response(200, json={"receipt_id": "H-3"}))
    send_waiting(office.application, adapter, NOW, never)
    found = office.ask("hemi", state="rejected")
    assert found["items"][0]["reason"] == "Persona sin registro" and found["counts"]["rejected"] == 1
    office.act("coordinator", "ResendHemiEntry", found["items"][0]["id"], correction="Se registró a la persona")
    send_waiting(office.application, adapter, NOW, never)
    assert [request.headers["Idempotency-Key"][-2:] for request in asked] == ["-1", "-2"]
    assert office.ask("hemi")["items"][0]["receipt_id"] == "H-3"


def test_the_events_of_the_outbox_carry_the_entry_and_nothing_else(office: Bureau) -> None:
    """HEM-6, EVT-2"""
    office.visited(office.assisted())
    entry = office.ask("hemi")["items"][0]["id"]
    office.act("caseworker", "RecordHemiReceipt", entry, on="2026-11-12", **receipt("H-4"))
    told = office.published()
    assert [each.type for each in told] == ["HemiEntryQueued", "HemiEntryReceipted"]
    assert told[1].data == {"entry_id": entry, "activity": 20, "kind": "follow_up", "receipt_id": "H-4"}


def test_a_person_who_declines_everything_is_registered_in_hemi(office: Bureau, tmp_path: Path) -> None:
    """A07-1, HEM-1: the case closes at once; its entry for the orientation module stays visible until its receipt."""
    with office_of(PROFILING, tmp_path / "profiling") as desk:
        case = profiled(desk, desk.call(), is_producer=False, is_trader=True)
        desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation("not_approve"))
        desk.act("caseworker", "InformAlternatives", case, **bodies.alternatives())
        desk.act("caseworker", "RecordAlternativeInterest", case, **bodies.no_alternative())
        assert desk.ask("case", id=str(case))["state"] == "closed_declined"
        hand_over(desk, office)
    [entry] = office.ask("hemi", case=str(case))["items"]
    assert (entry["activity"], entry["kind"], entry["module"]) == (7, "declined", "hemi_orientation")
    assert entry["state"] == "pending"
    office.act("caseworker", "RecordHemiReceipt", entry["id"], on="2026-11-12", **receipt())
    assert [each["state"] for each in office.ask("hemi", case=str(case))["items"]] == ["receipted"]
