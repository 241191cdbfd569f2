"""The control board (*tablero de control*): every case and the numbers over them, as of both clocks (6.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.reporting.application import PROCEDURE, ReportingApplication
from services.reporting.application.counting import positions_at
from services.reporting.domain.refusals import OwnerAway
from services.reporting.queries.board import blocks
from services.reporting.queries.board.codes import OWNERS, add_codes, stock
from services.reporting.queries.board.hemi import entries_at, entries_now
from services.reporting.queries.board.rows import FLAGS, Row, folded
from services.reporting.queries.programme import goal_rows, programmes_in_force, reached
from services.reporting.queries.reading import check_reader, words_for
from shared.catalogue.refusals import FieldInvalid
from shared.runtime.clock import BOGOTA, recorded_until
from shared.runtime.paging import offset_of
from shared.runtime.tokens import Who

PAGE, MAX_PAGE = 50, 200
T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def board(app: ReportingApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Rows and blocks; every number of a block says with which filter, besides the selection, its cases are listed.

    The selection is by call, operator, route, locality, product, caseworker; the blocks count within it (BRD-3).
    What only other services know (locality, products, goods) is asked of them; ``missing`` names who did not answer.
    """
    check_reader(who, "Consultar el tablero de control")
    happened = _day(params.get("happened_until")) or app.now().astimezone(BOGOTA).date()
    known = _known(params.get("recorded_until"), app.now())
    asked_of = {name for name in OWNERS if params.get(name)}
    missing: set[str] = set()
    with app.database.read() as connection:
        positions = positions_at(connection, known)
        now = not params.get("happened_until") and not params.get("recorded_until")
        recorded = (known - _EPOCH) // timedelta(microseconds=1)
        entries = entries_now(connection) if now else entries_at(app, connection, recorded, happened)
        found = folded(app, connection, positions, happened, entries)
        programmes = programmes_in_force(connection, positions, happened)
        facts = reached(connection, positions, programmes, happened)
    _tolerant(lambda: add_codes(app, found.rows, positions, happened, asked_of, every=True), missing)
    goods = _tolerant(lambda: stock(app, positions, happened), missing) or {"on_hand": [], "unmatched": []}
    waiting = {each["code"]: frozenset(each["cases"]) for each in goods["unmatched"]}
    chosen = {case: row for case, row in found.rows.items() if _selected(row, params)}
    listed = {case: row for case, row in chosen.items() if _listed(case, row, params, waiting)}
    if params.get("programme"):
        behind = facts.get((str(params["programme"]), str(params.get("planned_activity"))), frozenset())
        listed = {case: row for case, row in listed.items() if case in behind}
    limit, offset = min(int(params.get("limit") or PAGE), MAX_PAGE), offset_of(params)
    shown = sorted(listed, key=lambda case: (listed[case].opened, str(case)))[offset : offset + limit]
    page = {case: listed[case] for case in shown}
    _tolerant(lambda: add_codes(app, page, positions, happened, set(OWNERS) - asked_of), missing)
    ids = frozenset(map(str, chosen))
    outside = Counter(state for case, state, _ in entries if case is None or case not in found.rows)
    return {
        "as_of": {"happened_until": happened.isoformat(), "recorded_until": known.isoformat(timespec="seconds")},
        "total": len(listed),
        "items": [_shown(app, case, row, happened) for case, row in page.items()],
        "next": str(offset + limit) if len(listed) > offset + limit else None,
        "missing": sorted(missing),
        "blocks": {
            "funnel": blocks.funnel(app, chosen, happened),
            "activities": blocks.activities(app, chosen, happened),
            "follow_ups": blocks.follow_ups(app, chosen, happened),
            "operators": blocks.operators(app, chosen, found.ratings, happened),
            "programme": goal_rows(
                app, programmes, {key: cases.intersection(chosen) for key, cases in facts.items()}, happened
            ),
            "stock": goods["on_hand"],
            "unmatched": [
                each | {"filter": {"unmatched": each["code"]}, "cases": len(waiting[each["code"]] & ids)}
                for each in goods["unmatched"]
            ],
            "hemi": blocks.hemi(chosen, outside),
            "exceptions": blocks.exceptions(chosen),
        },
    }


def _selected(row: Row, params: Mapping[str, Any]) -> bool:
    """The part of the programme that is looked at: every number counts within it."""
    has = {"call": row.call, "operator": row.operator, "route": row.route, "locality": row.locality}
    has["caseworker"] = row.caseworker
    if any(params.get(name) and str(params[name]) != str(value or "") for name, value in has.items()):
        return False
    return not params.get("product") or str(params["product"]) in row.products


def _listed(case: UUID, row: Row, params: Mapping[str, Any], waiting: Mapping[str, frozenset[str]]) -> bool:
    """The cases behind one number."""
    has = {"state": row.standing.state, "phase": row.standing.phase, "activity": str(row.activity)}
    if any(params.get(name) and str(params[name]) != value for name, value in has.items()):
        return False
    among = {"flag": row.flags, "hemi": row.hemi, "reached": {str(each) for each in row.reached}}
    if any(params.get(name) and str(params[name]) not in found for name, found in among.items()):
        return False
    if params.get("unmatched") and str(case) not in waiting.get(str(params["unmatched"]), ()):
        return False
    visit, phase = params.get("follow_up"), params.get("visit_phase")
    return not visit or any(state == visit and phase in (None, "", own) for state, own, _ in row.visits.values())


def _shown(app: ReportingApplication, case_id: UUID, row: Row, happened: date) -> dict[str, Any]:
    done, waiting = row.days("done"), sorted([*row.days("due"), *row.days("overdue")])
    return {
        "case_id": str(case_id),
        "state": row.standing.state,
        "state_label": app.catalogue.procedure(PROCEDURE, happened).label(row.standing.state),
        "activity": row.activity,
        "phase": row.standing.phase or None,
        "phase_label": words_for(app, "phase", row.standing.phase, happened) if row.standing.phase else None,
        "age_days": (happened - row.opened).days,
        "state_days": (happened - row.since).days,
        "call_id": row.call,
        "route": row.route,
        "caseworker": row.caseworker,
        "operator": row.operator,
        "locality": row.locality,
        "locality_label": words_for(app, "locality", row.locality, happened) if row.locality else None,
        "products": sorted(row.products),
        "next_step": None if row.due is None else {"due": row.due[0].isoformat(), "label": row.due[1]},
        "training_hours": str(row.hours),
        "last_visit": done[-1].isoformat() if done else None,
        "next_visit": waiting[0].isoformat() if waiting else None,
        "tracks": row.tracks,
        "hemi": dict(row.hemi),
        "flags": [{"code": code, "label": FLAGS[code]} for code in FLAGS if code in row.flags],
    }


def _tolerant(ask: Callable[[], T], missing: set[str]) -> T | None:
    """What a service answers; None, with its name in ``missing``, when it is away. The board stands without it."""
    try:
        return ask()
    except OwnerAway as away:
        missing.add(str(away.parameters["service"]))
        return None


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise FieldInvalid(field="happened_until", explanation="escriba la fecha como AAAA-MM-DD.") from None


def _known(value: Any, now: datetime) -> datetime:
    """Up to a moment, to the millisecond as it is shown; ``now`` where none is asked for."""
    return now if value in (None, "") else recorded_until(value, now) + timedelta(milliseconds=1)
