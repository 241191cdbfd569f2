"""`impulso contracts`: what integrators build on as files, whether it keeps what was promised, and a rehearsal."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from amqp.exceptions import AMQPError

from shared.catalogue.catalogue import Catalogue
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Json, answer, guarded, say
from shared.cli.system import edge
from shared.contracts import all_contracts
from shared.contracts.compatibility import breaks, shapes
from shared.contracts.export import documents, write
from shared.contracts.kit import FeedServer, NothingPublic, Rehearsal, deliver, lines, rehearse
from shared.runtime.clock import today

contracts_app = typer.Typer(help="Contratos para integradores: eventos públicos, AsyncAPI y OpenAPI.")

On = Annotated[str | None, typer.Option(help="Con los formatos vigentes en AAAA-MM-DD (por defecto, hoy).")]


@contracts_app.command("export")
@guarded
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Carpeta en la que se escriben.")],
    on: On = None,
    as_json: Json = False,
) -> None:
    """Escribe el esquema y un ejemplo de cada evento público, AsyncAPI 3 y OpenAPI 3.1."""
    files = documents(_openapi(on))
    try:
        write(folder, files)
    except OSError as error:
        text = f"No se pudo escribir en {folder}: {error.strerror}."
        raise CommandError(text, Exit.FAILED, "NOT_WRITTEN") from error
    answer({"folder": str(folder), "files": sorted(files)}, as_json, lambda: say(f"{len(files)} archivos en {folder}/"))


@contracts_app.command("check")
@guarded
def check(
    released: Annotated[Path, typer.Argument(metavar="ARCHIVO", help="Los contratos prometidos (released.json).")],
    on: On = None,
    as_json: Json = False,
) -> None:
    """Compara los contratos de este programa con los prometidos y nombra lo que rompería a quien los usa."""
    try:
        promised = json.loads(released.read_text("utf-8"))
        found = breaks(promised, shapes(list(all_contracts()), _openapi(on)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        text = f"{released} no es un archivo de contratos prometidos."
        raise CommandError(text, Exit.USAGE, "USAGE") from error
    answer({"breaks": found}, as_json, lambda: say("\n".join(found) or "Nada se rompe."))
    if found:
        raise typer.Exit(int(Exit.UNSOUND))


@contracts_app.command("emit")
@guarded
def emit(
    service: Annotated[str, typer.Argument(metavar="SERVICIO", help="intake, profiling, assistance …")],
    count: Annotated[int, typer.Option(min=1, help="Cuántos eventos.")] = 50,
    gaps: Annotated[int, typer.Option(min=0, help="Cuántos no llegan por el intermediario.")] = 0,
    duplicates: Annotated[int, typer.Option(min=0, help="Cuántos llegan dos veces.")] = 0,
    restored: Annotated[
        bool, typer.Option("--restored", help="A la mitad, el registro es otro (restauración).")
    ] = False,
    seed: Annotated[int, typer.Option(help="La misma semilla da los mismos eventos.")] = 1,
    broker: Annotated[str | None, typer.Option(help="Dirección AMQP a la que se publican.")] = None,
    file: Annotated[Path | None, typer.Option(help="Archivo en el que se escriben, uno por renglón.")] = None,
    port: Annotated[int | None, typer.Option(help="Sirve además el canal HTTP en este puerto, hasta Ctrl+C.")] = None,
    as_json: Json = False,
) -> None:
    """Emite eventos de ejemplo en orden, con las fallas pedidas, para ensayar un programa que los recibe."""
    try:
        rehearsal = rehearse(service, count, gaps=gaps, duplicates=duplicates, restored=restored, seed=seed)
    except NothingPublic:
        raise CommandError(f"«{service}» no publica eventos.", Exit.USAGE, "USAGE") from None
    if broker is None and file is None and port is None:
        sys.stdout.writelines(lines(rehearsal))
        return
    told_to_stop: queue.SimpleQueue[int] = queue.SimpleQueue()
    if port is not None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _frame: told_to_stop.put(number))
    with contextlib.ExitStack() as stack:
        server = None if port is None else stack.enter_context(_feed(rehearsal, port))
        if file is not None:
            file.write_text("".join(lines(rehearsal)), "utf-8")
        if server is not None and broker is None:
            server.reached(rehearsal.final[-1])
        if broker is not None:
            _deliver(rehearsal, broker, server)
        told = {"delivered": len(rehearsal.delivered), "held_in_the_end": len(rehearsal.final)}
        answer(
            {**told, "feed": server and server.url},
            as_json,
            lambda: say(f"{told['delivered']} entregas; al final debe haber {told['held_in_the_end']} eventos."),
        )
        if server is not None:
            if not as_json:
                say(f"El canal HTTP está en {server.url} (Ctrl+C para terminar).")
            sys.stdout.flush()
            told_to_stop.get()


def _feed(rehearsal: Rehearsal, port: int) -> FeedServer:
    try:
        return FeedServer(rehearsal, port)
    except OSError as error:
        text = f"El puerto {port} está ocupado. Use otro con --port."
        raise CommandError(text, Exit.UNAVAILABLE, "PORT_IN_USE") from error


def _deliver(rehearsal: Rehearsal, broker: str, server: FeedServer | None) -> None:
    try:
        deliver(rehearsal, broker, server)
    except (AMQPError, OSError) as error:
        text = f"El intermediario de mensajes no atiende: {type(error).__name__}."
        raise CommandError(text, Exit.UNAVAILABLE, "BROKER_AWAY") from error


def _openapi(on: str | None) -> dict[str, Any]:
    try:
        day = today() if on is None else date.fromisoformat(on)
    except ValueError:
        raise CommandError("--on: escriba la fecha como AAAA-MM-DD.", Exit.USAGE, "USAGE") from None
    described: dict[str, Any] = edge("openapi")(Catalogue.load(), day)
    return described
