"""What waits for its counterpart is listed with its age, and lots are told of before they expire (INV-11, INV-4)."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from shared.catalogue.catalogue import PACKAGED, Catalogue
from tests.databases import DIALECTS, database_url
from tests.services.inventory.desk import Office, Refused, office
from tests.services.inventory.test_two_clocks import now


def waiting(opened: Office, as_of: str, **params: str) -> list[tuple[str, str | None, int, bool | None]]:
    lines = opened.ask("unmatched", who="keeper", as_of=as_of, **params)["items"]
    return [(line["kind"], line["qty"], line["age"], line["overdue"]) for line in lines]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_step_waits_for_the_next_and_leaves_the_list_when_it_comes(dialect: str, tmp_path: Any) -> None:
    """INV-11: on both databases. 2026-11-02 and 2026-11-16 are holidays; ages are in working days, the day itself not
    counted."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        warehouse = opened.warehouse()
        opened.item()
        lot = opened.receive(warehouse, on="2026-11-03")["lots"][0]
        assert waiting(opened, "2026-11-02") == []
        received = [("forms", None, 1, False), ("receipt", "10", 1, None)]
        assert waiting(opened, "2026-11-04") == received
        case, decision = opened.case("10")
        assigned = opened.assign(case, decision, warehouse, lot, "6", on="2026-11-04")
        line = assigned["lines"][0]["line"]
        assert waiting(opened, "2026-11-04", kind="receipt") == []
        assert waiting(opened, "2026-11-11", kind="assignment") == [("assignment", "6", 5, False)]
        assert waiting(opened, "2026-11-12", kind="assignment") == [("assignment", "6", 6, True)]
        withdrawal = opened.release(case, opened.request(case, line, "4"))
        assert waiting(opened, "2026-11-12", kind="assignment") == [("assignment", "2", 6, True)]
        assert waiting(opened, "2026-11-17", kind="withdrawal") == [("withdrawal", "4", 7, True)]
        opened.deliver(case, withdrawal, "3")
        (held,) = opened.ask("unmatched", who="keeper", as_of="2026-11-17", kind="withdrawal")["items"]
        assert (held["qty"], held["custodian"]) == ("1", str(opened.person("caseworker")))
        assert (held["number"], held["case_id"], held["lot"]) == (withdrawal["number"], str(case), lot)
        assert opened.ask("document", id=held["document"])["number"] == withdrawal["number"]
        assert [line[0] for line in waiting(opened, "2026-11-05", kind="withdrawal")] == ["withdrawal"]
        opened.deliver(case, withdrawal, "1")
        assert waiting(opened, "2026-11-17", kind="withdrawal") == []
        forms = opened.ask("unmatched", who="keeper", as_of="2026-11-17", kind="forms")["items"]
        assert len(forms) == 3
        numbers = [form["number"] for form in forms]
        opened.act("keeper", "ConfirmFormsReceived", warehouse, on="2026-11-10", documents=numbers, scans=["a" * 64])
        assert waiting(opened, "2026-11-17") == [("assignment", "2", 8, True)]
        opened.act(
            "registrar",
            "ReleaseAssignment",
            case,
            on="2026-11-10",
            assignment=assigned["assignment"],
            lines=[{"assignment_line": line, "qty": "2"}],
            reason="No se necesita.",
        )
        assert waiting(opened, "2026-11-17") == []


