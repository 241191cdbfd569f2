"""Drafts on the screen of an act: kept while the person writes, filled in again, discarded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.gateway.cases import load_case
from services.gateway.console import forms, guard, posting
from services.gateway.drafts import DEFAULT_CLASS, LIMIT, Draft, DraftTooLarge, Spot
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem, from_refusal
from shared.catalogue.commands import CommandDefinition
from shared.catalogue.refusals import Refusal
from shared.contracts.layout import Slot, command_layout
from shared.privacy.personal import Kind
from shared.runtime.answering import refusal_state
from shared.runtime.clock import BOGOTA, today

_FILE_ID = re.compile(r"[0-9a-f-]{32,64}")


@dataclass(frozen=True)
class Restored:
    """A draft as a screen shows it: ``left_out`` values no longer fit in a form that was ``changed`` since."""

    saved_at: datetime
    body: dict[str, Any]
    happened_on: str
    chosen: str
    key: str
    version: str
    changed: bool
    left_out: int

    @property
    def when(self) -> str:
        return _clock(self.saved_at)

    @property
    def earlier(self) -> bool:
        return self.saved_at.date() != today()


def came_by(definition: CommandDefinition, slots: Sequence[Slot], query: Mapping[str, str]) -> str:
    """The part of an act's address that says on what: the case, the target, and what is chosen already."""
    names = ("caso", "id", *(slot.name for slot in slots if slot.to and definition.creates))
    given = {name: str(query[name]) for name in names if query.get(name)}
    return urlencode(sorted((name, value.lower()) for name, value in given.items() if _is_uuid(value)))


def spot_of(caller: Caller, definition: CommandDefinition, came: str) -> Spot:
    return Spot(caller.person, definition.service, definition.command, came)


async def restored(edge: Edge, spot: Spot, slots: Sequence[Slot]) -> Restored | None:
    """The draft that waits for this screen, as far as it fits in the form of today."""
    draft = await edge.blocking(lambda: edge.door.drafts.find(spot))
    if draft is None:
        return None
    fitting = {name: values for name, values in draft.fields.items() if _fits(slots, name, values)}
    return Restored(
        saved_at=datetime.fromtimestamp(draft.saved_at, BOGOTA),
        body=forms.read_body(slots, fitting, keep_rows=True),
        happened_on=_one(draft, "happened_on"),
        chosen=_one(draft, "_id"),
        key=str(draft.key),
        version=draft.version,
        changed=draft.layout != layout_name(slots),
        left_out=len(draft.fields.keys() - fitting.keys()),
    )


async def save(request: Request) -> Response:
    """Keep what the form holds. A page that saves by itself gets one line of text, also when it could not be kept."""
    caller = await guard.caller_of(request)
    by_itself = bool(request.headers.get("hx-request"))
    if caller is None:
        # Not the log-in page in place of the form: what was written since the last save is still on the screen.
        return _line(_ended(request), 401) if by_itself else RedirectResponse("/entrar", 303)
    try:
        saved, came = await _save(request, caller)
    except Problem as problem:
        if by_itself:
            return _line(escape(problem.detail), problem.status)
        raise
    if by_itself:
        return _line(f"Borrador guardado {_clock(saved)}")
    return RedirectResponse(_address(request, came), 303)


async def discard(request: Request, caller: Caller) -> Response:
    """Throw a draft away and show the screen as if it had never been."""
    edge: Edge = request.app.state.edge
    posted, _ = await posting.read(request, caller)
    definition, slots = _asked(request)
    came = came_by(definition, slots, dict(parse_qsl((posted.get("_desde") or [""])[-1])))
    key = UUID(posting.key_of(posted))
    await edge.blocking(lambda: edge.door.drafts.close(spot_of(caller, definition, came), key))
    return RedirectResponse(_address(request, came), 303)


