"""The routes of proofs in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from services.gateway.api.accesses import FILTERS
from services.gateway.api.audit import SIZES
from services.gateway.api.openapi_parts import ID, SERVICE, answer, query_parameter, refusals, service_among
from services.gateway.api.params import PAGED
from shared.catalogue.commands import SERVICES
from shared.eventstore.log import access_name

READ = ("401", "403", "404", "409", "422", "503")
TAG = "Pruebas"
LOG = {
    **service_among([log for name in SERVICES for log in (name, access_name(name))]),
    "description": "El servicio cuyo registro es; con «.access», su registro de accesos.",
}
SEQUENCE = {
    "name": "sequence",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
    "description": "Número del evento en el registro del servicio.",
}


def describe(spec: APISpec) -> None:
    """Add them."""
    label = "El último punto de control de un registro, y el último que firmaron sus testigos"
    responses = answer("Los puntos de control.", *READ, schema="Checkpoints")
    _get(spec, "/api/audit/{service}/checkpoint", "checkpoint", label, [LOG], responses)
    label = "Que el registro de un tamaño comienza con el de otro: prueba de consistencia (RFC 9162)"
    parameters = [LOG, *({**query_parameter(one), "required": True} for one in SIZES)]
    responses = answer("La prueba.", *READ, schema="Consistency")
    _get(spec, "/api/audit/{service}/consistency", "consistency", label, parameters, responses)
    proof = {"description": "El archivo .tlog-proof (C2SP).", "content": {"text/plain": {"schema": {"type": "string"}}}}
    responses = {"200": proof, **refusals(*READ)}
    label = "La prueba de que un evento está en el registro"
    _get(spec, "/api/audit/{service}/events/{sequence}", "event", label, [LOG, SEQUENCE], responses)
    label = "La prueba del evento que expidió un FO-110 o FO-128"
    _get(spec, "/api/audit/documents/{id}", "document", label, [ID], responses)

    label = "Quién accedió a qué en un servicio, lo último primero; esta lectura también queda anotada"
    parameters = [SERVICE, *(query_parameter(one) for one in (*FILTERS, *PAGED))]
    responses = answer("Una página.", "401", "403", "404", "422", "503", schema="Accesses")
    _get(spec, "/api/access/{service}", "accesses", label, parameters, responses)


def _get(
    spec: APISpec, path: str, name: str, label: str, parameters: list[dict[str, Any]], responses: dict[str, Any]
) -> None:
    operation = {
        "operationId": f"gateway.audit_{name}",
        "summary": label,
        "tags": [TAG],
        "parameters": parameters,
        "responses": responses,
    }
    spec.path(path, operations={"get": operation})
