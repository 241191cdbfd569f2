"""Rendering pages: the template environment, and how dates, states and personal values look in Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.gateway.api.session import cookie_name, role_label
from services.gateway.edge import Caller, Edge
from shared.privacy.personal import ERASED
from shared.runtime.clock import BOGOTA

LOCALE = "es_CO"
TEMPLATES = Path(__file__).parent.parent / "templates"
CHANNELS = {
    "console": "consola",
    "api": "programa",
    "field": "terreno",
    "import": "importación",
    "system": "sistema",
}
SERVICES = {
    "intake": "Identificación y criterios",
    "profiling": "Perfilación",
    "assistance": "Asistencia técnica",
    "inventory": "Almacén",
    "reporting": "Informes",
    "gateway": "Acceso",
}
TRACKS = {
    "training": "Formación",
    "incentive": "Incentivo",
    "duplicate": "Duplicidad",
    "hemi": "HEMI",
    "data_claim": "Datos personales",
    "legal_hold": "Retención legal",
    "processing": "Tratamiento",
}
TRACK_STATES = {
    "not_started": "sin iniciar",
    "memo_sent": "memorando enviado",
    "enrolled": "inscrita",
    "in_progress": "en curso",
    "completed": "completa",
    "excepted": "con excepción",
    "decided": "decidido",
    "assigned": "asignado",
    "requested": "solicitado",
    "withdrawn": "retirado",
    "delivered": "entregado",
    "returned": "devuelto",
    "cancelled": "cancelado",
    "clear": "sin novedad",
    "in_process": "reclamo en trámite",
    "in_force": "vigente",
    "restricted": "restringido",
    "suspected": "por resolver",
    "pending": "pendiente",
    "rejected": "rechazada",
}


def day(value: Any) -> str:
    """A date as people write it: 15 de octubre de 2026."""
    if not value:
        return "—"
    try:
        return format_date(_date(value), "d 'de' MMMM 'de' y", locale=LOCALE)
    except ValueError:
        return str(value)


def instant(value: Any) -> str:
    """An instant in the programme's zone: 15 oct 2026, 10:32."""
    if not value:
        return "—"
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return str(value)
    return format_datetime(moment, "d MMM y, HH:mm", tzinfo=BOGOTA, locale=LOCALE)


def pesos(value: Any) -> str:
    """An amount of COP as people write it: $ 1.234.567,89."""
    return "—" if value in (None, "") else f"$ {format_decimal(Decimal(str(value)), '#,##0.00', locale=LOCALE)}"


def is_personal(value: Any) -> bool:
    return isinstance(value, Mapping) and "personal" in value


def plain(value: Any) -> str:
    """A value for a person to read."""
    if is_personal(value):
        inner = value.get("value")
        return ERASED if inner is None else plain(inner)
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(plain, value)) or "—"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {plain(inner)}" for name, inner in value.items())
    text = str(value)
    if len(text) == 10 and text[4:5] == "-" and text[7:8] == "-":
        return day(text)
    return text


def short(identifier: Any) -> str:
    """The first eight digits of an id, enough to tell two apart on a page."""
    return str(identifier)[:8]


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(day=day, instant=instant, pesos=pesos, plain=plain, short=short)
    environment.tests["personal"] = is_personal
    environment.globals.update(
        channel_names=CHANNELS, service_names=SERVICES, track_names=TRACKS, track_states=TRACK_STATES
    )
    return environment


ENVIRONMENT = _environment()
PURPOSE = "finalidad"
"""The form field that says what personal data are looked at for."""


def purposes_for(edge: Edge, caller: Caller) -> dict[str, Any]:
    """What `purpose_of` of ``parts.html`` offers, and what it has chosen already: the usual purpose of the role."""
    return {"purposes": edge.purposes(), "purpose": edge.usual_purpose(caller)}


async def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response:
    """A page with what the layout needs: who is logged in, the form token, the addresses of the assets."""
    edge: Edge = request.app.state.edge
    caller: Caller | None = getattr(request.state, "caller", None)
    cookie = request.cookies.get(cookie_name(request), "")
    if caller is None and cookie:
        # Pages for everybody, and problems met before a page asked who is there.
        caller = await edge.caller(request, cookie, "console")
    name = None
    if caller is not None:
        name = (await edge.blocking(lambda: edge.door.names({caller.person}))).get(caller.person)
    html = ENVIRONMENT.get_template(template).render(
        asset=request.app.state.assets.url,
        caller=caller,
        caller_name=name,
        caller_roles=sorted({role_label(edge, role) for role in caller.roles}) if caller else [],
        csrf=caller.session.csrf if caller else "",
        here=request.url.path,
        request_id=request.state.request_id,
        **context,
    )
    return HTMLResponse(html, status, headers=dict(headers or {}))