def layout_name(slots: Sequence[Slot]) -> str:
    """Another name once fields, their kinds or their options are others."""
    told = [(slot.path, slot.widget, sorted(slot.options)) for slot in _leaves(slots)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


async def _save(request: Request, caller: Caller) -> tuple[datetime, str]:
    edge: Edge = request.app.state.edge
    posted, refused = await posting.read(request, caller)
    definition, slots = _asked(request)
    came = came_by(definition, slots, dict(parse_qsl((posted.get("_desde") or [""])[-1])))
    spot = spot_of(caller, definition, came)
    key = UUID(posting.key_of(posted))
    subject = await _subject(request, caller, definition, spot, posted)
    version = (posted.get("_version") or [""])[-1][:20]
    fields = _typed(slots, posted, choose="id=" not in came and "caso=" not in came)
    try:
        saved = await edge.blocking(
            lambda: edge.door.drafts.keep(
                spot, key=key, subject=subject, fields=fields, version=version, layout=layout_name(slots)
            )
        )
    except DraftTooLarge:
        detail = (
            f"El borrador supera {LIMIT // 1000} mil caracteres y no se guardó. Acórtelo o registre lo que ya está."
        )
        raise Problem(413, "DRAFT_TOO_LARGE", detail) from None
    except Refusal as refusal:
        raise from_refusal(refusal_state(refusal)) from None
    if saved is None:
        detail = "Este formulario ya se registró o se descartó. Vuelva a abrirlo para empezar otro."
        raise Problem(409, "DRAFT_CLOSED", detail)
    for problem in refused.values():
        raise Problem(problem.status, problem.code, f"{problem.detail} Lo demás quedó en el borrador.")
    return datetime.fromtimestamp(saved, BOGOTA), came


async def _subject(
    request: Request, caller: Caller, definition: CommandDefinition, spot: Spot, posted: posting.Posted
) -> UUID:
    """Whose keys seal the draft: the person's whom the case is about, else its author's."""
    edge: Edge = request.app.state.edge
    came = dict(parse_qsl(spot.came))
    given = came.get("caso")
    if definition.subject == "case" and not definition.creates:
        given = given or came.get("id") or (posted.get("_id") or [""])[-1]
    case_id = posting.maybe_uuid(given)
    if case_id is None:
        return caller.person
    known = await edge.blocking(lambda: edge.door.drafts.subject(spot)) if came else None
    if known is not None:
        # A case has one person: it is not asked for again at every pause of the keyboard.
        return known
    case = await load_case(edge, request, caller, case_id)
    candidate = case.parts.get("intake", {}).get("candidate_id")
    if candidate is None:
        detail = "El borrador no se pudo guardar ahora. Siga escribiendo: se intenta de nuevo con el próximo cambio."
        raise Problem(503, "SERVICE_UNAVAILABLE", detail, headers={"Retry-After": "5"})
    return UUID(str(candidate))


def _typed(slots: Sequence[Slot], posted: posting.Posted, *, choose: bool) -> dict[Kind, dict[str, list[str]]]:
    """What was typed, by data class; ``choose``: what it acts on is chosen in the form too."""
    typed: dict[Kind, dict[str, list[str]]] = {}
    for name, values in posted.items():
        slot = forms.slot_at(slots, name.removesuffix("#rows"))
        if slot is not None and slot.widget == "file":
            # A file that was only chosen is with nobody yet; one that was sent is known by its id.
            values = [value for value in values if _FILE_ID.fullmatch(value)][:1]
        if any(values) and (slot is not None or name == "happened_on" or (choose and name == "_id")):
            kind = slot.personal if slot is not None else None
            typed.setdefault(kind or DEFAULT_CLASS, {})[name] = values
    return typed


def _fits(slots: Sequence[Slot], name: str, values: Sequence[str]) -> bool:
    if name in ("happened_on", "_id"):
        return True
    slot = forms.slot_at(slots, name.removesuffix("#rows"))
    if slot is None or bool(slot.slots) != name.endswith("#rows"):
        return False
    return not slot.options or slot.widget == "lines" or all(not value or value in slot.options for value in values)


def _leaves(slots: Sequence[Slot]) -> Iterator[Slot]:
    for slot in slots:
        yield slot
        yield from _leaves(slot.slots)


def _asked(request: Request) -> tuple[CommandDefinition, tuple[Slot, ...]]:
    edge: Edge = request.app.state.edge
    definition = posting.definition_of(edge, request)
    return definition, command_layout(definition, edge.catalogue, today())


def _address(request: Request, came: str) -> str:
    service, command = request.path_params["service"], request.path_params["command"]
    return f"/actos/{service}/{command}{'?' + came if came else ''}"


def _ended(request: Request) -> str:
    """A line that leads to the log-in and from there to this screen again."""
    here = urlsplit(request.headers.get("hx-current-url", ""))
    back = quote(guard.local_path(f"{here.path}?{here.query}" if here.query else here.path), safe="/")
    return (
        "Su sesión terminó. Lo que escribió después del último borrador no se guardó: "
        f'<a class="govuk-link" href="/entrar?siguiente={back}">entre de nuevo</a> y siga desde el borrador.'
    )


def _line(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status)


def _clock(moment: datetime) -> str:
    return f"a las {moment.astimezone(BOGOTA):%H:%M}"


def _one(draft: Draft, name: str) -> str:
    return (draft.fields.get(name) or [""])[-1]


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
