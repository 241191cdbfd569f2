"""`impulso backup` and `impulso restore`: a copy of the whole system, and the way back."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from shared.backup.archive import Archive
from shared.backup.problems import BackupProblem, MasterKeyAbsent
from shared.backup.renewing import renew
from shared.backup.restoring import Restored
from shared.backup.restoring import restore as put_back
from shared.backup.sites import Site, embedded_sites, server_sites
from shared.backup.taking import Taken, Told, take
from shared.backup.verifying import verify as examine
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, answer, errors, guarded, say, table
from shared.cli.system import edge
from shared.privacy.keys import MasterKey, MasterKeyProblem
from shared.runtime.definition import installed_services
from shared.runtime.embedded import DataFolderInUse, FolderLock
from shared.runtime.readiness import is_away


class _TakesUnlessTold(TyperGroup):
    """`impulso backup DESTINO` is `impulso backup take DESTINO`."""

    usual = "take"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "--"):
            args = [self.usual, *args]
        return super().parse_args(ctx, args)


backup_app = typer.Typer(
    cls=_TakesUnlessTold,
    help="Copias de respaldo de todo el sistema: «impulso backup DESTINO» hace una.",
    no_args_is_help=True,
)

KINDS = {"usage": Exit.USAGE, "refused": Exit.REFUSED, "away": Exit.UNAVAILABLE, "broken": Exit.UNSOUND}
UNITS = {"s": 1, "m": 60, "h": 3600}

Place = Annotated[Path, typer.Argument(help="Carpeta de la copia.")]
Keys = Annotated[
    Path | None, typer.Option("--keys", help="Carpeta de las claves, aparte (por defecto: DESTINO/claves).")
]
Point = Annotated[str | None, typer.Option("--point", help="Copia por su nombre (por defecto, la última).")]


@backup_app.command("take")
@guarded
def take_backup(
    place: Place,
    keys: Keys = None,
    every: Annotated[str | None, typer.Option("--every", help="Repetir, de comienzo a comienzo: 4m, 30s, 1h.")] = None,
    keep: Annotated[int, typer.Option("--keep", min=0, help="Cuántas copias guardar (0: todas).")] = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Copia todos los servicios en un mismo instante, mientras atienden; solo lo nuevo desde la copia anterior.

    Con --data, la carpeta del sistema embebido; si no, las bases de IMPULSO_<SERVICIO>_OWNER_URL y _KEYS_OWNER_URL y
    los archivos de IMPULSO_<SERVICIO>_FILES. La clave maestra nunca va en la copia.
    """
    if every is None:
        with _told_problems():
            taken = _take(place, keys, keep, data, as_json)
        answer(taken.document(), as_json, lambda: _tell_taken(taken))
        return
    pause, stop = _seconds(every), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        began = time.monotonic()
        try:
            with _told_problems():
                taken = _take(place, keys, keep, data, quiet=True)
            answer(taken.document(), as_json, lambda taken=taken: _tell_taken(taken))
        except CommandError as error:
            # What is away may come back: the next turn tries again, and what fails every turn is seen in the log.
            errors.print(f"{error.code}: {error.text}", soft_wrap=True)
            if error.exit_code is Exit.USAGE:
                raise
        stop.wait(max(0.0, pause - (time.monotonic() - began)))


@backup_app.command("verify")
@guarded
def verify_backup(place: Place, keys: Keys = None, point: Point = None, as_json: Json = False) -> None:
    """Lee una copia entera y revisa que esté completa y sin cambios; sale con 6 si no lo está."""
    with _told_problems(), _bar(quiet=as_json) as told:
        verdict = examine(place / "datos", _keys(place, keys), point, told=told)

    def words() -> None:
        say(f"Copia {verdict.point}: {verdict.entries} eventos, {verdict.rows} filas, {verdict.files} archivos.")
        for defect in verdict.defects:
            say(f"✗ {defect}")
        if verdict.sound:
            say("Completa y sin cambios; hay clave (o constancia de su supresión) para cada persona.")

    answer(verdict.document(), as_json, words)
    if not verdict.sound:
        raise typer.Exit(int(Exit.UNSOUND))


@backup_app.command("list")
@guarded
def list_backups(place: Place, as_json: Json = False) -> None:
    """Lista las copias terminadas que hay en una carpeta."""
    archive = Archive(place / "datos")
    found = []
    with _told_problems():
        for name in archive.names():
            services = archive.point(name)["services"]
            found.append(
                {
                    "point": name,
                    "entries": sum(service["head"] for service in services.values()),
                    "files": sum(service["files"]["count"] for service in services.values()),
                }
            )
    rows = [(one["point"], one["entries"], one["files"]) for one in found]
    answer({"items": found}, as_json, lambda: table("Copias", ("copia", "eventos", "archivos"), rows))


