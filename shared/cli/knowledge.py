"""`impulso timeline` and `impulso catalogue`: what is known of a case, and what is in force."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import Refusal
from shared.catalogue.render import list_artefacts, show_artefact
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, Password, Url, User, answer, guarded, say, table
from shared.cli.system import session
from shared.runtime.clock import BOGOTA, today


@guarded
def timeline(
    case: Annotated[str, typer.Argument(help="Identificador del caso.")],
    happened_until: Annotated[str | None, typer.Option(help="Solo lo ocurrido hasta AAAA-MM-DD.")] = None,
    recorded_until: Annotated[str | None, typer.Option(help="Solo lo registrado hasta este instante ISO 8601.")] = None,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Muestra la línea de tiempo de un caso: cada hecho de cada servicio, con sus dos fechas."""
    with session(None if data is None else Path(data), url, user, password) as api:
        items = list(
            api.pages(f"/api/cases/{case}/timeline", happened_until=happened_until, recorded_until=recorded_until)
        )
    answer({"case_id": case, "items": items}, as_json, lambda: _tell(items))


def _tell(items: list[dict[str, Any]]) -> None:
    rows = [
        (
            item["happened_on"],
            _moment(item["recorded_at"]),
            item.get("activity") or "",
            item["label"] + (" (registro tardío)" if item.get("late") else ""),
            item.get("role") or "sistema",
            item["id"],
        )
        for item in items
    ]
    table("Línea de tiempo", ("ocurrió", "se registró", "act.", "hecho", "rol", "evento"), rows)


def _moment(text: str) -> str:
    from datetime import datetime

    return datetime.fromisoformat(text).astimezone(BOGOTA).strftime("%Y-%m-%d %H:%M:%S")


@guarded
def catalogue(
    code: Annotated[str | None, typer.Argument(help="Código de un artefacto; sin él, la lista.")] = None,
    on: Annotated[str | None, typer.Option(help="Vigente en AAAA-MM-DD (por defecto, hoy).")] = None,
    kind: Annotated[str | None, typer.Option(help="Solo esta clase: procedure, criteria, form, parameter …")] = None,
    version: Annotated[str | None, typer.Option(help="Una versión por su etiqueta.")] = None,
    as_json: Json = False,
) -> None:
    """Muestra el catálogo: procedimientos, criterios, formatos, parámetros, con sus versiones y vigencias."""
    try:
        day = today() if on is None else date.fromisoformat(on)
    except ValueError:
        raise CommandError("--on: escriba la fecha como AAAA-MM-DD.", Exit.USAGE, "USAGE") from None
    loaded = Catalogue.load()
    try:
        if code is not None:
            shown = show_artefact(loaded, code, day, version=version)
            answer(shown, as_json, lambda: _tree(shown))
            return
    except (Refusal, KeyError) as error:
        text = error.text if isinstance(error, Refusal) else f"No hay un artefacto «{code}»."
        raise CommandError(text, Exit.REFUSED, getattr(error, "code", "NOT_FOUND")) from error
    artefacts = list_artefacts(loaded, day, kind=kind)
    columns = ("kind", "code", "version", "effective_from", "effective_to", "status", "sha256")
    answer(
        artefacts,
        as_json,
        lambda: table(
            f"Catálogo a {day.isoformat()}",
            ("clase", "código", "versión", "desde", "hasta", "estado", "SHA-256"),
            [[str(one.get(name) or "")[:16] for name in columns] for one in artefacts],
        ),
    )


def _tree(shown: Any, depth: int = 0) -> None:
    import yaml

    say(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=110))
