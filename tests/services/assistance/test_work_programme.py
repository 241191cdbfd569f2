"""The work programme: written by the coordination, approved by another, printed as FRM-17 (OBJ-7)."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.runtime.tokens import GrantInForce, Who
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused
from tests.unit.documents.pdf_text import pdf_text, squeezed


def programme(field: Field, **changes: Any) -> dict[str, Any]:
    who = field.desk.person("caseworker")
    rows = [
        {"activity": 12, "what": "Dos cursos de costos", "from": "2026-02-01", "to": "2026-05-31", "goal": 60},
        {"activity": 13, "what": "Visitas a unidades", "from": "2026-03-01", "to": "2026-11-30", "goal": 45},
    ]
    written = {"period": "2026", "calls": [field.call], "activities": [{**row, "responsible": who} for row in rows]}
    return written | {"written_by": bodies.sign("Nubia Cárdenas", "Coordinadora")} | changes


APPROVAL = {"approved_by": bodies.sign("Iván Torres", "Subdirector")}


def write(field: Field, who: str = "coordinator", **changes: Any) -> str:
    found: str = field.desk.act(who, "WriteWorkProgramme", **programme(field, **changes))["id"]
    return found


def approve(field: Field, found: str, who: str = "subdirector", on: str = "2026-11-11") -> Any:
    return field.desk.act(who, "ApproveWorkProgramme", found, on=on, **APPROVAL)


def refused(call: Any) -> Refused:
    with pytest.raises(Refused) as found:
        call()
    return found.value


def test_a_programme_counts_once_another_person_approved_it(field: Field) -> None:
    """OBJ-7: what is published are period, calls, activity codes and goals; what is written only is nobody's."""
    found = write(field)
    told = [event for event in field.desk.published() if event.type.startswith("WorkProgramme")]
    assert [(event.type, event.audience, event.data) for event in told] == [("WorkProgrammeWritten", "-", {})]
    approve(field, found)
    told = [event for event in field.desk.published() if event.type == "WorkProgrammeApproved"]
    assert [(event.subject, event.audience) for event in told] == [(UUID(found), "S")]
    assert told[0].data == {
        "work_programme_id": found,
        "period": "2026",
        "call_ids": [field.call],
        "activity_codes": ["12", "13"],
        "goal_counts": [60, 45],
    }


def test_a_programme_keeps_who_does_what_when_and_the_model_that_it_applies(field: Field) -> None:
    """OBJ-7, FRM-17: period, calls, activities, people, dates, goals, and the dated set of components."""
    first, second = write(field), write(field, period="2026-11", activities=november(field))
    approve(field, first)
    listed = field.desk.ask("work_programmes")["items"]
    assert [(row["id"], row["state"], row["activity_count"]) for row in listed] == [
        (second, "written", 1),
        (first, "approved", 2),
    ]
    for state, expected in (("written", second), ("approved", first)):
        assert [row["id"] for row in field.desk.ask("work_programmes", state=state)["items"]] == [expected]
    page = field.desk.ask("work_programme", id=first)
    assert page["activities"][0] == {
        "activity": 12,
        "what": "Dos cursos de costos",
        "from": "2026-02-01",
        "to": "2026-05-31",
        "responsible": field.desk.person("caseworker"),
        "goal": 60,
    }
    assert page["model_version"] == "1"
    assert (page["written_by"], page["approved_on"]) == (field.desk.person("coordinator"), "2026-11-11")


def november(field: Field) -> list[dict[str, Any]]:
    row = {"activity": 20, "what": "Seguimientos", "from": "2026-11-01", "to": "2026-11-30", "goal": 5}
    return [row | {"responsible": field.desk.person("caseworker")}]


def test_a_programme_is_printed_with_both_signatures(field: Field) -> None:
    """FRM-17: the PDF says what was planned and who signed; not to who may not read names."""
    found = write(field)
    approve(field, found)
    (paper,) = field.desk.ask("work_programme", id=found)["documents"]
    printed = field.desk.ask("document", "coordinator", id=paper["id"])
    text = pdf_text(base64.b64decode(printed["pdf"]))
    for word in ("FRM-17", "Programa de trabajo", "Dos cursos de costos", "45", "Nubia Cárdenas", "Iván Torres"):
        assert squeezed(word) in squeezed(text), word
    assert refused(lambda: field.desk.ask("document", "auditor", id=found)).code == "NOT_AUTHORISED"
    assert refused(lambda: field.desk.ask("document", "coordinator", id=str(uuid4()))).code == "NOT_FOUND"


def test_the_writer_does_not_approve(field: Field) -> None:
    """OBJ-7: two persons, whatever their grants; each role does its own part; once, and not before it was written."""
    grants = (GrantInForce("one", "coordinator"), GrantInForce("two", "subdirector"))
    field.desk.people["both"] = Who.of(uuid4(), grants)
    found = write(field, "both")
    assert refused(lambda: approve(field, found, "both")).code == "SOD_VIOLATION"
    assert refused(lambda: approve(field, found, "coordinator")).code == "NOT_AUTHORISED"
    for who in ("caseworker", "subdirector", "operator"):
        assert refused(lambda who=who: write(field, who)).code == "NOT_AUTHORISED"  # type: ignore[misc]
    assert refused(lambda: approve(field, found, on="2026-11-09")).code == "DATE_BEFORE_PRECONDITION"
    approve(field, found)
    assert refused(lambda: approve(field, found)).code == "STEP_OUT_OF_ORDER"
    assert refused(lambda: approve(field, str(uuid4()))).code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("period", "changes", "where"),
    [
        ("2026-13", {}, "period"),
        ("el año", {}, "period"),
        ("2025", {}, "activities[0].from"),
        ("2026-03", {}, "activities[0].from"),
        ("2026", {"to": "2026-01-01"}, "activities[0].to"),
        ("2026", {"to": "2027-01-01"}, "activities[0].from"),
        ("2026", {"activity": 22}, "activities[0].activity"),
        ("2026", {"goal": -1}, "activities[0].goal"),
        ("2026", {"responsible": None}, "activities[0].responsible"),
        ("2026", {"what": None}, "activities[0].what"),
    ],
)
def test_a_programme_that_cannot_be_is_refused(field: Field, period: str, changes: Any, where: str) -> None:
    """OBJ-7, FRM-17: dates within the period, activities of the procedure, goals that can be reached."""
    body = programme(field, period=period)
    body["activities"][0] |= changes
    found = refused(lambda: field.desk.act("coordinator", "WriteWorkProgramme", **body))
    assert (found.code, found.field) == ("FIELD_INVALID", where)


def test_a_programme_is_of_known_calls_and_has_activities(field: Field) -> None:
    """FRM-17: calls!, activities!, written_by!."""
    unknown = refused(lambda: write(field, calls=[str(uuid4())]))
    assert (unknown.code, unknown.field) == ("NOT_FOUND", "calls[0]")
    for name, value in (("calls", []), ("activities", []), ("written_by", None)):
        found = refused(lambda name=name, value=value: write(field, **{name: value}))  # type: ignore[misc]
        assert (found.code, found.field) == ("FIELD_INVALID", name)


def test_an_operator_sees_no_programme(field: Field) -> None:
    """OBJ-7, ROL-02: it is a matter of the entity."""
    found = write(field)
    assert field.desk.ask("work_programmes", "operator")["items"] == []
    for query in ("work_programme", "document"):
        assert refused(lambda query=query: field.desk.ask(query, "operator", id=found)).code == "NOT_FOUND"  # type: ignore[misc]
