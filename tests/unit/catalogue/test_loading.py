"""What the loader refuses, naming file and place, and what it must be quick and exact about."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import rfc8785

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.errors import CatalogueError
from shared.catalogue.refusals import CatalogueNotEffective

ON = date(2026, 10, 15)
Edit = Callable[[str, str, str], Path]
Write = Callable[[str, str], Path]

FORM = """
code: FO-423
version: "1"
effective_from: 2019-10-23
name: Entrevista inicial para emprendimiento
activities: [3]
service: profiling
fields: [{name: motivation, label: Motivación, type: long, required: true, class: p, derived: true}]
"""
COMMAND = """
- command: RecordInterview
  activity: 3
  subject: case
  creates: false
  label: Registrar la entrevista
  roles: [caseworker, psychosocial]
  states: [profiling]
  form: FO-423
  fields:
    - {name: place, label: Localidad, type: code, list: locality}
    - {name: score, label: Puntaje, type: score, min: 1, max: 5, required: true, class: p}
    - {name: agreed, label: De acuerdo, type: enum, options: {yes: Sí, no: No}}
    - name: attendees
      label: Asistentes
      type: list
      min: 1
      of:
        - {name: case, label: Caso, type: ref, to: case}
        - {name: signature, label: Firma, type: sign, about: case}
    - {name: teams, label: Equipo, type: list, of: ref, to: person}
