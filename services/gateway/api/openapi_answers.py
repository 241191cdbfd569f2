"""The schemas of what the API answers. Members that a service adds of its own are allowed everywhere."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
MAYBE_TEXT = {"type": ["string", "null"]}
UUID = {"type": "string", "format": "uuid"}
FLAG = {"type": "boolean"}
NUMBER = {"type": "integer"}
OBJECT = {"type": "object"}
OBJECTS = {"type": "array", "items": OBJECT}
TEXTS = {"type": "array", "items": TEXT}


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
    facts=_list(_object(group=TEXT, label=TEXT, value={}, service=TEXT)),
    documents=_list(_object(id=TEXT, service=TEXT, opens=FLAG)),
    versions={"type": "object", "additionalProperties": NUMBER},
    lawful=_list(ACT),
    unavailable=TEXTS,
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
    "Token": _object(token=TEXT, token_type={"const": "Bearer"}, expires_in=NUMBER, idle_timeout=NUMBER, person=UUID),
    "Me": _object(person=UUID, display_name=MAYBE_TEXT, session=UUID, channel=TEXT, grants=_list(GRANT)),
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
    "StoredFile": _object(id=TEXT, sha256=TEXT, size=NUMBER, media_type=TEXT),
    "Health": _object(
        status={"enum": ["ok", "degraded", "unavailable"]}, services={"type": "object", "additionalProperties": TEXT}
    ),
}
