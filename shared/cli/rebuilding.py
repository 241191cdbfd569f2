"""`impulso rebuild`: a read model is made anew beside the one in service, with a bar that shows how far it is."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shared.cli.api import Api, Refused
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Json, answer, console, say
from shared.cli.reaching import reaching
from shared.cli.system import operating

LOOK_S = 0.3
RUNNING = "REBUILD_RUNNING"


@reaching(operating)
def rebuild(
    api: Api,
    service: Annotated[str, typer.Argument(help="reporting u otro servicio.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Motivo; queda registrado.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Abandona la que está en curso.")] = False,
    as_json: Json = False,
) -> None:
    """Hace de nuevo el modelo de lectura de un servicio a partir de los eventos, mientras el actual sigue sirviendo.

    Si se interrumpe, la reconstrucción sigue en el servicio; la misma orden vuelve a mostrar el avance.
    """
    if cancel:
        gone = api.post(f"/api/operations/{service}/cancel-rebuild", {})
        answer(gone, as_json, lambda: say(f"{service}: reconstrucción abandonada. Sigue el modelo de antes."))
        return
    _begin(api, service, reason)
    done = _watch(api, service, quiet=as_json)
    if done["state"] != "done":
        where = f": {done['error_code']} en {done['error_place']}" if done["error_code"] else ""
        raise CommandError(f"La reconstrucción no terminó ({done['state']}){where}.", Exit.UNSOUND, "REBUILD_FAILED")
    answer({"service": service, **done}, as_json, lambda: say(f"{service}: {done['done']} eventos aplicados de nuevo."))


def _begin(api: Api, service: str, reason: str | None) -> None:
    try:
        api.post(f"/api/operations/{service}/rebuild", {} if reason is None else {"reason": reason})
    except Refused as refusal:
        # Begun earlier, here or elsewhere: there is nothing to do but to look on.
        if refusal.code != RUNNING:
            raise


def _watch(api: Api, service: str, *, quiet: bool) -> dict[str, Any]:
    columns = (TextColumn("Reconstruyendo"), BarColumn(), MofNCompleteColumn(), TextColumn("eventos"))
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        while True:
            found = {one["service"]: one for one in api.get("/api/operations/status")["items"]}[service]
            # A service that is away for a moment takes its rebuild up again when it is back.
            progress: dict[str, Any] | None = found.get("rebuild")
            if progress is not None:
                bar.update(task, completed=progress["done"], total=progress["total"])
                if progress["state"] != "running":
                    return progress
            time.sleep(LOOK_S)
