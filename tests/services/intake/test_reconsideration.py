"""After "no cumple": asked once and in time, resolved by somebody else, told by letter; else the case closes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.intake.terms import ended
from shared.runtime.deadlines import settle
from tests.services.casework import Refused
from tests.services.intake.counter import SIGNATURE, Counter

LAST_DAY, AFTER = date(2026, 11, 25), date(2026, 11, 26)
"""The tenth working day after Tuesday 2026-11-10, Monday the 16th being a holiday, and the day after it."""
GROUNDS = "Uno de los inmuebles ya no es mío"


def not_eligible(counter: Counter) -> str:
    case = counter.candidate(properties=2)
    counter.evaluate(case)
    counter.communicate(case)
    assert counter.state(case) == "not_eligible"
    return case


def asked(counter: Counter) -> str:
    case = not_eligible(counter)
    counter.act("caseworker", "RequestReconsideration", case, on="2026-11-12", grounds=GROUNDS)
    return case


def answer(resolution: str = "confirmed") -> dict[str, Any]:
    reason = "El certificado de tradición los muestra a su nombre"
    return {"resolution": resolution, "reason": reason, "channel": "in_person", "signed_by": SIGNATURE}


def refused(counter: Counter, code: str, who: str, command: str, case: str, **body: Any) -> None:
    with pytest.raises(Refused) as found:
        counter.act(who, command, case, **body)
    assert found.value.code == code, str(found.value)


@pytest.mark.parametrize(("day", "code"), [(LAST_DAY, ""), (AFTER, "RECONSIDERATION_LATE")])
def test_the_term_to_ask_ends_after_ten_working_days(counter: Counter, day: date, code: str) -> None:
    """A02-3, P-30, AMB-15: the tenth working day is in time, the eleventh late."""
    case = not_eligible(counter)
    counter.office.desk._day = lambda: day
    if code:
        refused(counter, code, "caseworker", "RequestReconsideration", case, on=day.isoformat(), grounds=GROUNDS)
    else:
        counter.act("caseworker", "RequestReconsideration", case, on=day.isoformat(), grounds=GROUNDS)


def test_it_is_asked_once_per_case(counter: Counter) -> None:
    """A02-3: once; also after a new evaluation."""
    case = asked(counter)
    refused(counter, "RECONSIDERATION_USED", "caseworker", "RequestReconsideration", case, grounds=GROUNDS)
    counter.act("subdirector", "ResolveReconsideration", case, on="2026-11-13", **answer("new_evaluation"))
    assert counter.state(case) == "identified"
    counter.evaluate(case)
    counter.communicate(case)
    refused(counter, "RECONSIDERATION_USED", "caseworker", "RequestReconsideration", case, grounds=GROUNDS)


def test_a_confirmed_result_closes_the_case_and_is_told_by_letter(counter: Counter) -> None:
    """A02-3, FO-068: the resolution has a letter of its own with a number of its own."""
    case = asked(counter)
    resolved = counter.act("subdirector", "ResolveReconsideration", case, on="2026-11-13", **answer())
    assert resolved["number"] == "FO-068-2026-000002"
    assert counter.state(case) == "closed_not_eligible"
    assert counter.events(case)[-2:] == ["ReconsiderationResolved", "CaseNotEligibleClosed"]
    papers = [each for each in counter.ask("case", id=case)["documents"] if each["code"] == "FO-068"]
    assert [paper["number"] for paper in papers] == ["FO-068-2026-000001", "FO-068-2026-000002"]
    file = counter.ask("document", id=papers[1]["id"])
    assert counter.app.files.read(file["file_id"]).startswith(b"%PDF-")
    refused(counter, "CASE_CLOSED", "subdirector", "ResolveReconsideration", case, on="2026-11-13", **answer())


def test_another_person_than_the_evaluator_resolves(counter: Counter) -> None:
    """A02-3: separation of duties on the natural person, whatever the account."""
    case = asked(counter)
    refused(counter, "NOT_AUTHORISED", "caseworker", "ResolveReconsideration", case, **answer())
    person = counter.office.people["caseworker"].person
    counter.office.hire("same_person", "subdirector", person=person)
    refused(counter, "SOD_VIOLATION", "same_person", "ResolveReconsideration", case, on="2026-11-13", **answer())


def test_there_is_nothing_to_resolve_before_it_is_asked(counter: Counter) -> None:
    """A02-3, X-15."""
    case = not_eligible(counter)
    refused(counter, "STEP_OUT_OF_ORDER", "subdirector", "ResolveReconsideration", case, **answer())
    new = counter.identify(counter.open_call("AT-2026-2"), doc_no="79123457", names="Ana", surnames="Prieto Rojas")
    refused(counter, "STATE_NOT_ALLOWED", "caseworker", "RequestReconsideration", new, grounds=GROUNDS)


def test_a_case_that_does_not_ask_is_closed_by_the_system_once(counter: Counter) -> None:
    """A02-3, P-30: after the last day, and never while a request waits."""
    silent = not_eligible(counter)
    app = counter.app
    assert settle(app, ended, LAST_DAY, lambda: False) == 0
    assert settle(app, ended, AFTER, lambda: False) == 1
    assert settle(app, ended, AFTER, lambda: False) == 0
    assert counter.state(silent) == "closed_not_eligible"


def test_a_case_that_waits_for_its_answer_is_not_closed(counter: Counter) -> None:
    """A02-3."""
    case = asked(counter)
    assert settle(counter.app, ended, date(2027, 1, 15), lambda: False) == 0
    assert counter.state(case) == "not_eligible"


def test_no_criterion_of_this_version_can_be_waived(counter: Counter) -> None:
    """A02-4: and the criterion has to exist."""
    case = counter.candidate(properties=2)
    reason = "Caso excepcional"
    refused(counter, "CRITERION_NOT_WAIVABLE", "subdirector", "WaiveCriterion", case, criterion="G07", reason=reason)
    refused(counter, "FIELD_INVALID", "subdirector", "WaiveCriterion", case, criterion="OTRO", reason=reason)
    refused(counter, "NOT_AUTHORISED", "coordinator", "WaiveCriterion", case, criterion="G07", reason=reason)
