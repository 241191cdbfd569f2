"""`impulso webhooks`: signed deliveries of events to integrators."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from shared.cli.api import Api
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Json, answer, moment, say, table
from shared.cli.reaching import reaching
from shared.cli.system import administering, person_of

webhooks_app = typer.Typer(help="Webhooks: entregas firmadas de eventos a integradores.", invoke_without_command=True)
Hook = Annotated[str, typer.Argument(help="Identificador del webhook.")]


@webhooks_app.callback()
@reaching(administering)
def list_webhooks(
    api: Api,
    context: typer.Context,
    as_json: Json = False,
) -> None:
    """Lista los webhooks y hasta dónde va cada uno."""
    items = api.get("/api/webhooks")["items"]

    def words() -> None:
        rows = [
            [
                item["id"],
                item["url"],
                ", ".join(item["services"]),
                "retirado" if item["removed_on"] else f"detenido ({item['cause']})" if item["paused_on"] else "activo",
                ", ".join(f"{spot['service']}:{spot['position']}" for spot in item["positions"]),
            ]
            for item in items
        ]
        table("Webhooks", ("webhook", "dirección", "servicios", "estado", "va en"), rows)

    answer({"items": items}, as_json, words)


@webhooks_app.command("register")
@reaching(administering)
def register(
    api: Api,
    address: Annotated[str, typer.Argument(help="Dirección https del receptor.")],
    services: Annotated[list[str], typer.Option("--service", help="Servicio; se puede repetir.")],
    login: Annotated[str | None, typer.Option("--for", help="Usuario del integrador (lo indica admin).")] = None,
    types: Annotated[list[str] | None, typer.Option("--type", help="Solo este evento; se puede repetir.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="También los eventos anteriores.")] = False,
    as_json: Json = False,
) -> None:
    """Registra un webhook; el secreto de la firma se muestra una sola vez."""
    body: dict[str, Any] = {"url": address, "services": services, "types": types or [], "from_start": from_start}
    if login is not None:
        body["person"] = person_of(api, login)
    made = api.act("/api/webhooks/register-webhook", body)
    answer(made, as_json, lambda: _shown(made))


@webhooks_app.command("rotate")
@reaching(administering)
def rotate(
    api: Api,
    webhook: Hook,
    overlap: Annotated[int, typer.Option("--overlap", help="Horas que se firma con ambos.", min=0, max=168)] = 24,
    as_json: Json = False,
) -> None:
    """Renueva el secreto de la firma; durante unas horas se firma con los dos."""
    made = api.act(f"/api/webhooks/{webhook}/rotate-webhook-secret", {"overlap_hours": overlap})
    answer(made, as_json, lambda: _shown(made))


@webhooks_app.command("pause")
@reaching(administering)
def pause(
    api: Api,
    webhook: Hook,
    as_json: Json = False,
) -> None:
    """Detiene las entregas."""
    done = api.act(f"/api/webhooks/{webhook}/pause-webhook")
    answer(done, as_json, lambda: say("Detenido."))


@webhooks_app.command("resume")
@reaching(administering)
def resume(
    api: Api,
    webhook: Hook,
    as_json: Json = False,
) -> None:
    """Reanuda las entregas donde se detuvieron."""
    done = api.act(f"/api/webhooks/{webhook}/resume-webhook")
    answer(done, as_json, lambda: say("Reanudado: sigue donde se detuvo."))


@webhooks_app.command("remove")
@reaching(administering)
def remove(
    api: Api,
    webhook: Hook,
    reason: Annotated[str, typer.Option("--reason", help="Motivo; queda registrado.")],
    as_json: Json = False,
) -> None:
    """Retira un webhook."""
    done = api.act(f"/api/webhooks/{webhook}/remove-webhook", {"reason": reason})
    answer(done, as_json, lambda: say("Retirado."))


@webhooks_app.command("ping")
@reaching(administering)
def ping(
    api: Api,
    webhook: Hook,
    as_json: Json = False,
) -> None:
    """Envía un mensaje de prueba firmado y dice qué respondió el receptor."""
    done = api.post(f"/api/webhooks/{webhook}/ping", {})
    if done["outcome"] != "delivered":
        raise CommandError(f"El receptor no confirmó la prueba: {done['outcome']}.", Exit.UNSOUND, "NOT_DELIVERED")
    answer(done, as_json, lambda: say(f"Entregada: respuesta {done['status']} en {done['ms']} ms."))


@webhooks_app.command("replay")
@reaching(administering)
def replay(
    api: Api,
    webhook: Hook,
    service: Annotated[str, typer.Argument(help="Servicio.")],
    after: Annotated[int, typer.Option("--after", help="Secuencia desde la que se repite.", min=0)],
    as_json: Json = False,
) -> None:
    """Entrega de nuevo los eventos de un servicio desde una posición."""
    done = api.post(f"/api/webhooks/{webhook}/replay", {"service": service, "after": after})
    answer(done, as_json, lambda: say(f"Se entregan otra vez los eventos de {service} después de {after}."))


@webhooks_app.command("deliveries")
@reaching(administering)
def deliveries(
    api: Api,
    webhook: Hook,
    as_json: Json = False,
) -> None:
    """Muestra las últimas entregas de un webhook."""
    items = api.get(f"/api/webhooks/{webhook}/deliveries")["items"]

    def words() -> None:
        names = ("cuándo", "evento", "servicio", "n.º", "intento", "resultado", "respuesta", "ms")
        columns = ("type", "service", "sequence", "attempt", "outcome", "status", "ms")
        table(
            "Entregas",
            names,
            [[moment(item["at"], exactly=True), *(item[column] for column in columns)] for item in items],
        )

    answer({"items": items}, as_json, words)


def _shown(made: dict[str, Any]) -> None:
    say(f"Webhook {made['id']}. Guarde el secreto de la firma ahora: no se vuelve a mostrar.")
    say(str(made["secret"]))
