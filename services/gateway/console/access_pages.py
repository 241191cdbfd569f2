"""Who looked at what: the access log of each service, for internal control and who answers for the data of people."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.accesses import FILTERS, entries
from services.gateway.console.render import SERVICES, page
from services.gateway.edge import Caller, Edge

HOME = "/accesos"
ASKED = {"quien": "person", "caso": "case", "que": "what", "desde": "from", "hasta": "to"}
"""Names in the console's address by the name of the question."""
KINDS = {
    "login": "Ingreso",
    "login_failed": "Ingreso fallido",
    "login_throttled": "Ingreso frenado por intentos",
    "logout": "Salida",
    "denied": "Negación",
    "read": "Consulta de control",
    "personal_data_read": "Datos personales a la vista",
    "export": "Salida de información",
    "password_changed": "Cambio de contraseña",
    "role_granted": "Rol otorgado",
    "role_ended": "Rol terminado",
    "key_destroyed": "Clave destruida (supresión)",
    "keys_rotated": "Claves envueltas de nuevo",
    "audit_run": "Comprobación o prueba",
    "operated": "Operación de la plataforma",
}


async def accesses(request: Request, caller: Caller) -> Response:
    """A page of one service's access log, the latest first, by person, case, kind and day."""
    edge: Edge = request.app.state.edge
    given = {name: value.strip()[:60] for name, value in request.query_params.items()}
    service = given.get("servicio") if given.get("servicio") in SERVICES else "intake"
    checks = {param.name: param for param in FILTERS}
    params, errors = {}, {}
    for name, question in ASKED.items():
        if not given.get(name):
            continue
        try:
            params[question] = checks[question].read(given[name])
        except ValueError:
            errors[name] = "Indique un identificador completo." if name in ("quien", "caso") else "Revise este dato."
    found = {"items": [], "people": {}, "next": None}
    if not errors:
        cursor = given.get("siguen", "")
        found = await entries(edge, request, caller, str(service), {**params, "cursor": cursor})
    following = None
    if found["next"]:
        following = f"{HOME}?{urlencode({**given, 'servicio': service, 'siguen': found['next']})}"
    return await page(
        request,
        "accesses.html",
        status=422 if errors else 200,
        service=service,
        services=SERVICES,
        kinds=KINDS,
        purposes=edge.purposes(),
        given=given,
        errors=errors,
        items=found["items"],
        people=found["people"],
        next=following,
        home=HOME,
    )
