"""The warehouse's part of a case's page: what was decided, how far it has come, what can be done now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.incentive_lines import Decision, Need
from services.inventory.domain.quantities import plain
from services.inventory.views.corrections import correctable, known_lots, moved_lines
from services.inventory.views.tables import documents, lots, movements, warehouses
from shared.casework.as_of import case_as_of as as_of
from shared.casework.evidence import case_pack as pack
from shared.catalogue.refusals import NotFound, OutsideContract
from shared.runtime.tokens import Who

Answer = dict[str, Any]
GROUP = "Incentivo"


def case_page(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """The ``case`` query of this service. Raises `NotFound`, also for another contract's operator (ROL-02)."""
    case = _case(application, params.get("id"), who)
    return {
        "id": str(case.id),
        "version": case.version,
        **described(case),
        "documents": _documents(application, case.id),
        "targets": [],
        "blocked": dict(_blocked(case, who)),
        "also": _also(case),
        "defaults": _defaults(case),
    }


def described(case: CaseIncentive) -> Answer:
    """How far the incentive has come, now or as of another moment."""
    decisions = list(case.decisions.values())
    return {
        "state": None,
        "tracks": {"incentive": track(case, decisions[-1])} if decisions else {},
        "facts": [fact for decision in decisions for fact in _facts(decision)],
    }


def track(case: CaseIncentive, decision: Decision) -> str:
    """How far a decision has come: decided, assigned, requested, withdrawn, delivered, returned or cancelled."""
    needs = decision.needs.values()
    if decision.complete:
        return "delivered" if any(need.delivered_net for need in needs) else "cancelled"
    if any(need.in_custody for need in needs):
        return "withdrawn"
    if any(each.state == "requested" and each.decision == decision.id for each in case.requests.values()):
        return "requested"
    if any(need.assigned_open for need in needs):
        return "assigned"
    return "returned" if any(need.back_from_beneficiary for need in needs) else "decided"