@guarded
def restore(
    place: Place,
    keys: Keys = None,
    point: Point = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Aparta lo que ya hay en el destino (no lo borra) y restaura en su lugar.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Restaura una copia en un lugar vacío, la revisa y solo entonces la abre, con una época nueva en cada registro.

    Interrumpida, el mismo comando continúa. Los servicios deben estar detenidos.
    """
    with _told_problems(), _bar(quiet=as_json) as told:
        if data is None:
            done = put_back(_sites(None), place / "datos", _keys(place, keys), point, replace=replace, told=told)
        else:
            done = _restore_folder(Path(data), place, _keys(place, keys), point, replace, told)
    answer(done.document(), as_json, lambda: _tell_restored(done))


@guarded
def new_epoch(
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help="Claves de la última copia: sus supresiones se repiten aquí."),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Después de devolver las bases a un instante por otro medio: revisa que concuerden y abre una época nueva.

    Los servicios deben estar detenidos. No hace falta después de «impulso restore», que ya lo hace.
    """
    with _told_problems():
        done = renew(_sites(None if data is None else Path(data)), keys)

    def words() -> None:
        say(f"{len(done['epochs'])} registros comienzan una época nueva ({sum(done['heads'].values())} eventos).")
        if done["erased_again"]:
            say(f"{done['erased_again']} claves ya suprimidas quedaron suprimidas de nuevo.")

    answer(done, as_json, words)


def _restore_folder(data: Path, place: Path, keys: Path, point: str | None, replace: bool, told: Told) -> Restored:
    try:
        lock = FolderLock(data)
    except DataFolderInUse as error:
        raise CommandError(str(error), Exit.UNAVAILABLE, "DATA_FOLDER_IN_USE") from error
    try:
        path = data / "master.key"
        try:
            master = MasterKey.load(path if path.exists() else None)
        except MasterKeyProblem as error:
            if path.exists():
                raise CommandError(str(error), Exit.REFUSED, "MASTER_KEY_WRONG") from error
            raise MasterKeyAbsent(place=path) from None
        sites = _sites(data)
        masters = {site.name: master.id for site in sites}
        return put_back(sites, place / "datos", keys, point, replace=replace, masters=masters, told=told)
    finally:
        lock.release()


def _take(place: Path, keys: Path | None, keep: int, data: Any, quiet: bool) -> Taken:
    with _bar(quiet=quiet) as told:
        sites = _sites(None if data is None else Path(data))
        return take(sites, place / "datos", _keys(place, keys), keep=keep, told=told)


def _sites(data: Path | None) -> list[Site]:
    read_models = {name: one.application.views for name, one in installed_services().items()}
    read_models["gateway"] = edge("definition").application.views
    return server_sites(read_models) if data is None else embedded_sites(data, read_models)


def _keys(place: Path, keys: Path | None) -> Path:
    return keys or place / "claves"


def _seconds(text: str) -> float:
    try:
        number = float(text.rstrip("smh"))
        seconds = number * UNITS[text[-1]] if text[-1:] in UNITS else number
        if seconds <= 0:
            raise ValueError("not a length of time")
    except ValueError:
        raise CommandError("--every: escriba, por ejemplo, 4m, 30s o 1h.", Exit.USAGE, "USAGE") from None
    return seconds


def _tell_taken(taken: Taken) -> None:
    say(
        f"Copia {taken.point}: {taken.entries} eventos ({taken.new_entries} nuevos), "
        f"{taken.files} archivos ({taken.new_files} nuevos)."
    )


def _tell_restored(done: Restored) -> None:
    say(f"Restaurada la copia {done.point}: {done.entries} eventos y {done.files} archivos, revisados uno a uno.")
    if done.stayed_erased:
        say(f"{done.stayed_erased} claves que se habían suprimido después de la copia siguen suprimidas.")
    for service, where in done.set_aside.items():
        say(f"Lo que había en {service} quedó apartado como {where}.")
    say("Cada registro comienza una época nueva: los integradores lo notan y deben leer de nuevo desde su posición.")
    say("Inicie el sistema; los modelos de lectura se hacen de nuevo al iniciar. Después, «impulso doctor».")


@contextmanager
def _told_problems() -> Iterator[None]:
    try:
        yield
    except BackupProblem as problem:
        raise CommandError(str(problem), KINDS[problem.kind], problem.code) from problem
    except sa.exc.DBAPIError as error:
        if not is_away(error):
            raise
        text = "Una base de datos no responde. Verifique que esté en marcha y reintente."
        raise CommandError(text, Exit.UNAVAILABLE, "DATABASE_AWAY") from error


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Told]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=quiet or not errors.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield told