"""


def refused(root: Path) -> CatalogueError:
    with pytest.raises(CatalogueError) as caught:
        Catalogue.load(root)
    return caught.value


def test_the_packaged_catalogue_holds() -> None:
    catalogue = Catalogue.load()
    assert len(catalogue.procedure("PR-156", ON).activities) == 21
    assert len(catalogue.criteria("DE-017", ON).criteria) == 17


def test_an_unchanged_catalogue_is_read_once(copied: Path) -> None:
    assert Catalogue.load(copied) is Catalogue.load(copied)


def test_a_changed_file_is_read_again(edited: Edit, copied: Path) -> None:
    Catalogue.load(copied)
    edited("parameters/pr-156.yaml", "lote, value: 30", "lote, value: 45")
    assert Catalogue.load(copied).parameter("P-38", ON) == 45


def test_parameters_come_with_their_type(copied: Path) -> None:
    catalogue = Catalogue.load(copied)
    assert catalogue.parameter("P-01", ON) == date(2019, 10, 23)
    assert catalogue.parameter("P-02", ON) == 18
    assert catalogue.parameter("P-04", ON) == Decimal(40)
    assert catalogue.parameter("P-10", ON) is None
    claim = catalogue.parameter_version("P-42", ON)
    assert (claim.value, claim.extension, claim.unit, claim.house) == (15, 8, "wd", False)
    assert catalogue.parameter_version("P-30", ON).house


def test_nothing_is_in_force_before_its_date(copied: Path) -> None:
    with pytest.raises(CatalogueNotEffective):
        Catalogue.load(copied).parameter("P-02", date(2019, 10, 22))


def test_a_new_version_takes_over_on_its_date_and_not_before(edited: Edit, copied: Path) -> None:
    """X-03, CAT-05."""
    old = '{code: P-03, label: "Edad máxima para el servicio, inclusive", value: 59, unit: years,'
    later = old.replace("value: 59", "value: 64").replace("P-03,", 'P-03, version: "2", effective_from: 2027-01-01,')
    ended = old.replace("P-03,", "P-03, effective_to: 2027-01-01,")
    end = ' source: {document: PR-156 v01, place: "§5"}}'
    edited("parameters/pr-156.yaml", old + end, ended + end + "\n  - " + later + end)
    catalogue = Catalogue.load(copied)
    assert catalogue.parameter("P-03", date(2026, 12, 31)) == 59
    assert catalogue.parameter("P-03", date(2027, 1, 1)) == 64
    born = {"birth_date": date(1962, 6, 1)}
    criteria = catalogue.criteria("DE-017", ON)
    year_before, year_after = date(2026, 12, 31), date(2027, 1, 1)
    service = "technical_assistance"
    assert criteria.evaluate_one("E01", born, as_of=year_before, service=service).outcome == "not_met"
    assert criteria.evaluate_one("E01", born, as_of=year_after, service=service).outcome == "met"


def test_two_versions_in_force_on_one_day_are_refused(copied: Path, written: Write) -> None:
    """CAT-03."""
    text = (copied / "lists/topic.yaml").read_text(encoding="utf-8")
    error = refused(written("lists/topic-2.yaml", text.replace('version: "1"', 'version: "2"')))
    assert (error.code, error.file) == ("CATALOGUE_OVERLAP", "lists/topic.yaml")


def test_a_gap_under_a_running_procedure_is_refused(edited: Edit) -> None:
    """CAT-03."""
    error = refused(edited("texts/acta-compromiso-v1.yaml", "2019-10-23", "2019-10-24"))
    assert error.code == "CATALOGUE_GAP"
    assert "ACTA-COMPROMISO" in error.problem and "2019-10-23" in error.problem


def test_a_parameter_that_ends_before_its_criteria_is_a_gap(edited: Edit) -> None:
    error = refused(edited("parameters/pr-156.yaml", "{code: P-54,", "{code: P-54, effective_to: 2030-01-01,"))
    assert (error.code, error.file) == ("CATALOGUE_GAP", "criteria/de-017-v1.yaml")


def test_an_example_that_fails_refuses_the_criteria(edited: Edit) -> None:
    """CAT-08."""
    old = "{facts: {birth_date: 2008-10-16}, as_of: 2026-10-15, outcome: not_met}"
    error = refused(edited("criteria/de-017-v1.yaml", old, old.replace("not_met", "met")))
    assert error.code == "EXAMPLE_FAILED"
    assert error.place.startswith("criteria[") and "G06" in error.problem


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rule: legal_capacity", "rule: legal_capacity + 1", "no compila"),
        ("rule: legal_capacity", "rule: lives_in_bogota", "no compila"),
        ("rule: legal_capacity", "rule: properties", "no da sí o no"),
        ("Es mayor de edad: {edad} años", "Es mayor de edad: {edad.__class__} años", "no existe"),
        ("Es mayor de edad: {edad} años", "Es mayor de edad: {años} años", "no existe"),
        ("phase: post", "phase: later", "pre o post"),
        ("name: Ciudadanía", "nombre: Ciudadanía", "falta esta clave"),
        ("name: Ciudadanía", "name: Ciudadanía\n    severity: high", "clave desconocida: severity"),
        ("phase: post", "phase: post\n    phase: pre", "clave repetida"),
    ],
)
def test_criteria_are_checked_at_load(edited: Edit, old: str, new: str, says: str) -> None:
    error = refused(edited("criteria/de-017-v1.yaml", old, new))
    assert (error.code, error.file) == ("CATALOGUE_INVALID", "criteria/de-017-v1.yaml")
    assert says in error.problem


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "says"),
    [
        ("roles.yaml", "code: auditor", "code: caseworker", "CATALOGUE_INVALID", "repetido"),
        ("procedures/pr-156-v01.yaml", "records: [FO-068]", "records: [FO-999]", "CATALOGUE_REFERENCE", "FO-999"),
        ("procedures/pr-156-v01.yaml", "next: [{to: 2}]", "next: [{to: 22}]", "CATALOGUE_INVALID", "22"),
        ("roles.yaml", "purpose: case_work", "purpose: curiosidad", "CATALOGUE_REFERENCE", "curiosidad"),
        ("procedures/pr-156-v01.yaml", "roles: [caseworker,", "roles: [gestor,", "CATALOGUE_REFERENCE", "gestor"),
        ("procedures/pr-156-v01.yaml", "[eligible, not", "[elegible, not", "CATALOGUE_INVALID", "elegible"),
        ("procedures/pr-156-v01.yaml", "criteria: [DE-017]", "criteria: [DE-018]", "CATALOGUE_REFERENCE", "DE-018"),
        ("procedures/pr-156-v01.yaml", 'version: "01"', "version: 1", "CATALOGUE_INVALID", "comillas"),
        ("lists/topic.yaml", "effective_from: 2019-10-23", "effective_from: ayer", "CATALOGUE_INVALID", "fecha"),
        ("lists/topic.yaml", "codes:", "codes: [", "CATALOGUE_INVALID", "YAML"),
        ("matrices/profile-v1.yaml", "result: pass", "result: accept", "CATALOGUE_INVALID", "pass o refer"),
        ("instruments/disc-demostracion-v1.yaml", "most: D", "most: X", "CATALOGUE_INVALID", "escala X"),
        ("parameters/pr-156.yaml", "value: 59", "value: 59.5", "CATALOGUE_INVALID", "entero"),
        ("calendar/co.yaml", "last_year: 2040", "last_year: 2041", "CATALOGUE_INVALID", "años"),
    ],
)
def test_a_broken_file_is_refused_by_name(edited: Edit, file: str, old: str, new: str, code: str, says: str) -> None:
    error = refused(edited(file, old, new))
    assert (error.code, error.file) == (code, file)
    assert says in error.problem


def test_a_file_in_no_known_folder_is_refused(written: Write) -> None:
    assert refused(written("formats/fo-1.yaml", "code: FO-1")).file == "formats/fo-1.yaml"


def test_commands_and_forms_are_read_whole(written: Write) -> None:
    written("forms/fo-423.yaml", FORM)
    catalogue = Catalogue.load(written("commands/profiling.yaml", COMMAND))
    command = catalogue.command("RecordInterview")
    assert (command.service, command.form, command.states) == ("profiling", "FO-423", ("profiling",))
    assert dict(command.field("agreed").options) == {"yes": "Sí", "no": "No"}
    attendees = command.field("attendees")
    assert [each.type for each in attendees.fields] == ["ref", "sign"]
    assert (attendees.fields[1].personal, attendees.fields[1].about) == ("m", "case")
    teams = command.field("teams").item
    assert teams is not None and (teams.type, teams.to) == ("ref", "person")
    form = catalogue.form("FO-423", ON)
    assert form is catalogue.form("FO-423", version="1")
    assert (form.fields[0].max, form.fields[0].personal, form.fields[0].derived) == (4000, "p", True)


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("form: FO-423", "form: FO-424", "CATALOGUE_REFERENCE", "FO-424"),
        ("list: locality", "list: localities", "CATALOGUE_REFERENCE", "localities"),
        ("roles: [caseworker", "roles: [gestor", "CATALOGUE_REFERENCE", "gestor"),
        ("roles: [caseworker", "roles: [auditor", "CATALOGUE_INVALID", "SOD-9"),
        ("states: [profiling]", "states: [perfilando]", "CATALOGUE_REFERENCE", "perfilando"),
        ("activity: 3", "activity: 33", "CATALOGUE_REFERENCE", "33"),
        ("class: p", "class: x", "CATALOGUE_INVALID", "clase"),
        ("type: sign", "type: firma", "CATALOGUE_INVALID", "firma"),
        ("type: score, min: 1,", "type: score,", "CATALOGUE_INVALID", "min y max"),
        ("type: score, min: 1,", "type: score, list: topic, min: 1,", "CATALOGUE_INVALID", "score"),
        ("of: ref, to: person", "of: {type: text, class: s}", "CATALOGUE_INVALID", "va en la lista"),
        ("options: {yes: Sí, no: No}", "color: rojo", "CATALOGUE_INVALID", "falta esta clave"),
    ],
)
def test_a_wrong_command_is_refused(written: Write, old: str, new: str, code: str, says: str) -> None:
    written("forms/fo-423.yaml", FORM)
    assert old in COMMAND
    error = refused(written("commands/profiling.yaml", COMMAND.replace(old, new, 1)))
    assert (error.code, error.file) == (code, "commands/profiling.yaml")
    assert says in error.problem


def test_the_hash_is_of_the_canonical_content_and_changes_with_it(copied: Path, edited: Edit) -> None:
    """CAT-02."""
    before = Catalogue.load(copied).text("ACTA-COMPROMISO", ON).artefact
    assert before.sha256 == hashlib.sha256(rfc8785.dumps(dict(before.content))).hexdigest()
    edited("texts/acta-compromiso-v1.yaml", "Acta de compromiso", "Acta de compromisos")
    assert Catalogue.load(copied).text("ACTA-COMPROMISO", ON).artefact.sha256 != before.sha256
