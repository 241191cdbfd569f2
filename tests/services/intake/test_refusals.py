"""What the counter refuses, with its code; a refusal stores nothing (A01-1, A01-2, A01-5, A02-1, CRI-2, P-33)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.services.casework import Refused
from tests.services.intake.counter import ROSALBA, Counter


def ready(counter: Counter) -> str:
    return counter.candidate()


def imported(counter: Counter) -> str:
    """A candidate whose list is a file without minutes."""
    from tests.services.intake.test_import import good_rows, list_of

    call = counter.open_call()
    counter.app.run_import(counter.start_import(call, "lista.csv", list_of(*good_rows(2))))
    case = str(counter.last("intake.CandidateIdentified").originator_id)
    counter.checks(case)
    counter.evaluate(case)
    return case


def resolve(counter: Counter, case: str) -> Any:
    return counter.act("coordinator", "ResolveDuplicate", case, resolution="distinct", reason="Son dos.")


CASES: list[tuple[str, Callable[[Counter], Any]]] = [
    ("SPECIFICATIONS_MISSING", lambda c: c.open_call(specifications=None)),
    ("SPECIFICATIONS_MISSING", lambda c: c.open_call(specifications="Un texto propio, sin archivo")),
    ("CALL_CODE_TAKEN", lambda c: (c.open_call(), c.open_call())),
    ("CALL_NOT_OPEN", lambda c: c.identify(c.open_call(opens_on="2026-12-01"))),
    ("SOURCE_REQUIRED", lambda c: c.identify(c.open_call(), source=None)),
    ("SOURCE_REQUIRED", lambda c: c.identify(c.open_call(), source_ref=None)),
    ("CONSENT_MISSING", lambda c: c.identify(c.open_call(), ground="authorisation")),
    ("DATE_IN_FUTURE", lambda c: c.identify(c.open_call(), identified_on="2026-11-19")),
    ("FIELD_INVALID", lambda c: c.identify(c.open_call(), doc_no="12-34")),
    ("FIELD_INVALID", lambda c: c.identify(c.open_call(), names="R0salba")),
    ("NOT_FOUND", lambda c: c.identify(str(uuid4()))),
    ("NOT_FOUND", lambda c: c.check(ready(c), "ruaf", file="0" * 64)),
    ("NOT_AUTHORISED", lambda c: c.act("auditor", "CloseCall", c.open_call(), reason="x")),
    ("FORM_INCOMPLETE", lambda c: c.act("caseworker", "RecordBasicIdentification", c.identify(c.open_call()), form={})),
    ("LIST_NOT_CONSOLIDATED", lambda c: c.evaluate(c.identify(c.open_call()))),
    ("LIST_EMPTY", lambda c: c.consolidate(c.open_call())),
    ("SOURCE_NOT_IN_CATALOGUE", lambda c: c.check(ready(c), "vecinos")),
    ("CHECK_TOO_OLD", lambda c: c.check(ready(c), "ruaf", on="2026-10-10")),
    ("DATE_IN_FUTURE", lambda c: c.evaluate(ready(c), as_of="2026-12-15")),
    ("STEP_OUT_OF_ORDER", lambda c: c.communicate(ready(c))),
    ("EVIDENCE_MISSING", lambda c: c.communicate(imported(c))),
    ("STATE_NOT_ALLOWED", lambda c: c.basic(ready(c))),
    ("DUPLICATE_NOT_SUSPECTED", lambda c: resolve(c, ready(c))),
    ("STEP_OUT_OF_ORDER", lambda c: c.act("coordinator", "RequestRecheck", ready(c), reason="x")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "step"), CASES, ids=[f"{n}-{code}" for n, (code, _) in enumerate(CASES)])
def test_the_step_is_refused_with_its_code_and_leaves_no_event(
    counter: Counter, code: str, step: Callable[[Counter], Any]
) -> None:
    with pytest.raises(Refused) as refused:
        step(counter)
    assert refused.value.code == code
    head = counter.app.log.head()
    assert refused.value.refusal["text"].endswith((".", "…", ")."))
    assert counter.app.log.head() == head


def test_a_list_without_fo_203_is_not_evaluated(counter: Counter) -> None:
    call = counter.open_call()
    case = counter.identify(call)
    counter.consolidate(call)
    with pytest.raises(Refused) as refused:
        counter.evaluate(case)
    assert refused.value.code == "FORM_INCOMPLETE"


def test_a_pending_criterion_blocks_the_letter_and_says_which(counter: Counter) -> None:
    case = counter.candidate(legal_capacity=None)
    assert counter.evaluate(case)["result"] == "incomplete"
    with pytest.raises(Refused) as refused:
        counter.communicate(case)
    assert refused.value.code == "CRITERION_PENDING" and "G02" in refused.value.refusal["text"]


def test_a_letter_without_an_address_is_incomplete(counter: Counter) -> None:
    case = counter.candidate(e_mail=None)
    counter.evaluate(case)
    with pytest.raises(Refused) as refused:
        counter.communicate(case, channel="e_mail")
    assert (refused.value.code, refused.value.field) == ("FORM_INCOMPLETE", "address")
    assert counter.communicate(case, channel="e_mail", address="nueva@example.org")["number"]


def test_an_imported_list_is_communicable_once_its_minutes_are_filed(counter: Counter) -> None:
    from tests.services.intake.counter import MINUTES

    case = imported(counter)
    call = counter.ask("case", id=case)["call"]["id"]
    counter.act("coordinator", "FileForm", call, list_no=1, form=MINUTES)
    assert counter.communicate(case)["number"] == "FO-068-2026-000001"


def test_what_profiling_has_taken_over_is_not_withdrawn_here(counter: Counter) -> None:
    case = counter.candidate()
    counter.evaluate(case)
    counter.communicate(case)
    counter.office.hear("profiling.ProfilingStarted", UUID(case), profiling_id=str(uuid4()))
    with pytest.raises(Refused) as refused:
        counter.act("caseworker", "WithdrawCase", case, reason_code="own_will", reason="Se va.")
    assert refused.value.code == "STATE_NOT_ALLOWED"


def test_consent_withdrawn_stops_what_has_no_other_ground(counter: Counter) -> None:
    call = counter.open_call()
    authorised = {
        "ground": "authorisation",
        "notice_version": "1",
        "purposes": ["eligibility"],
        "given_on": "2026-11-01",
        "file": counter.file(),
    }
    case = counter.identify(call, **authorised)
    counter.basic(case)
    counter.consolidate(call)
    counter.act("caseworker", "WithdrawConsent", case, withdrawn_on="2026-11-09")
    with pytest.raises(Refused) as refused:
        counter.evaluate(case)
    assert refused.value.code == "CONSENT_MISSING"


def test_a_form_of_another_person_is_refused(counter: Counter) -> None:
    case = counter.identify(counter.open_call())
    with pytest.raises(Refused) as refused:
        counter.basic(case, doc_no="1015937566")
    assert refused.value.field == "form.doc_no"
    assert ROSALBA["doc_no"] not in refused.value.refusal["text"]
