"""Problems: every error that leaves the gateway (RFC 9457), in Spanish, with a stable code, never exception text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/api/docs#problema-"
"""Problem types are pages of this installation: the readable documentation explains each code."""

TITLES: dict[str, str] = {
    "IDEMPOTENCY_KEY_REQUIRED": "Falta la clave de idempotencia",
    "IDEMPOTENCY_KEY_INVALID": "La clave de idempotencia no es válida",
    "IF_MATCH_INVALID": "La versión esperada no es válida",
    "JSON_BROKEN": "El cuerpo no es JSON válido",
    "BODY_NOT_OBJECT": "El cuerpo debe ser un objeto JSON",
    "BODY_TOO_LARGE": "El envío es demasiado grande",
    "CONTENT_TYPE_UNSUPPORTED": "Tipo de contenido no admitido",
    "PARAMETER_INVALID": "Parámetro de consulta no válido",
    "ROUTE_NOT_FOUND": "Esta dirección no existe",
    "METHOD_NOT_ALLOWED": "Método no permitido",
    "SESSION_REQUIRED": "Inicie sesión",
    "SCOPE_MISSING": "El token no abre esta dirección",
    "LOGIN_FAILED": "No fue posible iniciar sesión",
    "LOGIN_THROTTLED": "Demasiados intentos",
    "INSTITUTION_REQUIRED": "Entre por su institución",
    "INSTITUTION_AWAY": "El ingreso institucional no responde",
    "INSTITUTION_EXPIRED": "El ingreso institucional venció",
    "INSTITUTION_REFUSED": "La institución no confirmó el ingreso",
    "INSTITUTION_UNKNOWN": "Sin ingreso institucional",
    "RATE_LIMITED": "Demasiadas solicitudes",
    "CSRF_FAILED": "El formulario venció",
    "SERVICE_UNAVAILABLE": "Servicio no disponible",
    "DEADLINE_EXCEEDED": "El servicio no respondió a tiempo",
    "INTERNAL_ERROR": "Error interno",
    "NOT_AUTHORISED": "Sin permiso",
    "SOD_VIOLATION": "Separación de funciones",
    "STATE_NOT_ALLOWED": "La acción no procede en este estado",
    "STEP_OUT_OF_ORDER": "Falta un paso anterior",
    "CASE_CLOSED": "El caso está cerrado",
    "VERSION_CONFLICT": "El registro cambió",
    "COMMAND_ID_REUSED": "Clave de idempotencia ya usada",
    "FIELD_INVALID": "Datos no válidos",
    "FORM_INCOMPLETE": "Formato incompleto",
    "EVIDENCE_MISSING": "Falta evidencia",
    "DATE_IN_FUTURE": "Fecha en el futuro",
    "DATE_BEFORE_PRECONDITION": "Fecha anterior al paso previo",
    "CONSENT_MISSING": "Falta la autorización de datos",
    "DUPLICATE_UNRESOLVED": "Posible duplicidad sin resolver",
    "CATALOGUE_NOT_EFFECTIVE": "Versión no vigente",
    "NOT_FOUND": "No se encontró",
    "HISTORY_DIVERGED": "El registro fue restaurado",
}


class Problem(Exception):
    """An answer other than success. ``detail`` tells the person, in Spanish, what to do next."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        lawful: Sequence[str] = (),
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.field, self.lawful, self.errors = field, tuple(lawful), tuple(errors)
        self.headers, self.more = dict(headers or {}), more

    @property
    def title(self) -> str:
        return TITLES.get(self.code, "La acción no se puede realizar")

    def body(self, instance: str = "") -> dict[str, Any]:
        """The members of the problem document; ``instance`` is the request's id."""
        body: dict[str, Any] = {
            "type": TYPE_BASE + self.code.lower().replace("_", "-"),
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "field": self.field,
            "lawful": list(self.lawful),
        }
        if self.errors:
            body["errors"] = [dict(error) for error in self.errors]
        if instance:
            body["instance"] = f"urn:uuid:{instance}"
        body.update(self.more)
        return body

    def response(self, instance: str = "") -> Response:
        return JSONResponse(self.body(instance), self.status, headers=self.headers, media_type=MEDIA_TYPE)


def from_refusal(refusal: Mapping[str, Any]) -> Problem:
    """The problem that tells a service's refusal, as the service worded it."""
    errors = (refusal.get("parameters") or {}).get("errors")
    faults = errors.items() if isinstance(errors, Mapping) else ()
    more = {}
    if refusal["code"] == "VERSION_CONFLICT":
        known = refusal.get("parameters") or {}
        more = {f"{name}_version": known[name] for name in ("expected", "actual") if name in known}
    return Problem(
        int(refusal.get("status") or 409),
        str(refusal["code"]),
        str(refusal.get("text") or "La acción no se puede realizar."),
        field=refusal.get("field"),
        lawful=refusal.get("lawful") or (),
        errors=[{"field": path, "detail": " ".join(map(str, texts))} for path, texts in faults],
        **more,
    )


def unavailable(retry_after_s: int, *, write: bool, late: bool = False) -> Problem:
    """503 with Retry-After. A write that brought no answer is safe to repeat only with its own key."""
    what = "El servicio no respondió a tiempo." if late else "El servicio no está disponible en este momento."
    then = "reintente con la misma clave" if write else "reintente"
    return Problem(
        503,
        "DEADLINE_EXCEEDED" if late else "SERVICE_UNAVAILABLE",
        f"{what} Espere {retry_after_s} segundos y {then}.",
        headers={"Retry-After": str(retry_after_s)},
    )
