"""Trials of versions: ``what_ifs`` and ``what_if`` (CAT-09)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.domain.what_if import WhatIf
from services.intake.queries.paging import id_of, limit_of, next_of, offset_of
from services.intake.views.tables import what_ifs
from shared.catalogue.refusals import NotAuthorised, NotFound
from shared.privacy.personal import Personal
from shared.runtime.showing import shown
from shared.runtime.tokens import Who

COUNTED = ("kind", "code", "version", "hash", "looked_at", "unknown", "changed", "waiting", "left")
READERS = frozenset({"coordinator", "subdirector", "auditor"})


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Every trial, the latest first."""
    _check(who)
    limit, offset = limit_of(params), offset_of(params)
    query = sa.select(what_ifs).order_by(what_ifs.c.run_on.desc(), what_ifs.c.id)
    with app.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(offset)).all()
    return {"items": [_item(row) for row in rows[:limit]], "next": next_of(offset, limit, len(rows))}


def one(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """A trial with who changes and why. The reasons are class s: masked unless ``reveal`` asks for them."""
    _check(who)
    trial_id = id_of(params)
    with app.database.read() as connection:
        row = connection.execute(sa.select(what_ifs).where(what_ifs.c.id == trial_id)).first()
    trial = app.loader.get(WhatIf, trial_id)
    if row is None or trial is None:
        raise NotFound(what="el ensayo", field="id")
    asked = "s" in str(params.get("reveal") or "")
    changed = [_change(case_id, told, asked, who) for case_id, told in sorted(trial.changes.items())]
    return _item(row) | {"changes": changed}


def _check(who: Who) -> None:
    if not who.roles & READERS:
        raise NotAuthorised(command="Ver los ensayos de versiones", roles="coordinación, subdirección, control interno")


def _change(case_id: str, told: Personal, asked: bool, who: Who) -> dict[str, Any]:
    value = told.value
    if value is None:
        # The person's data were erased since.
        return {"case_id": case_id, "before": None, "after": None, "criteria": []}
    criteria = [
        {
            **{name: each[name] for name in ("criterion", "before", "after")},
            "reason": shown(
                Personal(told.subject, told.kind, each["reason"]), may=True, asked=asked, who=who, service="intake"
            ),
        }
        for each in value["criteria"]
    ]
    return {"case_id": case_id, "before": value["before"], "after": value["after"], "criteria": criteria}


def _item(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        **{name: getattr(row, name) for name in COUNTED},
        "call": None if row.call_id is None else str(row.call_id),
        **{name: getattr(row, name).isoformat() for name in ("as_of", "known_on", "run_on")},
        "run_by": str(row.run_by),
    }
