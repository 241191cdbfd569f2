"""The candidate register (FRM-15, *Base de datos SESEC*): ``candidates``, and as a file ``candidates_file``."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.engine import Connection

from services.intake.application import IntakeApplication
from services.intake.application.base import OPERATED, PROGRAMME
from services.intake.domain.export import neutralised
from services.intake.queries.paging import check_staff, id_of, limit_of, next_of, offset_of
from services.intake.queries.words import INTERESTS, SOURCES
from services.intake.views import calls, case_sources, cases
from services.intake.views.tables import merges, register
from shared.catalogue.refusals import FieldInvalid
from shared.eventstore.tables import claims
from shared.privacy.content import CSV, XLSX
from shared.runtime.clock import today
from shared.runtime.heeding import restricted_cases
from shared.runtime.showing import RESTRICTED
from shared.runtime.tokens import Who

FORM = "FRM-15"
SEEN = "Ver la base de datos SESEC"
COLUMNS = ("Caso", "Convocatoria", "Identificado el", "Fuentes", "Lista n.º", "Estado", "Ruta", "Interés")
KINDS = {"csv": CSV, "xlsx": XLSX}
MOST_ROWS = 50_000
"""Lines of one file: with more, the filters divide it."""
IDS_A_STATEMENT = 500
TOLD = "s"
"""The data class of what route and interest follow from."""

_OWN = ("identified", "eligible", "not_eligible")
STATE = sa.case((cases.c.state.in_(_OWN) & register.c.state.is_not(None), register.c.state), else_=cases.c.state).label(
    "state"
)
"""Where the case stands: with another service, or ended, or still here."""


def candidates(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Candidates in the order of their identification, by call, list, source, state, route or interest."""
    check_staff(who, SEEN)
    limit, offset = limit_of(params), offset_of(params)
    with app.database.read() as connection:
        rows = connection.execute(_query(connection, params, who).limit(limit + 1).offset(offset)).all()
        items = _items(app, connection, rows[:limit])
    return {"items": items, "next": next_of(offset, limit, len(rows))}


