"""The schemas of what the API answers. Members that a service adds of its own are allowed everywhere."""

from __future__ import annotations

from typing import Any

from shared.eventstore.access_log import FACTS, KINDS

TEXT = {"type": "string"}
MAYBE_TEXT = {"type": ["string", "null"]}
UUID = {"type": "string", "format": "uuid"}
FLAG = {"type": "boolean"}
NUMBER = {"type": "integer"}
OBJECT = {"type": "object"}
OBJECTS = {"type": "array", "items": OBJECT}
TEXTS = {"type": "array", "items": TEXT}
MAYBE_TEXTS = {"type": ["array", "null"], "items": TEXT}


def _object(*optional: str, **members: Any) -> dict[str, Any]:
    """An object with these members, all there except those named ``optional``."""
    return {
        "type": "object",
        "required": [name for name in members if name not in optional],
        "properties": members,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


ROLE = _object(code=TEXT, label=TEXT)
ACT = _object(
    command=TEXT,
    service=TEXT,
    activity={"type": ["integer", "null"]},
    label=TEXT,
    form=MAYBE_TEXT,
    subject=TEXT,
    target=MAYBE_TEXT,
    target_label=MAYBE_TEXT,
    version={"type": ["integer", "null"]},
    path={"type": "string", "description": "A dónde se envía esta acción."},
    roles=_list(ROLE),
    may={"type": "boolean", "description": "Si usted puede hacerla ahora."},
    why={"type": ["string", "null"], "description": "Por qué no."},
    anytime=FLAG,
)
CASE = _object(
    id=UUID,
    procedure=TEXT,
    procedure_version=TEXT,
    state=MAYBE_TEXT,
    state_label=MAYBE_TEXT,
    owner=MAYBE_TEXT,
    closed=FLAG,
    candidate_id=MAYBE_TEXT,
    call={"type": ["object", "string", "null"]},
    person=OBJECTS,
    tracks=OBJECT,
    restricted={**TEXTS, "description": "Las clases de datos cuyo tratamiento está restringido."},
    facts=_list(_object(group=TEXT, label=TEXT, value={}, service=TEXT)),
    documents=_list(_object(id=TEXT, service=TEXT, opens=FLAG)),
    versions={"type": "object", "additionalProperties": NUMBER},
    lawful=_list(ACT),
    unavailable=TEXTS,
)
AT_POINT = {
    "known_by": {"type": "string", "format": "date-time", "description": "Lo registrado hasta este instante."},
    "happened_by": {"type": ["string", "null"], "description": "Lo ocurrido hasta este día."},
    "exists": {"type": "boolean", "description": "Si en ese punto ya había caso."},
    "state": MAYBE_TEXT,
    "state_label": MAYBE_TEXT,
}
CASE_AS_OF = _object(
    id=UUID,
    **AT_POINT,
    owner=MAYBE_TEXT,
    closed=FLAG,
    procedure=TEXT,
    procedure_version=TEXT,
    tracks=OBJECT,
    person=OBJECTS,
    facts=_list(_object("group", group=TEXT, label=TEXT, value={}, service=TEXT)),
    versions={"type": "object", "additionalProperties": NUMBER},
    events={**OBJECTS, "description": "Los hechos que cuentan, en el orden en que se registraron."},
    left_out={**OBJECTS, "description": "Los hechos que quedan por fuera, y por qué."},
    unavailable=TEXTS,
    difference={
        "anyOf": [
            {"type": "null"},
            _object(
                **{"from": _object(**AT_POINT)},
                words={**TEXTS, "description": "La diferencia en palabras."},
                fields=_list(_object(service=TEXT, group=TEXT, label=TEXT, before={}, after={}, words=TEXT)),
                events=_object(came=TEXTS, went=TEXTS),
            ),
        ]
    },
)
STOCK_AS_OF = _object(
    known_by=AT_POINT["known_by"],
    happened_by=AT_POINT["happened_by"],
    items=_list(_object(warehouse_code=TEXT, lot=TEXT, item_code=TEXT, on_hand=TEXT, assigned=TEXT, free=TEXT)),
    difference={"anyOf": [{"type": "null"}, _object(fields=OBJECTS, words=TEXTS)]},
)
BOARD_AS_OF = _object(
    known_by=AT_POINT["known_by"],
    happened_by=AT_POINT["happened_by"],
    total=NUMBER,
    missing=TEXTS,
    blocks=OBJECT,
    difference={"anyOf": [{"type": "null"}, _object(fields=OBJECTS, words=TEXTS)]},
)
PROBLEM = _object(
    "field",
    "lawful",
    "errors",
    "instance",
    type={"type": "string", "format": "uri-reference"},
    title=TEXT,
    status=NUMBER,
    detail={"type": "string", "description": "Qué pasó y qué hacer ahora, en español."},
    code={"type": "string", "description": "Código estable."},
    field=MAYBE_TEXT,
    lawful=TEXTS,
    errors=_list(_object(field=TEXT, detail=TEXT)),
    instance=TEXT,
)
GRANT = _object(id=TEXT, role=TEXT, role_label=TEXT, organisation=TEXT, programme=TEXT, contract=MAYBE_TEXT)

SCHEMAS: dict[str, dict[str, Any]] = {
    "Problem": PROBLEM,
    "Result": {**_object("version", id=UUID, version=NUMBER), "additionalProperties": True},
    "Object": OBJECT,
    "List": _object(items=OBJECTS),
    "Page": _object(
        items=OBJECTS,
        next={"type": ["string", "null"], "description": "El «cursor» de la página siguiente; null: no hay más."},
    ),
    "Case": CASE,
    "CaseAsOf": CASE_AS_OF,
    "StockAsOf": STOCK_AS_OF,
    "BoardAsOf": BOARD_AS_OF,
    "Token": _object(token=TEXT, token_type={"const": "Bearer"}, expires_in=NUMBER, idle_timeout=NUMBER, person=UUID),
    "Me": _object(
        person=UUID, display_name=MAYBE_TEXT, session=UUID, channel=TEXT, scopes=MAYBE_TEXTS, grants=_list(GRANT)
    ),
    "Work": _object(
        queues=_list(
            _object(
                title=TEXT,
                commands=TEXTS,
                path={"type": "string", "description": "La lista entera."},
                items=OBJECTS,
                more=FLAG,
                unavailable=FLAG,
            )
        ),
        steps={"type": "object", "additionalProperties": TEXTS, "description": "Estado → sus pasos."},
        cases=OBJECTS,
        next=MAYBE_TEXT,
    ),
    "Catalogue": _object(
        on={"type": "string", "format": "date"},
        procedures=OBJECTS,
        forms=OBJECTS,
        roles=_list(ROLE),
        commands=OBJECTS,
    ),
    "Feed": _object(events=OBJECTS, head=NUMBER, next={"type": ["integer", "null"]}, epoch=TEXT),
    "Checkpoints": _object(
        service=TEXT,
        size=NUMBER,
        note={"type": "string", "description": "El último punto de control, firmado (C2SP tlog-checkpoint)."},
        cosigned={
            "type": ["object", "null"],
            "required": ["size", "note"],
            "properties": {"size": NUMBER, "note": TEXT},
            "description": "El último que firmaron testigos, con las firmas de todos; null: ninguno.",
        },
    ),
    "Consistency": _object(
        service=TEXT, old=NUMBER, new=NUMBER, proof={**TEXTS, "description": "Los resúmenes SHA-256, en base64."}
    ),
    "Accesses": _object(
        service=TEXT,
        log=TEXT,
        items={
            "type": "array",
            "items": {
                "type": "object",
                "required": ["sequence", "at", "what"],
                "properties": {
                    "sequence": NUMBER,
                    "at": {"type": "string", "format": "date-time"},
                    "what": {"type": "string", "enum": list(KINDS)},
                    "count": NUMBER,
                    "carried": NUMBER,
                    **{name: TEXT for name in FACTS if name not in ("count", "carried")},
                },
                "description": "Una anotación. Personas y casos por identificador; ningún dato personal.",
            },
        },
        next={"type": ["string", "null"]},
        people={"type": "object", "additionalProperties": TEXT, "description": "Nombres del personal."},
    ),
    "StoredFile": _object(id=TEXT, sha256=TEXT, size=NUMBER, media_type=TEXT),
    "Health": _object(
        status={"enum": ["ok", "degraded", "unavailable"]}, services={"type": "object", "additionalProperties": TEXT}
    ),
}
