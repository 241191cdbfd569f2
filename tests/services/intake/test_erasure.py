"""Erasure in intake (X-12, SOD-8): who asks, who confirms, what forbids it, and what is left of the person."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.intake.domain.cases import Case
from services.intake.views import people
from services.intake.views.tables import case_sources, exclusions, imports
from shared.eventstore.tables import claims
from shared.privacy.filestore import FileErased
from shared.runtime.rebuild import rebuild
from tests.services.casework import Refused
from tests.services.intake.counter import AS_OF, ROSALBA, Counter
from tests.services.intake.test_exclusions import approved, refused
from tests.services.intake.test_import import good_rows, list_of
from tests.services.intake.test_merging import merge, pair

LATER = timedelta(hours=73)
SERVICES = ("profiling", "assistance", "inventory", "reporting")


@pytest.fixture(autouse=True)
def privacy(counter: Counter) -> None:
    counter.office.hire("privacy", "privacy_officer")
    counter.office.hire("second_privacy", "privacy_officer")


def ask_for(counter: Counter, case: str, **changes: Any) -> str:
    body = {"case": case, "legal_basis": "consent_withdrawn", "reason": "Ya no quiero estar allí"} | changes
    return str(counter.act("privacy", "RequestKeyDestruction", on="2026-11-20", **body)["id"])


def wait(counter: Counter) -> None:
    counter.app.now = lambda: datetime.now(UTC) + LATER


def withdrawn(counter: Counter, case: str) -> None:
    counter.act("caseworker", "WithdrawCase", case, reason_code="own_will", reason="Se fue de la ciudad")


def confirm(counter: Counter, erasure: str, who: str = "second_privacy") -> None:
    counter.act(who, "ConfirmKeyDestruction", erasure, on="2026-11-20")


def erased(counter: Counter, case: str) -> str:
    erasure = ask_for(counter, case)
    wait(counter)
    confirm(counter, erasure)
    assert counter.app.execute_destructions()
    assert not counter.app.execute_destructions()
    return erasure


def candidate_of(counter: Counter, case: str) -> UUID:
    return UUID(counter.ask("case", id=case)["candidate_id"])


def test_one_asks_and_another_confirms_after_the_wait(counter: Counter) -> None:
    """SOD-8, P-52: never one natural person, whatever their accounts, and never before 72 hours."""
    case = counter.candidate()
    withdrawn(counter, case)
    refused(
        counter, "NOT_AUTHORISED", "coordinator", "RequestKeyDestruction", case=case, legal_basis="ordered", reason="x"
    )
    erasure = ask_for(counter, case)
    refused(
        counter, "ERASURE_UNDER_WAY", "privacy", "RequestKeyDestruction", case=case, legal_basis="ordered", reason="x"
    )
    refused(counter, "SOD_VIOLATION", "privacy", "ConfirmKeyDestruction", erasure)
    counter.office.hire("both", "subdirector", person=counter.office.people["privacy"].person)
    refused(counter, "SOD_VIOLATION", "both", "ConfirmKeyDestruction", erasure)
    refused(counter, "DATE_BEFORE_PRECONDITION", "second_privacy", "ConfirmKeyDestruction", erasure)
    with pytest.raises(Refused) as early:
        confirm(counter, erasure)
    assert early.value.code == "ERASURE_WAITS"
    assert not counter.app.execute_destructions()
    wait(counter)
    assert [row["state"] for row in counter.ask("erasures", "privacy")["items"]] == ["ready"]
    confirm(counter, erasure)
    refused(counter, "ERASURE_SETTLED", "second_privacy", "ConfirmKeyDestruction", erasure)
    refused(counter, "ERASURE_SETTLED", "second_privacy", "CancelKeyDestruction", erasure)


def test_an_erasure_that_is_cancelled_can_be_asked_for_again(counter: Counter) -> None:
    """SOD-8: what was not confirmed destroys nothing."""
    case = counter.candidate()
    withdrawn(counter, case)
    first = ask_for(counter, case)
    counter.act("second_privacy", "CancelKeyDestruction", first, on="2026-11-20")
    assert ask_for(counter, case) != first
    assert {row["state"] for row in counter.ask("erasures", "auditor")["items"]} == {"cancelled", "requested"}
    refused_ask(counter, "caseworker")


def refused_ask(counter: Counter, who: str) -> None:
    for query, params in (("erasures", {}), ("erasure", {"id": str(uuid4())})):
        with pytest.raises(Refused) as found:
            counter.ask(query, who, **params)
        assert found.value.code == "NOT_AUTHORISED"


def test_it_is_refused_with_its_ground_while_a_duty_stands(counter: Counter) -> None:
    """X-12: an open case, an exclusion in force, goods that were delivered (Ley 962 de 2005 art. 28)."""
    case = counter.candidate()
    with pytest.raises(Refused) as open_case:
        ask_for(counter, case)
    assert open_case.value.code == "ERASURE_NOT_LAWFUL" and "caso abierto" in str(open_case.value)
    withdrawn(counter, case)
    exclusion = approved(counter)
    with pytest.raises(Refused) as excluded:
        ask_for(counter, case)
    assert "exclusión vigente" in str(excluded.value) and "caso abierto" not in str(excluded.value)
    counter.act("subdirector", "LiftExclusion", exclusion, reason="Pagó")
    deliver(counter, case, "2026-11-01")
    with pytest.raises(Refused) as accounts:
        ask_for(counter, case)
    assert "10 años" in str(accounts.value)


def deliver(counter: Counter, case: str, on: str) -> None:
    line = {"item": str(uuid4()), "lot": str(uuid4()), "qty": "1", "unit": "unit"}
    counter.office.hear(
        "inventory.IncentiveDelivered",
        UUID(case),
        on=on,
        delivery_id=str(uuid4()),
        decision_id=str(uuid4()),
        fo128_no="B-2026-1",
        lines=[line],
        delivered_on=on,
        complete=True,
    )


def test_a_duty_that_came_after_the_request_refuses_the_confirmation(counter: Counter) -> None:
    """X-12: what the law says on the day on which it would happen."""
    case = counter.candidate()
    withdrawn(counter, case)
    erasure = ask_for(counter, case)
    deliver(counter, case, "2026-11-01")
    wait(counter)
    with pytest.raises(Refused) as found:
        confirm(counter, erasure)
    assert found.value.code == "ERASURE_NOT_LAWFUL"


def test_goods_of_long_ago_do_not_forbid_it(counter: Counter) -> None:
    """P-55: ten years."""
    case = counter.candidate()
    withdrawn(counter, case)
    deliver(counter, case, "2016-11-20")
    ask_for(counter, case)


def test_nothing_of_the_person_is_left_to_find_or_read(counter: Counter) -> None:
    """X-12: facts, files, directory, blind index and name index; the events stay, and a rebuild gives the same."""
    case = counter.candidate()
    approved_and_lifted = approved(counter)
    counter.act("subdirector", "LiftExclusion", approved_and_lifted, reason="Pagó")
    withdrawn(counter, case)
    candidate = candidate_of(counter, case)
    letter = counter.app.files.put(io.BytesIO(b"%PDF-1.7 x"), subject=candidate, kind="s", media_type="", name="a.pdf")
    assert counter.ask("people_search", "privacy", name="Quitián")["items"]
    before = [(entry.sequence, entry.state) for entry in counter.app.log.entries(0, 10_000)]
    erased(counter, case)

    assert [(e.sequence, e.state) for e in counter.app.log.entries(0, 10_000)][: len(before)] == before
    assert counter.ask("people_search", "privacy", name="Quitián")["items"] == []
    number = {"document_type": "CC", "document_number": ROSALBA["doc_no"]}
    assert counter.ask("people_search", "privacy", **number)["items"] == []
    loaded = counter.app.loader.get(Case, UUID(case))
    assert all(facts.value is None for facts in loaded.facts.values())
    shown = counter.ask("case", "privacy", id=case, reveal="i,c,s")["person"]
    assert {row["label"] for row in shown} == {"Datos suprimidos"}
    with pytest.raises(Exception, match="FILE_ERASED"):
        counter.app.files.read(letter.id)
    assert remains(counter) == ([], [], [])
    rebuild(counter.app, counter.office.definition)
    assert remains(counter) == ([], [], [])


def remains(counter: Counter) -> tuple[list[Any], list[Any], list[Any]]:
    with counter.app.database.read() as connection:
        held = sa.select(claims.c.key).where(claims.c.kind.in_(("document", "likeness")))
        return (
            list(connection.execute(sa.select(people))),
            list(connection.execute(sa.select(exclusions))),
            list(connection.scalars(held)),
        )


def test_who_comes_back_is_a_new_person(counter: Counter) -> None:
    """X-12: nothing ties the new case to the erased one."""
    call = counter.open_call()
    case = counter.identify(call)
    withdrawn(counter, case)
    candidate = candidate_of(counter, case)
    erased(counter, case)
    again = counter.identify(call)
    assert candidate_of(counter, again) != candidate
    assert counter.ask("people_search", "caseworker", name="Quitián")["items"][0]["case_id"] == again


def test_only_the_asked_classes_go(counter: Counter) -> None:
    """X-12: erasure is by data class."""
    case = counter.candidate()
    withdrawn(counter, case)
    erasure = ask_for(counter, case, data_classes=["c"])
    wait(counter)
    confirm(counter, erasure)
    counter.app.execute_destructions()
    loaded = counter.app.loader.get(Case, UUID(case))
    assert (loaded.facts["c"].value, loaded.facts["i"].value is None) == (None, False)
    assert counter.ask("people_search", "caseworker", name="Quitián")["items"]


def test_the_cases_that_were_joined_go_together(counter: Counter) -> None:
    """A01-3, X-12: a merged case is the same person under another id."""
    first, second = pair(counter)
    merge(counter, first, second)
    withdrawn(counter, first)
    erasure = erased(counter, first)
    assert {row["case"] for row in counter.ask("erasure", "privacy", id=erasure)["keys"]} == {first, second}
    for case in (first, second):
        loaded = counter.app.loader.get(Case, UUID(case))
        assert loaded.facts["i"].value is None


def test_every_service_confirms_and_the_list_shows_who_is_missing(counter: Counter) -> None:
    """X-12: confirmations are collected; saying it twice changes nothing."""
    case = counter.candidate()
    withdrawn(counter, case)
    erasure = erased(counter, case)
    candidate = candidate_of(counter, case)
    orders = [each for each in counter.office.published() if each.type == "KeyDestroyed"]
    assert {each.data["data_class"] for each in orders} == set("icsprm")
    assert {(each.subject, each.data["subject_key_id"]) for each in orders} == {(UUID(case), str(candidate))}
    for service in (*SERVICES, "profiling"):
        for kind in "icsprm":
            counter.office.hear(
                f"{service}.KeyDestructionExecuted", UUID(case), subject_key_id=str(candidate), data_class=kind
            )
    [row] = counter.ask("erasures", "subdirector")["items"]
    assert (row["state"], row["missing"]) == ("ordered", ["gateway"])
    todo = counter.office.desk.orders({"service": "gateway"})["orders"]
    assert len(todo) == 6
    executed = [{**each, "at": datetime.now(UTC).isoformat()} for each in todo]
    assert counter.office.desk.orders({"service": "gateway", "executed": executed}) == {"orders": []}
    found = counter.ask("erasure", "auditor", id=erasure)
    assert (found["state"], set(found["confirmed"])) == ("done", {"intake", *SERVICES, "gateway"})
    assert all(len(each["confirmed"]) == 6 for each in found["keys"])
    assert (
        counter.ask("erasures", "subdirector", state="done")["items"]
        and not counter.ask("erasures", "subdirector", state="ordered")["items"]
    )


def test_what_is_published_of_an_erasure_is_not_personal(counter: Counter) -> None:
    """EVT-2: the reason that the person gave stays sealed, and goes with the data."""
    case = counter.candidate()
    withdrawn(counter, case)
    erased(counter, case)
    told = str([each.to_dict() for each in counter.office.published()])
    assert not re.search(r"Ya no quiero|Quiti|52\.?123", told)
    kept = [e for e in counter.app.log.entries(0, 10_000) if e.topic == "intake.KeyDestructionRequested"]
    assert b"Ya no quiero" not in kept[0].state and counter.app.mapper.open(kept[0])[0].reason.erased


def test_a_list_that_named_the_person_is_gone_with_what_was_made_of_it(counter: Counter) -> None:
    """X-12: a list lies under a key of its own, with its report and its rejected rows; other lists stay."""
    call = counter.open_call()
    row = good_rows(1)[0]
    refused_row = [*row[:3], "no", *row[4:]]
    jobs = []
    for number, content in enumerate((list_of(row), list_of(*good_rows(3)[1:2]), list_of(refused_row))):
        stored = counter.app.files.keep_alone([content], "i", "text/csv", f"{number}.csv")
        started = counter.act("caseworker", "ImportCandidates", call, file=stored.id, as_of=AS_OF.isoformat())
        counter.app.run_import(UUID(started["id"]))
        jobs.append(UUID(started["id"]))
    with counter.app.database.read() as connection:
        made = {row.id: row for row in connection.execute(sa.select(imports))}
        [case] = connection.scalars(sa.select(case_sources.c.case_id).where(case_sources.c.import_id == jobs[0]))
    assert made[jobs[2]].rejected == 1
    withdrawn(counter, str(case))
    erased(counter, str(case))
    for job, gone in zip(jobs, (True, False, True), strict=True):
        for file_id in (made[job].file_id, made[job].report_file, made[job].rejected_file):
            if file_id is not None:
                assert is_gone(counter, file_id) is gone, (jobs.index(job), file_id)


def is_gone(counter: Counter, file_id: str) -> bool:
    try:
        counter.app.files.read(file_id)
    except FileErased:
        return True
    return False


def test_a_file_that_came_before_its_person_goes_too(counter: Counter) -> None:
    """X-12: the scan of the authorisation is uploaded before there is a case."""
    call = counter.open_call()
    scan = counter.app.files.keep_alone([b"%PDF-1.7 firma"], "m", "application/pdf", "a.pdf")
    case = counter.identify(
        call, ground="authorisation", notice_version="1", purposes=["profiling"], given_on="2026-11-03", file=scan.id
    )
    withdrawn(counter, case)
    erased(counter, case)
    assert is_gone(counter, scan.id)
