"""What `impulso catalogue` shows, as plain data: every artefact version, or one of them whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from shared.catalogue.artefact import Artefact, Signatory
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import NotFound

KIND_LABELS = {
    "procedure": "Procedimiento",
    "criteria": "Criterios de entrada",
    "matrix": "Matriz de resultados",
    "form": "Formato",
    "instrument": "Instrumento",
    "guide": "Guía de entrevista",
    "parameter": "Parámetro",
    "code_list": "Lista de códigos",
    "text": "Texto",
    "calendar": "Calendario",
    "roles": "Roles",
    "aliases": "Nombres anteriores",
    "figures": "Cifras de informes",
    "report_template": "Plantilla de informe",
    "hemi_mapping": "Registros HEMI por evento",
    "programme": "Programa",
    "route": "Ruta",
    "component_set": "Conjunto de componentes",
    "document": "Documento de referencia",
}


def list_artefacts(catalogue: Catalogue, on: date, kind: str | None = None) -> list[dict[str, Any]]:
    """One row a version, in the order of kinds; ``status`` is vigente, futura or anterior on the date."""
    rows = []
    for artefact in catalogue.artefacts():
        if kind is not None and artefact.kind != kind:
            continue
        rows.append(
            {
                "kind": artefact.kind,
                "kind_label": KIND_LABELS[artefact.kind],
                "code": artefact.code,
                "version": artefact.version,
                "name": _name(artefact),
                "effective_from": artefact.effective_from.isoformat(),
                "effective_to": _iso(artefact.effective_to),
                "status": _status(artefact, on),
                "sha256": artefact.sha256,
                "file": artefact.file,
            }
        )
    return rows


def show_artefact(catalogue: Catalogue, code: str, on: date, version: str | None = None) -> dict[str, Any]:
    """One version whole: by label, else the one in force on the date, else the next to be, else the last.

    Raises `NotFound` if the catalogue has no such code or version.
    """
    versions = [each for each in catalogue.artefacts() if each.code == code]
    found = [each for each in versions if version in (None, each.version)]
    if not found:
        raise NotFound(what=f"{code} versión {version}" if versions else code)
    artefact = _closest(found, on)
    return {
        "kind": artefact.kind,
        "kind_label": KIND_LABELS[artefact.kind],
        "code": artefact.code,
        "version": artefact.version,
        "name": _name(artefact),
        "effective_from": artefact.effective_from.isoformat(),
        "effective_to": _iso(artefact.effective_to),
        "status": _status(artefact, on),
        "assumed": artefact.assumed,
        "source": {"document": artefact.document, "place": artefact.place},
        "prepared": _people(artefact.prepared),
        "reviewed": _people(artefact.reviewed),
        "approved": _people(artefact.approved),
        "change_log": [
            {"version": row.version, "date": row.on.isoformat(), "item": row.item, "reason": row.reason}
            for row in artefact.change_log
        ],
        "warnings": _warnings(artefact),
        "versions": [each.version for each in versions],
        "file": artefact.file,
        "sha256": artefact.sha256,
        "content": dict(artefact.content),
    }


def _closest(versions: Sequence[Artefact], on: date) -> Artefact:
    ordered = sorted(versions, key=lambda each: each.effective_from)
    in_force = [each for each in ordered if each.effective(on)]
    to_be = [each for each in ordered if each.effective_from > on]
    return (in_force or to_be or ordered[-1:])[0]


def _status(artefact: Artefact, on: date) -> str:
    if artefact.effective(on):
        return "vigente"
    return "futura" if on < artefact.effective_from else "anterior"


def _name(artefact: Artefact) -> str:
    content = artefact.content
    return str(content.get("name") or content.get("title") or content.get("label") or KIND_LABELS[artefact.kind])


def _people(people: Sequence[Signatory]) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "post": each.post, "date": _iso(each.on), "signature": each.signature} for each in people
    ]


def _warnings(artefact: Artefact) -> list[str]:
    """Dates as written are kept even when out of order (CAT-04, AMB-22)."""
    reviewed = [each.on for each in artefact.reviewed if each.on]
    approved = [each.on for each in artefact.approved if each.on]
    return ["APPROVED_BEFORE_REVIEWED"] if reviewed and approved and min(approved) < max(reviewed) else []


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
