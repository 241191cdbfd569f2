"""Queries of assistance: the page of a case, and the lists of cases, talks and contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.assistance import case_page, contract_views, papers, views
from services.assistance.agenda import agenda
from services.assistance.application import AssistanceApplication
from services.assistance.case_facts import SOCIO_ECONOMIC
from services.assistance.confinement import contracts_of, found_by, standing, visible
from services.assistance.domain import AssistanceCase
from services.assistance.follow_up_queries import executor_follow_ups, follow_ups
from services.assistance.paging import Params, id_of, paged
from services.assistance.programme_queries import printed_programme, work_programme, work_programmes
from services.assistance.register_queries import improvement_action, improvement_actions
from shared.casework.as_of import case_as_of
from shared.casework.attachments import Attachments
from shared.casework.evidence import case_pack
from shared.casework.papers import paper_choices, told
from shared.catalogue.refusals import NotFound
from shared.runtime.clock import today
from shared.runtime.definition import Query
from shared.runtime.papers import names_in
from shared.runtime.tokens import Who

ATTACHMENTS = Attachments(views.attachments, "assistance", visible)


def case(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """The part of a case that this service has, for who asks. Raises `NotFound`, also for a foreign contract."""
    found, reads_only = standing(application, id_of(params, "id"), who)
    with application.database.read() as connection:
        papers = connection.execute(
            sa.select(views.documents)
            .where(views.documents.c.case_id == found.id)
            .order_by(views.documents.c.issued_on)
        ).all()
        history = connection.execute(
            sa.select(views.acts).where(views.acts.c.case_id == found.id).order_by(views.acts.c.version)
        ).all()
    page = case_page.page(application, found, who, set(params.get("reveal") or ()))
    if reads_only:
        page["blocked"] |= case_page.passed_on()
    papers = [row for row in papers if row.version <= found.version]
    history = [row for row in history if row.version <= found.version]
    papers_shown = [
        {
            "id": str(row.document_id),
            "code": row.code,
            "number": row.number,
            "name": _name(application, row.code, row.issued_on),
            "issued_on": row.issued_on.isoformat(),
            "service": "assistance",
        }
        for row in papers
    ]
    with application.database.read() as connection:
        papers_shown += ATTACHMENTS.of_case(connection, found.id, application.catalogue, found.version)
    page["documents"] = told(found, papers_shown, [row.document_id for row in papers if row.corrects])
    page["acts"] = [
        {
            "version": row.version,
            "type": row.type,
            "activity": row.activity,
            "happened_on": row.happened_on.isoformat(),
            "actor": str(row.actor) if row.actor else None,
            "role": row.role,
        }
        for row in history
    ]
    return page


def cases(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """Cases in assistance by ``state``, longest in it first; ``due`` keeps those with a reply or visit overdue."""
    table = views.cases
    query = sa.select(table).where(table.c.state != "").order_by(table.c.since, table.c.case_id)
    if params.get("state"):
        query = query.where(table.c.state == str(params["state"]))
    day = today()
    if who.contracts:
        query = query.where(table.c.case_id.in_(found_by(who, day)))
    if params.get("due"):
        query = query.where(sa.or_(table.c.reply_due < day, table.c.visit_planned_on < day))
    return paged(
        application,
        query,
        params,
        lambda row: {
            "case_id": str(row.case_id),
            "state": row.state,
            "since": row.since.isoformat() if row.since else None,
            "call_id": str(row.call_id) if row.call_id else None,
            "route": row.route,
            "tracks": {"training": row.training},
            "training_hours": row.hours_total,
            "reply_due": row.reply_due.isoformat() if row.reply_due else None,
            "visit_planned_on": row.visit_planned_on.isoformat() if row.visit_planned_on else None,
            "overdue": any(due and due < day for due in (row.reply_due, row.visit_planned_on)),
        },
    )


def talks(application: AssistanceApplication, params: Params, _who: Who) -> dict[str, Any]:
    """Talks, the latest first."""
    table = views.talks
    query = sa.select(table).order_by(sa.func.coalesce(table.c.held_on, table.c.planned_on).desc(), table.c.talk_id)
    if params.get("call"):
        query = query.where(table.c.call_id == id_of(params, "call"))
    if params.get("state"):
        query = query.where(table.c.held_on.is_not(None) if params["state"] == "held" else table.c.held_on.is_(None))
    return paged(
        application,
        query,
        params,
        lambda row: {
            "id": str(row.talk_id),
            "version": row.version,
            "label": f"Charla del {row.held_on or row.planned_on}" + (f", {row.place}" if row.place else ""),
            "call_id": str(row.call_id),
            "held_on": row.held_on.isoformat() if row.held_on else None,
            "state": "held" if row.held_on else "scheduled",
        },
    )


def contracts(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """Operator contracts; staff of an operator see their own."""
    table, day = contract_views.contracts, today()
    query = sa.select(table).order_by(table.c.number)
    if who.contracts:
        query = query.where(table.c.contract_id.in_(contracts_of(who)))
    return paged(
        application,
        query,
        params,
        lambda row: {
            "id": str(row.contract_id),
            "version": row.version,
            "code": row.number,
            "label": f"{row.number} – {row.operator}",
            "operator": row.operator,
            "kind": row.kind,
            "from": row.starts_on.isoformat(),
            "to": row.ends_on.isoformat(),
            "state": "in_force" if row.starts_on <= day <= row.ends_on else "not_in_force",
        },
    )


def contract(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """One contract: what runs out, obligations, and the ratings of each month. Raises `NotFound`, also for a foreign
    operator's."""
    contract_id = id_of(params, "id")
    with application.database.read() as connection:

        def rows(table: sa.Table, *order: sa.Column[Any]) -> list[dict[str, Any]]:
            query = sa.select(table).where(table.c.contract_id == contract_id).order_by(*order)
            return [_plain(row._mapping) for row in connection.execute(query)]

        found = rows(contract_views.contracts)
        if not found or (who.contracts and str(contract_id) not in who.contracts):
            raise NotFound(what="el contrato", field="id")
        terms, duties, rated = contract_views.contract_terms, contract_views.obligations, contract_views.assessments
        return {
            "id": str(contract_id),
            **found[0],
            "terms": rows(terms, terms.c.ends_on),
            "obligations": rows(duties, duties.c.obligation),
            "assessments": rows(rated, rated.c.month, rated.c.aspect),
        }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID | date) else value for name, value in row.items()}


