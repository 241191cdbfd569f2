"""The plain model would see it: each kind of breach, told to it as if it had happened."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.walks.duties import Roles, Store, not_separated
from tests.walks.facts import Fact, assigned, delivered, in_custody, open_requests
from tests.walks.model import Story

ANA, BEA, CARO, DORA = (UUID(int=number) for number in range(1, 5))
LOT, LINE, OUT, ASKED, DECISION = (UUID(int=number) for number in range(11, 16))


def fact(kind: str, actor: UUID | None = ANA, **said: Any) -> Fact:
    return Fact(kind, actor, SimpleNamespace(**said))


def told(*facts: Fact) -> list[str]:
    """What the story of one case says to these facts, one after the other."""
    story = Story()
    return [each for one in facts for each in story.add(one)]


def test_a_gate_that_is_skipped_and_an_arrow_that_is_not_there_are_seen() -> None:
    """Both the step that is missing and the state that cannot follow."""
    found = told(fact("CandidateIdentified"), fact("ProfileApproved"))
    assert found == [
        "ProfileApproved without ProfileClassified",
        "identified → profile_approved by ProfileApproved is no arrow of the procedure",
    ]


def test_an_act_on_a_case_that_ended_is_seen_and_opening_it_again_is_none() -> None:
    left = (fact("CandidateIdentified"), fact("CaseWithdrawn"))
    assert told(*left, fact("CriteriaEvaluated"))[-1] == "CriteriaEvaluated on a case that is withdrawn"
    assert told(*left, fact("CaseReopenRequested"), fact("CaseReopened", BEA)) == []
    assert told(*left, fact("CaseReopenRequested"), fact("CaseReopened")) == [
        "CaseReopened by the person of CaseReopenRequested"
    ]


def test_who_corrected_a_score_counts_as_who_gave_it_until_the_next_valuation() -> None:
    """The declaration is another person's."""
    corrected = fact("RecordCorrected", BEA, code="FO-781")
    before = [fact("CapacityEvaluated"), corrected]
    assert list(not_separated(fact("UnitValidated", BEA), before)) == [
        "UnitValidated by the person of " + corrected.key
    ]
    assert list(not_separated(fact("UnitValidated", BEA), [*before, fact("StrengtheningClosed")])) == []
    minutes = fact("RecordCorrected", BEA, code="FO-051")
    assert list(not_separated(fact("UnitValidated", BEA), [minutes])) == []


ROWS = {"lines": [{"line": OUT, "lot": LOT, "assignment_line": LINE, "qty": Decimal(5), "item": "TELA-01"}]}
BOOKED = fact("StockReceived", ANA, lines=[{"lot": LOT}])
GIVEN = fact(
    "StockAssigned",
    BEA,
    assignment_id=uuid4(),
    decision_id=DECISION,
    lines=[{"line": LINE, "lot": LOT, "qty": Decimal(5), "item": "TELA-01"}],
)
REQUESTED = fact("WithdrawalRequested", CARO, request_id=ASKED, lines=[])


def taken(releaser: UUID = DORA, carrier: UUID = CARO) -> Fact:
    return fact(
        "StockWithdrawn",
        releaser,
        request_id=ASKED,
        withdrawal_id=uuid4(),
        decision_id=DECISION,
        withdrawn_by=carrier,
        **ROWS,
    )


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (taken(), []),
        (taken(releaser=ANA), ["StockWithdrawn: who released booked the goods"]),
        (taken(releaser=BEA), ["StockWithdrawn: who released booked the goods"]),
        (taken(carrier=BEA), ["StockWithdrawn: who took booked the goods"]),
        (taken(carrier=DORA), ["StockWithdrawn: who took released them"]),
        (taken(releaser=CARO), ["StockWithdrawn: who asked released them", "StockWithdrawn: who took released them"]),
    ],
)
def test_two_of_the_three_hands_of_a_line_being_one_person_is_seen(last: Fact, found: list[str]) -> None:
    """Who booked the lot, who assigned it, who asked and who released."""
    store = Store()
    for each in (BOOKED, GIVEN, REQUESTED):
        assert store.add(uuid4(), each) == []
    assert store.add(uuid4(), last) == found


def test_goods_out_of_the_warehouse_keep_the_case_open_until_they_are_delivered() -> None:
    """Custody is what was withdrawn and neither delivered nor returned."""
    facts = [GIVEN, REQUESTED]
    assert (open_requests(facts), {line: qty for line, (_, qty) in assigned(facts).items()}) == ([ASKED], {LINE: 5})
    facts.append(taken())
    assert (open_requests(facts), assigned(facts), in_custody(facts)) == ([], {}, {OUT: 5})
    story = Story(list(facts), ["", "in_assistance"])
    assert "CaseWithdrawn with goods in custody" in story.add(fact("CaseWithdrawn"))
    row = {"line": uuid4(), "withdrawal_line": OUT, "item": "TELA-01", "qty": Decimal(5)}
    facts.append(fact("IncentiveDelivered", CARO, decision_id=DECISION, lines=[row]))
    assert (in_custody(facts), delivered(facts, DECISION, "TELA-01")) == ({}, 5)


def test_a_keeper_an_operator_and_an_auditor_have_acts_that_no_other_role_opens() -> None:
    """What counts are the roles that a person holds, not the one under which they act."""
    roles = Roles(
        {
            ANA: frozenset({"warehouse_keeper", "stock_controller"}),
            BEA: frozenset({"operator_staff"}),
            CARO: frozenset({"auditor"}),
        }
    )
    assert list(roles.breaches(fact("StockWrittenOff", ANA))) == ["StockWrittenOff by warehouse_keeper"]
    assert list(roles.breaches(fact("FollowUpVisited", BEA))) == ["FollowUpVisited by operator_staff"]
    assert list(roles.breaches(fact("CaseworkerAssigned", CARO))) == ["CaseworkerAssigned by an auditor"]
    assert list(roles.breaches(fact("StockWrittenOff", None))) == []