def choices(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """What a reference field of this service's commands may name for the case, with labels."""
    to = str(params.get("to"))
    if to in _OF_THE_STORE:
        return {"items": _OF_THE_STORE[to](application)}
    if to not in _CHOICES or not params.get("case_id"):
        raise NotFound(what=f"una lista de «{to}»")
    case = _case(application, params["case_id"], who)
    return {"items": [{"id": str(key), "label": label} for key, label in _CHOICES[to](case)]}


def _case(application: Any, case_id: Any, who: Who) -> CaseIncentive:
    try:
        case = application.loader.get(CaseIncentive, UUID(str(case_id)))
    except ValueError:
        case = None
    if case is None:
        raise NotFound(what="ese caso", field="id")
    if who.contracts and str(case.contract_id) not in who.contracts:
        raise OutsideContract(what="ese caso", field="id")
    found: CaseIncentive = case
    return found


def _facts(decision: Decision) -> Iterator[Answer]:
    day = decision.decided_on.isoformat()
    for need in decision.needs.values():
        yield {"label": f"{need.item}, decidido el {day}", "value": _progress(need), "group": GROUP}


def _progress(need: Need) -> str:
    steps = (
        (need.decided, "decididos"),
        (need.cancelled, "cancelados"),
        (need.open, "por asignar"),
        (need.assigned_open, "asignados"),
        (need.in_custody, "en custodia"),
        (need.delivered_net, "entregados"),
    )
    return f"{need.unit}: " + ", ".join(f"{plain(qty)} {what}" for qty, what in steps if qty)


def _documents(application: Any, case_id: UUID) -> list[Answer]:
    query = sa.select(documents).where(documents.c.case_id == case_id).order_by(documents.c.version)
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    return [
        {
            "id": str(row.id),
            "code": row.code,
            "number": row.number,
            "name": _NAMES[row.code],
            "issued_on": row.issued_on.isoformat(),
            "service": "inventory",
        }
        for row in rows
    ]


_NAMES = {"FO-110": "Asignación de activo", "FO-128": "Traslado de elementos", "FRM-10": "Recibo de entrega"}


def _blocked(case: CaseIncentive, who: Who) -> Iterator[tuple[str, str]]:
    """Commands that would be refused now, and why, for the person who asks."""
    if not any(need.open > 0 for decision in case.decisions.values() for need in decision.needs.values()):
        yield "AssignStock", "No hay nada decidido por asignar (act. 18)."
    open_lines = [line for line in case.assignment_lines.values() if line.unrequested > 0]
    if not open_lines:
        yield "RequestWithdrawal", "No hay bienes asignados por solicitar (FO-110 parte B)."
    elif all(who.person in line.bookers for line in open_lines):
        yield "RequestWithdrawal", "Lo debe solicitar otra persona: usted registró el FO-110 (SOD-3)."
    waiting = [each for each in case.requests.values() if each.state == "requested"]
    if not waiting:
        yield "ReleaseWithdrawal", "No hay solicitudes de retiro pendientes."
    elif all(who.person == each.requested_by for each in waiting):
        yield "ReleaseWithdrawal", "Lo debe autorizar otra persona: usted solicitó el retiro (SOD-3)."
    in_custody = [line for line in case.withdrawal_lines.values() if line.in_custody > 0]
    if not in_custody:
        yield "DeliverIncentive", "No hay bienes en custodia por entregar (FO-128)."
    elif all(who.person != case.withdrawals[line.withdrawal].withdrawn_by for line in in_custody):
        yield "DeliverIncentive", "Lo registra la persona que retiró los bienes."


def _also(case: CaseIncentive) -> list[str]:
    """Commands lawful now whatever the case's state."""
    found = []
    if any(line.unrequested > 0 for line in case.assignment_lines.values()):
        found.append("ReleaseAssignment")
    if any(request.state == "requested" for request in case.requests.values()):
        found.append("RefuseWithdrawal")
    if any(line.in_custody > 0 for line in case.withdrawal_lines.values()) or case.delivery_lines:
        found.append("ReturnStock")
    return found


def _defaults(case: CaseIncentive) -> dict[str, Answer]:
    """What the system knows already (FRM-5)."""
    found: dict[str, Answer] = {}
    decisions = [d for d in case.decisions.values() if any(need.open > 0 for need in d.needs.values())]
    if decisions:
        found["AssignStock"] = {"decision": str(decisions[0].id)}
    unasked = [line for line in case.assignment_lines.values() if line.unrequested > 0]
    if unasked:
        lines = [{"assignment_line": str(line.id), "qty": plain(line.unrequested)} for line in unasked]
        found["RequestWithdrawal"] = {"lines": lines}
    waiting = [each for each in case.requests.values() if each.state == "requested"]
    if waiting:
        found["ReleaseWithdrawal"] = found["RefuseWithdrawal"] = {"request": str(waiting[0].id)}
    held = [line for line in case.withdrawal_lines.values() if line.in_custody > 0]
    if held:
        same = [line for line in held if line.withdrawal == held[0].withdrawal]
        lines = [{"withdrawal_line": str(line.id), "qty": plain(line.in_custody)} for line in same]
        found["DeliverIncentive"] = {"withdrawal": str(held[0].withdrawal), "lines": lines}
        found["ReturnStock"] = {"withdrawal": str(held[0].withdrawal)}
    return found


def _free_lots(application: Any) -> list[Answer]:
    free = sa.func.sum(movements.c.on_hand - movements.c.assigned)
    query = (
        sa.select(lots, warehouses.c.code.label("warehouse_code"), sa.cast(free, sa.BigInteger).label("free"))
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .join(warehouses, warehouses.c.id == movements.c.warehouse)
        .group_by(*lots.c, warehouses.c.code)
        .having(free > 0)
        # The lot that expires first is proposed first (INV-4).
        .order_by(lots.c.item, lots.c.expires_on.is_(None), lots.c.expires_on, lots.c.name, warehouses.c.code)
        .limit(200)
    )
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    # A lot that was transferred in part is free in two warehouses, and one choice all the same.
    lots_in: dict[UUID, list[Any]] = {}
    for row in rows:
        lots_in.setdefault(row.id, []).append(row)
    return [{"id": str(lot), "label": _lot_label(places)} for lot, places in lots_in.items()]


def _lot_label(places: list[Any]) -> str:
    lot = places[0]
    expires = f", vence {lot.expires_on.isoformat()}" if lot.expires_on else ""
    free = ", ".join(f"{row.free / 1000:g} {row.unit} libres en {row.warehouse_code}" for row in places)
    return f"{lot.item} · {lot.name} · {free}{expires}"


def _line_labels(lines: Any, quantity: str) -> Iterator[tuple[UUID, str]]:
    for line in lines:
        left = getattr(line, quantity)
        if left > 0:
            yield line.id, f"{line.item}: {plain(left)} {line.unit}"


def _visible(application: Any, case_id: UUID, who: Who) -> None:
    _case(application, case_id, who)


case_as_of = as_of(CaseIncentive, _visible, lambda _application, at, _who: described(at.aggregate))
case_pack = pack(_visible, {})


_CHOICES: dict[str, Callable[[CaseIncentive], Iterable[tuple[UUID, str]]]] = {
    "decision": lambda case: ((d.id, f"Decisión del {d.decided_on.isoformat()}") for d in case.decisions.values()),
    "assignment": lambda case: (
        (key, f"Asignación del {on.isoformat()}")
        for key, on in {line.assignment: line.assigned_on for line in case.assignment_lines.values()}.items()
    ),
    "assignment_line": lambda case: _line_labels(case.assignment_lines.values(), "open"),
    "withdrawal_request": lambda case: (
        (r.id, f"Solicitud del {r.requested_on.isoformat()}") for r in case.requests.values() if r.state == "requested"
    ),
    "withdrawal": lambda case: ((w.id, f"FO-128 n.º {w.number}") for w in case.withdrawals.values()),
    "withdrawal_line": lambda case: _line_labels(case.withdrawal_lines.values(), "in_custody"),
    "movement_line": lambda case: (
        *_line_labels(case.withdrawal_lines.values(), "in_custody"),
        *_line_labels(case.delivery_lines.values(), "kept"),
    ),
}

_OF_THE_STORE: dict[str, Callable[[Any], list[Answer]]] = {
    "lot": _free_lots,
    "known_lot": known_lots,
    "movement": correctable,
    "moved_line": moved_lines,
}
"""Choices that are the same for every case, and without one."""
