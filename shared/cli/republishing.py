"""`impulso republish`: entries of a log go to the broker once more, under the same ids."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from shared.cli.api import Api
from shared.cli.output import Json, answer, console, errors, say
from shared.cli.reaching import reaching
from shared.cli.system import operating


@reaching(operating)
def republish(
    api: Api,
    service: Annotated[str, typer.Argument(help="Servicio cuyos eventos se publican de nuevo.")],
    first: Annotated[int, typer.Option("--from", min=1, help="Primer número del registro.")],
    last: Annotated[int, typer.Option("--to", min=1, help="Último número del registro.")],
    reason: Annotated[str, typer.Option("--reason", help="Motivo; queda registrado.")],
    anew: Annotated[
        bool, typer.Option("--anew", help="Comienza otra vez por --from, aunque haya un tramo interrumpido.")
    ] = False,
    exchange: Annotated[str, typer.Option(help="public (integradores) o events (los otros servicios).")] = "public",
    as_json: Json = False,
) -> None:
    """Publica de nuevo, en orden y con los mismos identificadores, los eventos de un tramo del registro.

    Quien ya los tiene los descarta. Si se interrumpe, la misma orden continúa desde donde quedó.
    """
    body: dict[str, Any] = {"from": first, "to": last, "exchange": exchange, "reason": reason}
    if anew:
        body["anew"] = True
    columns = (TextColumn("Publicando"), BarColumn(), MofNCompleteColumn(), TextColumn("entradas"))
    bar = Progress(*columns, console=console, disable=as_json or not console.is_terminal)
    with bar:
        task = bar.add_task("", total=last - first + 1)
        while True:
            done = api.post(f"/api/operations/{service}/republish", body)
            if done["resumed"]:
                errors.print(
                    f"Continúa después de la entrada {done['resumed']}, donde quedó. Con --anew comienza otra vez."
                )
            bar.update(task, completed=done["reached"] - first + 1)
            if done["next"] is None:
                break
            body = {**body, "cursor": done["next"]}
    answer(done, as_json, lambda: say(f"{service}: publicadas de nuevo las entradas {first} a {last}."))
