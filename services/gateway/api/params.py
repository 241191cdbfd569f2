"""Parameters of questions: how each is checked, and what it means (it stands in the documentation)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from starlette.requests import Request

from services.gateway.problems import Problem

D = TypeVar("D", bound=date)
MAX_LIMIT = 200
LOOKS_LIKE_DOCUMENT = re.compile(r"[0-9][0-9.,' ]{3,12}[0-9]")


@dataclass(frozen=True)
class Param:
    """A parameter of a query: its check, and what it means, in Spanish (it stands in the documentation)."""

    name: str
    read: Callable[[str], Any]
    about: str
    schema: Mapping[str, Any]


def uuid(text: str) -> str:
    return str(UUID(text))


def day(text: str) -> str:
    return _conceivable(date.fromisoformat(text)).isoformat()


def instant(text: str) -> str:
    return _conceivable(datetime.fromisoformat(text)).isoformat()


def _conceivable(moment: D) -> D:
    # At the edges of the calendar another zone's day, or the next millisecond, does not exist.
    if not 1900 <= moment.year <= 2200:
        raise ValueError
    return moment


def _limit(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MAX_LIMIT:
        raise ValueError
    return value


def activity(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 99:
        raise ValueError
    return value


def code(text: str) -> str:
    if not re.fullmatch(r"[\w.\-: ]{1,60}", text):
        raise ValueError
    return text


def codes(text: str) -> str:
    if not re.fullmatch(r"[a-z_]{1,40}(,[a-z_]{1,40}){0,40}", text):
        raise ValueError
    return text


def _search(text: str) -> str:
    """A search by id or code. Something that looks like a document number has no place in an address."""
    if LOOKS_LIKE_DOCUMENT.fullmatch(text.strip()):
        raise Problem(
            422,
            "PARAMETER_INVALID",
            "No busque por número de documento en la dirección: use POST /api/people/search.",
            field="text",
        )
    return code(text)


def text_param(name: str, about: str) -> Param:
    return Param(name, code, about, {"type": "string", "maxLength": 60})


def id_param(name: str, about: str) -> Param:
    return Param(name, uuid, about, {"type": "string", "format": "uuid"})


def code_param(name: str, about: str) -> Param:
    """A parameter that holds a code."""
    return text_param(name, about)


def day_param(name: str, about: str) -> Param:
    """A parameter that holds a date."""
    return Param(name, day, about, {"type": "string", "format": "date"})


def enum_param(name: str, values: tuple[str, ...], about: str) -> Param:
    """A parameter that is one of ``values``."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError
        return text

    return Param(name, read, about, {"type": "string", "enum": list(values)})


CURSOR = Param(
    "cursor", lambda text: text[:500], "Continuación: el valor de «next» de la página anterior.", {"type": "string"}
)
LIMIT = Param(
    "limit", _limit, "Filas por página (50 si no se indica).", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}
)
PAGED = (CURSOR, LIMIT)
AS_OF = Param("as_of", day, "Solo lo ocurrido hasta esta fecha.", {"type": "string", "format": "date"})
TWO_CLOCKS = (
    AS_OF,
    Param(
        "recorded_until", instant, "Solo lo registrado hasta este instante.", {"type": "string", "format": "date-time"}
    ),
)
SEARCH = Param("text", _search, "Comienzo de un identificador o de un código.", {"type": "string", "maxLength": 60})

CANDIDATES = (
    id_param("call", "Convocatoria."),
    text_param("list_no", "Número de la lista consolidada."),
    text_param("source", "Fuente: field_day, hemi o requests_pr029."),
    text_param("state", "Estado del caso."),
    text_param("route", "Ruta: entrepreneurship o strengthening."),
    text_param("interest", "Interés en el proceso: yes, no o unknown."),
)
"""Filters of the candidate register, on the screen and in its file."""
KARDEX = (
    id_param("item", "Elemento."),
    id_param("lot", "Lote."),
    id_param("warehouse", "Almacén."),
    id_param("case", "Caso."),
    id_param("contract", "Contrato con el que llegaron los bienes."),
    id_param("person", "Persona que tiene los bienes en custodia."),
    *TWO_CLOCKS,
)
"""Filters of the kardex, on the screen and in its file."""


@dataclass(frozen=True)
class QueryRoute:
    """An address that a service's query answers. ``path_id`` is the name under which its ``{id}`` is passed."""

    path: str
    service: str
    query: str
    label: str
    params: tuple[Param, ...] = ()
    path_id: str | None = None


def read_params(request: Request, known: tuple[Param, ...]) -> dict[str, Any]:
    """The query string, checked. Raises `Problem` for a parameter that is unknown, repeated or malformed."""
    by_name = {param.name: param for param in known}
    params: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        param = by_name.get(name)
        if param is None or name in params:
            names = ", ".join(by_name) or "ninguno"
            raise Problem(
                422, "PARAMETER_INVALID", f"Parámetro desconocido o repetido. Se admiten: {names}.", field=name[:40]
            )
        if value == "":
            continue
        try:
            params[name] = param.read(value)
        except ValueError:
            raise Problem(
                422, "PARAMETER_INVALID", f"El parámetro «{name}» no es válido. {param.about}", field=name
            ) from None
    return params
