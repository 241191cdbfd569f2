"""`impulso up`, `service` and `gateway`: processes that serve until they are told to stop."""

from __future__ import annotations

import os
import queue
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, guarded, say
from shared.cli.system import ADMINISTRATOR, DEFAULT_DATA, OFFICE, edge_module, install_office, open_local


@guarded
def up(
    data: Data = None,
    host: Annotated[str, typer.Option(help="Dirección en la que escucha.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Puerto (0: uno libre).")] = 8000,
) -> None:
    """Sirve el sistema embebido (SQLite, sin intermediario de mensajes) con su consola, hasta Ctrl+C."""
    folder = Path(data or DEFAULT_DATA)
    system = open_local(folder)
    # make passes a signal on to who has it already, so a handler may run inside itself: no lock here (no Event).
    told: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: told.put(number))
    try:
        try:
            url = system.start(host, port)
        except OSError as error:
            raise CommandError(
                f"El puerto {port} está ocupado. Use otro con --port.", Exit.UNAVAILABLE, "PORT_IN_USE"
            ) from error
        install_office(system)
        _welcome(system, url, folder)
        told.get()
        say("Cerrando: se termina lo que está en curso…")
    finally:
        system.stop()


def _welcome(system: Any, url: str, folder: Path) -> None:
    say(f"Impulso está en {url}  (datos en {folder}/; Ctrl+C para detener)")
    kept = system.accesses()
    if kept:
        say("Para entrar:")
        for login, what in ((OFFICE, "coordinación y casos"), (ADMINISTRATOR, "administración de cuentas")):
            if login in kept:
                say(f"  usuario {login:<13} contraseña {kept[login]}   ({what})")
        say(f"Estas contraseñas están en {folder}/accesos.json, que solo usted puede leer; cámbielas al entrar.")
    sys.stdout.flush()


@guarded
def service(
    name: Annotated[str, typer.Argument(help="intake, profiling, assistance, inventory o reporting.")],
) -> None:
    """Sirve uno de los servicios sobre RabbitMQ (contenedores); se configura con variables IMPULSO_…"""
    # A process of its own from the first import on: the nameko host makes the standard library cooperative.
    os.execv(sys.executable, [sys.executable, "-m", "shared.runtime.nameko_host", name])


@guarded
def gateway(
    host: Annotated[str, typer.Option(help="Dirección en la que escucha.")] = "0.0.0.0",
    port: Annotated[int, typer.Option(help="Puerto.")] = 8000,
) -> None:
    """Sirve la puerta de entrada (API y consola) sobre RabbitMQ; se configura con variables IMPULSO_…"""
    # A process of its own, too: what a command line needs is not held while serving.
    address = ["--host", host, "--port", str(port)]
    os.execv(sys.executable, [sys.executable, "-m", edge_module(), *address])
