"""How a command is addressed over HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import CommandDefinition

_IRREGULAR = {"person": "people"}


def kebab(command: str) -> str:
    """``ValidateProfile`` → ``validate-profile``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", command).lower()


def collection(subject: str) -> str:
    """``case`` → ``cases``, ``staff_member`` → ``staff-members``: the collection of what a command acts on."""
    name = subject.replace("_", "-")
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    return name + ("es" if re.search(r"(s|x|ch|sh)$", name) else "s")


@dataclass(frozen=True)
class CommandNames:
    """Commands by their address. A side exit exists in every service that can own the case's state (CASE-3)."""

    by_address: dict[tuple[str, str], tuple[CommandDefinition, ...]]

    @classmethod
    def of(cls, catalogue: Catalogue) -> CommandNames:
        found: dict[tuple[str, str], tuple[CommandDefinition, ...]] = {}
        for each in catalogue.commands():
            address = (collection(each.subject), kebab(each.command))
            found[address] = (*found.get(address, ()), each)
        return cls(found)


def path_of(definition: CommandDefinition) -> str:
    """The path of a command, with ``{id}`` where the target's id goes."""
    target = "" if definition.creates else "{id}/"
    return f"/api/{collection(definition.subject)}/{target}{kebab(definition.command)}"
