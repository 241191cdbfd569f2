"""Restriction of processing in intake (X-12): decided once, told to all, and nothing but keeping goes on."""

from __future__ import annotations

import base64
import io
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.cases import Case
from shared.runtime.clock import today
from shared.runtime.rebuild import rebuild
from tests.services.intake import rights
from tests.services.intake.counter import AS_OF, Counter
from tests.services.intake.rights import answer, ask_data, ask_erasure, lift_restriction, restrict
from tests.services.intake.test_data_requests import listed, refused
from tests.services.intake.test_import import good_rows, list_of
from tests.services.intake.test_merging import merge, pair

HIDDEN = "[RESTRINGIDO]"


@pytest.fixture(autouse=True)
def privacy(counter: Counter) -> None:
    rights.hire(counter)


def shown(counter: Counter, case: str, name: str, who: str = "caseworker", **params: Any) -> dict[str, Any]:
    rows = counter.ask("case", who, id=case, **params)["person"]
    found: dict[str, Any] = next(row["value"] for row in rows if row["name"] == name)
    return found


def test_the_officer_alone_restricts_and_lifts(counter: Counter) -> None:
    """ROL-01"""
    case = counter.candidate()
    body = {"case": case, "ground": "accuracy", "reason": "x"}
    refused("NOT_AUTHORISED", counter.act, "subdirector", "RestrictProcessing", **body)
    restriction = restrict(counter, case)
    refused("NOT_AUTHORISED", counter.act, "subdirector", "LiftRestriction", restriction, reason="x")
    refused("NOT_AUTHORISED", counter.ask, "restrictions", "caseworker")
    assert [row["state"] for row in counter.ask("restrictions", "auditor")["items"]] == ["in_force"]


def test_every_service_is_told_class_by_class(counter: Counter) -> None:
    """X-12: subject and class, and nothing that is personal."""
    case = counter.candidate()
    candidate = counter.ask("case", id=case)["candidate_id"]
    restriction = restrict(counter, case, "c", "s")
    lift_restriction(counter, restriction, "s")
    told = [
        (each.type, str(each.subject), each.data)
        for each in counter.office.published()
        if each.type in ("ProcessingRestricted", "RestrictionLifted")
    ]
    restricted = [("ProcessingRestricted", case, {"subject_id": candidate, "data_class": kind}) for kind in ("c", "s")]
    assert told == [*restricted, ("RestrictionLifted", case, {"subject_id": candidate, "data_class": "s"})]
    assert counter.ask("restrictions", "privacy", state="in_force")["items"][0]["data_classes"] == ["c"]
    refused("RESTRICTION_LIFTED", lift_restriction, counter, restriction, "s")
    refused("RESTRICTION_STANDS", restrict, counter, case, "c", "r")
    lift_restriction(counter, restriction)
    restrict(counter, case, "c")


def test_what_is_restricted_is_not_shown_but_to_the_officer_who_is_noted(counter: Counter) -> None:
    """X-12, X-13"""
    case = counter.candidate()
    restrict(counter, case, "c")
    for params in ({}, {"reveal": ["c", "i"]}):
        value = shown(counter, case, "phone", **params)
        assert (value["value"], value["masked"], value["may_reveal"]) == (HIDDEN, True, False)
    assert shown(counter, case, "names", reveal=["c", "i"])["value"] == "Rosalba Inés"
    page = counter.ask("case", id=case, reveal=["c", "i"])
    assert (page["tracks"]["processing"], page["restricted"]) == ("restricted", ["c"])
    assert "phone" not in page["defaults"]["UpdateBasicIdentification"]["form"]
    assert shown(counter, case, "phone", "privacy")["value"] == HIDDEN
    assert shown(counter, case, "phone", "privacy", reveal=["c"])["value"] == "3991234567"
    last = counter.app.access.entries(limit=5_000)[-1]
    assert (last["what"], last["classes"], last["case_id"]) == ("personal_data_read", "c", case)
    assert last["person"] == counter.office.person("privacy")


def test_an_act_that_uses_a_restricted_class_is_refused_with_what_to_do(counter: Counter) -> None:
    """X-12: of a case whose socio-economic data are restricted nothing is evaluated; its contact may be updated."""
    case = counter.candidate()
    restriction = restrict(counter, case, "s")
    found = refused("PROCESSING_RESTRICTED", counter.evaluate, case)
    assert found.refusal["parameters"]["data_classes"] == ["s"] and "levante la restricción" in str(found)
    refused("PROCESSING_RESTRICTED", counter.basic, case, "UpdateBasicIdentification", version_reason="update")
    assert counter.events(case)[-1] == "ExternalCheckRecorded"
    counter.check(case, "snr_vur")
    lift_restriction(counter, restriction)
    counter.evaluate(case)


def test_with_the_identity_restricted_no_act_on_the_case_goes_on(counter: Counter) -> None:
    case = counter.candidate()
    restrict(counter, case, "i")
    refused("PROCESSING_RESTRICTED", counter.check, case, "snr_vur")
    found = counter.ask("people_search", name="Quitián")["items"][0]
    assert (found["name"]["value"], found["document"]["value"]) == (HIDDEN, HIDDEN)


def test_keeping_closing_holding_answering_and_erasing_go_on(counter: Counter) -> None:
    """X-12: otherwise the person could never be answered, and the data never be erased."""
    case = counter.candidate()
    restrict(counter, case)
    answer(counter, ask_data(counter, case)["id"])
    held = rights.placed(counter, case)
    rights.withdraw(counter, case)
    counter.act("privacy", "RequestLegalHoldLift", held, on="2026-11-19", reason="Terminó")
    counter.act("second_privacy", "ConfirmLegalHoldLift", held, on="2026-11-19")
    erasure = ask_erasure(counter, case)
    rights.wait(counter)
    counter.act("second_privacy", "ConfirmKeyDestruction", erasure, on="2026-11-20")
    assert counter.app.execute_destructions()
    loaded = counter.app.loader.get(Case, UUID(case))
    assert all(facts.value is None for facts in loaded.facts.values())


