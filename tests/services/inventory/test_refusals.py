"""Every refusal of the warehouse, provoked through the desk; nothing is stored by a refused act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from uuid import uuid4

import pytest

from tests.services.inventory.desk import Office, Refused, sign


@contextmanager
def refused(office: Office, code: str) -> Iterator[None]:
    """The act inside is refused with ``code`` and leaves no event."""
    before = office.application.log.head()
    with pytest.raises(Refused) as refusal:
        yield
    assert refusal.value.code == code, refusal.value
    assert office.application.log.head() == before


class Prepared:
    """A warehouse with an item, a lot of ten metres and a case with ten decided."""

    def __init__(self, office: Office, **item: object) -> None:
        self.office = office
        self.warehouse = office.warehouse()
        office.item(**item)
        extra = {"expires_on": "2026-11-04"} if item.get("expiry_tracked") else {}
        self.lot = office.receive(self.warehouse, **extra)["lots"][0]
        self.case, self.decision = office.case("10")

    def assign(self, qty: str = "10", **how: str) -> str:
        assigned = self.office.assign(self.case, self.decision, self.warehouse, self.lot, qty, **how)
        return str(assigned["lines"][0]["line"])


def test_an_item_that_moved_keeps_its_unit(warehouse_office: Office) -> None:
    Prepared(warehouse_office)
    with refused(warehouse_office, "ITEM_IN_USE"):
        warehouse_office.item(unit="kg")
    warehouse_office.item(name="Tela de algodón")


def test_an_item_that_never_moved_may_change(warehouse_office: Office) -> None:
    warehouse_office.item()
    warehouse_office.item(unit="kg")
    assert warehouse_office.ask("items")["items"][0]["unit"] == "kg"


def test_a_warehouse_code_is_taken_once(warehouse_office: Office) -> None:
    warehouse_office.warehouse()
    with refused(warehouse_office, "CODE_TAKEN"):
        warehouse_office.warehouse()


def test_money_is_no_item(warehouse_office: Office) -> None:
    """INV-13, A17-3: in kind only."""
    with refused(warehouse_office, "FIELD_INVALID"):
        warehouse_office.item(kind="money")


@pytest.mark.parametrize("tracked", [{"lot_tracked": True}, {"expiry_tracked": True}])
def test_a_tracked_item_needs_its_lot_or_date(warehouse_office: Office, tracked: dict[str, bool]) -> None:
    warehouse = warehouse_office.warehouse()
    warehouse_office.item(**tracked)
    with refused(warehouse_office, "LOT_REQUIRED"):
        warehouse_office.receive(warehouse)


@pytest.mark.parametrize("line", [{"qty": "0"}, {"qty": "-1"}, {"qty": "1.005"}, {"unit_cost": "-1"}, {"unit": "kg"}])
def test_a_receipt_line_has_a_quantity_a_cost_and_the_unit_of_its_item(
    warehouse_office: Office, line: dict[str, str]
) -> None:
    warehouse = warehouse_office.warehouse()
    warehouse_office.item()
    with refused(warehouse_office, "FIELD_INVALID"):
        warehouse_office.receive(warehouse, **line)


def test_bought_goods_name_the_suppliers_document_and_a_contracts_goods_the_contract(warehouse_office: Office) -> None:
    warehouse = warehouse_office.warehouse()
    warehouse_office.item()
    line = {"item": "TELA-01", "qty": "1", "unit_cost": "0"}
    body = {"warehouse": warehouse, "lines": [line], "received_by": sign("Rosa")}
    with refused(warehouse_office, "FORM_INCOMPLETE"):
        warehouse_office.act("registrar", "ReceiveStock", origin="ipes_purchase", **body)
    with refused(warehouse_office, "FORM_INCOMPLETE"):
        warehouse_office.act("registrar", "ReceiveStock", origin="operator_contract", delivery_note="R-1", **body)
    warehouse_office.act("registrar", "ReceiveStock", origin="donation", **body)


def test_an_item_or_lot_or_warehouse_that_is_not_registered_is_not_found(warehouse_office: Office) -> None:
    prepared = Prepared(warehouse_office)
    with refused(warehouse_office, "NOT_FOUND"):
        warehouse_office.receive(prepared.warehouse, item="NADA-01")
    with refused(warehouse_office, "NOT_FOUND"):
        warehouse_office.receive(str(uuid4()))
    with refused(warehouse_office, "NOT_FOUND"):
        warehouse_office.assign(prepared.case, prepared.decision, prepared.warehouse, str(uuid4()), "1")


def test_more_than_decided_is_not_assigned(warehouse_office: Office) -> None:
    """INV-12."""
    prepared = Prepared(warehouse_office)
    warehouse_office.receive(prepared.warehouse)
    prepared.assign("8")
    with refused(warehouse_office, "NOT_IN_DECISION"):
        prepared.assign("2.01")
    with refused(warehouse_office, "NOT_IN_DECISION"):
        warehouse_office.assign(prepared.case, str(uuid4()), prepared.warehouse, prepared.lot, "1")


def test_another_item_than_decided_is_not_assigned(warehouse_office: Office) -> None:
    prepared = Prepared(warehouse_office)
    warehouse_office.item("HILO-01", name="Hilo", unit="unit")
    other = warehouse_office.receive(prepared.warehouse, item="HILO-01")["lots"][0]
    with refused(warehouse_office, "NOT_IN_DECISION"):
        warehouse_office.assign(prepared.case, prepared.decision, prepared.warehouse, other, "1")


def test_more_than_is_free_is_not_assigned(warehouse_office: Office) -> None:
    prepared = Prepared(warehouse_office)
    prepared.assign("7")
    other, decision = warehouse_office.case("10")
    with refused(warehouse_office, "STOCK_INSUFFICIENT"):
        warehouse_office.assign(other, decision, prepared.warehouse, prepared.lot, "4")


def test_stock_of_another_warehouse_is_not_there(warehouse_office: Office) -> None:
    prepared = Prepared(warehouse_office)
    elsewhere = warehouse_office.warehouse("BOG2")
    with refused(warehouse_office, "STOCK_INSUFFICIENT"):
        warehouse_office.assign(prepared.case, prepared.decision, elsewhere, prepared.lot, "1")


def test_a_late_assignment_that_would_make_an_earlier_day_negative_is_refused(warehouse_office: Office) -> None:
    """INV-3: All ten were out from the 5th to the 8th; they are back now, and a date in between cannot use them."""
    prepared = Prepared(warehouse_office)
    line = prepared.assign("10")
    taken = warehouse_office.release(prepared.case, warehouse_office.request(prepared.case, line, "10"))
    back = [{"line": taken["lines"][0]["line"], "qty": "10"}]
    warehouse_office.act(
        "keeper",
        "ReturnStock",
        prepared.case,
        on="2026-11-08",
        withdrawal=taken["withdrawal"],
        lines=back,
        reason_code="not_needed",
    )
    other, decision = warehouse_office.case("10")
    with refused(warehouse_office, "STOCK_INSUFFICIENT"):
        warehouse_office.assign(other, decision, prepared.warehouse, prepared.lot, "1", on="2026-11-06")
    warehouse_office.assign(other, decision, prepared.warehouse, prepared.lot, "10", on="2026-11-08")


def test_only_what_is_assigned_and_not_asked_for_yet_is_requested(warehouse_office: Office) -> None:
    """INV-12, A19-1."""
    prepared = Prepared(warehouse_office)
    line = prepared.assign("5")
    with refused(warehouse_office, "NOT_ASSIGNED"):
        warehouse_office.request(prepared.case, line, "6")
    warehouse_office.request(prepared.case, line, "3")
    with refused(warehouse_office, "NOT_ASSIGNED"):
        warehouse_office.request(prepared.case, line, "3")
    with refused(warehouse_office, "NOT_ASSIGNED"):
        warehouse_office.request(prepared.case, str(uuid4()), "1")


def test_a_refused_request_may_be_asked_again(warehouse_office: Office) -> None:
    prepared = Prepared(warehouse_office)
    line = prepared.assign("5")
    request = warehouse_office.request(prepared.case, line, "5")
    warehouse_office.act("keeper", "RefuseWithdrawal", prepared.case, request=request, reason="Falta el soporte")
    with refused(warehouse_office, "NOT_FOUND"):
        warehouse_office.release(prepared.case, request)
    warehouse_office.release(prepared.case, warehouse_office.request(prepared.case, line, "5"))


def test_what_was_asked_for_is_not_released_from_the_assignment(warehouse_office: Office) -> None:
    prepared = Prepared(warehouse_office)
    assigned = warehouse_office.assign(prepared.case, prepared.decision, prepared.warehouse, prepared.lot, "5")
    line = assigned["lines"][0]["line"]
    warehouse_office.request(prepared.case, line, "4")
    body = {"assignment": assigned["assignment"], "reason": "Sobra"}
    with refused(warehouse_office, "NOT_ASSIGNED"):
        lines = [{"assignment_line": line, "qty": "2"}]
        warehouse_office.act("registrar", "ReleaseAssignment", prepared.case, lines=lines, **body)
    lines = [{"assignment_line": line, "qty": "1"}]
    warehouse_office.act("registrar", "ReleaseAssignment", prepared.case, lines=lines, **body)
    assert warehouse_office.ask("stock")["items"][0]["free"] == "6"


def test_nobody_takes_goods_without_signing(warehouse_office: Office) -> None:
    prepared = Prepared(warehouse_office)
    request = warehouse_office.request(prepared.case, prepared.assign("5"), "5")
    with refused(warehouse_office, "SIGNATURE_REQUIRED"):
        warehouse_office.release(prepared.case, request, withdrawn_by=None)


@pytest.mark.parametrize("missing", [{"beneficiary": None}, {"beneficiary": sign("Ana", "fingerprint_witnessed")}])
def test_nothing_is_delivered_without_signature_or_witnessed_fingerprint(
    warehouse_office: Office, missing: dict[str, object]
) -> None:
    """A19-3, AMB-11."""
    case, withdrawal = warehouse_office.withdrawn()
    with refused(warehouse_office, "SIGNATURE_REQUIRED"):
        warehouse_office.deliver(case, withdrawal, "1", **missing)


def test_an_expired_lot_is_not_released_but_is_on_its_last_day(warehouse_office: Office) -> None:
    """INV-4."""
    prepared = Prepared(warehouse_office, expiry_tracked=True)
    line = prepared.assign("5")
    first = warehouse_office.request(prepared.case, line, "2")
    warehouse_office.release(prepared.case, first, on="2026-11-04")
    second = warehouse_office.request(prepared.case, line, "2")
    with refused(warehouse_office, "LOT_EXPIRED"):
        warehouse_office.release(prepared.case, second, on="2026-11-05")


def test_more_than_in_custody_is_not_delivered(warehouse_office: Office) -> None:
    case, withdrawal = warehouse_office.withdrawn("6")
    with refused(warehouse_office, "CUSTODY_EXCEEDED"):
        warehouse_office.deliver(case, withdrawal, "6.01")
    warehouse_office.deliver(case, withdrawal, "5")
    with refused(warehouse_office, "CUSTODY_EXCEEDED"):
        warehouse_office.deliver(case, withdrawal, "2")


def test_more_than_is_out_is_not_returned(warehouse_office: Office) -> None:
    case, withdrawal = warehouse_office.withdrawn("6")
    body = {"withdrawal": withdrawal["withdrawal"], "reason_code": "not_needed"}
    with refused(warehouse_office, "RETURN_EXCEEDS"):
        lines = [{"line": withdrawal["lines"][0]["line"], "qty": "7"}]
        warehouse_office.act("keeper", "ReturnStock", case, lines=lines, **body)
    with refused(warehouse_office, "RETURN_EXCEEDS"):
        warehouse_office.act("keeper", "ReturnStock", case, lines=[{"line": str(uuid4()), "qty": "1"}], **body)


def test_an_excluded_person_receives_nothing_while_the_exclusion_is_in_force(warehouse_office: Office) -> None:
    """INV-14."""
    case, withdrawal = warehouse_office.withdrawn("6")
    exclusion = {"exclusion_id": str(uuid4()), "from_date": "2026-11-06", "to_date": None}
    warehouse_office.hear("intake", "ExclusionRegistered", case, date(2026, 11, 6), **exclusion)
    with refused(warehouse_office, "BENEFICIARY_EXCLUDED"):
        warehouse_office.deliver(case, withdrawal, "1", on="2026-11-06")
    warehouse_office.deliver(case, withdrawal, "1", on="2026-11-05")
    warehouse_office.hear("intake", "ExclusionLifted", case, date(2026, 11, 9), **exclusion)
    warehouse_office.deliver(case, withdrawal, "1", on="2026-11-09")


def test_an_exclusion_that_was_another_persons_never_held_a_delivery_up(warehouse_office: Office) -> None:
    """INV-14: of a case that was merged by mistake and parted; merged again, it counts again."""
    case, withdrawal = warehouse_office.withdrawn("6")
    exclusion = {"exclusion_id": str(uuid4()), "from_date": "2026-11-06"}
    warehouse_office.hear("intake", "ExclusionRegistered", case, date(2026, 11, 6), **exclusion, to_date=None)
    warehouse_office.hear("intake", "ExclusionLifted", case, date(2026, 11, 9), **exclusion, to_date="2026-11-05")
    warehouse_office.deliver(case, withdrawal, "1", on="2026-11-06")
    warehouse_office.hear("intake", "ExclusionRegistered", case, date(2026, 11, 9), **exclusion, to_date=None)
    with refused(warehouse_office, "BENEFICIARY_EXCLUDED"):
        warehouse_office.deliver(case, withdrawal, "1", on="2026-11-09")


def test_goods_wanted_no_more_stop_where_they_are(warehouse_office: Office) -> None:
    case, withdrawal = warehouse_office.withdrawn("6", decided="6")
    decision = warehouse_office.ask("choices", to="decision", case_id=str(case))["items"][0]["id"]
    lines = [{"item": "TELA-01", "qty": "4", "unit": "m"}]
    warehouse_office.hear(
        "assistance", "IncentiveCancelled", case, date(2026, 11, 5), decision_id=decision, decision="yes", lines=lines
    )
    with refused(warehouse_office, "NOT_IN_DECISION"):
        warehouse_office.deliver(case, withdrawal, "3")
    warehouse_office.deliver(case, withdrawal, "2")


# Order of the steps


def test_no_step_comes_before_the_one_it_needs(warehouse_office: Office) -> None:
    """A19-1, AMB-10: receipt, assignment, withdrawal, delivery."""
    prepared = Prepared(warehouse_office)
    case = prepared.case
    nothing = str(uuid4())
    steps: list[Callable[[], object]] = [
        lambda: warehouse_office.request(case, nothing, "1"),
        lambda: warehouse_office.release(case, nothing),
        lambda: warehouse_office.deliver(case, {"withdrawal": nothing, "lines": [{"line": nothing}]}, "1"),
    ]
    for step in steps:
        with refused(warehouse_office, "STEP_OUT_OF_ORDER"):
            step()
    other = uuid4()
    identified = {"candidate_id": str(uuid4()), "call_id": str(uuid4()), "source": "hemi"}
    warehouse_office.hear("intake", "CandidateIdentified", other, date(2026, 10, 1), **identified)
    with refused(warehouse_office, "STEP_OUT_OF_ORDER"):
        warehouse_office.assign(other, nothing, prepared.warehouse, prepared.lot, "1")
    handed = {"contract_id": None, "team_id": str(uuid4()), "call_id": str(uuid4())}
    warehouse_office.hear("assistance", "HandoverAccepted", other, date(2026, 10, 20), **handed)
    with refused(warehouse_office, "STEP_OUT_OF_ORDER"):
        warehouse_office.assign(other, nothing, prepared.warehouse, prepared.lot, "1")


def test_no_step_happened_before_the_one_it_needs(warehouse_office: Office) -> None:
    prepared = Prepared(warehouse_office)
    with refused(warehouse_office, "DATE_BEFORE_PRECONDITION"):
        prepared.assign("5", on="2026-11-01")
    line = prepared.assign("5", on="2026-11-03")
    with refused(warehouse_office, "DATE_BEFORE_PRECONDITION"):
        warehouse_office.request(prepared.case, line, "5", on="2026-11-02")
    request = warehouse_office.request(prepared.case, line, "5", on="2026-11-04")
    with refused(warehouse_office, "DATE_BEFORE_PRECONDITION"):
        warehouse_office.release(prepared.case, request, on="2026-11-03")
    taken = warehouse_office.release(prepared.case, request, on="2026-11-05")
    with refused(warehouse_office, "DATE_BEFORE_PRECONDITION"):
        warehouse_office.deliver(prepared.case, taken, "5", on="2026-11-04")


def test_a_case_that_left_gets_nothing_more_but_may_return_goods(warehouse_office: Office) -> None:
    case, withdrawal = warehouse_office.withdrawn("6")
    warehouse_office.hear("assistance", "CaseWithdrawn", case, date(2026, 11, 6), reason_code="beneficiary_will")
    with refused(warehouse_office, "CASE_CLOSED"):
        warehouse_office.deliver(case, withdrawal, "6")
    lines = [{"line": withdrawal["lines"][0]["line"], "qty": "6"}]
    body = {"withdrawal": withdrawal["withdrawal"], "reason_code": "beneficiary_exit"}
    warehouse_office.act("keeper", "ReturnStock", case, lines=lines, **body)
    warehouse_office.hear("assistance", "CaseReopened", case, date(2026, 11, 10))
    assert warehouse_office.ask("case", id=str(case))["defaults"]["AssignStock"]


def test_a_completed_process_ends_the_activity(warehouse_office: Office) -> None:
    case, withdrawal = warehouse_office.withdrawn("6")
    warehouse_office.hear("assistance", "ProcessCompleted", case, date(2026, 11, 9))
    with refused(warehouse_office, "STATE_NOT_ALLOWED"):
        warehouse_office.deliver(case, withdrawal, "6")


# SOD-3: natural persons, whatever their roles


def test_who_booked_the_lot_or_the_assignment_does_not_request_release_or_take(warehouse_office: Office) -> None:
    """SOD-3."""
    office = warehouse_office
    office.people["registrar"] = office.people["everything"]
    prepared = Prepared(office)
    line = prepared.assign("5", who="second_registrar")
    with refused(office, "SOD_VIOLATION"):
        office.request(prepared.case, line, "5", who="everything")
    request = office.request(prepared.case, line, "5")
    with refused(office, "SOD_VIOLATION"):
        office.release(prepared.case, request, who="everything")
    for booker in ("everything", "second_registrar"):
        with refused(office, "SOD_VIOLATION"):
            office.release(prepared.case, request, professional=str(office.person(booker)))


def test_who_requested_does_not_release_and_who_released_neither_takes_nor_hands_over(
    warehouse_office: Office,
) -> None:
    """SOD-3."""
    office = warehouse_office
    prepared = Prepared(office)
    line = prepared.assign("5")
    mine = office.request(prepared.case, line, "2", who="everything")
    with refused(office, "SOD_VIOLATION"):
        office.release(prepared.case, mine, who="everything")
    other = office.request(prepared.case, line, "2")
    with refused(office, "SOD_VIOLATION"):
        office.release(prepared.case, other, who="everything", professional=str(office.person("everything")))
    taken = office.release(prepared.case, other, who="everything")
    with refused(office, "SOD_VIOLATION"):
        office.deliver(prepared.case, taken, "2", who="everything")


def test_only_the_professional_who_took_the_goods_hands_them_over(warehouse_office: Office) -> None:
    """SOD-3, A19-1."""
    case, withdrawal = warehouse_office.withdrawn("6")
    with refused(warehouse_office, "NOT_AUTHORISED"):
        warehouse_office.deliver(case, withdrawal, "6", who="second_caseworker")


def test_another_professional_than_the_requester_may_take_and_then_delivers(warehouse_office: Office) -> None:
    prepared = Prepared(warehouse_office)
    request = warehouse_office.request(prepared.case, prepared.assign("5"), "5")
    second = str(warehouse_office.person("second_caseworker"))
    taken = warehouse_office.release(prepared.case, request, professional=second)
    warehouse_office.deliver(prepared.case, taken, "5", who="second_caseworker")


@pytest.mark.parametrize("who", ["caseworker", "keeper"])
def test_only_the_registrar_books(warehouse_office: Office, who: str) -> None:
    prepared = Prepared(warehouse_office)
    with refused(warehouse_office, "NOT_AUTHORISED"):
        prepared.assign("1", who=who)


def test_a_document_of_another_warehouse_is_not_confirmed_here(warehouse_office: Office) -> None:
    Prepared(warehouse_office)
    number = warehouse_office.ask("receipts")["items"][0]["number"]
    elsewhere = warehouse_office.warehouse("BOG2")
    with refused(warehouse_office, "NOT_FOUND"):
        warehouse_office.act("keeper", "ConfirmFormsReceived", elsewhere, documents=[number])
