"""Restrictions of processing as a list: since when, why, and which classes still stand; not whose data they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.queries.erasures import check_reader
from services.intake.queries.paging import limit_of, next_of, offset_of
from services.intake.views.rights_tables import restricted_classes, restrictions
from shared.privacy.personal import KINDS
from shared.runtime.heeding import WORDS
from shared.runtime.tokens import Who

GROUNDS = {
    "erasure_refused": "Supresión negada",
    "accuracy": "Exactitud en discusión",
    "consent_withdrawn": "Autorización revocada",
    "unlawful": "Tratamiento sin fundamento",
    "ordered": "Orden de la autoridad",
}
STATES = ("in_force", "lifted")


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Restrictions, the latest first; ``state``: in_force (some class still stands) or lifted."""
    check_reader(who, "Ver restricciones del tratamiento")
    limit, offset, wanted = limit_of(params), offset_of(params), str(params.get("state") or "")
    standing = sa.select(restricted_classes.c.restriction_id)
    query = sa.select(restrictions).order_by(restrictions.c.decided_on.desc(), restrictions.c.id)
    if wanted in STATES:
        stands = restrictions.c.id.in_(standing)
        query = query.where(stands if wanted == "in_force" else ~stands)
    with app.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(offset)).all()
        shown = [row.id for row in rows]
        classes: dict[Any, set[str]] = {}
        for row in connection.execute(
            sa.select(restricted_classes).where(restricted_classes.c.restriction_id.in_(shown))
        ):
            classes.setdefault(row.restriction_id, set()).add(row.data_class)
    items = [
        {
            "id": str(row.id),
            "version": row.version,
            "label": f"{GROUNDS[row.ground]}: {classes_in_words(classes.get(row.id, ())) or 'nada vigente'}",
            "case": str(row.case_id),
            "state": "in_force" if row.id in classes else "lifted",
            "ground": row.ground,
            "data_classes": [kind for kind in KINDS if kind in classes.get(row.id, ())],
            "request": str(row.request_id) if row.request_id else None,
            "decided_on": row.decided_on.isoformat(),
            "lifted_on": row.lifted_on and row.lifted_on.isoformat(),
        }
        for row in rows[:limit]
    ]
    return {"items": items, "next": next_of(offset, limit, len(rows))}


def classes_in_words(classes: Collection[str]) -> str:
    """``identificación, contacto``."""
    return "todos los datos" if len(set(classes)) == len(KINDS) else ", ".join(WORDS[k] for k in KINDS if k in classes)
