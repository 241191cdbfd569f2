"""Commands as data: who may do what, in which state of the case, with which fields."""

from __future__ import annotations

from dataclasses import dataclass

from shared.catalogue.errors import CatalogueError
from shared.catalogue.fields import Field, read_fields
from shared.catalogue.reader import Node
from shared.privacy.personal import KINDS, Kind

SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting", "gateway")
EDITORS = SERVICES[:-1]
"""The services that own artefacts of the catalogue (CAT-10)."""


@dataclass(frozen=True, slots=True, eq=False)
class CommandDefinition:
    """One command of one service (ROL-01). ``activity`` is 0 if it belongs to none.

    ``states`` are the states of the *case* in which it is lawful, as written; empty if it does not depend on
    one. `ProcedureVersion.states_of` gives them with the words ``open``, ``from:…`` and ``service:…`` resolved.
    """

    command: str
    service: str
    activity: int
    subject: str
    creates: bool
    label: str
    help: str | None
    roles: tuple[str, ...]
    states: tuple[str, ...]
    form: str | None
    fields: tuple[Field, ...]
    uses: tuple[Kind, ...]
    """Data classes that the act needs besides those of its own fields, as an evaluation does; never shown by it."""
    despite_restriction: bool
    """Lawful while the person's data are restricted (X-12): it closes, keeps, erases or answers."""
    file: str
    place: str

    def field(self, name: str) -> Field:
        """The field of that name; KeyError if there is none."""
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(name)


def read_commands(document: object, service: str, file: str) -> tuple[CommandDefinition, ...]:
    """The commands of a service's file: a list, one entry a command."""
    if service not in SERVICES:
        problem = f"no hay un servicio {service} (use {', '.join(SERVICES)})"
        raise CatalogueError("CATALOGUE_INVALID", file, "", problem)
    if not isinstance(document, list):
        raise CatalogueError("CATALOGUE_INVALID", file, "", "debe ser una lista de comandos")
    commands: dict[str, CommandDefinition] = {}
    for index, entry in enumerate(document):
        name = entry.get("command", index) if isinstance(entry, dict) else index
        node = Node(entry, file, f"[{name}]")
        one = _command(node, service)
        if one.command in commands:
            raise node.error(f"el comando {one.command} está repetido", "command")
        commands[one.command] = one
    return tuple(commands.values())


def _command(node: Node, service: str) -> CommandDefinition:
    found = CommandDefinition(
        command=node.identifier("command"),
        service=service,
        activity=node.integer("activity"),
        subject=node.identifier("subject"),
        creates=node.flag("creates"),
        label=node.text("label"),
        help=node.maybe_text("help"),
        roles=node.texts("roles", required=True),
        states=node.texts("states"),
        form=node.maybe_text("form"),
        fields=read_fields(node),
        uses=_uses(node),
        despite_restriction=node.flag("despite_restriction"),
        file=node.file,
        place=node.place,
    )
    node.done()
    if not found.command[0].isupper() or "_" in found.command:
        raise node.error("el nombre de un comando va en PascalCase", "command")
    if not found.roles:
        raise node.error("todo comando nombra los roles que lo pueden usar (ROL-01)", "roles")
    if "auditor" in found.roles:
        raise node.error("el auditor no escribe (SOD-9)", "roles")
    if found.form is not None and any(each.name == "form" for each in found.fields):
        raise node.error("el campo «form» lo pone el formato; use otro nombre", "fields")
    return found


def _uses(node: Node) -> tuple[Kind, ...]:
    given = node.texts("uses")
    if unknown := [kind for kind in given if kind not in KINDS]:
        raise node.error(f"clase de dato desconocida: {', '.join(unknown)} (use {', '.join(KINDS)})", "uses")
    return tuple(kind for kind in KINDS if kind in given)
