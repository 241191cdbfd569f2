"""The approved report on paper and as a workbook (REP-5, REP-7)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from services.reporting.queries import may_read
from tests.services.casework import Refused
from tests.services.reporting.bureau import Bureau, action, bureau, execution
from tests.unit.documents.pdf_text import pdf_text, squeezed


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as opened:
        yield opened


def approved(office: Bureau, progress: str = "Terminó su primera orden") -> tuple[str, str]:
    case, report = office.assisted(), office.drafted()
    office.act("author", "SetNextAction", report, on="2026-11-10", actions=[action(case, progress=progress)])
    office.submitted(report)
    office.act("coordinator", "ConsolidateReport", report, on="2026-11-12")
    office.act("subdirector", "ApproveReport", report, on="2026-11-13")
    return report, str(case)


def files(office: Bureau, report: str) -> dict[str, bytes]:
    found = {}
    for each in office.ask("report", id=report)["documents"]:
        about = office.ask("document", id=each["id"])
        found[each["format"]] = office.application.files.read(about["file_id"])
    return found


def test_the_pdf_holds_figures_beneficiaries_execution_and_who_answered_for_it(office: Bureau) -> None:
    """REP-5, REP-7, A21-2, FRM-18: with the header of every document of the entity."""
    report, case = approved(office)
    text = "".join(pdf_text(files(office, report)["pdf"]).split())
    for expected in ("FRM-18", "Informe de resultados", case[:8], "Terminó su primera orden", "FIG-12", "Aprobó"):
        assert expected.replace(" ", "") in text
    for each in (*execution().values(), "Costear el segundo producto", "Consolidó", "Datos tardíos"):
        assert each.replace(" ", "") in text


def test_a_report_names_who_prepared_consolidated_and_approved_it(office: Bureau) -> None:
    """AMB-18, A21-2: three signatures with the post and the day of each; a returned one would show the last."""
    report, _ = approved(office)
    text = pdf_text(files(office, report)["pdf"])
    for role, post, who in (
        ("Elaboró", "Equipo de emprendimiento social", "author"),
        ("Consolidó", "Profesional con funciones de coordinación", "coordinator"),
        ("Aprobó", "Subdirector/a SESEC", "subdirector"),
    ):
        for words in (role, post, f"Persona {office.person(who)[:8]}"):
            assert squeezed(words) in text, words


def test_the_workbook_holds_the_same_and_no_formula(office: Bureau) -> None:
    """REP-7: what a person wrote stays text, whatever it begins with."""
    report, case = approved(office, progress='=HYPERLINK("http://x")')
    book = load_workbook(io.BytesIO(files(office, report)["xlsx"]))
    names = ["Informe", "Cifras", "Beneficiarios", "Datos tardíos", "Programa de trabajo", "Definiciones"]
    names += ["Ejecución", "HEMI"]
    assert book.sheetnames == names
    row = [cell.value for cell in book["Beneficiarios"][2]]
    assert (row[0], row[4], row[6]) == (case, '=HYPERLINK("http://x")', "Costear el segundo producto")
    assert book["Beneficiarios"]["E2"].data_type == "s"
    assert {row[0].value for row in book["Cifras"].iter_rows(min_row=2)} >= {"FIG-01", "FIG-12", "FIG-13"}


def test_the_monthly_report_says_how_each_of_its_numbers_is_counted(office: Bureau) -> None:
    """REP-8, REP-4: the monthly type of PR-156 with the definition of every figure, on the page and in both files."""
    report, _ = approved(office)
    found = office.ask("report", id=report)
    assert (found["type"], found["template_version"], found["figures_version"]) == ("monthly", "V1", "1")
    defined = {(each["code"], each["label"]): each for each in found["definitions"]}
    assert {code for code, _ in defined} == {f"FIG-{number:02}" for number in range(1, 21)}
    assert defined["FIG-08", "Actas de compromiso firmadas"]["from"] == ["Acta de compromiso firmada"]
    assert not [each for each in found["definitions"] for words in each["from"] if "interna" in words]
    made = files(office, report)
    text = pdf_text(made["pdf"])
    sheet = load_workbook(io.BytesIO(made["xlsx"]))["Definiciones"]
    assert sheet.max_row == len(defined) + 1
    for each in found["definitions"]:
        assert squeezed(each["counts"]) in text and squeezed(each["label"].split()[0]) in text


def test_the_same_report_prints_the_same_bytes(office: Bureau) -> None:
    """REP-1"""
    report, _ = approved(office)
    assert files(office, report) == files(office, report)


def test_a_report_that_is_not_approved_has_no_file(office: Bureau) -> None:
    """REP-7: only approved reports are official."""
    report = office.consolidated(office.assisted())
    assert office.ask("report", id=report)["documents"] == []
    with pytest.raises(Refused) as refused:
        office.ask("document", id=report)
    assert refused.value.code == "NOT_FOUND"


def test_the_files_are_for_the_office(office: Bureau) -> None:
    """SOD-5, ROL-02"""
    report, _ = approved(office)
    about = office.ask("document", id=report)["file_id"]
    people, app = office.people, office.application
    assert may_read(app, people["coordinator"], about) and may_read(app, people["auditor"], about)
    assert not may_read(app, people["operator"], about) and not may_read(app, people["training"], about)
    assert not may_read(app, people["coordinator"], "0" * 64)
