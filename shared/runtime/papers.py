"""Filed forms on paper: any form of the catalogue, printed from the event that holds what was filled in (FRM-4)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from shared.catalogue.refusals import NotAuthorised, NotFound
from shared.documents.form import Graph, form_document
from shared.documents.sheet import Sheet, content_hash
from shared.eventstore.application import ServiceApplication
from shared.privacy.personal import personal_values, reveal
from shared.runtime.heeding import check_shown
from shared.runtime.noting import opened
from shared.runtime.tokens import Who


@dataclass(frozen=True)
class FiledForm:
    """A form as it was filled in: its code and version, its number if it has one, its day, and its case (None: of no
    case)."""

    code: str
    version: str
    number: str
    filed_on: date
    case_id: UUID | None
    values: Mapping[str, Any]
    written: Mapping[str, Any] = field(default_factory=dict)
    """What the system and later acts wrote on it (``by_system``): it prints, and is no part of the content's hash."""


def event_at(application: ServiceApplication, aggregate: UUID, version: int) -> Any:
    """The event of that version of an aggregate, opened. Raises `NotFound`."""
    stored = application.recorder.select_events(aggregate, gt=version - 1, lte=version)
    if not stored:
        raise NotFound(what="el documento", field="id")
    return application.mapper.to_domain_event(stored[0])


def events_after(application: ServiceApplication, aggregate: UUID, version: int) -> list[Any]:
    """What happened to an aggregate after that version, opened."""
    stored = application.recorder.select_events(aggregate, gt=version)
    return [application.mapper.to_domain_event(each) for each in stored]


def names_in(params: Mapping[str, Any]) -> dict[str, str]:
    """What staff are called, by person id, as the edge told it with the question; nobody where it told nothing."""
    found = params.get("names")
    return {str(each): str(name) for each, name in found.items()} if isinstance(found, Mapping) else {}


def printed(
    application: ServiceApplication,
    filed: FiledForm,
    who: Who,
    may_read: Callable[[str], bool],
    *,
    names: Mapping[str, str] | None = None,
    graphs: Mapping[str, Graph] | None = None,
) -> dict[str, Any]:
    """The PDF (base64) of a filed form, for who may read every class of data in it; the reading is noted.

    It is always printed with the version that the case used, so a new version of the form changes nothing here.
    Raises `NotAuthorised`, and `ProcessingRestricted` where a class in it is restricted.
    """
    everything = {**filed.values, **filed.written}
    classes = {value.kind for value in personal_values(everything)}
    if not all(may_read(kind) for kind in classes):
        raise NotAuthorised(command=f"Ver el {filed.code}", roles="el equipo que puede ver esos datos del caso")
    check_shown(who, everything, filed.case_id)
    catalogue = application.catalogue
    form = catalogue.form(filed.code, version=filed.version)
    for kind in sorted(classes):
        opened(filed.case_id, kind)
    sheet = Sheet(
        code=form.code,
        name=form.name,
        version=form.version,
        dated=form.effective_from,
        number=filed.number,
        hash=content_hash(filed.values),
    )
    values = reveal(everything)
    pdf = form_document(
        sheet,
        form.fields,
        values if isinstance(values, dict) else {},
        catalogue=catalogue,
        on=filed.filed_on,
        summary=(*((("Caso", str(filed.case_id)[:8]),) if filed.case_id else ()), ("Diligenciado el", filed.filed_on)),
        names=names,
        graphs=graphs,
    )
    return {
        "pdf": base64.b64encode(pdf).decode("ascii"),
        "name": f"{filed.number or filed.code}-{filed.filed_on}.pdf",
        "media_type": "application/pdf",
        "code": filed.code,
        "number": filed.number or None,
    }
