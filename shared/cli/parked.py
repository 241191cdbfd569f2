"""`impulso parked`: the events that could not be applied. List, explain, retry in order, discard with a reason."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from shared.cli.api import Api
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Json, answer, console, say, table
from shared.cli.reaching import reaching
from shared.cli.system import operating

parked_app = typer.Typer(help="Eventos apartados: los que no se pudieron aplicar.", invoke_without_command=True)
Service = Annotated[str, typer.Argument(help="Servicio que lo apartó.")]
Upstream = Annotated[str, typer.Argument(help="Servicio de donde viene.")]
Sequence = Annotated[int, typer.Argument(help="Número del evento en el registro de ese servicio.")]
MOST = 10_000
"""Rows that a list fetches in pages; beyond it filters help more than a longer list."""


@parked_app.callback()
@reaching(operating)
def list_parked(
    api: Api,
    context: typer.Context,
    service: Annotated[str | None, typer.Option(help="Solo este servicio.")] = None,
    upstream: Annotated[str | None, typer.Option(help="Solo los que vienen de este servicio.")] = None,
    code: Annotated[str | None, typer.Option(help="Solo los que fallaron con este código.")] = None,
    case: Annotated[str | None, typer.Option(help="Solo los de este caso.")] = None,
    status: Annotated[str, typer.Option(help="parked, applied o discarded.")] = "parked",
    as_json: Json = False,
) -> None:
    """Lista los eventos apartados, con el motivo y el caso."""
    items = _listed(api, service=service, upstream=upstream, code=code, case=case, status=status)
    columns = ["service", "upstream", "sequence", "type", "case_id", "error_code", "attempts", "parked_at"]
    names = ["servicio", "de", "n.º", "evento", "caso", "código", "intentos", "apartado"]
    if status == "discarded":
        columns, names = [*columns[:6], "settled_at", "settled_by", "reason"], [*names[:6], "cuándo", "quién", "motivo"]

    def words() -> None:
        if not items:
            say("No hay eventos apartados." if status == "parked" else "No hay ninguno.")
            return
        table("Eventos apartados", names, [[item[column] for column in columns] for item in items])

    answer({"items": items}, as_json, words)


@parked_app.command("explain")
@reaching(operating)
def explain_parked(
    api: Api,
    service: Service,
    upstream: Upstream,
    sequence: Sequence,
    as_json: Json = False,
) -> None:
    """Explica un evento apartado: qué dice, por qué falló, qué espera y cómo se cura."""
    found = api.get(f"/api/operations/{service}/parked/{upstream}/{sequence}")

    def words() -> None:
        say(f"{found['type']} ({upstream}:{sequence}), del caso {found['case_id']}")
        say(f"ocurrió el {found['happened_on']}, se registró el {found['recorded_at']}, apartado {found['parked_at']}")
        for name, value in found["facts"].items():
            say(f"  {name}: {value}")
        if found["error_code"]:
            say(f"falló con {found['error_code']} en {found['error_place']}, {found['attempts']} intento(s)")
        for other in found["waits_behind"]:
            say(
                f"espera a {other['upstream']}:{other['sequence']} ({other['type']}, {other['error_code'] or 'espera'})"
            )
        if found["holds_up"]:
            say(f"detrás de él esperan {len(found['holds_up'])} evento(s) del mismo caso")
        if found["status"] != "parked":
            settled = "aplicado" if found["status"] == "applied" else f"descartado: {found['reason']}"
            say(f"{settled} ({found['settled_at']}, {found['settled_by'] or 'por el sistema'})")
        if found["cure"]:
            say(f"Cura: {found['cure']}")

    answer(found, as_json, words)


@parked_app.command("retry")
@reaching(operating)
def retry_parked(
    api: Api,
    service: Service,
    upstream: Annotated[str | None, typer.Argument(help="Servicio de donde vienen (por defecto, todos).")] = None,
    case: Annotated[str | None, typer.Argument(help="Caso (por defecto, todos los que correspondan).")] = None,
    code: Annotated[str | None, typer.Option(help="Solo los que fallaron con este código.")] = None,
    as_json: Json = False,
) -> None:
    """Reintenta eventos apartados en orden: los de un caso, o caso por caso los de un servicio o un código.

    Si se interrumpe, vuelva a darla: lo aplicado está aplicado y sigue con lo que falta.
    """
    if case is not None:
        _retry_case(api, service, upstream, case, as_json)
        return
    done = _retry_all(api, service, upstream, code, as_json)
    failing = done["failing"]
    said = f"Aplicados: {done['applied']}, de {done['cases']} caso(s). Siguen fallando: {len(failing)}."
    answer(done, as_json, lambda: say(said))
    if failing:
        first = failing[0]
        text = f"El primero que falla es {first['upstream']}:{first['sequence']}: {first['error_code']}."
        raise CommandError(text, Exit.UNSOUND, "PARKED")


@parked_app.command("discard")
@reaching(operating)
def discard_parked(
    api: Api,
    service: Service,
    upstream: Upstream,
    sequence: Sequence,
    reason: Annotated[str, typer.Option("--reason", help="Motivo; queda registrado.")],
    as_json: Json = False,
) -> None:
    """Descarta un evento apartado, con motivo."""
    body = {"upstream": upstream, "sequence": sequence, "reason": reason}
    gone = api.post(f"/api/operations/{service}/discard", body)
    answer(gone, as_json, lambda: say(f"Descartado {upstream}:{sequence}. Queda registrado con su motivo."))


def _listed(api: Api, **filters: str | None) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    asked = {name: value for name, value in filters.items() if value is not None}
    cursor: str | None = None
    while len(items) < MOST:
        page = api.get("/api/operations/parked", **asked, limit=200, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return items


def _retry_case(api: Api, service: str, upstream: str | None, case: str, as_json: bool) -> None:
    done = api.post(f"/api/operations/{service}/retry", {"upstream": upstream, "subject": case})
    failing = done.get("failing")
    answer(done, as_json, lambda: say(f"Aplicados: {done['applied']}." + (" Uno sigue fallando." if failing else "")))
    if failing:
        raise CommandError(f"El evento {failing['sequence']} falla: {failing['error_code']}.", Exit.UNSOUND, "PARKED")


def _retry_all(api: Api, service: str, upstream: str | None, code: str | None, quiet: bool) -> dict[str, Any]:
    asked = {name: value for name, value in (("upstream", upstream), ("code", code)) if value is not None}
    total: dict[str, Any] = {"applied": 0, "cases": 0, "failing": []}
    columns = (TextColumn("Reintentando"), BarColumn(), MofNCompleteColumn(), TextColumn("casos"))
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        cursor: str | None = None
        while True:
            done = api.post(f"/api/operations/{service}/retry", {**asked, **({"cursor": cursor} if cursor else {})})
            total["applied"] += done["applied"]
            total["cases"] += done["cases"]
            total["failing"] += done["failing"]
            # Those that fail again are counted among the waiting, too; what is left is the rest.
            left = done["waiting"] - len(total["failing"])
            bar.update(task, completed=total["cases"], total=total["cases"] + max(left, 0))
            cursor = done["next"]
            if cursor is None:
                return total