def candidates_file(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """The same lines as a CSV or a workbook, without names or documents. Raises `FieldInvalid`."""
    check_staff(who, SEEN)
    kind = str(params.get("format") or "csv")
    if kind not in KINDS:
        raise FieldInvalid(field="format", explanation="elija csv o xlsx.")
    with app.database.read() as connection:
        rows = connection.execute(_query(connection, params, who).limit(MOST_ROWS + 1)).all()
        if len(rows) > MOST_ROWS:
            raise FieldInvalid(field="call", explanation=f"son más de {MOST_ROWS} candidatos; filtre por convocatoria.")
        lines = [_line(item) for item in _items(app, connection, rows)]
    content = _csv(lines) if kind == "csv" else _workbook(lines)
    return {
        "file": base64.b64encode(content).decode("ascii"),
        "name": f"{FORM}-{today()}.{kind}",
        "media_type": KINDS[kind],
        "lines": len(lines),
    }


def _query(connection: Connection, params: Mapping[str, Any], who: Who) -> sa.Select[Any]:
    query = (
        sa.select(cases.c.id, cases.c.identified_on, cases.c.list_no, cases.c.route, register.c.interested, STATE)
        .add_columns(calls.c.code, cases.c.call_id)
        .join(calls, calls.c.id == cases.c.call_id)
        .join(register, register.c.case_id == cases.c.id, isouter=True)
        .order_by(cases.c.identified_on, cases.c.id)
    )
    if who.contracts:
        # ROL-02: an operator finds the cases of its own contract and no other.
        held = sa.select(claims.c.key).where(claims.c.kind == OPERATED)
        held = held.where(claims.c.owner.in_([UUID(contract) for contract in who.contracts]))
        query = query.where(cases.c.id.in_([UUID(key) for key in connection.scalars(held)]))
    if params.get("call"):
        query = query.where(cases.c.call_id == id_of(params, "call"))
    if params.get("list_no"):
        query = query.where(cases.c.list_no == _number(params["list_no"]))
    if params.get("source"):
        by = sa.select(case_sources.c.case_id).where(case_sources.c.source == str(params["source"]))
        joined = sa.select(merges.c.surviving_case).where(merges.c.other_case.in_(by))
        query = query.where(cases.c.id.in_(by) | cases.c.id.in_(joined))
    if params.get("state"):
        query = query.where(str(params["state"]) == STATE)
    if params.get("route") or params.get("interest"):
        # Who is found by an answer has told it: what is restricted is not asked.
        query = query.where(cases.c.id.not_in(restricted_cases(connection, TOLD)))
    if params.get("route"):
        query = query.where(cases.c.route == str(params["route"]))
    if params.get("interest"):
        known = {"yes": register.c.interested.is_(True), "no": register.c.interested.is_(False)}
        query = query.where(known.get(str(params["interest"]), register.c.interested.is_(None)))
    return query


def _number(value: Any) -> int:
    if not str(value).isdigit() or len(str(value)) > 6:
        raise FieldInvalid(field="list_no", explanation="escriba el número de la lista.")
    return int(value)


def _items(app: IntakeApplication, connection: Connection, rows: Sequence[Any]) -> list[dict[str, Any]]:
    procedure = app.catalogue.procedure(PROGRAMME, today())
    sources = _sources(connection, [row.id for row in rows])
    hidden = restricted_cases(connection, TOLD)
    return [
        {
            "case_id": str(row.id),
            "call_id": str(row.call_id),
            "call_code": row.code,
            "identified_on": row.identified_on.isoformat(),
            "sources": sources[row.id],
            "list_no": row.list_no,
            "state": row.state,
            "state_label": procedure.label(row.state),
            **_answers(app, row, hidden),
        }
        for row in rows
    ]


def _answers(app: IntakeApplication, row: Any, hidden: Collection[UUID]) -> dict[str, Any]:
    """Route and interest, which follow from what the person told of how they live: hidden while that is restricted."""
    if row.id in hidden:
        return {"route": None, "route_label": RESTRICTED, "interest": None, "restricted": True}
    return {
        "route": row.route,
        "route_label": app.catalogue.route(row.route, today()).name if row.route else None,
        "interest": None if row.interested is None else "yes" if row.interested else "no",
        "restricted": False,
    }


def _sources(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The sources of each case and of those that go on in it, each once, its own first."""
    found: dict[UUID, list[str]] = {each: [] for each in ids}
    for start in range(0, len(ids), IDS_A_STATEMENT):
        block = ids[start : start + IDS_A_STATEMENT]
        shown_by = _shown_by(connection, block)
        query = sa.select(case_sources.c.case_id, case_sources.c.source)
        query = query.where(case_sources.c.case_id.in_(list(shown_by))).order_by(case_sources.c.number)
        entries = [(holder, row) for row in connection.execute(query) for holder in shown_by[row.case_id]]
        for holder, row in sorted(entries, key=lambda each: each[1].case_id != each[0]):
            if row.source not in found[holder]:
                found[holder].append(row.source)
    return found


def _shown_by(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """By case, which of ``ids`` show its sources: itself, and those in which it goes on, however many merges later."""
    shown_by: dict[UUID, set[UUID]] = {each: {each} for each in ids}
    newest = list(ids)
    while newest:
        joined = connection.execute(sa.select(merges).where(merges.c.surviving_case.in_(newest))).all()
        for row in joined:
            shown_by.setdefault(row.other_case, {row.other_case} & set(ids)).update(shown_by[row.surviving_case])
        newest = [row.other_case for row in joined]
    return shown_by


def _line(item: Mapping[str, Any]) -> list[str]:
    return [
        item["case_id"],
        neutralised(item["call_code"]),
        item["identified_on"],
        ", ".join(SOURCES[source] for source in item["sources"]),
        "" if item["list_no"] is None else str(item["list_no"]),
        item["state_label"],
        item["route_label"] or "",
        RESTRICTED if item["restricted"] else INTERESTS.get(item["interest"], ""),
    ]


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def _workbook(lines: Sequence[Sequence[str]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(FORM)
    sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
    for number, line in enumerate(lines, start=1):
        sheet.write_row(number, 0, line)
    book.close()
    return out.getvalue()
