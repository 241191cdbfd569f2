"""Roles as data (requirements 1.2)."""

from __future__ import annotations

from dataclasses import dataclass

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.reader import Node


@dataclass(frozen=True, slots=True)
class Role:
    """``code`` names it in commands and grants; ``limits`` says in Spanish what it may not do."""

    code: str
    label: str
    may: str
    limits: str | None
    house: bool


@dataclass(frozen=True, slots=True)
class RoleTable:
    artefact: Artefact
    roles: tuple[Role, ...]


def read_roles(node: Node) -> RoleTable:
    artefact = read_header(node, "roles")
    roles: dict[str, Role] = {}
    for each in node.nodes("roles", required=True):
        code = each.identifier("code")
        if code in roles:
            raise each.error(f"el rol {code} está repetido", "code")
        roles[code] = Role(code, each.text("label"), each.text("may"), each.maybe_text("limits"), each.flag("house"))
        each.done()
    node.done()
    return RoleTable(artefact, tuple(roles.values()))
