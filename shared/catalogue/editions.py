"""A version of an artefact that entered as a file while the system ran, and which service owns it (CAT-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.catalogue.commands import EDITORS

MOST_CHARACTERS = 400_000
"""Of one version; the largest shipped artefact has a twentieth of it."""

_BY_KIND = {
    "procedure": "intake",
    "parameter": "intake",
    "criteria": "intake",
    "calendar": "intake",
    "aliases": "intake",
    "programme": "intake",
    "route": "intake",
    "component_set": "assistance",
    "instrument": "profiling",
    "guide": "profiling",
    "matrix": "profiling",
    "figures": "reporting",
    "report_template": "reporting",
    "hemi_mapping": "reporting",
}
_SHARED_FORMS = ("FO-051", "FO-068", "FO-069", "FO-078")
_OF_ASSISTANCE = (
    "component",
    "component_item",
    "strengthening_component",
    "phase",
    "topic",
    "exit_reason",
    "obligation",
    "contract_purpose",
    "ACTA-COMPROMISO",
)
_OF_INVENTORY = ("unit_of_measure", "movement_reason")
_OF_PROFILING = ("decline_reason",)


@dataclass(frozen=True, slots=True)
class Edition:
    """A version as its file says it. ``text`` is the file; ``sha256`` that of its canonical content (CAT-02)."""

    id: UUID
    kind: str
    code: str
    version: str
    effective_from: date
    sha256: str
    text: str


def owner_of(kind: str, code: str, filled_by: str = "") -> str:
    """The service that drafts and publishes an artefact. ``filled_by``: who fills a form, keeps a document."""
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if kind in ("form", "document"):
        return filled_by if filled_by in EDITORS and code not in _SHARED_FORMS else "intake"
    for service, codes in (("assistance", _OF_ASSISTANCE), ("inventory", _OF_INVENTORY), ("profiling", _OF_PROFILING)):
        if code in codes:
            return service
    return "intake"
