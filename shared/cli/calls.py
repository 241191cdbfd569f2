"""`impulso call open`: open a call from the terminal."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.catalogue.catalogue import Catalogue
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, Password, Url, User, answer, guarded, say
from shared.cli.system import session
from shared.runtime.clock import today

SPECIFICATION = "ESPECIFICACION-PR-156"
call_app = typer.Typer(help="Convocatorias.", no_args_is_help=True)


@call_app.callback()
def _calls() -> None:
    """Convocatorias."""


@call_app.command("open")
@guarded
def open_call(
    code: Annotated[str, typer.Argument(help="Código de la convocatoria, por ejemplo 2026-01.")],
    name: Annotated[str | None, typer.Option(help="Nombre.")] = None,
    service: Annotated[str, typer.Option(help="Servicio.")] = "technical_assistance",
    specifications: Annotated[
        str | None, typer.Option("--spec", help="Especificaciones técnicas (por defecto, las de PR-156).")
    ] = None,
    specification_file: Annotated[
        Path | None, typer.Option("--spec-file", help="Archivo PDF de las especificaciones.", exists=True)
    ] = None,
    opens: Annotated[str | None, typer.Option(help="Fecha de apertura AAAA-MM-DD (por defecto, hoy).")] = None,
    closes: Annotated[str | None, typer.Option(help="Fecha de cierre (por defecto, en 90 días).")] = None,
    quota: Annotated[int | None, typer.Option(help="Cupo de personas.", min=1)] = None,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Abre una convocatoria con sus especificaciones técnicas."""
    opens_on = _day(opens, "--opens") or today()
    closes_on = _day(closes, "--closes") or opens_on + timedelta(days=90)
    text = specifications or Catalogue.load().text(SPECIFICATION, opens_on).body
    with session(_folder(data), url, user, password) as api:
        file_id = api.upload("intake", specification_file, "application/pdf")["id"] if specification_file else None
        body: dict[str, Any] = {
            "code": code,
            "name": name or f"Convocatoria {code}",
            "service": service,
            "specifications": text,
            "routes": ["entrepreneurship", "strengthening"],
            "product_types": list(Catalogue.load().code_list("product_type", opens_on).codes),
            "opens_on": opens_on.isoformat(),
            "closes_on": closes_on.isoformat(),
            "executor_kind": "operator_contract",
        }
        if file_id is not None:
            body["specifications_file"] = file_id
        if quota is not None:
            body["cohort_quota"] = quota
        made = api.act("/api/calls/open-call", body)
    answer({"code": code, **made}, as_json, lambda: say(f"Convocatoria {code} abierta ({made['id']})."))


def _folder(data: Any) -> Path | None:
    return None if data is None else Path(data)


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option}: escriba la fecha como AAAA-MM-DD.", Exit.USAGE, "USAGE") from None
