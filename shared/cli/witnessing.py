"""`impulso witness`: what the witness cosigned of each log, and what it refused because it excludes what it saw."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli.api import Api
from shared.cli.output import Json, answer, say, table
from shared.cli.reaching import reaching
from shared.cli.system import operating

WITNESS = "reporting"


@reaching(operating)
def witness(
    api: Api,
    acknowledge: Annotated[
        str | None,
        typer.Option("--acknowledge", help="Servicio cuyo registro es otro, con motivo: una restauración."),
    ] = None,
    returned: Annotated[
        bool, typer.Option("--returned", help="El registro volvió a ser el que se vio: se sigue desde lo firmado.")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Motivo; queda registrado.")] = None,
    as_json: Json = False,
) -> None:
    """Lo que el testigo ha firmado de cada registro, y lo que se negó a firmar."""
    if acknowledge is not None:
        body = {"log": acknowledge, "reason": reason or "", "returned": returned}
        done = api.post(f"/api/operations/{WITNESS}/acknowledge", body)
        answer(done, as_json, lambda: say(f"El testigo sigue a {done['log']} desde {done['size']} eventos."))
        return
    services = api.get("/api/operations/status")["items"]
    items = next((one.get("witness", []) for one in services if one["service"] == WITNESS), [])

    def words() -> None:
        if not items:
            say("El testigo aún no ha firmado nada.")
            return
        rows = [
            (
                one["log"],
                one["size"],
                one["cosigned_at"],
                "—" if one["divergence"] is None else one["divergence"]["code"],
            )
            for one in items
        ]
        table("Testigo", ("registro", "eventos", "firmado", "divergencia"), rows)
        for one in items:
            if against := one["divergence"]:
                say(f"{one['log']}: visto el {against['found_at']}. Lo firmado y lo mostrado después:")
                say(against["seen"])
                say(against["shown"])

    answer({"items": items}, as_json, words)
