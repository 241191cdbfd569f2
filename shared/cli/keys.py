"""`impulso keys`: the keys that wrap everything personal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, answer, guarded, say
from shared.privacy.keys import KeyDamaged, KeyRemnant, MasterKeyProblem
from shared.runtime.definition import installed_services
from shared.runtime.embedded import DataFolderInUse, FolderLock
from shared.runtime.key_rotation import rotate_folder, rotate_service
from shared.runtime.settings import ConfigurationError

keys_app = typer.Typer(help="Las claves con las que se guardan los datos personales.", no_args_is_help=True)


@keys_app.callback()
def _keys() -> None:
    """Claves."""


@keys_app.command("rotate")
@guarded
def rotate(
    service: Annotated[
        str | None, typer.Argument(help="Sin --data: el servicio cuyas variables de entorno están puestas.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Envuelve todas las claves de personas con una clave maestra nueva, sin tocar ningún evento.

    Con --data, el sistema embebido, detenido: hace la clave nueva y guarda la anterior como master.key.former-ID.
    En contenedores, en el entorno del servicio: IMPULSO_MASTER_KEY_FILE nombra la nueva e
    IMPULSO_FORMER_MASTER_KEY_FILE la anterior; puede seguir atendiendo. Interrumpido, el mismo comando continúa.
    """
    try:
        done = _of_folder(Path(data)) if data is not None else _of_service(service)
    except MasterKeyProblem as error:
        raise CommandError(str(error), Exit.REFUSED, "MASTER_KEY_WRONG") from error
    except KeyDamaged as error:
        raise CommandError(str(error), Exit.UNSOUND, "KEYS_DAMAGED") from error
    except KeyRemnant as error:
        raise CommandError(f"{error} Corra de nuevo el mismo comando.", Exit.INCOMPLETE, "KEY_REMNANT") from error
    except ConfigurationError as error:
        raise CommandError(str(error), Exit.USAGE, "NOT_CONFIGURED") from error

    def words() -> None:
        for name, count in done["keys"].items():
            say(f"{name}: {count} claves envueltas de nuevo")
        say("Haga ya una copia de respaldo. La clave anterior aún abre las copias de antes: destrúyala cuando no deban")
        say("abrirse más, y con ella toda copia de claves que se haya suprimido desde entonces.")

    answer(done, as_json, words)


def _of_folder(data: Path) -> dict[str, Any]:
    try:
        lock = FolderLock(data)
    except DataFolderInUse as error:
        text = f"{error} Deténgalo para cambiar la clave maestra."
        raise CommandError(text, Exit.UNAVAILABLE, "DATA_FOLDER_IN_USE") from error
    try:
        return {"keys": rotate_folder(data, [*installed_services(), "gateway"])}
    finally:
        lock.release()


def _of_service(service: str | None) -> dict[str, Any]:
    if service is None:
        raise CommandError("Diga qué servicio, o --data CARPETA.", Exit.USAGE, "SERVICE_REQUIRED")
    count, former, master = rotate_service(service)
    return {"keys": {service: count}, "former": former, "master": master}