def test_a_difference_of_a_count_waits_until_somebody_decides(warehouse_office: Office) -> None:
    """INV-11: a proposal alone decides nothing; a rejection leaves the difference as it was."""
    warehouse = warehouse_office.warehouse()
    warehouse_office.item()
    lot = warehouse_office.receive(warehouse)["lots"][0]
    counter = str(warehouse_office.person("caseworker"))
    count = warehouse_office.act("controller", "StartCount", warehouse=warehouse, counter=counter)["id"]
    warehouse_office.act("caseworker", "RecordCount", count, lines=[{"lot": lot, "qty": "7"}])
    body = {"count": count, "reason_code": "count_difference", "reason": "Falta tela."}
    for decision, left in (("RejectAdjustment", 1), ("ApproveAdjustment", 0)):
        proposed = warehouse_office.act("registrar", "ProposeAdjustment", **body)["id"]
        assert waiting(warehouse_office, "2026-11-12", kind="count") == [("count", "-3", 2, None)]
        more = {"reason": "Cuente otra vez."} if decision == "RejectAdjustment" else {}
        warehouse_office.act("controller", decision, proposed, **more)
        assert len(waiting(warehouse_office, "2026-11-12", kind="count")) == left


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_waited_by_a_day_as_far_as_it_was_known_at_a_moment_stays(dialect: str, tmp_path: Path) -> None:
    """INV-7, INV-11: on both databases; each step settles a line on an earlier day, and no past answer changes."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        warehouse = opened.warehouse()
        opened.item()
        told: list[tuple[str, dict[str, Any]]] = []

        def list_again() -> None:
            days = ("2026-11-03", "2026-11-05", "2026-11-20")
            told.append((now(opened), {day: waiting(opened, day) for day in days}))

        list_again()
        lot = opened.receive(warehouse, on="2026-11-03")["lots"][0]
        list_again()
        case, decision = opened.case("10")
        assigned = opened.assign(case, decision, warehouse, lot, "6", on="2026-11-03")
        list_again()
        withdrawal = opened.release(case, opened.request(case, assigned["lines"][0]["line"], "4"))
        list_again()
        opened.deliver(case, withdrawal, "4")
        list_again()
        forms = opened.ask("unmatched", who="keeper", as_of="2026-11-20", kind="forms")["items"]
        numbers = [form["number"] for form in forms]
        opened.act("keeper", "ConfirmFormsReceived", warehouse, on="2026-11-10", documents=numbers, scans=["a" * 64])
        list_again()
        counter = str(opened.person("caseworker"))
        count = opened.act("controller", "StartCount", warehouse=warehouse, counter=counter)["id"]
        opened.act("caseworker", "RecordCount", count, lines=[{"lot": lot, "qty": "5"}])
        list_again()
        body = {"count": count, "reason_code": "count_difference", "reason": "Falta tela."}
        opened.act("controller", "ApproveAdjustment", opened.act("registrar", "ProposeAdjustment", **body)["id"])
        list_again()
        assert all(one != following for (_, one), (_, following) in pairwise(told))
        for known, answers in told:
            for day, answer in answers.items():
                assert waiting(opened, day, recorded_until=known) == answer, (known, day)


def test_pages_leave_no_line_out(warehouse_office: Office) -> None:
    """INV-11."""
    warehouse = warehouse_office.warehouse()
    warehouse_office.item()
    for _ in range(3):
        warehouse_office.receive(warehouse)
    whole = warehouse_office.ask("unmatched", who="controller", as_of="2026-11-12")
    assert (len(whole["items"]), whole["next"]) == (6, None)
    found: list[Any] = []
    cursor = ""
    while cursor is not None:
        answer = warehouse_office.ask("unmatched", who="controller", as_of="2026-11-12", limit="4", cursor=cursor)
        found += answer["items"]
        cursor = answer["next"]
    assert found == whole["items"]
    assert waiting(warehouse_office, "2026-11-12", warehouse="BOG2") == []


def test_a_term_is_that_of_the_day_asked_for_and_an_empty_one_alarms_nobody(
    warehouse_office: Office, tmp_path: Path
) -> None:
    """INV-11, INV-4, P-37, P-38: another version of the parameters counts from its day on."""
    warehouse = warehouse_office.warehouse()
    warehouse_office.item()
    warehouse_office.receive(warehouse, expires_on="2026-12-10")
    assert waiting(warehouse_office, "2026-11-11", kind="forms") == [("forms", None, 7, True)]
    data = shutil.copytree(PACKAGED, tmp_path / "data")
    path = data / "parameters" / "pr-156.yaml"
    head, entries = path.read_text("utf-8").split("entries:\n")
    terms = {code: next(one for one in entries.splitlines() if f"code: {code}," in one) for code in ("P-37", "P-38")}
    for line in terms.values():
        entries = entries.replace(line, line.replace("house", "effective_to: 2026-11-11, house"))
    path.write_text(f"{head}entries:\n{entries}", "utf-8")
    for version, starts, ends, values in (("2", "11", "13", ("20", "60")), ("3", "13", None, ("null", "null"))):
        later = head.replace('version: "1"', f'version: "{version}"').replace("2019-10-23", f"2026-11-{starts}", 1)
        until = f"effective_to: 2026-11-{ends}, house" if ends else "house"
        changed = [
            re.sub(r"value: \d+", f"value: {value}", line).replace("house", until)
            for line, value in zip(terms.values(), values, strict=True)
        ]
        path.with_stem(f"pr-156-{version}").write_text("\n".join([f"{later}entries:", *changed, ""]), "utf-8")
    warehouse_office.application.catalogue = Catalogue.load(data)
    assert waiting(warehouse_office, "2026-11-10", kind="forms") == [("forms", None, 6, True)]
    assert waiting(warehouse_office, "2026-11-11", kind="forms") == [("forms", None, 7, False)]
    assert waiting(warehouse_office, "2026-11-17", kind="forms") == [("forms", None, 10, None)]
    told = {day: len(warehouse_office.ask("expiring", as_of=day)["items"]) for day in ("2026-11-09", "2026-11-11")}
    assert told == {"2026-11-09": 0, "2026-11-11": 1}
    assert warehouse_office.ask("expiring", as_of="2026-12-10")["items"] == []
    assert len(warehouse_office.ask("expiring", as_of="2026-12-11")["items"]) == 1


def test_others_do_not_see_what_is_unmatched(warehouse_office: Office) -> None:
    """INV-11, SOD-4: a difference is not shown to who may have to count again."""
    warehouse_office.withdrawn("6")
    assert warehouse_office.ask("unmatched", who="caseworker")["items"] == []
    with pytest.raises(Refused) as refused:
        warehouse_office.ask("unmatched", who="keeper", as_of="ayer")
    assert refused.value.code == "FIELD_INVALID"


def test_a_lot_is_told_of_before_it_expires_and_while_it_lies_there(warehouse_office: Office) -> None:
    """INV-4, P-38: from 30 days before its last usable day; what is gone from the shelf alarms nobody."""
    warehouse = warehouse_office.warehouse()
    warehouse_office.item()
    lot = warehouse_office.receive(warehouse, "2", expires_on="2026-12-10")["lots"][0]
    warehouse_office.receive(warehouse, "5")
    assert warehouse_office.ask("expiring", as_of="2026-11-09")["items"] == []
    (line,) = warehouse_office.ask("expiring", as_of="2026-11-10")["items"]
    assert (line["lot"], line["qty"], line["days"], line["expired"]) == (lot, "2", 30, False)
    assert warehouse_office.ask("expiring", as_of="2026-12-10")["items"][0]["expired"] is False
    assert warehouse_office.ask("expiring", as_of="2026-12-11")["items"][0]["expired"] is True
    lines = [{"lot": lot, "qty": "2"}]
    body = {"warehouse": warehouse, "lines": lines, "reason_code": "damaged", "reason": "Se mojó."}
    gone = warehouse_office.act("keeper", "ProposeWriteOff", on="2026-11-12", evidence=["a" * 64], **body)
    warehouse_office.act("controller", "ApproveWriteOff", gone["id"], on="2026-11-12")
    assert warehouse_office.ask("expiring", as_of="2026-12-11")["items"] == []


@pytest.mark.parametrize("query", ["unmatched", "expiring"])
@pytest.mark.parametrize("moment", [{"as_of": "2000-01-01"}, {"recorded_until": "2000-02-01T01:00:00Z"}])
def test_a_moment_before_any_version_of_the_term_is_a_wrong_moment(
    warehouse_office: Office, moment: dict[str, str], query: str
) -> None:
    """X-11: nothing is refused to a case; what was asked for cannot be answered."""
    with pytest.raises(Refused) as refused:
        warehouse_office.ask(query, who="keeper", **moment)
    told = refused.value.refusal
    assert (told["code"], told["status"], told["field"]) == ("FIELD_INVALID", 422, *moment)
    assert "Pida otra fecha" in told["text"]
