"""What the form of an act posted: its fields, its files, the key of the command."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request

from services.gateway import bodies
from services.gateway.api.files import store
from services.gateway.console import forms, guard
from services.gateway.edge import Caller, Edge
from services.gateway.multipart import FormField, MultipartForm
from services.gateway.problems import Problem
from shared.catalogue.commands import CommandDefinition
from shared.contracts.layout import command_layout
from shared.runtime.clock import today

Posted = dict[str, list[str]]


async def read(request: Request, caller: Caller) -> tuple[Posted, dict[str, Problem]]:
    """What the form posted, and the files that were refused, by field.

    The files are with their service already, and their ids stand in their fields.
    """
    edge: Edge = request.app.state.edge
    if bodies.media_type(request) != "multipart/form-data":
        fields = await bodies.form_fields(request)
        guard.check_form(caller, fields)
        return fields, {}
    definition = definition_of(edge, request)
    slots = command_layout(definition, edge.catalogue, today())
    posted: Posted = {}
    refused: dict[str, Problem] = {}
    checked = False
    async for part in MultipartForm(request, bodies.FILE_LIMIT + bodies.BODY_LIMIT).parts():
        if isinstance(part, FormField):
            posted.setdefault(part.name, []).append(part.value)
            continue
        if not checked:
            # The token stands first in the form: no file is taken from a page that is not ours.
            guard.check_form(caller, posted)
            checked = True
        slot = forms.slot_at(slots, part.name)
        if slot is None or slot.widget != "file" or not part.file_name:
            continue
        subject = (posted.get("_persona") or [""])[-1]
        # Whatever is attached to an act on a case is that person's, and goes when their data go.
        head = {"kind": slot.personal or "m", **({"subject": subject} if subject else {})}
        try:
            stored = await store(edge, request, caller, definition.service, part, head)
        except Problem as problem:
            if problem.status not in (415, 422):
                raise
            refused[part.name] = problem
            continue
        posted[part.name] = [str(stored["id"])]
    guard.check_form(caller, posted)
    return posted, refused


def definition_of(edge: Edge, request: Request) -> CommandDefinition:
    """The command that the address names."""
    try:
        return edge.catalogue.command(request.path_params["command"], request.path_params["service"])
    except KeyError:
        raise Problem(404, "ROUTE_NOT_FOUND", "Esta acción no existe en el catálogo.") from None


def key_of(posted: Posted) -> str:
    """The id under which the command is carried out, however often the form is sent."""
    try:
        return str(UUID((posted.get("_key") or [""])[-1]))
    except ValueError:
        raise Problem(400, "IDEMPOTENCY_KEY_INVALID", "El formulario llegó incompleto. Vuelva a abrirlo.") from None


def maybe_uuid(given: Any) -> UUID | None:
    """An identifier of an address or a form, None where there is none. Raises `Problem` 404 for anything else."""
    if not given:
        return None
    try:
        return UUID(str(given))
    except ValueError:
        raise Problem(404, "NOT_FOUND", "El identificador no es válido. Vuelva a la lista y elija de nuevo.") from None
