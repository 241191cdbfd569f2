"""A programme and what it is made of: its routes, the components of its model, the documents that it cites (CAT-01)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.reader import Node

OPERATES = ("below", "from")
ASPECTS = ("technical", "financial", "legal")


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme of an organisation, by the codes of what holds in it. ``programme`` is how grants name it (X-16)."""

    artefact: Artefact
    programme: str
    name: str
    organisation: str
    office: str
    procedures: tuple[str, ...]
    criteria: str
    routes: tuple[str, ...]
    component_set: str
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RouteVersion:
    """A route (*ruta*): below or from so many months of operation, which is the value of the parameter ``threshold``.

    ``plan`` is the kind of plan that it ends in (OBJ-4).
    """

    artefact: Artefact
    name: str
    threshold: str
    operates: str
    plan: str


@dataclass(frozen=True, slots=True)
class ComponentSet:
    """The intervention model (*Modelo de Emprendimiento o Fortalecimiento*): the components of act. 17.

    ``phases`` has the phase of each component that is of one, ``component_of`` the component of each item.
    """

    artefact: Artefact
    name: str
    components: tuple[str, ...]
    phases: Mapping[str, str]
    component_of: Mapping[str, str]

    @property
    def version(self) -> str:
        return self.artefact.version


@dataclass(frozen=True, slots=True)
class ReferenceDocument:
    """A document that the procedure cites and whose text it does not bring (requirements 4.3): what is kept of it.

    ``file`` is the SHA-256 of the document, empty until it is known. ``obligations`` are codes by aspect (MS-012),
    ``form`` is the form that its rows fill (PR-029).
    """

    artefact: Artefact
    name: str
    role: str
    service: str
    file: str
    kept: Mapping[str, str]
    obligations: Mapping[str, tuple[str, ...]]
    form: str | None


def read_programme(node: Node) -> Programme:
    """The programme of one file."""
    programme = Programme(
        read_header(node, "programme"),
        node.text("programme"),
        node.text("name"),
        node.text("organisation"),
        node.text("office"),
        node.texts("procedures", required=True),
        node.text("criteria"),
        node.texts("routes", required=True),
        node.text("component_set"),
        node.texts("documents"),
    )
    node.done()
    return programme


def read_route(node: Node) -> RouteVersion:
    """The route of one file."""
    artefact = read_header(node, "route")
    route = RouteVersion(
        artefact, node.text("name"), node.text("threshold"), node.identifier("operates"), node.identifier("plan")
    )
    if route.operates not in OPERATES:
        raise node.error(f"use {' o '.join(OPERATES)}", "operates")
    node.done()
    return route


def read_component_set(node: Node) -> ComponentSet:
    """The component set of one file; each component and each item stands once."""
    artefact, name = read_header(node, "component_set"), node.text("name")
    phases: dict[str, str | None] = {}
    items: dict[str, str] = {}
    for each in node.nodes("components", required=True):
        code = each.identifier("component")
        if code in phases:
            raise each.error(f"el componente {code} está repetido", "component")
        phases[code] = each.maybe_text("phase")
        for item in each.texts("items", required=True):
            if item in items:
                raise each.error(f"el tema {item} ya está en el componente {items[item]}", "items")
            items[item] = code
        each.done()
    node.done()
    return ComponentSet(artefact, name, tuple(phases), {code: one for code, one in phases.items() if one}, items)


def read_document(node: Node) -> ReferenceDocument:
    """The reference document of one file."""
    artefact = read_header(node, "document")
    kept = {}
    name, role, service = node.text("name"), node.text("role"), node.identifier("service")
    for each in node.nodes("kept", required=True):
        kept[each.identifier("name")] = each.text("label")
        each.done()
    obligations: dict[str, Any] = {}
    found = node.maybe_node("obligations")
    if found is not None:
        obligations = {aspect: found.texts(aspect, required=True) for aspect in ASPECTS}
        found.done()
    document = ReferenceDocument(
        artefact, name, role, service, node.text("file", ""), kept, obligations, node.maybe_text("form")
    )
    node.done()
    return document
