"""Form definitions as data (FRM-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.fields import Field, read_fields
from shared.catalogue.reader import Node


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One version of a form. ``activities`` are the activities that use it, ``service`` the one that fills it."""

    artefact: Artefact
    name: str
    activities: tuple[int, ...]
    service: str
    fields: tuple[Field, ...]

    @property
    def code(self) -> str:
        return self.artefact.code

    @property
    def version(self) -> str:
        return self.artefact.version

    @property
    def asked(self) -> tuple[Field, ...]:
        """The fields that whoever fills the form in writes; the system writes the others."""
        return tuple(each for each in self.fields if not each.by_system)

    @property
    def effective_from(self) -> date:
        return self.artefact.effective_from


def read_form(node: Node) -> Form:
    artefact = read_header(node, "form")
    form = Form(artefact, node.text("name"), node.integers("activities"), node.text("service"), read_fields(node))
    node.done()
    if not form.fields:
        raise node.error("un formato tiene al menos un campo", "fields")
    return form
