"""The approved report as PDF and as workbook (REP-7): set anew when asked, with what may be shown today."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.dialects import postgresql, sqlite

from services.reporting.application import ReportingApplication
from services.reporting.application.counting import span_of
from services.reporting.domain.hemi import STATES as HEMI_STATES
from services.reporting.queries.reading import READERS, check_reader, uuid_of
from services.reporting.queries.reports import documents_of, report
from services.reporting.views import report_files, reports
from shared.catalogue.refusals import NotFound
from shared.documents import Sheet, monthly_report
from shared.runtime.tokens import Who

KINDS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
STEPS = {
    "ReportSubmitted": ("Elaboró", "Equipo de emprendimiento social"),
    "ReportConsolidated": ("Consolidó", "Profesional con funciones de coordinación"),
    "ReportApproved": ("Aprobó", "Subdirector/a SESEC"),
}
FIGURES = ("Cifra", "Nombre", "Detalle", "Valor", "Unidad", "Casos")


def document(app: ReportingApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """The file of an approved report, by the id that the report names. A draft has none: it is not official."""
    check_reader(who, "Descargar el informe")
    asked = uuid_of(params.get("id"), "id")
    with app.database.read() as connection:
        approved = connection.execute(sa.select(reports.c.report_id).where(reports.c.state == "approved")).scalars()
        by_id = {each["id"]: (own, each["format"]) for own in approved for each in documents_of(own)}
    if str(asked) not in by_id:
        raise NotFound(what="el informe aprobado", field="id")
    report_id, kind = by_id[str(asked)]
    found = report(app, {"id": str(report_id)}, who)
    content = as_pdf(app, found) if kind == "pdf" else as_workbook(found)
    name = f"{found['form']}-{found['period']}.{kind}"
    owner = _owner(app, report_id, content)
    stored = app.files.put(io.BytesIO(content), subject=owner, kind="s", media_type=KINDS[kind], name=name)
    _remember(app, stored.id, report_id)
    return {"file_id": stored.id, "name": name}


def may_read(app: Any, who: Who, file_id: str) -> bool:
    """Files of reports, for the office; staff of an operator read none (SOD-5)."""
    if who.contracts or not who.roles.intersection(READERS):
        return False
    with app.database.read() as connection:
        return connection.execute(sa.select(report_files).where(report_files.c.file_id == file_id)).first() is not None


def as_pdf(app: ReportingApplication, found: Mapping[str, Any]) -> bytes:
    """The report as its form prints it."""
    last = span_of(str(found["period"])).last
    form = app.catalogue.form(str(found["form"]), last)
    sheet = Sheet(
        found["form"], found["name"], form.version, form.effective_from, found["period"], found["content_hash"] or ""
    )
    states = Counter(HEMI_STATES[each["state"]].capitalize() for each in found["hemi"])
    facts = {
        **{
            name: found[name]
            for name in ("period", "cut_off", "figures", "late", "execution", "programme", "definitions")
        },
        "beneficiaries": [
            {
                **each,
                "case": each["case_id"][:8],
                "state": each["state_label"],
                "responsible": None if each["responsible"] is None else each["responsible"][:8],
            }
            for each in found["beneficiaries"]
        ],
        "hemi": dict(states),
        "signed": _signed(found["steps"]),
    }
    return monthly_report(sheet, facts)


def as_workbook(found: Mapping[str, Any]) -> bytes:
    """The same report as a workbook. Everything is written as text or number, never as a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The same report gives the same bytes: the moment of writing has no place in it.
    book.set_properties({"title": f"{found['name']} {found['period']}", "created": datetime(2019, 10, 23)})
    head = [["Mes", found["period"]], ["Corte", found["cut_off"]], ["Estado", found["state_label"]]]
    head += [["Versión de la plantilla", found["template_version"]], ["Código de verificación", found["content_hash"]]]
    _sheet(book, "Informe", ("Dato", "Valor"), head)
    _sheet(book, "Cifras", FIGURES, _figures(found["figures"]))
    _sheet(
        book,
        "Beneficiarios",
        ("Caso", "Estado", "Fase", "Actividades", "Avance", "Hallazgos", "Siguiente acción", "Responsable", "Fecha"),
        [
            [
                *(each["case_id"], each["state_label"], each["phase"], ", ".join(map(str, each["activities"]))),
                *(each[name] for name in ("progress", "findings", "next_action", "responsible", "due")),
            ]
            for each in found["beneficiaries"]
        ],
    )
    late = [[month, *row] for month, figures in sorted(found["late"].items()) for row in _figures(figures)]
    _sheet(book, "Datos tardíos", ("Mes", *FIGURES), late)
    plan = [
        [row["period"], row["code"], row["label"], *(row[name] for name in ("goal", "value", "percent"))]
        for row in found["programme"]
    ]
    _sheet(book, "Programa de trabajo", ("Período", "Actividad", "Nombre", "Meta", "Cumplido", "%"), plan)
    _sheet(
        book,
        "Definiciones",
        ("Cifra", "Nombre", "Detalle", "Qué cuenta", "De qué hechos", "Unidad", "Nota"),
        [
            [each[name] for name in ("code", "figure", "label", "counts")]
            + ["; ".join(each["from"]), each["unit"], each["note"]]
            for each in found["definitions"]
        ],
    )
    _sheet(book, "Ejecución", ("Aspecto", "Texto"), [list(each) for each in (found["execution"] or {}).items()])
    _sheet(
        book,
        "HEMI",
        ("Registro", "Caso", "Estado", "Radicado"),
        [[each["id"], each["case_id"], HEMI_STATES[each["state"]], each["receipt_id"]] for each in found["hemi"]],
    )
    book.close()
    return out.getvalue()


def _figures(figures: Any) -> list[list[Any]]:
    shown = []
    for each in figures:
        for line in each["lines"]:
            detail = " · ".join([line["label"], *line["by"]])
            number = (float(line["value"]), line["unit"], line["cases"])
            shown.append([each["code"], each["label"], detail, *number])
    return shown


def _sheet(book: Any, name: str, head: tuple[str, ...], rows: list[list[Any]]) -> None:
    sheet, bold = book.add_worksheet(name), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(head) - 1, 24)
    for column, title in enumerate(head):
        sheet.write_string(0, column, title, bold)
    for at, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, (int, float)):
                sheet.write_number(at, column, value)
            elif value is not None:
                sheet.write_string(at, column, str(value))


def _signed(steps: Any) -> list[dict[str, Any]]:
    # A report that was returned has some steps twice: the last of each counts.
    last = {each["step"]: each for each in steps}
    return [
        {
            "role": role,
            "signer": f"Persona {last[name]['person'][:8]}",
            "capacity": post,
            "signed_on": date.fromisoformat(last[name]["on"]),
        }
        for name, (role, post) in STEPS.items()
        if name in last
    ]


def _owner(app: ReportingApplication, report_id: UUID, content: bytes) -> UUID:
    """Under whose key a file of a report lies: its own, for it tells of many people, and one of them may be erased.

    The same content has the same owner, so that it is kept once.
    """
    digest, turn = hashlib.sha256(content).hexdigest(), 0
    # Destroyed with somebody of whom this report says nothing: the same content goes under another key.
    while app.keys.key(owner := uuid5(report_id, f"{digest}/{turn}"), "s", create=True) is None:
        turn += 1
    return owner


def _remember(app: ReportingApplication, file_id: str, report_id: UUID) -> None:
    with app.database.write() as connection:
        dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(report_files).values(file_id=file_id, report_id=report_id)
        connection.execute(insert.on_conflict_do_nothing())
