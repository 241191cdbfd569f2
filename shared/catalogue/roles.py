"""Roles as data (requirements 1.2)."""

from __future__ import annotations

from dataclasses import dataclass

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.reader import Node

PURPOSES = "access_purpose"
"""The list of what personal data may be looked at for."""


@dataclass(frozen=True, slots=True)
class Role:
    """``code`` names it in commands and grants; ``limits`` says in Spanish what it may not do; ``purpose``, of the list
    `PURPOSES`, is what personal data are looked at for in this role, where nothing else is said (X-13)."""

    code: str
    label: str
    may: str
    limits: str | None
    house: bool
    purpose: str


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
        label, may, limits = each.text("label"), each.text("may"), each.maybe_text("limits")
        roles[code] = Role(code, label, may, limits, each.flag("house"), each.identifier("purpose"))
        each.done()
    node.done()
    return RoleTable(artefact, tuple(roles.values()))
