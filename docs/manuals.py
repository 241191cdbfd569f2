"""The manual of each role, in Spanish: what it does in each activity, when, and what each act asks for.

Made from the commands, forms and states of the catalogue, so that it says what the system does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import CommandDefinition
from shared.catalogue.procedures import ProcedureVersion
from shared.catalogue.roles import Role
from shared.contracts.fields import command_fields

HOW = (
    "Entre a la consola con su cuenta. En la página de un caso, «Próximas acciones» muestra lo que procede en su "
    "estado: las que usted puede hacer abren su formulario; las demás dicen quién las hace o qué falta. Lo que se "
    "registra no se borra ni se edita: una equivocación se corrige con un registro nuevo, con su motivo. La fecha en "
    "que algo ocurrió puede ser anterior a hoy, nunca futura.\n"
)


def manuals(catalogue: Catalogue, on: date) -> dict[str, str]:
    """The pages by file name, with an index."""
    procedure = catalogue.procedure("PR-156", on)
    roles = [role for role in catalogue.roles if any(role.code in each.roles for each in catalogue.commands())]
    pages = {f"{role.code.replace('_', '-')}.md": _manual(catalogue, procedure, role, on) for role in roles}
    index = ["# Manuales por rol\n\nPR-156, asistencia técnica y fortalecimiento. Una página por rol.\n\n"]
    index += [f"- [{role.label}]({role.code.replace('_', '-')}.md): {role.may}\n" for role in roles]
    return {**pages, "README.md": "".join(index)}


def _manual(catalogue: Catalogue, procedure: ProcedureVersion, role: Role, on: date) -> str:
    parts = [f"# {role.label}\n\n{role.may}\n"]
    if role.limits:
        parts.append(f"\n**Límites:** {role.limits}\n")
    parts.append(f"\n{HOW}")
    mine = [each for each in catalogue.commands() if role.code in each.roles]
    names = {each.number: each.name for each in procedure.activities}
    for number in sorted({each.activity for each in mine}):
        title = f"Actividad {number}. {names[number]}" if number in names else "En cualquier momento"
        parts.append(f"\n## {title}\n")
        parts.extend(_act(catalogue, procedure, each, on) for each in _once(mine) if each.activity == number)
    return "".join(parts)


def _once(commands: list[CommandDefinition]) -> Iterator[CommandDefinition]:
    """Commands that several services have are one act for a person."""
    seen: set[str] = set()
    for each in commands:
        if each.command not in seen:
            seen.add(each.command)
            yield each


def _act(catalogue: Catalogue, procedure: ProcedureVersion, each: CommandDefinition, on: date) -> str:
    said = [f"\n### {each.label}\n\n"]
    if each.help:
        said.append(f"{each.help}\n\n")
    states = [state for state in procedure.states if state in procedure.states_of(each.command)]
    if states:
        said.append(f"- **Cuándo:** {'; '.join(procedure.label(state) for state in states)}.\n")
    if each.form:
        form = catalogue.form(each.form, on)
        said.append(f"- **Formato:** {form.code}, {form.name} (versión {form.version}).\n")
    fields = [field for group in command_fields(each, catalogue, on) for field in (group.fields or (group,))]
    needed = [field.label for field in fields if field.required]
    others = [field.label for field in fields if not field.required]
    if needed:
        said.append(f"- **Pide:** {'; '.join(needed)}.\n")
    if others:
        said.append(f"- **Si lo hay:** {'; '.join(others)}.\n")
    if each.despite_restriction:
        said.append("- **Con el tratamiento de los datos restringido:** se puede.\n")
    also = [catalogue.role(code).label for code in each.roles]
    said.append(f"- **Quién puede:** {'; '.join(also)}.\n")
    return "".join(said)
