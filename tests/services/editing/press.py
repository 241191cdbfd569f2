"""The people who publish versions of the catalogue, and files to publish, in any service."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from shared.runtime.definition import ServiceDefinition
from tests.services.casework import Office, office

TOPICS = """
code: topic
version: "2"
effective_from: {start}
{header}
source: {{document: Acta de prueba, place: "punto 1"}}
approved: [{{name: Ana Prueba, post: Subdirectora}}]
name: Temas de formación
attributes: []
codes:
  - {{code: costeo, label: {label}}}
"""
MOST_AGE = """
code: P-03
version: "2"
effective_from: {start}
source: {{document: Acta de prueba, place: "punto 2"}}
approved: [{approved}]
label: Edad máxima para el servicio, inclusive
value: 64
unit: years
"""


def topics(start: str = "2026-12-01", label: str = "Costeo", header: str = "") -> str:
    """A version of the list of training topics, which assistance owns."""
    return TOPICS.format(start=start, label=label, header=header)


def most_age(start: str = "2027-01-01", approvers: int = 1) -> str:
    """A version of P-03 with 64 years, which intake owns."""
    names = ", ".join(f"{{name: Persona {number}, post: Cargo {number}}}" for number in range(1, approvers + 1))
    return MOST_AGE.format(start=start, approved=names)


class Press:
    """One service, with an editor of the catalogue and those who approve."""

    def __init__(self, desk: Office) -> None:
        self.desk = desk
        self.catalogue = desk.application.catalogue
        desk.hire("editor", "catalogue_editor")
        for number in range(1, 8):
            desk.hire(f"approver-{number}", "subdirector")

    def approver(self, number: int) -> str:
        return self.desk.person(f"approver-{number}")

    def file(self, text: str) -> str:
        kept = self.desk.application.files.put(
            io.BytesIO(text.encode()), subject=None, kind="m", media_type="application/yaml", name="version.yaml"
        )
        return str(kept.id)

    def draft(self, kind: str, text: str, *, approvers: int = 1, on: str = "2026-11-10", **changes: Any) -> Any:
        named = changes.pop("named", None) or [self.approver(number) for number in range(1, approvers + 1)]
        body = {
            "owner": self.desk.definition.name,
            "kind": kind,
            "file": self.file(text),
            "approvers": named,
        }
        return self.desk.act("editor", "LoadCatalogueDraft", on=on, **(body | changes))

    def approve(self, version: UUID | str, number: int = 1, on: str = "2026-11-11", **body: Any) -> Any:
        return self.desk.act(f"approver-{number}", "ApproveCatalogueVersion", version, on=on, **body)

    def publish(self, kind: str, text: str, **changes: Any) -> str:
        version = str(self.draft(kind, text, **changes)["id"])
        self.approve(version)
        return version

    def withdraw(self, version: str, on: str = "2026-11-12") -> Any:
        return self.desk.act("editor", "WithdrawCatalogueVersion", version, on=on, reason="Se corrige")

    def told(self) -> list[Any]:
        return [each for each in self.desk.published() if each.type.startswith("Catalogue")]


__all__ = ["Press", "ServiceDefinition", "most_age", "office", "topics"]
