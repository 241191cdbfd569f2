"""Reports as they stand, and any figure with the cases and events behind it (requirements 6.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from services.reporting.application import PROCEDURE, ReportingApplication
from services.reporting.application.counting import Counting, positions_at, span_of
from services.reporting.application.folds import ask_owners, restored
from services.reporting.application.reports import figures_hash
from services.reporting.domain.figures import Count, Key, difference
from services.reporting.domain.refusals import OwnerAway
from services.reporting.domain.report import ALLOWED, STATES, MonthlyReport
from services.reporting.queries.programme import plan_against_fact
from services.reporting.queries.reading import check_reader, uuid_of, words_for
from services.reporting.views import hemi_entries, reports
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.contracts.wording import event_label
from shared.privacy.personal import ERASED, Personal, reveal
from shared.runtime.clock import BOGOTA
from shared.runtime.heeding import is_restricted
from shared.runtime.showing import RESTRICTED
from shared.runtime.tokens import Who

Params = Mapping[str, Any]
MEASURES = {
    "events": "Número de hechos del mes",
    "cases": "Casos distintos del mes",
    "sum": "Suma en el mes",
    "lines": "Líneas de los hechos del mes",
    "reached": "Casos que llegan al valor del parámetro en el mes",
    "standing": "Casos en el estado el último día del mes",
    "folded": "Lo cuenta de su propio registro el servicio que tiene los datos",
}
"""How a line of a figure counts (`shared.catalogue.reports.MEASURES`)."""
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def report_list(app: ReportingApplication, params: Params, who: Who) -> dict[str, Any]:
    """Every report, or those in ``state``; the newest month first."""
    check_reader(who, "Consultar los informes")
    query = sa.select(reports).order_by(reports.c.period.desc(), reports.c.report_id)
    if params.get("state"):
        query = query.where(reports.c.state == str(params["state"]))
    with app.database.read() as connection:
        rows = connection.execute(query.limit(200)).all()
    return {
        "items": [
            {
                "id": str(row.report_id),
                "type": row.type,
                "period": row.period,
                "state": row.state,
                "state_label": STATES[row.state],
                "cut_off": row.cut_off,
                "served": row.served,
                "content_hash": row.content_hash,
                "version": row.version,
            }
            for row in rows
        ],
        "next": None,
    }


def report(app: ReportingApplication, params: Params, who: Who) -> dict[str, Any]:
    """One report whole: figures, served beneficiaries with what comes next, execution, late data, HEMI entries."""
    check_reader(who, "Consultar el informe")
    report_id = uuid_of(params.get("id"), "id")
    found = app.loader.get(MonthlyReport, report_id)
    if not isinstance(found, MonthlyReport):
        raise NotFound(what="el informe", field="id")
    counted = app.recount(found)
    counting = app.counting(found.period, found.template_version, found.figures_version)
    written = _written(app, report_id)
    with app.database.read() as connection:
        programme = plan_against_fact(app, connection, found.positions, span_of(found.period).last)
    return {
        "id": str(report_id),
        "type": found.type,
        "name": counting.template.name,
        "form": counting.template.form,
        "period": found.period,
        "cut_off": found.cut_off.astimezone(BOGOTA).isoformat(timespec="minutes"),
        "template_version": found.template_version,
        "figures_version": found.figures_version,
        "positions": dict(found.positions),
        "state": found.state,
        "state_label": STATES[found.state],
        "official": found.state == "approved",
        "next_step": ALLOWED[found.state],
        "version": found.version,
        "figures_hash": found.figures_hash,
        "reproduced": figures_hash(counted) == found.figures_hash,
        "figures": rows_of(app, counting, counted.numbers),
        "definitions": definitions_of(counting),
        "late": {month: rows_of(app, counting, numbers) for month, numbers in counted.late.items()},
        "programme": programme,
        "beneficiaries": _beneficiaries(app, counted, written["actions"]),
        "hemi": _hemi(app, report_id),
        "documents": documents_of(report_id) if found.state == "approved" else [],
        **{name: written[name] for name in ("execution", "remarks", "returned", "content_hash", "steps")},
    }


def documents_of(report_id: UUID) -> list[dict[str, str]]:
    """The two files of an approved report; the id of each is made from the report's."""
    return [
        {"id": str(report_id), "label": "Informe (PDF)", "format": "pdf"},
        {"id": str(uuid5(report_id, "xlsx")), "label": "Informe (hoja de cálculo)", "format": "xlsx"},
    ]


