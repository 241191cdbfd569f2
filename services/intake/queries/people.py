"""Finding people and naming cases: ``people_search`` and ``people``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.domain import normalise
from services.intake.domain.columns import DOCUMENT_TYPES
from services.intake.queries.confinement import visible
from services.intake.queries.paging import check_staff, limit_of
from services.intake.queries.personal import Reveal
from services.intake.views import calls, cases, people
from shared.catalogue.refusals import FieldInvalid
from shared.privacy.personal import Personal
from shared.runtime.tokens import Who

MOST_IDS = 200


def people_search(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Cases by document (its keyed fingerprint) or by name (the index in memory)."""
    check_staff(who, "Buscar personas")
    limit = limit_of(params)
    number, name = params.get("document_number"), params.get("name")
    if number:
        found = _by_document(app, str(number), params.get("document_type"), limit)
    elif name:
        found = app.names.search(str(name), limit)
    else:
        raise FieldInvalid(field="name", explanation="escriba un número de documento o un nombre.")
    return {"items": _items(app, visible(app, found, who), Reveal(who, params.get("reveal") or (), "people_search"))}


def named(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Name and document of some cases, for pages that list them."""
    check_staff(who, "Ver personas")
    given = params.get("case_ids") or []
    if not isinstance(given, list) or len(given) > MOST_IDS:
        raise FieldInvalid(field="case_ids", explanation=f"envíe una lista de hasta {MOST_IDS} casos.")
    try:
        ids = [UUID(str(each)) for each in given]
    except ValueError:
        raise FieldInvalid(field="case_ids", explanation="hay un identificador no válido (UUID).") from None
    items = _items(app, visible(app, ids, who), Reveal(who, params.get("reveal") or (), "people"))
    return {"items": [{name: item[name] for name in ("case_id", "name", "document")} for item in items]}


def identity_of(identity: Personal) -> tuple[Personal, Personal]:
    """Full name and document number out of a sealed line."""
    facts = identity.value
    if facts is None:
        return identity, identity
    return (
        Personal(identity.subject, "i", f"{facts['names']} {facts['surnames']}"),
        Personal(identity.subject, "i", facts["doc_no"]),
    )


def _by_document(app: IntakeApplication, number: str, kind: Any, limit: int) -> list[UUID]:
    normal = normalise.document_number(normalise.trim(number))
    plain = normalise.free_text(normalise.trim(number)).upper()
    types: Iterable[str] = [normalise.document_type(str(kind))] if kind else (*DOCUMENT_TYPES, "OTHER")
    fingerprints = []
    for each in types:
        if each not in DOCUMENT_TYPES:
            fingerprints.append(app.directory.document("other", plain))
        elif normal is not None:
            fingerprints.append(app.directory.document(each, normal))
    query = sa.select(people.c.case_id).where(people.c.document_index.in_(fingerprints)).limit(limit)
    with app.database.read() as connection:
        return list(connection.scalars(query))


def _items(app: IntakeApplication, ids: Sequence[UUID], reveal: Reveal) -> list[dict[str, Any]]:
    query = (
        sa.select(people.c.case_id, people.c.candidate_id, people.c.person, cases.c.state, calls.c.code)
        .join(cases, cases.c.id == people.c.case_id)
        .join(calls, calls.c.id == cases.c.call_id)
        .where(people.c.case_id.in_(list(ids)))
    )
    with app.database.read() as connection:
        rows = {row.case_id: row for row in connection.execute(query)}
    items = []
    for case_id in ids:
        if (row := rows.get(case_id)) is None:
            continue
        name, document = identity_of(app.directory.open(case_id, row.person))
        items.append(
            {
                "case_id": str(case_id),
                "candidate_id": str(row.candidate_id),
                "name": reveal.shown(name, case_id),
                "document": reveal.shown(document, case_id),
                "state": row.state,
                "call_code": row.code,
            }
        )
    return items
