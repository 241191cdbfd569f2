"""`impulso`: one command for the whole system. Every command answers ``--json``; exit codes are in `exits`."""

from __future__ import annotations

import sys
from typing import Any

import typer

from shared.cli import demo
from shared.cli.as_of import as_of
from shared.cli.backups import backup_app, new_epoch, restore
from shared.cli.calls import call_app
from shared.cli.contracts import contracts_app
from shared.cli.doctor import doctor
from shared.cli.evidence import evidence
from shared.cli.exits import Exit
from shared.cli.following import acts, adopt, pause, resume
from shared.cli.imports import import_file
from shared.cli.keys import keys_app
from shared.cli.knowledge import catalogue, timeline
from shared.cli.operation import migrate
from shared.cli.parked import parked_app
from shared.cli.proving import proof_app
from shared.cli.rebuilding import rebuild
from shared.cli.reevaluating import re_evaluate
from shared.cli.republishing import republish
from shared.cli.serving import gateway, service, up
from shared.cli.tokens import tokens_app
from shared.cli.verifying import verify
from shared.cli.webhooks import webhooks_app
from shared.cli.witnessing import witness

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
app.command("as-of")(as_of)
app.command("evidence")(evidence)
app.command("re-evaluate")(re_evaluate)
app.add_typer(parked_app, name="parked")
app.add_typer(tokens_app, name="tokens")
app.add_typer(webhooks_app, name="webhooks")
app.command("pause")(pause)
app.command("resume")(resume)
app.command("adopt")(adopt)
app.command("rebuild")(rebuild)
app.command("republish")(republish)
app.command("acts")(acts)
app.command("doctor")(doctor)
app.command("verify")(verify)
app.command("witness")(witness)
app.add_typer(proof_app, name="proof")
app.command("catalogue")(catalogue)
app.command("migrate")(migrate)
app.add_typer(keys_app, name="keys")
app.add_typer(contracts_app, name="contracts")
app.add_typer(backup_app, name="backup")
app.command("restore")(restore)
app.command("new-epoch")(new_epoch)


def main() -> Any:
    """Entry point of the installed command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(int(Exit.INCOMPLETE))


if __name__ == "__main__":
    main()