def figure(app: ReportingApplication, params: Params, who: Who) -> dict[str, Any]:
    """A figure of a month at its cut-off, its late data and as known now, with its cases and events (REP-3, REP-4)."""
    check_reader(who, "Consultar una cifra")
    period, code = str(params.get("period") or ""), str(params.get("code") or "")
    if not MONTH.fullmatch(period):
        raise FieldInvalid(field="period", explanation="escriba el mes como AAAA-MM.")
    counting = app.counting(period)
    if code not in {each.code for each in counting.figures.figures}:
        raise NotFound(what=f"la cifra {code[:20]}", field="code")
    stored = app.loader.get(MonthlyReport, MonthlyReport.id_of("monthly", period))
    with app.database.read() as connection:
        now = positions_at(connection, app.now())
        at = positions_at(connection, app.cut_off(span_of(period).last))
        if isinstance(stored, MonthlyReport):
            at = stored.positions
        then, known = counting.month(connection, period, at), counting.month(connection, period, now)
    away = ""
    if any(line.measure == "folded" for each in counting.figures.figures if each.code == code for line in each.lines):
        try:
            folds = ask_owners(app.owners, counting.figures, [(period, at), (period, now)])
            if isinstance(stored, MonthlyReport):
                folds[0] = restored(stored.folds[:1])[0] if stored.folds else {}
            then, known = then | folds[0], known | folds[1]
        except OwnerAway as refused:
            # The rest of the figure stands; who reads it is told what is missing.
            away = refused.text
    late = difference(known, then)

    def shown(numbers: Mapping[Key, Count]) -> list[dict[str, Any]]:
        own = {key: count for key, count in numbers.items() if key[0] == code}
        return [line for each in rows_of(app, counting, own, traced=True) for line in each["lines"]]

    return {"period": period, "code": code, "at_cut_off": shown(then), "late": shown(late), "now": shown(known)} | (
        {"missing": away} if away else {}
    )


def definitions_of(counting: Counting) -> list[dict[str, Any]]:
    """How each number of the report is counted, in the words of its definition (REP-8)."""
    return [
        {
            "code": each.code,
            "figure": each.label,
            "label": line.label,
            "counts": MEASURES[line.measure].replace("del mes", "a la fecha")
            if line.running
            else MEASURES[line.measure],
            "from": [event_label(kind) for kind in line.events],
            "by": list(line.by),
            "unit": line.unit,
            "note": each.owner_folds or "",
        }
        for each in counting.figures.figures
        for line in each.lines
    ]


def rows_of(
    app: ReportingApplication, counting: Counting, numbers: Mapping[Key, Count], *, traced: bool = False
) -> list[dict[str, Any]]:
    """The figures in the order of their definition; ``traced``: with the ids behind each number."""
    last = max(each.effective_from for each in (counting.figures.artefact, counting.template.artefact))
    found = []
    for each in counting.figures.figures:
        lines = []
        for line in each.lines:
            for (code, name, by), count in sorted(numbers.items()):
                if (code, name) == (each.code, line.code):
                    shown = {
                        "code": line.code,
                        "label": line.label,
                        "by": [words_for(app, key, value, last) for key, value in zip(line.by, by, strict=True)],
                        "value": format(count.value.normalize(), "f"),
                        "unit": line.unit,
                        "cases": len(count.cases),
                    }
                    if traced:
                        shown |= {"case_ids": sorted(map(str, count.cases)), "event_ids": sorted(count.events)}
                    lines.append(shown)
        if lines:
            found.append({"code": each.code, "label": each.label, "lines": lines, "owner_folds": each.owner_folds})
    return found


def _beneficiaries(app: ReportingApplication, counted: Any, actions: Mapping[UUID, Any]) -> list[dict[str, Any]]:
    procedure = app.catalogue.procedure(PROCEDURE, app.now().astimezone(BOGOTA).date())
    return [
        {
            "case_id": str(case_id),
            "state": stands.state,
            "state_label": procedure.label(stands.state),
            "phase": stands.phase,
            "activities": counted.acts.get(case_id, []),
            **actions.get(case_id, dict.fromkeys(("progress", "findings", "next_action", "responsible", "due"))),
        }
        for case_id, stands in counted.served.items()
    ]


def _written(app: ReportingApplication, report_id: UUID) -> dict[str, Any]:
    """What people wrote, read from the log: what replaced what stays visible there."""
    found: dict[str, Any] = {"actions": {}, "execution": None, "remarks": None, "returned": None, "content_hash": None}
    steps = []
    for entry in app.log.of_aggregate(report_id):
        event, meta = app.mapper.open(entry)
        name = entry.topic.partition(".")[2]
        if name == "NextActionSet":
            row = {each: _clear(getattr(event, each)) for each in ("progress", "findings", "next_action")}
            found["actions"][event.case_id] = row | {
                "responsible": str(event.responsible),
                "due": event.due.isoformat(),
            }
            continue
        steps.append({"step": name, "on": meta.happened_on.isoformat(), "person": str(meta.actor), "role": meta.role})
        if name == "ReportSubmitted":
            found["execution"] = {key: _clear(value) for key, value in event.execution.items()}
        elif name == "ReportConsolidated":
            found["remarks"] = _clear(event.remarks)
        elif name == "ReportReturned":
            found["returned"] = _clear(event.reason)
        elif name == "ReportApproved":
            found["content_hash"] = event.content_hash
    return found | {"steps": steps}


def _clear(value: Any) -> Any:
    if isinstance(value, Personal) and value.erased:
        return ERASED
    return RESTRICTED if isinstance(value, Personal) and is_restricted(value.subject, value.kind) else reveal(value)


def _hemi(app: ReportingApplication, report_id: UUID) -> list[dict[str, Any]]:
    table = hemi_entries.c
    query = sa.select(table.entry_id, table.case_id, table.state, table.receipt_id)
    with app.database.read() as connection:
        rows = connection.execute(query.where(table.source_event == f"reporting/{report_id}")).all()
    return [
        {"id": str(row.entry_id), "case_id": str(row.case_id), "state": row.state, "receipt_id": row.receipt_id}
        for row in rows
    ]
