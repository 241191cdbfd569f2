"""`impulso pause`, `resume`, `adopt` and `acts`: whether a service follows another, and who decided so."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli.api import Api
from shared.cli.output import Json, answer, say, table
from shared.cli.reaching import reaching
from shared.cli.system import operating

Service = Annotated[str, typer.Argument(help="Servicio que sigue a otro.")]
Upstream = Annotated[str, typer.Argument(help="Servicio al que sigue.")]
ACTS = {
    "pause": "pausa",
    "resume": "reanudación",
    "retry": "reintento",
    "discard": "descarte",
    "rebuild": "reconstrucción",
    "republish": "nueva publicación",
    "adopt": "adopción",
    "restore": "restauración",
    "acknowledge": "divergencia reconocida",
}
"""The acts of operators in words."""


@reaching(operating)
def pause(
    api: Api,
    service: Service,
    upstream: Upstream,
    reason: Annotated[str, typer.Option("--reason", help="Motivo; queda registrado.")],
    as_json: Json = False,
) -> None:
    """Deja de aplicar lo que otro servicio decide, hasta reanudar. Nada se pierde: espera en el registro de aquel."""
    done = api.post(f"/api/operations/{service}/pause", {"upstream": upstream, "reason": reason})
    words = "Pausado" if done["changed"] else "Ya estaba pausado"
    answer(done, as_json, lambda: say(f"{words}: {service} frente a {upstream}, en la posición {done['position']}."))


@reaching(operating)
def resume(
    api: Api,
    service: Service,
    upstream: Upstream,
    reason: Annotated[str | None, typer.Option("--reason", help="Motivo; queda registrado.")] = None,
    as_json: Json = False,
) -> None:
    """Vuelve a seguir a un servicio después de una pausa, desde donde quedó."""
    body = {"upstream": upstream} | ({} if reason is None else {"reason": reason})
    done = api.post(f"/api/operations/{service}/resume", body)
    words = "Reanudado" if done["changed"] else "No estaba pausado"
    answer(done, as_json, lambda: say(f"{words}: {service} frente a {upstream}, desde la posición {done['position']}."))


@reaching(operating)
def adopt(
    api: Api,
    service: Annotated[str, typer.Argument(help="Servicio que dejó de seguir.")],
    upstream: Annotated[str, typer.Argument(help="Servicio restaurado.")],
    as_json: Json = False,
) -> None:
    """Vuelve a seguir a un servicio restaurado, si su historia contiene lo que ya se aplicó."""
    done = api.post(f"/api/operations/{service}/adopt", {"upstream": upstream})
    answer(done, as_json, lambda: say(f"{service} sigue de nuevo a {upstream}."))


@reaching(operating)
def acts(
    api: Api,
    service: Annotated[str, typer.Argument(help="Servicio.")],
    limit: Annotated[int, typer.Option(min=1, max=200, help="Cuántos, desde el más reciente.")] = 50,
    as_json: Json = False,
) -> None:
    """Lo que se hizo al operar un servicio: quién, cuándo y por qué."""
    items = api.get(f"/api/operations/{service}/acts", limit=limit)["items"]

    def words() -> None:
        if not items:
            say("Nada registrado.")
            return
        rows = [[one["at"], ACTS.get(one["act"], one["act"]), one["about"], one["by"], one["reason"]] for one in items]
        table("Operación", ("cuándo", "qué", "sobre", "quién", "motivo"), rows)

    answer({"items": items}, as_json, words)