def choices(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """What a reference field of a command on a case may name: its visits, orders, decisions, exclusions, papers."""
    to = str(params.get("to"))
    if to not in _OFFERED and to not in ("voidable", "correctable"):
        raise NotFound(what="esa lista de opciones", field="to")
    found = visible(application, id_of(params, "case_id" if params.get("case_id") else "id"), who)
    if to in _OFFERED:
        items = [{"id": str(key), "label": label} for key, label in _OFFERED[to](found)]
    else:
        listed = case(application, {"id": str(found.id)}, who)["documents"]
        items = paper_choices(found, listed, to, application.CORRECTABLE)
    return {"items": items, "next": None}


def _visits(found: Any) -> Iterator[tuple[UUID, str]]:
    for visit in found.valuations[-1].visits.values() if found.valuations else ():
        yield visit.visit_id, f"Visita del {visit.visited_on or visit.planned_on}"


_OFFERED: dict[str, Callable[[Any], Iterable[tuple[UUID, str]]]] = {
    "visit": _visits,
    "decision": lambda found: (
        (each.decision_id, f"Decisión del {each.decided_on}") for each in found.incentives.values()
    ),
    "production_order": lambda found: (
        (order_id, f"{order.qty} ({order.product_type}), entrega {order.due}")
        for order_id, order in found.conduct.orders.items()
    ),
    "exclusion": lambda found: ((one, f"Desde {first}") for one, (first, _) in found.exclusions.items()),
    "follow_up": lambda found: (
        (visit_id, f"Visita prevista para el {visit.planned_on}")
        for visit_id, visit in found.conduct.follow_ups.items()
        if visit.visited_on is None
    ),
}
"""What a reference of a command names on its case, by what it points to."""


def document(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """A filed form as PDF, for who sees its case, or a work programme. Raises `NotFound`."""
    document_id = id_of(params, "id")
    attached = ATTACHMENTS.opened(application, document_id, who)
    if attached is not None:
        return attached
    with application.database.read() as connection:
        table = views.documents
        case_id = connection.scalar(sa.select(table.c.case_id).where(table.c.document_id == document_id))
    if case_id is None:
        return printed_programme(application, params, who)
    case = visible(application, case_id, who)
    return papers.document(application, document_id, who, case, names=names_in(params))


def _name(application: AssistanceApplication, code: str, on: Any) -> str:
    label: str = application.catalogue.code_list("document", on).label(code)
    return label


def _seen(application: AssistanceApplication, case_id: UUID, who: Who) -> int | None:
    found, reads_only = standing(application, case_id, who)
    # Who executed the case before sees nothing of what came after (A16-4).
    return found.version if reads_only else None


CASE_AS_OF = case_as_of(
    AssistanceCase,
    _seen,
    lambda application, at, who: case_page.described(application, at.aggregate, who, set()),
)
QUERIES: dict[str, Query] = {
    "case": case,
    "case_as_of": CASE_AS_OF,
    "case_pack": case_pack(_seen, {"s": SOCIO_ECONOMIC}),
    "cases": cases,
    "talks": talks,
    "contract": contract,
    "contracts": contracts,
    "choices": choices,
    "follow_ups": follow_ups,
    "executor_follow_ups": executor_follow_ups,
    "document": document,
    "agenda": agenda,
    "improvement_actions": improvement_actions,
    "improvement_action": improvement_action,
    "work_programmes": work_programmes,
    "work_programme": work_programme,
}
