"""What intake keeps as a form opens as a PDF (FRM-4, FO-203, FO-051)."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from services.intake.domain.cases import Case
from tests.services.casework import Refused
from tests.services.intake.counter import Counter
from tests.unit.documents.pdf_text import pdf_text, squeezed


def text_of(counter: Counter, document: str, who: str = "caseworker") -> str:
    return pdf_text(base64.b64decode(counter.ask("document", who, id=document)["pdf"]))


def test_each_version_of_the_identification_opens_as_it_was_filed(counter: Counter) -> None:
    """FO-203, FRM-4, X-02: the first and the update, each with what it said; the parts of a question together."""
    case = counter.identify(counter.open_call())
    supporter = {"name": "Iñaki Quitián", "kinship": "sibling"}
    counter.basic(case, supporter=supporter, has_supporter=True)
    counter.basic(case, "UpdateBasicIdentification", home_address="Carrera 9 # 8-76", version_reason="update")
    rows = [row for row in counter.ask("case", id=case)["documents"] if row["code"] == "FO-203"]
    first, second = (text_of(counter, row["id"]) for row in rows)
    for words in ("Rosalba Inés", "Quitián Torres", "Calle 12", "Iñaki Quitián", "RVI-000777", "FO-203"):
        assert squeezed(words) in first, words
    assert squeezed("Carrera 9") in second and squeezed("Carrera 9") not in first


def test_it_opens_to_who_may_read_every_class_in_it_and_says_nothing_of_an_erased_person(counter: Counter) -> None:
    """FRM-4, SOD-9, X-12"""
    case = counter.identify(counter.open_call())
    counter.basic(case)
    [row] = [row for row in counter.ask("case", id=case)["documents"] if row["code"] == "FO-203"]
    with pytest.raises(Refused) as refused:
        text_of(counter, row["id"], "auditor")
    assert refused.value.code == "NOT_AUTHORISED"
    person = counter.app.loader.get(Case, UUID(case)).candidate_id
    for kind in "ics":
        counter.app.keys.destroy(person, kind)
    assert squeezed("Rosalba") not in text_of(counter, row["id"])


def test_the_minutes_of_a_list_open_from_its_call(counter: Counter) -> None:
    """FO-051, FRM-4, A01-5: numbered, with who sat there; staff of an operator see none."""
    call = counter.open_call()
    counter.basic(counter.identify(call))
    counter.consolidate(call)
    [minutes] = counter.ask("call", id=call)["minutes"]
    text = text_of(counter, minutes["id"])
    for words in (minutes["number"], "Marcela Ruiz", "Se revisó la lista de candidatos"):
        assert squeezed(words) in text, words
    counter.office.hire("operator", "operator_staff", contract="11111111-1111-4111-8111-111111111111")
    with pytest.raises(Refused):
        text_of(counter, minutes["id"], "operator")