def test_a_refused_erasure_waits_for_its_restriction(counter: Counter) -> None:
    """X-12: where an erasure is refused, restriction is the rule."""
    case = counter.candidate()
    request = ask_data(counter, case, "erasure")["id"]
    answer(counter, request, "refused")
    assert [row["state"] for row in listed(counter)] == ["to_restrict"]
    restriction = restrict(counter, case, request=request)
    [row] = listed(counter)
    assert (row["state"], row["restriction"]) == ("answered", restriction)


def test_papers_and_files_are_not_handed_out(counter: Counter) -> None:
    """X-12: printed forms, and files of the person."""
    case = counter.candidate()
    candidate = UUID(counter.ask("case", id=case)["candidate_id"])
    document = counter.ask("case", id=case)["documents"][0]["id"]
    assert counter.ask("document", id=document)["pdf"]
    stored = counter.app.files.keep_alone([b"%PDF-1.7 x"], "m", "application/pdf", "x.pdf")
    owned = counter.app.files.put(io.BytesIO(b"%PDF-1.7 y"), subject=candidate, kind="c", media_type="", name="y.pdf")
    restriction = restrict(counter, case, "c")
    refused("PROCESSING_RESTRICTED", counter.ask, "document", id=document)
    fetch = counter.office.desk.fetch
    assert fetch({"token": "caseworker", "id": owned.id})[0]["refusal"]["code"] == "PROCESSING_RESTRICTED"
    assert "ok" in fetch({"token": "caseworker", "id": stored.id})[0]
    lift_restriction(counter, restriction)
    assert "ok" in fetch({"token": "caseworker", "id": owned.id})[0]


def test_what_is_taken_away_as_evidence_says_that_it_is_restricted(counter: Counter) -> None:
    """X-19: an auditor gets the facts and their proofs, and not the values."""
    case = counter.candidate()
    restrict(counter, case, "i")
    told = str(counter.ask("case_pack", "auditor", id=case, reveal=["i", "c"])["events"])
    assert HIDDEN in told and "Quitián" not in told and "3991234567" in told


def test_it_reaches_every_case_of_the_person(counter: Counter) -> None:
    """A01-3"""
    first, second = pair(counter)
    merge(counter, first, second)
    restrict(counter, first)
    assert [counter.ask("case", id=each)["tracks"]["processing"] for each in (first, second)] == ["restricted"] * 2


def test_a_rebuild_forgets_no_restriction(counter: Counter) -> None:
    case = counter.candidate()
    restriction = restrict(counter, case, "c", "s")
    lift_restriction(counter, restriction, "s")
    before = counter.ask("restrictions", "privacy")
    rebuild(counter.app, counter.office.definition)
    assert counter.ask("restrictions", "privacy") == before
    assert shown(counter, case, "phone")["value"] == HIDDEN


def test_a_list_adds_nothing_to_who_is_restricted_and_the_others_come_in(counter: Counter) -> None:
    """X-12: the row counts as one of a known person; it stops nobody else's."""
    call = counter.open_call()
    rows = good_rows(2)
    first = brought_in(counter, call, rows[:1])
    [case] = [item["case_id"] for item in counter.ask("candidates", call=call)["items"]]
    restrict(counter, case)
    before = counter.events(case)
    second = brought_in(counter, call, rows)
    assert (first["accepted"], second["accepted"], second["duplicates"]) == (1, 1, 1)
    assert counter.events(case) == before


def brought_in(counter: Counter, call: str, rows: list[Any]) -> dict[str, Any]:
    stored = counter.app.files.keep_alone([list_of(*rows)], "i", "text/csv", "lista.csv")
    started = counter.act("caseworker", "ImportCandidates", call, file=stored.id, as_of=AS_OF.isoformat())
    counter.app.run_import(UUID(started["id"]))
    found: dict[str, Any] = counter.ask("import", id=started["id"])
    return found


def test_a_trial_of_other_criteria_leaves_the_restricted_out(counter: Counter) -> None:
    """CAT-09, X-12: nothing is evaluated over their data."""
    call = counter.open_call()
    case = counter.candidate(call)
    body = {"kind": "criteria", "code": "DE-017", "version": "1", "cases": [case]}
    trial = {**body, "as_of": "2026-11-10", "known_on": today().isoformat()}
    looked = counter.act("coordinator", "RunWhatIf", on="2026-11-20", **trial)
    restrict(counter, case, "s")
    again = counter.act("coordinator", "RunWhatIf", on="2026-11-20", **trial)
    assert [(each["looked_at"], each["unknown"]) for each in (looked, again)] == [(1, 0), (0, 1)]


def test_the_register_and_its_file_keep_quiet_about_the_restricted(counter: Counter) -> None:
    """FRM-15, X-12: that there is a case stays; what follows from what they told does not."""
    case = counter.candidate()
    counter.evaluate(case)
    assert counter.ask("candidates", route="strengthening")["items"]
    restrict(counter, case, "s")
    [line] = counter.ask("candidates")["items"]
    assert (line["case_id"], line["route"], line["route_label"], line["interest"]) == (case, None, HIDDEN, None)
    assert counter.ask("candidates", route="strengthening")["items"] == []
    content = base64.b64decode(counter.ask("candidates_file")["file"]).decode("utf-8-sig")
    assert content.count(HIDDEN) == 2 and "Fortalecimiento" not in content
