"""`impulso re-evaluate`: cases under another version of the criteria, with the facts known then. It changes no case."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shared.cli.api import Api
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, Password, Url, User, answer, console, guarded, say, table
from shared.cli.system import session
from shared.runtime.clock import today

LOOK_S = 0.3
RESULTS = {"met": "cumple", "not_met": "no cumple", "incomplete": "incompleto"}


@guarded
def re_evaluate(
    version: Annotated[str, typer.Argument(help="Versión que se ensaya, publicada o en borrador.")],
    code: Annotated[str, typer.Option(help="Código de los criterios, o de un parámetro de ellos.")] = "DE-017",
    kind: Annotated[str, typer.Option(help="criteria o parameter.")] = "criteria",
    call: Annotated[str | None, typer.Option(help="Convocatoria: todos sus casos.")] = None,
    case: Annotated[list[str] | None, typer.Option(help="Un caso; se puede repetir.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Evaluar a AAAA-MM-DD (hoy si no se indica).")] = None,
    known_on: Annotated[str | None, typer.Option(help="Con lo que se sabía al terminar AAAA-MM-DD.")] = None,
    reasons: Annotated[bool, typer.Option("--reasons", help="Con los motivos a la vista; queda registrado.")] = False,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Vuelve a evaluar casos con otra versión y lo que se sabía entonces: a quién le cambia y por qué. Solo lee."""
    if (call is None) == (not case):
        raise CommandError("Indique --call o --case, no ambos.", Exit.USAGE, "USAGE")
    day = today().isoformat()
    body: dict[str, Any] = {"kind": kind, "code": code, "version": version, "as_of": as_of or day}
    body |= {"known_on": known_on or day, **({"call": call} if call else {"cases": case})}
    with session(None if data is None else Path(data), url, user, password) as api:
        made = api.act("/api/what-ifs/run-what-if", body)
        path = f"/api/what-ifs/{made['id']}"
        found = _watch(api, path, quiet=as_json)
        if reasons:
            found = api.post(f"{path}/reveal", {})
    answer(found, as_json, lambda: _tell(found))
    if found["left"]:
        text = f"{found['left']} casos quedaron sin mirar: la versión cambió mientras tanto. Ensáyela otra vez."
        raise CommandError(text, Exit.INCOMPLETE, "VERSION_CHANGED")


def _watch(api: Api, path: str, *, quiet: bool) -> dict[str, Any]:
    """The report once every case was looked at. Interrupted, intake goes on with it; the list of reports shows it."""
    columns = (TextColumn("Evaluando"), BarColumn(), MofNCompleteColumn(), TextColumn("casos"))
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        while True:
            found: dict[str, Any] = api.get(path)
            done = found["looked_at"] + found["unknown"]
            bar.update(task, completed=done, total=done + found["waiting"])
            if not found["waiting"]:
                return found
            time.sleep(LOOK_S)


def _tell(found: dict[str, Any]) -> None:
    say(
        f"{found['kind']} {found['code']} versión {found['version']}, al {found['as_of']} con lo que se sabía el "
        f"{found['known_on']}: {found['looked_at']} casos, {found['changed']} cambian, de {found['unknown']} no se "
        f"sabía nada. Informe {found['id']}. Ningún caso se tocó."
    )
    rows = [
        (
            one["case_id"],
            RESULTS.get(one["before"], "[SUPRIMIDO]"),
            RESULTS.get(one["after"], "[SUPRIMIDO]"),
            "; ".join(f"{each['criterion']}: {_reason(each['reason'])}" for each in one["criteria"]),
        )
        for one in found["changes"]
    ]
    if rows:
        table("A quién le cambia", ("caso", "antes", "con la versión", "por qué"), rows)


def _reason(value: Any) -> str:
    shown = value.get("value") if isinstance(value, dict) else value
    return "[SUPRIMIDO]" if shown is None else str(shown)
