"""Two cases of one person are merged, and parted again without loss (A01-3, CASE-3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.services.casework import Refused
from tests.services.intake.counter import ROSALBA, Counter
from tests.services.intake.test_import import good_rows, list_of

MISTYPED = {"doc_no": "52.123.457"}


def pair(counter: Counter, **changes: Any) -> tuple[str, str]:
    """A case, and a later one whose document differs in a digit: the later one suspects the first."""
    first = counter.candidate()
    call = counter.ask("case", id=first)["call"]["id"]
    return first, counter.identify(call, **(ROSALBA | MISTYPED | {"source": "hemi", "hemi_ref": "H-1"} | changes))


def merge(counter: Counter, case: str, other: str, who: str = "coordinator", on: str = "2026-11-10") -> Any:
    return counter.act(who, "MergeCases", case, on=on, other_case=other, reason="Documento mal digitado")


def split(counter: Counter, other: str, who: str = "coordinator", on: str = "2026-11-11") -> Any:
    return counter.act(who, "SplitCases", other, on=on, reason="Son dos personas")


def refused(act: Any, *args: Any, **changes: Any) -> Refused:
    with pytest.raises(Refused) as found:
        act(*args, **changes)
    return found.value


def facts(counter: Counter, case: str, group: str) -> list[str]:
    return [each["value"] for each in counter.ask("case", id=case)["facts"] if each["group"] == group]


def withdrawn(counter: Counter, case: str) -> None:
    row = {"lot": str(uuid4()), "item": "TELA-01", "qty": "5", "unit": "m"}
    counter.office.hear("inventory.StockWithdrawn", UUID(case), fo128_no="2026-000009", lines=[row])


def returned(counter: Counter, case: str, row: dict[str, Any]) -> None:
    movement = {"movement_id": str(uuid4()), "reason_code": None, "decision_id": None}
    counter.office.hear("inventory.StockReturned", UUID(case), **movement, lines=[row])


def test_the_other_case_ends_as_merged_and_both_sources_show_on_the_survivor(counter: Counter) -> None:
    """A01-3: published with both cases, to everybody."""
    first, other = pair(counter)
    merge(counter, first, other)
    assert (counter.state(first), counter.state(other)) == ("identified", "merged")
    [told] = [each for each in counter.office.published() if each.type == "CasesMerged"]
    assert told.data == {"surviving_case": first, "other_case": other}
    sources = next(each["value"] for each in counter.ask("case", id=first)["facts"] if each["label"] == "Fuentes")
    assert sources == "Solicitudes y bases de PR-029, HEMI"
    assert other in facts(counter, first, "Casos unidos")[0] and first in facts(counter, other, "Casos unidos")[0]


def test_a_merged_case_refuses_every_act_but_its_parting(counter: Counter) -> None:
    """CASE-3: it is closed, and says that only parting opens it again."""
    first, other = pair(counter)
    merge(counter, first, other)
    found = refused(counter.act, "caseworker", "WithdrawCase", other, reason_code="own_will", reason="x")
    assert (found.code, found.refusal["lawful"]) == ("CASE_CLOSED", ["SplitCases"])
    assert refused(counter.act, "caseworker", "RequestReopen", other, reason="x").code == "CASE_CLOSED"
    assert refused(merge, counter, first, other).code == "CASE_CLOSED"
    assert refused(merge, counter, other, first).code == "CASE_CLOSED"


@pytest.mark.parametrize("survivor", [0, 1])
def test_what_was_suspected_of_the_two_is_settled_and_open_again_after_the_parting(
    counter: Counter, survivor: int
) -> None:
    """A01-3: without loss, whichever of the two goes on."""
    cases = pair(counter)
    case, other = cases[survivor], cases[1 - survivor]
    before = [counter.ask("case", id=each)["tracks"] for each in cases]
    merge(counter, case, other)
    assert counter.ask("case", id=case)["tracks"] == {"duplicate": "clear"}
    split(counter, other)
    assert [counter.ask("case", id=each)["tracks"] for each in cases] == before
    resolved = [each.data["resolution"] for each in counter.office.published() if each.type == "DuplicateResolved"]
    assert resolved == (["merge"] if survivor else [])


def test_a_parted_case_is_exactly_as_before(counter: Counter) -> None:
    """A01-3: state, person, sources, papers; it does not count as re-opened."""
    other, first = pair(counter)
    counter.evaluate(other)
    counter.communicate(other)

    def page() -> Any:
        return {k: v for k, v in counter.ask("case", id=other, reveal=["i", "s", "c"]).items() if k != "version"}

    before = page()
    merge(counter, first, other)
    assert page() != before
    split(counter, other)
    assert page() == before and before["state"] == "eligible"
    assert facts(counter, first, "Casos unidos") == []
    [told] = [each for each in counter.office.published() if each.type == "CasesSplit"]
    assert told.data == {"surviving_case": first, "other_case": other}
    assert merge(counter, first, other)["other_case"] == other


def test_the_term_to_ask_for_reconsideration_runs_anew_after_the_parting(counter: Counter) -> None:
    """A01-3, A02-3: else the system would close the case the same day."""
    first = counter.candidate(properties=2)
    counter.evaluate(first)
    counter.communicate(first, on="2026-11-10")
    survivor = counter.identify(counter.ask("case", id=first)["call"]["id"], **(ROSALBA | MISTYPED))
    merge(counter, survivor, first, on="2026-11-11")
    split(counter, first, on="2026-11-20")
    assert counter.state(first) == "not_eligible"
    counter.act("caseworker", "RequestReconsideration", first, on="2026-11-20", grounds="Vendió un inmueble")


def test_a_later_identification_by_the_document_of_a_merged_case_finds_the_survivor(counter: Counter) -> None:
    """A01-3, OBJ-1: the source is added where the person's case goes on."""
    first, other = pair(counter)
    merge(counter, first, other)
    call = counter.ask("case", id=first)["call"]["id"]
    assert counter.identify(call, **(ROSALBA | MISTYPED)) == first
    split(counter, other)
    assert counter.identify(call, **(ROSALBA | MISTYPED)) == other


