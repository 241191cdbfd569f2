"""`impulso import`: a candidates file into a call, with the check of the entry criteria, and its report."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shared.cli.api import Api
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, Password, Url, User, answer, console, guarded, say, table
from shared.cli.system import session

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
POLL_S = 0.1
STALLED_S = 120.0
"""Without progress for so long the import is given up here; on the server it goes on."""


@guarded
def import_file(
    file: Annotated[Path, typer.Argument(help="Archivo CSV o XLSX con las 43 columnas.", exists=True, dir_okay=False)],
    call: Annotated[str, typer.Option("--call", help="Código de la convocatoria.")],
    as_of: Annotated[str, typer.Option("--as-of", help="Fecha de evaluación AAAA-MM-DD.")],
    report: Annotated[Path | None, typer.Option("--report", help="Escribir aquí el informe JSON.")] = None,
    rejected: Annotated[
        Path | None, typer.Option("--rejected", help="Escribir aquí las filas rechazadas, para corregir e importar.")
    ] = None,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Importa una lista de candidatos y verifica los criterios de entrada; otra vez el mismo archivo no cambia nada."""
    media_type = MEDIA_TYPES.get(file.suffix.lower())
    if media_type is None:
        raise CommandError("El archivo debe ser .csv o .xlsx.", Exit.USAGE, "FILE_TYPE_NOT_ACCEPTED")
    with session(None if data is None else Path(data), url, user, password) as api:
        call_id = _call(api, call)
        stored = api.upload("intake", file, media_type)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        # The same file into the same call as of the same day is the same command: an interrupted one is found again.
        key = uuid5(NAMESPACE_URL, f"impulso:import:{call_id}:{digest}:{as_of}")
        started = api.act(f"/api/calls/{call_id}/import-candidates", {"file": stored["id"], "as_of": as_of}, key=key)
        done = _follow(api, str(started["id"]), quiet=as_json)
        if report is not None and done.get("report_file"):
            # The stored report names verdicts by document number; an answer of the API never does.
            _write_private(report, api.download(f"/api/files/intake/{done['report_file']}"))
        if rejected is not None and done.get("rejected_file"):
            _write_private(rejected, api.download(f"/api/files/intake/{done['rejected_file']}"))
    answer(done, as_json, lambda: _tell(done, report, rejected))
    if done["state"] != "done":
        raise CommandError(done.get("error") or "La importación no terminó.", Exit.INCOMPLETE, "IMPORT_INCOMPLETE")


def _call(api: Api, code: str) -> str:
    for one in api.pages("/api/calls", text=code):
        if one["code"] == code:
            return str(one["id"])
    raise CommandError(f"No hay una convocatoria «{code}». Ábrala con «impulso call open».", Exit.REFUSED, "NOT_FOUND")


def _follow(api: Api, import_id: str, *, quiet: bool) -> dict[str, Any]:
    columns = (TextColumn("Importando"), BarColumn(), MofNCompleteColumn(), TextColumn("filas"), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def show(now: dict[str, Any]) -> None:
            bar.update(task, total=now.get("rows") or None, completed=now.get("done") or 0)

        return _until_done(api, import_id, show)


def _until_done(api: Api, import_id: str, show: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    seen, since = -1, time.monotonic()
    while True:
        now = api.get(f"/api/imports/{import_id}")
        show(now)
        if now["state"] in ("done", "failed"):
            return now
        if now.get("done") != seen:
            seen, since = int(now.get("done") or 0), time.monotonic()
        elif time.monotonic() - since > STALLED_S:
            return now
        time.sleep(POLL_S)


def _write_private(path: Path, content: bytes) -> None:
    """Write for the owner alone: reports and rejected rows hold personal data."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _tell(done: dict[str, Any], report: Path | None, rejected: Path | None) -> None:
    found = done.get("report") or {}
    say(
        f"{done.get('rows', 0)} filas: {found.get('accepted', 0)} candidatos, {found.get('eligible', 0)} cumplen, "
        f"{len(found.get('rejected', []))} rechazadas, {len(found.get('duplicates', []))} duplicidades."
    )
    reasons = found.get("counts_per_reason") or {}
    if reasons:
        table("Filas rechazadas", ("motivo", "filas"), list(reasons.items()))
    for path, what in ((report, "Informe"), (rejected, "Filas por corregir")):
        if path is not None and path.exists():
            say(f"{what}: {path}")
