"""The command line of the demonstration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shared.cli.api import Api, Refused
from shared.cli.demo.plan import CYCLE
from shared.cli.demo.run import Demonstration, Result
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, Password, Url, User, answer, errors, guarded, say, table
from shared.cli.system import ADMINISTRATOR, reached

SAID = {"stage": "Preparando", "identified": "Candidatos", "told": "Casos"}


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("demo")(demo)


@guarded
def demo(
    cases: Annotated[
        int, typer.Option("--cases", min=1, max=5000, help="Cuántos casos llevar de principio a fin.")
    ] = len(CYCLE),
    seed: Annotated[int, typer.Option("--seed", min=1, max=9999, help="La misma semilla da siempre lo mismo.")] = 1,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=32, help="Casos a la vez.")] = 4,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Lleva casos inventados por todo el proceso, con rechazos y salidas, solo por la API; revisa cómo terminan.

    Con --url necesita la cuenta de administración (--user y --password). Interrumpido, continúa donde quedó.
    """
    with _administrator(data, url, user, password) as (address, administrator), _bar(cases, quiet=as_json) as told:
        demonstration = Demonstration(administrator, address, seed=seed, cases=cases, at_once=at_once, told=told)
        result = demonstration.run()
    answer(result.document(), as_json, lambda: _tell(result))
    if not result.sound:
        raise typer.Exit(int(Exit.UNSOUND))


@contextmanager
def _administrator(data: Any, url: str | None, user: str | None, password: str | None) -> Iterator[tuple[str, Api]]:
    # The refusals that are provoked would fill the terminal with warnings of the system served here.
    os.environ.setdefault("IMPULSO_LOG_LEVEL", "ERROR")
    with reached(None if data is None else Path(data), url) as (address, kept), Api(address, timeout=60.0) as api:
        login = user or os.environ.get("IMPULSO_USER") or ADMINISTRATOR
        secret = password or os.environ.get("IMPULSO_PASSWORD") or kept.get(login)
        if not secret:
            raise CommandError(
                "La demostración crea sus propias cuentas: indique la de administración con --user y --password "
                "(o IMPULSO_USER e IMPULSO_PASSWORD).",
                Exit.USAGE,
                "PASSWORD_MISSING",
            )
        try:
            api.log_in(login, secret)
        except Refused as error:
            raise CommandError(error.text, Exit.REFUSED, error.code) from error
        yield address, api


@contextmanager
def _bar(cases: int, *, quiet: bool) -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=quiet or not errors.is_terminal) as bar:
        task = bar.add_task(SAID["stage"], total=cases)

        def told(what: str, number: int) -> None:
            bar.update(task, description=SAID[what], completed=number)

        yield told


def _tell(result: Result) -> None:
    kinds: dict[tuple[str, str], int] = {}
    for case in result.cases:
        place = (case["kind"], case["state"])
        kinds[place] = kinds.get(place, 0) + 1
    table("Casos", ("historia", "estado final", "casos"), [(*place, count) for place, count in sorted(kinds.items())])
    table("Rechazos provocados", ("código", "veces"), sorted(result.refusals.items()))
    events = sum(result.heads.values())
    say(f"{len(result.cases)} casos en {result.seconds:.1f} s; {events} eventos; {result.parked} apartados.")
    for difference in result.differences:
        say(f"✗ {difference}")
    if result.sound:
        say("Todo terminó como se esperaba.")
