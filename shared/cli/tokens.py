"""`impulso tokens`: service tokens of integrators, for the administrator."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

import typer

from shared.cli.api import Api
from shared.cli.output import Json, answer, moment, say, table
from shared.cli.reaching import reaching
from shared.cli.system import administering, person_of
from shared.runtime.clock import today

tokens_app = typer.Typer(help="Tokens de servicio de los integradores.", invoke_without_command=True)
Days = Annotated[int, typer.Option("--days", help="Días que sirve.", min=0, max=366)]
COLUMNS = ("token", "sistema", "permisos", "último día", "revocado", "último uso")


@tokens_app.callback()
@reaching(administering)
def list_tokens(
    api: Api,
    context: typer.Context,
    as_json: Json = False,
) -> None:
    """Lista los tokens de servicio, con sus permisos y su último uso."""
    items = api.get("/api/service-tokens")["items"]

    def words() -> None:
        rows = [
            [
                item["id"],
                item["system"],
                ", ".join(item["scopes"]),
                item["expires_on"],
                item["revoked_on"],
                moment(item["used_at"]),
            ]
            for item in items
        ]
        table("Tokens de servicio", COLUMNS, rows)

    answer({"items": items}, as_json, words)


@tokens_app.command("issue")
@reaching(administering)
def issue_token(
    api: Api,
    login: Annotated[str, typer.Argument(help="Usuario del integrador (rol «Sistema integrado»).")],
    system: Annotated[str, typer.Option("--system", help="Nombre del sistema que lo usa.")],
    scopes: Annotated[list[str], typer.Option("--scope", help="Permiso, por ejemplo events:read; se puede repetir.")],
    days: Days = 180,
    as_json: Json = False,
) -> None:
    """Emite un token de servicio; se muestra una sola vez."""
    body = {"person": person_of(api, login), "system": system, "scopes": scopes, "expires_on": _last(days)}
    made = api.act("/api/service-tokens/issue-service-token", body)
    answer(made, as_json, lambda: _shown(made))


@tokens_app.command("rotate")
@reaching(administering)
def rotate_token(
    api: Api,
    token: Annotated[str, typer.Argument(help="Identificador del token.")],
    days: Days = 180,
    overlap: Annotated[int, typer.Option("--overlap", help="Horas que sirve el anterior.", min=0, max=168)] = 24,
    as_json: Json = False,
) -> None:
    """Renueva un token: uno nuevo, y el anterior sirve unas horas más."""
    body = {"expires_on": _last(days), "overlap_hours": overlap}
    made = api.act(f"/api/service-tokens/{token}/rotate-service-token", body)
    answer(made, as_json, lambda: _shown(made))


@tokens_app.command("revoke")
@reaching(administering)
def revoke_token(
    api: Api,
    token: Annotated[str, typer.Argument(help="Identificador del token.")],
    reason: Annotated[str, typer.Option("--reason", help="Motivo; queda registrado.")],
    as_json: Json = False,
) -> None:
    """Revoca un token: deja de servir de inmediato."""
    gone = api.act(f"/api/service-tokens/{token}/revoke-service-token", {"reason": reason})
    answer(gone, as_json, lambda: say("Revocado. Ya no sirve."))


def _shown(made: dict[str, Any]) -> None:
    say(f"Token {made['id']}. Guárdelo ahora: no se vuelve a mostrar.")
    say(str(made["token"]))


def _last(days: int) -> str:
    last: date = today() + timedelta(days=days)
    return last.isoformat()
