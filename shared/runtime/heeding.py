"""Heeding a restriction of processing: what a service refuses and hides while it stands (X-12).

An act on a case uses the identity of its person, the classes of its own fields and those that its definition names
besides (``uses``); it is refused when one of them is restricted, and so is what would store more of a restricted class.
Closing the case, conserving, erasing, holding and answering the person go on (``despite_restriction``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.catalogue.commands import CommandDefinition
from shared.catalogue.refusals import Refusal
from shared.contracts.fields import Dated, command_fields
from shared.eventstore.tables import claims
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import personal_values
from shared.runtime.tokens import Who

OF_SUBJECT, OF_CASE = "restricted", "restricted-case"
"""Kinds of claims: ``<person>/<class>`` and ``<case>/<class>``, owned by the person's id."""
IDENTITY = "i"
OFFICER = "privacy_officer"
"""Who may still look, and is noted: somebody must be able to answer the person."""
WORDS = {
    "i": "identificación",
    "c": "contacto",
    "s": "socioeconómicos",
    "p": "psicosociales",
    "r": "crediticios",
    "m": "firma, foto y ubicación",
}
KEYS_A_STATEMENT = 500
"""Claims asked for together: a database takes a bounded number of parameters."""
Known = Callable[[], Collection[str]]
_KNOWN: ContextVar[Known | None] = ContextVar("restrictions_known", default=None)


class ProcessingRestricted(Refusal):
    code = "PROCESSING_RESTRICTED"
    message = (
        "El tratamiento de estos datos de la persona está restringido: {classes} (caso {case}). Solo se conservan. "
        "Si debe seguir, pida a la oficina de protección de datos que levante la restricción."
    )


def key_of(owner: UUID, data_class: str) -> str:
    """The key of a claim about a person, or about a case."""
    return f"{owner}/{data_class}"


@contextmanager
def heeding(application: Any) -> Iterator[None]:
    """Within it, what is restricted in the service is known; it is read once, when the first value is shown."""
    read: list[frozenset[str]] = []

    def known() -> Collection[str]:
        if not read:
            query = sa.select(claims.c.key).where(claims.c.kind == OF_SUBJECT)
            with application.database.read() as connection:
                read.append(frozenset(connection.scalars(query)))
        return read[0]

    token = _KNOWN.set(known)
    try:
        yield
    finally:
        _KNOWN.reset(token)


def is_restricted(subject: UUID | None, data_class: str) -> bool:
    """Whether the class of the person's data is restricted, where somebody is heeding it."""
    known = _KNOWN.get()
    return known is not None and subject is not None and key_of(subject, data_class) in known()


def hidden_from(who: Who, subject: UUID | None, data_class: str) -> bool:
    """Whether ``who`` sees nothing of the class because it is restricted."""
    return OFFICER not in who.roles and is_restricted(subject, data_class)


def check_shown(who: Who, value: Any, case_id: UUID | None) -> None:
    """Raise `ProcessingRestricted` if a personal value inside ``value`` is hidden from ``who``."""
    hidden = {each.kind for each in personal_values(value) if hidden_from(who, each.subject, each.kind)}
    if hidden:
        raise _refused(hidden, case_id)


def check_file_shown(who: Who, subject: UUID | None, data_class: str) -> None:
    """Raise `ProcessingRestricted` if a file of the person and class is hidden from ``who``."""
    if hidden_from(who, subject, data_class):
        raise _refused({data_class}, None)


def check_case_shown(application: Any, who: Who, case_id: UUID, data_class: str) -> None:
    """Raise `ProcessingRestricted` if the class is restricted for the case, and ``who`` is not the officer."""
    if OFFICER in who.roles:
        return
    query = sa.select(claims.c.key).where(claims.c.kind == OF_CASE, claims.c.key == key_of(case_id, data_class))
    with application.database.read() as connection:
        if connection.execute(query).first() is not None:
            raise _refused({data_class}, case_id)


def restricted_cases(connection: Connection, data_class: str) -> frozenset[UUID]:
    """The cases of which the class is restricted."""
    query = sa.select(claims.c.key).where(claims.c.kind == OF_CASE, claims.c.key.endswith(f"/{data_class}"))
    return frozenset(UUID(key.partition("/")[0]) for key in connection.scalars(query))


def is_held_back(uow: UnitOfWork, case_id: UUID, classes: Collection[str]) -> bool:
    """Whether one of the classes is restricted for the case: for what the system does by itself, with many cases."""
    return bool(uow.query(lambda connection: held_back(connection, [case_id], classes)))


def held_back(connection: Connection, case_ids: Collection[UUID], classes: Collection[str]) -> frozenset[UUID]:
    """Those of a few hundred cases for which one of the classes is restricted."""
    keys = [key_of(case_id, each) for case_id in case_ids for each in classes]
    query = sa.select(claims.c.key).where(claims.c.kind == OF_CASE, claims.c.key.in_(keys))
    return frozenset(UUID(key.partition("/")[0]) for key in connection.scalars(query))


def check_lawful(uow: UnitOfWork, definition: CommandDefinition, classes: Collection[str]) -> None:
    """After the use case decided: refuse what touches a restricted class. Raises `ProcessingRestricted`."""
    if definition.despite_restriction:
        return
    asked: dict[tuple[str, str], tuple[str, UUID | None]] = {}
    for event in _decided(uow):
        case_id = getattr(event, "case_id", None) or event.originator_id
        for data_class in classes:
            asked[OF_CASE, key_of(case_id, data_class)] = (data_class, case_id)
        for value in personal_values(vars(event)):
            if value.subject is not None:
                asked[OF_SUBJECT, key_of(value.subject, value.kind)] = (value.kind, case_id)
    if not asked:
        return
    keys = sorted({key for _, key in asked})
    found: list[tuple[str, UUID | None]] = []
    for start in range(0, len(keys), KEYS_A_STATEMENT):
        some = keys[start : start + KEYS_A_STATEMENT]
        query = sa.select(claims.c.kind, claims.c.key).where(
            claims.c.kind.in_((OF_SUBJECT, OF_CASE)), claims.c.key.in_(some)
        )
        rows = uow.query(partial(_rows, query))
        found += [asked[row.kind, row.key] for row in rows if (row.kind, row.key) in asked]
    if found:
        raise _refused({data_class for data_class, _ in found}, found[0][1])


def classes_of(definition: CommandDefinition, catalogue: Dated, on: Any) -> frozenset[str]:
    """The data classes that an act of ``definition`` uses of the person of its case."""
    fields = command_fields(definition, catalogue, on)
    own = {each.personal for field in fields for each in field.walk() if each.personal is not None}
    return frozenset({IDENTITY, *own, *definition.uses})


def _refused(classes: Collection[str], case_id: UUID | None) -> ProcessingRestricted:
    order = [kind for kind in WORDS if kind in classes]
    return ProcessingRestricted(
        classes=", ".join(WORDS[kind] for kind in order),
        case=str(case_id)[:8] if case_id else "—",
        data_classes=order,
        case_id=str(case_id) if case_id else None,
    )


def _rows(query: sa.Select[Any], connection: Connection) -> Sequence[Any]:
    return connection.execute(query).all()


def _decided(uow: UnitOfWork) -> Iterator[Any]:
    for event, _ in uow.collected:
        yield event
    for aggregate in uow.aggregates.values():
        yield from aggregate.pending_events
