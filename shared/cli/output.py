"""What a command prints: words and tables for people, one JSON document for machines (``--json``)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.cli.exits import CommandError, Exit
from shared.runtime.clock import BOGOTA

P = ParamSpec("P")
R = TypeVar("R")

console = Console(stderr=False, highlight=False)
errors = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Responder con un documento JSON.")]
Data = Annotated[Any, typer.Option("--data", help="Carpeta de datos del sistema embebido (por defecto: var).")]
Url = Annotated[str | None, typer.Option("--url", help="Dirección de un sistema en marcha.")]
User = Annotated[str | None, typer.Option("--user", help="Usuario (o IMPULSO_USER).")]
Password = Annotated[str | None, typer.Option("--password", help="Contraseña (o IMPULSO_PASSWORD).")]


def answer(document: Any, as_json: bool, words: Callable[[], None]) -> None:
    """Print ``document`` as JSON, or let ``words`` say it."""
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n")
        sys.stdout.flush()
    else:
        words()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on the terminal; cells are shown as they are, never as markup."""
    drawn = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    console.print(drawn)


def moment(seconds: float | None, *, exactly: bool = False) -> str:
    """A moment (seconds of UTC since 1970) as Bogotá's clocks showed it, to the minute or second; none is empty."""
    if seconds is None:
        return ""
    local = datetime.fromtimestamp(seconds, UTC).astimezone(BOGOTA)
    return local.strftime("%Y-%m-%d %H:%M:%S" if exactly else "%Y-%m-%d %H:%M")


def say(text: str) -> None:
    """A line for the person."""
    console.print(escape(text), soft_wrap=True)


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Turn `CommandError` into its text and exit code; with ``--json`` into a document, too. An interrupt is 5."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except CommandError as error:
            if kwargs.get("as_json"):
                document = {"error": {"code": error.code, "text": error.text, "exit": int(error.exit_code)}}
                problem = getattr(error, "problem", None)
                if problem:
                    document["error"]["problem"] = problem
                sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
            else:
                errors.print(f"[bold red]{escape(error.text)}[/]", soft_wrap=True)
            raise typer.Exit(int(error.exit_code)) from error
        except KeyboardInterrupt:
            errors.print("Interrumpido. El mismo comando continúa desde donde quedó.")
            raise typer.Exit(int(Exit.INCOMPLETE)) from None

    return run