def test_goods_on_the_way_hold_the_merge_up(counter: Counter) -> None:
    """CASE-3: delivered or returned first; the surviving case may have some."""
    first, other = pair(counter)
    withdrawn(counter, other)
    found = refused(merge, counter, first, other)
    assert (found.code, found.field) == ("CUSTODY_OPEN", "other_case")
    merge(counter, other, first)


def test_goods_that_came_back_hold_nothing_up(counter: Counter) -> None:
    """CASE-3"""
    first, other = pair(counter)
    row = {"lot": str(uuid4()), "item": "TELA-01", "qty": "5", "unit": "m"}
    counter.office.hear("inventory.StockWithdrawn", UUID(other), fo128_no="2026-000009", lines=[row])
    for qty, origin in (("2", "custody"), ("3", "beneficiary")):
        returned(counter, other, row | {"qty": qty, "origin": origin})
        assert refused(merge, counter, first, other).code == "CUSTODY_OPEN"
    returned(counter, other, row | {"qty": "3", "origin": "custody"})
    merge(counter, first, other)


def test_coordinators_merge_and_part_two_cases_that_exist(counter: Counter) -> None:
    """A01-3, ROL-01, X-08"""
    first, other = pair(counter)
    assert refused(merge, counter, first, other, who="caseworker").code == "NOT_AUTHORISED"
    assert refused(merge, counter, first, other, who="subdirector").code == "NOT_AUTHORISED"
    assert refused(merge, counter, first, first).field == "other_case"
    assert refused(merge, counter, first, str(uuid4())).code == "NOT_FOUND"
    assert refused(merge, counter, first, other, on="2026-11-02").code == "DATE_BEFORE_PRECONDITION"
    assert refused(split, counter, other).code == "STATE_NOT_ALLOWED"
    merge(counter, first, other)
    assert refused(split, counter, other, who="caseworker").code == "NOT_AUTHORISED"
    assert refused(split, counter, other, on="2026-11-09").code == "DATE_BEFORE_PRECONDITION"


def test_a_case_that_ended_meanwhile_elsewhere_stays_merged(counter: Counter) -> None:
    """A01-3: both services hear of the merge, and parting takes both back."""
    first, other = pair(counter)
    merge(counter, first, other)
    counter.office.hear("assistance.CaseWithdrawn", UUID(other), on="2026-11-10", reason_code="own_will")
    assert counter.state(other) == "merged"
    split(counter, other)
    assert counter.state(other) == "identified"


def test_a_case_that_took_another_in_can_itself_be_merged(counter: Counter) -> None:
    """A01-3: the sources of all show where the person's case goes on."""
    first, other = pair(counter)
    merge(counter, first, other)
    call = counter.ask("case", id=first)["call"]["id"]
    day = {"source": "field_day", "source_kind": None, "source_ref": "JORNADA-1"}
    last = counter.identify(call, **(ROSALBA | {"doc_no": "52.123.499"} | day))
    merge(counter, last, first)
    sources = next(each["value"] for each in counter.ask("case", id=last)["facts"] if each["label"] == "Fuentes")
    assert sources == "Jornada de identificación, Solicitudes y bases de PR-029, HEMI"
    assert counter.identify(call, **(ROSALBA | MISTYPED)) == last


def test_a_merged_case_is_in_no_later_list_until_it_is_parted(counter: Counter) -> None:
    """A01-3, A01-5: a list holds those whose case goes on."""
    first, other = pair(counter)
    call = counter.ask("case", id=first)["call"]["id"]
    merge(counter, first, other)
    assert refused(counter.consolidate, call).code == "LIST_EMPTY"
    split(counter, other)
    assert counter.consolidate(call)["candidates"] == 1


def test_a_row_with_the_document_of_a_merged_case_is_a_source_of_the_survivor(counter: Counter) -> None:
    """A01-3, A01-4"""
    call, row = counter.open_call(), good_rows(1)[0]
    other = counter.identify(call, doc_no=row[4])
    survivor = counter.identify(call, doc_no="52.000.999")
    merge(counter, survivor, other)
    counter.app.run_import(counter.start_import(call, "lista.csv", list_of(row), who="caseworker"))
    assert "CandidateSourceAdded" in counter.events(survivor)
    assert "CandidateSourceAdded" not in counter.events(other)
