"""The screen of an act: drawn from the command's definition, with its errors beside the fields and values kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.api.commands import GIVE_PASSWORD, GIVE_SECRET, GIVE_TOKEN, carry_out
from services.gateway.cases import Case, hindered, load_case
from services.gateway.console import draft_pages, forms, posting
from services.gateway.console.case_choices import cases_for, own_case
from services.gateway.console.choices import LISTS, options_for
from services.gateway.console.render import page
from services.gateway.edge import Caller, Edge, Ordered
from services.gateway.problems import Problem
from services.gateway.registers import REGISTERS
from shared.catalogue.commands import CommandDefinition
from shared.catalogue.refusals import CatalogueNotEffective
from shared.contracts.layout import Slot, command_layout
from shared.runtime.clock import today

ORIGINS = {
    "call": ("/convocatorias", "Convocatorias"),
    "inventory": ("/almacen", "Almacén"),
    "webhook": ("/webhooks", "Webhooks"),
    "service_token": ("/integradores", "Integradores"),
    "gateway": ("/cuentas", "Cuentas"),
    "report": ("/informes", "Informes"),
    "hemi_entry": ("/hemi", "Registros HEMI"),
    "catalogue_version": ("/catalogo", "Catálogo"),
    "what_if": ("/catalogo/ensayos", "Ensayos"),
}
"""Where the way back leads from an act that is on no case: by what it acts on, or its service."""
RESUBMIT_NEW = frozenset({"COMMAND_ID_REUSED"})
"""After these the form gets a new key: the old one stands for something else."""


@dataclass
class Screen:
    """One act being filled in."""

    definition: CommandDefinition
    slots: tuple[Slot, ...]
    target: UUID | None
    case: Case | None
    key: str
    version: str = ""
    happened_on: str = ""
    shown: forms.Shown = field(default_factory=forms.Shown)
    problem: Problem | None = None
    came: str = ""
    draft: draft_pages.Restored | None = None


async def show(request: Request, caller: Caller) -> Response:
    """The empty screen, with what is known already filled in (FRM-5)."""
    screen = await _open(request, caller, request.query_params)
    part = screen.case.parts.get(screen.definition.service, {}) if screen.case else {}
    screen.version = str(request.query_params.get("version") or _version(screen, part))
    screen.happened_on = today().isoformat()
    known = dict((part.get("defaults") or {}).get(screen.definition.command) or {})
    if screen.case is not None:
        own_case(screen.slots, known, screen.case.id)
    for slot in screen.slots:
        if slot.to and slot.name in request.query_params:
            known.setdefault(slot.name, request.query_params[slot.name][:64])
    screen.shown.body = known
    spot = draft_pages.spot_of(caller, screen.definition, screen.came)
    edge: Edge = request.app.state.edge
    if screen.case is None or hindered(edge, screen.case, screen.definition) is None:
        screen.draft = await draft_pages.restored(edge, spot, screen.slots)
    draft = screen.draft
    if draft is not None:
        # The same key: it may have been sent before the page was left, and must not be done twice.
        screen.key, screen.shown.body = draft.key, draft.body
        screen.happened_on = draft.happened_on or screen.happened_on
    return await _draw(request, caller, screen)


async def submit(request: Request, caller: Caller) -> Response:
    """Carry the act out, or show the screen again with what is wrong."""
    edge: Edge = request.app.state.edge
    posted, refused = await posting.read(request, caller)
    screen = await _open(request, caller, {name: values[-1] for name, values in posted.items()})
    screen.key = posting.key_of(posted)
    screen.version = (posted.get("_version") or [""])[-1]
    screen.happened_on = (posted.get("happened_on") or [""])[-1]
    adding = (posted.get("_add") or [""])[-1]
    body = forms.read_body(screen.slots, posted, keep_rows=bool(adding))
    screen.shown.body = body
    if adding:
        forms.add_row(body, adding)
        return await _draw(request, caller, screen)
    if refused:
        faults = [{"field": name, "detail": problem.detail} for name, problem in refused.items()]
        first = next(iter(refused.values()))
        problem = Problem(first.status, first.code, first.detail, field=next(iter(refused)), errors=faults)
        return await _refused(request, caller, screen, problem)
    ordered = Ordered(
        screen.definition,
        screen.target,
        body,
        UUID(screen.key),
        int(screen.version) if screen.version.isdigit() else None,
        screen.happened_on or None,
    )
    try:
        result = await carry_out(edge, request, caller, ordered)
    except Problem as problem:
        return await _refused(request, caller, screen, problem)
    spot = draft_pages.spot_of(caller, screen.definition, screen.came)
    await edge.blocking(lambda: edge.door.drafts.close(spot, ordered.command_id))
    return await _done(request, screen, result)


async def _open(request: Request, caller: Caller, given: Any) -> Screen:
    edge: Edge = request.app.state.edge
    definition = posting.definition_of(edge, request)
    target = posting.maybe_uuid(given.get("id") or given.get("_id"))
    case_id = posting.maybe_uuid(given.get("caso") or given.get("_caso"))
    if case_id is None and definition.subject == "case" and target is not None:
        case_id = target
    case = await load_case(edge, request, caller, case_id) if case_id else None
    if target is None and not definition.creates and definition.subject == "case" and case is not None:
        target = case.id
    try:
        slots = command_layout(definition, edge.catalogue, today())
    except CatalogueNotEffective as refusal:
        raise Problem(409, refusal.code, refusal.text) from None
    query = dict(parse_qsl(given["_desde"])) if "_desde" in given else given
    came = draft_pages.came_by(definition, slots, query)
    return Screen(definition, slots, target, case, str(uuid4()), came=came)


async def _draw(request: Request, caller: Caller, screen: Screen, status: int = 200) -> Response:
    edge: Edge = request.app.state.edge
    definition = screen.definition
    choices: dict[str, dict[str, str]] = {}
    for to in forms.references(screen.slots):
        found = None
        if to == "case":
            found = await cases_for(edge, request, caller, definition, screen.case, screen.target)
        if found is None:
            found = await options_for(edge, request, caller, definition.service, to, screen.case, screen.target)
        if found is not None:
            choices[to] = found
    screen.shown.choices = choices
    targets: dict[str, str] = {}
    asks_target = not definition.creates and screen.target is None
    if asks_target and definition.subject in LISTS:
        listed = await options_for(edge, request, caller, definition.service, definition.subject, screen.case, None)
        targets = listed or {}
    drawn = forms.controls(screen.slots, screen.shown)
    problem = screen.problem
    return await page(
        request,
        "act.html",
        status=status,
        screen=screen,
        definition=definition,
        controls=drawn,
        multipart=forms.has_files(screen.slots),
        asks_target=asks_target,
        targets=targets,
        activity=_activity(edge, definition),
        problem=problem,
        summary=_summary(problem, screen, drawn),
        origin=ORIGINS.get(definition.subject) or ORIGINS.get(definition.service) or _list_of(definition),
        today=today().isoformat(),
    )


async def _refused(request: Request, caller: Caller, screen: Screen, problem: Problem) -> Response:
    """Show the screen again: values kept, faults beside their fields, the same key (nothing was stored)."""
    edge: Edge = request.app.state.edge
    screen.problem = problem
    errors = {str(error["field"]): str(error["detail"]) for error in problem.errors}
    if problem.field and not errors:
        errors[problem.field] = problem.detail
    screen.shown.errors = errors
    if problem.code in RESUBMIT_NEW:
        screen.key = str(uuid4())
    if problem.code == "VERSION_CONFLICT" and screen.case is not None:
        # Who sends it again has read that it changed, and now means the new version.
        screen.case = await load_case(edge, request, caller, screen.case.id)
        screen.version = _version(screen, screen.case.parts.get(screen.definition.service, {}))
    return await _draw(request, caller, screen, problem.status)


async def _done(request: Request, screen: Screen, result: dict[str, Any]) -> Response:
    """Where the person goes next, with a word that it was done."""
    definition = screen.definition
    if definition.service == "gateway" and definition.command in GIVE_PASSWORD:
        return await page(request, "password_given.html", label=definition.label, password=result.get("password"))
    if definition.service == "gateway" and definition.command in GIVE_TOKEN:
        return await page(request, "token_given.html", label=definition.label, token=result.get("token"))
    if definition.service == "gateway" and definition.command in GIVE_SECRET:
        return await page(request, "secret_given.html", label=definition.label, secret=result.get("secret"))
    done = urlencode({"hecho": f"{definition.service}.{definition.command}"})
    case = screen.case.id if screen.case else (result.get("id") if definition.subject == "case" else None)
    if definition.command == "ImportCandidates":
        where = f"/importaciones/{result['id']}"
    elif case is not None:
        where = f"/casos/{case}"
    else:
        where = {
            "call": f"/convocatorias/{result.get('id')}",
            "account": "/cuentas",
            "staff_member": "/cuentas",
            "service_token": "/integradores",
            "webhook": f"/webhooks/{result.get('id')}",
            "report": f"/informes/{result.get('id')}",
            "hemi_entry": "/hemi",
            "catalogue_version": f"/catalogo/{result.get('id')}",
            "what_if": f"/catalogo/ensayos/{result.get('id')}",
        }.get(definition.subject) or _list_of(definition)[0]
    return RedirectResponse(f"{where}?{done}", 303)


def _list_of(definition: CommandDefinition) -> tuple[str, str]:
    """The list that the act starts from, and its name."""
    if definition.service == "inventory":
        return ORIGINS["inventory"]
    for name, register in REGISTERS.items():
        if register.service == definition.service and definition.command in register.commands():
            return register.page or f"/listas/{name}", register.title
    return "/casos", "Casos"


def _version(screen: Screen, part: dict[str, Any]) -> str:
    """The version that the person sees now, of what the command acts on."""
    if screen.definition.creates:
        return ""
    if screen.definition.subject == "case":
        return str(part.get("version") or "")
    for target in part.get("targets") or ():
        if str(target.get("id")) == str(screen.target):
            return str(target.get("version") or "")
    return ""


def _summary(problem: Problem | None, screen: Screen, drawn: tuple[forms.Control, ...]) -> list[tuple[str, str]]:
    """What the error summary lists: the fault, and the control that it belongs to (empty: none of them)."""
    if problem is None:
        return []
    ids = dict(_ids(drawn))
    lines = [(text, ids.get(path, "")) for path, text in screen.shown.errors.items()]
    if not problem.errors and not (problem.field and problem.field in ids):
        return [(problem.detail, "")]
    labels = {control.name: control.slot.label for control in _all(drawn)}
    paths = list(screen.shown.errors)
    return [
        (f"{labels[path]}: {text}" if path in labels else text, anchor)
        for path, (text, anchor) in zip(paths, lines, strict=True)
    ]


def _ids(drawn: tuple[forms.Control, ...]) -> list[tuple[str, str]]:
    return [(control.name, control.id) for control in _all(drawn)] + [("happened_on", "happened-on")]


def _all(drawn: tuple[forms.Control, ...]) -> list[forms.Control]:
    found: list[forms.Control] = []
    for control in drawn:
        found.append(control)
        found += _all(control.children)
        for row in control.rows:
            found += _all(row)
    return found


def _activity(edge: Edge, definition: CommandDefinition) -> Any:
    if not definition.activity:
        return None
    try:
        return edge.catalogue.procedure("PR-156", today()).activity(definition.activity)
    except KeyError:
        return None
