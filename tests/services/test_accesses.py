"""What a service notes of accesses: what it shows, gives away, denies and proves, before the answer leaves (X-13)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Never
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import OperationalError

from services.profiling.definition import SERVICE
from shared.eventstore.errors import StoreUnavailable
from shared.privacy.personal import Personal
from shared.runtime.assembly import assemble
from shared.runtime.noting import NobodyNotes
from shared.runtime.showing import shown
from shared.tracing.passage import entered
from tests.services import bodies
from tests.services.casework import Office, Refused, office
from tests.services.profiling.profile import profiled
from tests.unit.audit.writing import seal

CANARIES = ("maletas de cuero", "Conoce su oficio", "Marta Luc", "iniciativa")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(SERVICE, tmp_path) as opened:
        for role in ("auditor", "privacy_officer", "subdirector"):
            opened.hire(role, role)
        yield opened


def noted(desk: Office, since: int = 0) -> list[dict[str, Any]]:
    return list(desk.application.access.entries(after=since, limit=5_000))


def test_one_answer_is_one_entry_a_case_with_the_classes_that_it_showed(desk: Office) -> None:
    case = profiled(desk, desk.call())
    desk.ask("case", "psychosocial", id=str(case))
    assert noted(desk) == []
    page = desk.ask("case", "psychosocial", id=str(case), reveal=["p", "s"])
    assert any(isinstance(fact["value"], dict) and not fact["value"]["masked"] for fact in page["facts"])
    (row,) = noted(desk)
    assert (row["what"], row["case_id"], row["person"]) == (
        "personal_data_read",
        str(case),
        desk.person("psychosocial"),
    )
    assert (row["role"], row["act"]) == ("psychosocial", "case") and set(row["classes"]) <= {"p", "s"}


def test_what_cannot_be_noted_is_not_shown(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case = profiled(desk, desk.call())

    def full(_entries: object) -> Never:
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as cut:
        cut.setattr(desk.application.access, "keep", full)
        answer = desk.desk.query(
            {"query": "case", "params": {"id": str(case), "reveal": ["p"]}, "token": "psychosocial"}
        )
        assert answer["refusal"]["code"] == "STORE_UNAVAILABLE" and "ok" not in answer
        # Nothing personal, nothing to note: who does not ask for it is answered.
        desk.ask("case", "psychosocial", id=str(case))
    assert not any(canary in str(answer) for canary in CANARIES)
    assert noted(desk) == []


def test_a_value_is_never_shown_where_nobody_notes(desk: Office) -> None:
    who = desk.people["psychosocial"]
    value = Personal(uuid4(), "p", "no se ve")
    with pytest.raises(NobodyNotes):
        shown(value, may=True, asked=True, who=who, service="profiling", case_id=uuid4())
    masked = shown(value, may=True, asked=False, who=who, service="profiling", case_id=uuid4())
    assert masked is not None and masked["masked"]


def test_a_denial_is_noted_with_its_code_and_what_it_was_about(desk: Office) -> None:
    """A missing right and a separation of duties, of a command; a missing right, of a query."""
    case = profiled(desk, desk.call())
    with pytest.raises(Refused):
        desk.act("auditor", "ValidateProfile", case, **bodies.validation())
    with pytest.raises(Refused):
        desk.act("psychosocial", "ValidateProfile", case, **bodies.validation())
    with pytest.raises(Refused):
        desk.ask("case_pack", "caseworker", id=str(case))
    found = noted(desk)
    assert [row["what"] for row in found] == ["denied"] * 3
    assert [(row["code"], row["act"]) for row in found] == [
        ("NOT_AUTHORISED", "ValidateProfile"),
        ("SOD_VIOLATION", "ValidateProfile"),
        ("NOT_AUTHORISED", "case_pack"),
    ]
    assert {row["case_id"] for row in found} == {str(case)}
    assert [row["person"] for row in found] == [desk.person(who) for who in ("auditor", "psychosocial", "caseworker")]


def test_a_denial_that_cannot_be_noted_is_told_as_a_store_that_is_away(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_more: Any) -> Never:
        raise OperationalError("INSERT", {}, ConnectionRefusedError("no store"))

    with monkeypatch.context() as cut:
        cut.setattr(type(desk.application.database), "write", away)
        with pytest.raises(Refused) as refused:
            desk.ask("case_pack", "caseworker", id=str(uuid4()))
    assert refused.value.code == "STORE_UNAVAILABLE"


def test_names_that_a_client_makes_up_are_not_written_down(desk: Office) -> None:
    asked = {"query": "audit.Rosalba 52.123.001", "params": {"id": "Rosalba Quintero"}, "token": "caseworker"}
    answer = desk.desk.query(asked)
    assert answer["refusal"]["status"] in (403, 404)
    assert "Rosalba" not in str(noted(desk)) and "52.123" not in str(noted(desk))


def test_evidence_that_is_taken_away_is_noted_once_for_a_request(desk: Office) -> None:
    case = profiled(desk, desk.call())
    with entered(str(UUID(int=5)), ""):
        for _ in range(3):
            desk.ask("case_pack", "subdirector", id=str(case))
    (row,) = noted(desk)
    assert (row["what"], row["act"], row["case_id"]) == ("export", "case_pack", str(case))
    assert (row["request_id"], row["person"]) == (str(UUID(int=5)), desk.person("subdirector"))


def test_a_proof_is_an_audit_run_and_a_checkpoint_is_none(desk: Office) -> None:
    profiled(desk, desk.call())
    seal(desk.application.log)
    desk.ask("audit.checkpoint", "auditor")
    assert noted(desk) == []
    desk.ask("audit.proof", "auditor", sequence=1)
    (row,) = noted(desk)
    assert (row["what"], row["about"], row["person"]) == ("audit_run", "profiling:1", desk.person("auditor"))


def test_entries_are_proved_like_events_under_the_name_of_their_own_log(desk: Office) -> None:
    with pytest.raises(Refused):
        desk.ask("case_pack", "caseworker", id=str(uuid4()))
    seal(desk.application.access.log)
    proof = desk.ask("audit.proof", "auditor", sequence=1, log="profiling.access")
    assert f"impulso/profiling.access/{desk.application.access.log.epoch()}" in proof["proof"]
    with pytest.raises(Refused) as refused:
        desk.ask("audit.proof", "auditor", sequence=1, log="intake")
    assert refused.value.code == "NOT_FOUND"


def test_who_reads_the_log_is_in_it_and_only_two_roles_may(desk: Office) -> None:
    case = profiled(desk, desk.call())
    desk.ask("case", "psychosocial", id=str(case), reveal=["p"])
    found = desk.ask("access.entries", "auditor", case=str(case), what="personal_data_read")
    assert [each["sequence"] for each in found["items"]] == [1] and found["log"] == "profiling.access"
    with pytest.raises(Refused):
        desk.ask("access.entries", "coordinator")
    page = desk.ask("access.entries", "privacy_officer", limit=2)
    assert [(each["what"], each.get("act")) for each in page["items"]] == [
        ("denied", "access.entries"),
        ("read", "access.entries"),
    ]
    rest = desk.ask("access.entries", "privacy_officer", limit=2, cursor=page["next"])
    assert [each["sequence"] for each in rest["items"]] == [1] and rest["next"] is None
    read = noted(desk)[1]
    assert (read["person"], read["case_id"]) == (desk.person("auditor"), str(case))


def test_days_are_those_of_bogota_and_both_are_included(desk: Office) -> None:
    access = desk.application.access
    for moment in (1_762_057_800.0, 1_762_057_800.0 + 86_400):  # 2025-11-01 23:30 and 2025-11-02 23:30 in Bogotá
        access.keep([access.entry("read", at=moment, carried=1)])
    found = desk.ask("access.entries", "auditor", **{"from": "2025-11-01", "to": "2025-11-01"})
    assert [each["sequence"] for each in found["items"]] == [1]
    both = desk.ask("access.entries", "auditor", **{"from": "2025-11-01", "to": "2025-11-02"})
    assert [each["sequence"] for each in both["items"]] == [2, 1]
    for wrong in ({"from": "ayer"}, {"what": "todo"}, {"person": "yo"}, {"cursor": "x"}):
        with pytest.raises(Refused) as refused:
            desk.ask("access.entries", "auditor", **wrong)
        assert refused.value.code == "FIELD_INVALID"


def test_no_personal_value_is_in_the_log_whatever_was_done(desk: Office, tmp_path: Path) -> None:
    case = profiled(desk, desk.call())
    for who in ("psychosocial", "subdirector", "auditor", "coordinator"):
        for query in ("case", "case_pack", "case_as_of"):
            try:
                desk.ask(query, who, id=str(case), reveal=list("icsprm"))
            except Refused:
                continue
    stored = b"".join(entry.state for entry in desk.application.access.log.entries(0, 5_000))
    assert stored and not any(canary.encode() in stored for canary in CANARIES)


def test_both_logs_are_there_again_when_the_service_is_opened_anew(desk: Office) -> None:
    with pytest.raises(Refused):
        desk.ask("case_pack", "caseworker", id=str(uuid4()))
    before = noted(desk)
    place, catalogue = desk.assembled.place, desk.application.catalogue
    again = assemble(SERVICE, place, desk.assembled.keys.master, catalogue, create=True)
    assert again.application.access.entries() == before
    again.close()
