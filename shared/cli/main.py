"""`impulso`: one command for the whole system. Every command answers ``--json``; exit codes are in `exits`."""

from __future__ import annotations

import sys
from typing import Any

import typer

from shared.cli import demo
from shared.cli.calls import call_app
from shared.cli.exits import Exit
from shared.cli.imports import import_file
from shared.cli.knowledge import catalogue, timeline
from shared.cli.operation import adopt, doctor, migrate, parked_app, rebuild
from shared.cli.serving import gateway, service, up

app = typer.Typer(
    name="impulso",
    help="Impulso: gestión de casos de asistencia técnica, con eventos que no se pierden ni se cambian.",
    epilog=(
        "Códigos de salida: 0 hecho · 1 falla imprevista · 2 uso incorrecto · 3 rechazado por una regla · "
        "4 no disponible · 5 interrumpido, se puede continuar · 6 se encontró algo roto."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up)
app.command("service")(service)
app.command("gateway")(gateway)
app.add_typer(call_app, name="call")
app.command("import")(import_file)
demo.register(app)
app.command("timeline")(timeline)
app.add_typer(parked_app, name="parked")
app.command("rebuild")(rebuild)
app.command("adopt")(adopt)
app.command("doctor")(doctor)
app.command("catalogue")(catalogue)
app.command("migrate")(migrate)


def main() -> Any:
    """Entry point of the installed command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(int(Exit.INCOMPLETE))


if __name__ == "__main__":
    main()
