"""Lists that the entity opens as it learns: topics of assistance, purposes and obligations of a contract."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.assistance.definition import SERVICE
from services.assistance.domain.contract_oversight import ASPECTS
from shared.catalogue.catalogue import PACKAGED, Catalogue
from shared.catalogue.commands import CommandDefinition
from shared.contracts.fields import options_of
from tests.services import bodies, casework
from tests.services.assistance.field import Field
from tests.services.casework import Refused, office

OPENED = "2026-11-15"
BEFORE, AFTER = "2026-11-14", "2026-11-16"
ADDED = {"topic": ("energia", "Eficiencia energética"), "contract_purpose": ("market_access", "Acceso a mercados")}


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    """A field whose catalogue has a second version of both lists from `OPENED` on, with one code more."""
    root = tmp_path / "catalogue"
    shutil.copytree(PACKAGED, root)
    for name, (code, label) in ADDED.items():
        path = root / "lists" / f"{name}.yaml"
        first = path.read_text("utf-8")
        path.write_text(first.replace("effective_from:", f"effective_to: {OPENED}\neffective_from:", 1), "utf-8")
        second = first.replace('version: "1"', 'version: "2"').replace("2019-10-23", OPENED)
        new = f"{second.rstrip()}\n  - {{code: {code}, label: {label}}}\n"
        (root / "lists" / f"{name}-2.yaml").write_text(new, "utf-8")
    monkeypatch.setattr(casework, "CATALOGUE", Catalogue.load(root))
    with office(SERVICE, tmp_path) as desk:
        yield Field(desk)


def refused(call: Any) -> Refused:
    with pytest.raises(Refused) as found:
        call()
    return found.value


def test_the_topics_are_those_of_the_procedure_and_open_by_date(opened: Field) -> None:
    """OBJ-6: a topic counts from the day on which its version is in force, and an unknown one never."""
    topics = casework.CATALOGUE.code_list("topic", date.fromisoformat(BEFORE))
    assert list(topics.labels.values()) == [
        "Mercadeo",
        "Inventarios",
        "Costos",
        "Atención al cliente",
        "Marketing",
        "Logística",
        "Producción",
        "Otros",
    ]
    case, rosa = opened.planned("a"), opened.desk.person("caseworker")

    def work(topic: str, on: str) -> Any:
        body = bodies.activity(rosa, "a1", topic=topic)
        return opened.desk.act("operator", "RecordComponentActivity", case, on=on, **body)

    assert refused(lambda: work("energia", BEFORE)).field == "topic"
    work("energia", AFTER)
    work("costos", AFTER)
    assert refused(lambda: work("astrologia", AFTER)).code == "FIELD_INVALID"


def test_the_purposes_of_a_contract_are_open_by_date(opened: Field) -> None:
    """OBJ-8: advice, accompaniment, access to credit; a later version adds one."""
    purposes = casework.CATALOGUE.code_list("contract_purpose", date.fromisoformat(BEFORE))
    assert list(purposes.codes) == ["advice", "accompaniment", "credit_access"]

    def register(number: str, on: str, *codes: str) -> Any:
        body = bodies.contract(opened.call, number) | {"purposes": list(codes)}
        return opened.desk.act("supervisor", "RegisterContract", on=on, **body)

    early = refused(lambda: register("CPS-1", BEFORE, "advice", "market_access"))
    assert (early.code, early.field) == ("FIELD_INVALID", "purposes[1]")
    register("CPS-1", AFTER, "advice", "market_access", "credit_access")


def command(name: str) -> CommandDefinition:
    return next(each for each in casework.CATALOGUE.commands() if each.command == name)


def test_the_obligations_and_the_record_of_a_month_have_the_same_three_aspects() -> None:
    """OPC-1, OPC-2: the dated catalogue of obligations, what a contract asks, and what the month is assessed on."""
    on = date(2026, 11, 10)
    obligations = casework.CATALOGUE.code_list("obligation", on)
    by_aspect = {aspect: set(obligations.where(aspect=aspect)) for aspect in ASPECTS}
    assert all(by_aspect.values())
    assert set().union(*by_aspect.values()) == set(obligations.codes)
    for name, rows in (("RegisterContract", "obligations"), ("AssessOperatorCompliance", "aspects")):
        (held,) = [each for each in command(name).fields if each.name == rows]
        (aspect,) = [each for each in held.fields if each.name == "aspect"]
        assert set(options_of(aspect, casework.CATALOGUE, on)) == set(ASPECTS)
    record = next(each for each in command("AssessOperatorCompliance").fields if each.name == "aspects")
    names = {each.name for each in record.fields}
    assert names == {"aspect", "rating", "findings", "evidence", "action", "action_due"}
