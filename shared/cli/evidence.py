"""`impulso evidence`: what proves a case, in one file that is verified without the system."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, Password, Url, User, answer, guarded, say
from shared.cli.system import session


@guarded
def evidence(
    case: Annotated[str, typer.Argument(help="Identificador del caso.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Archivo ZIP que se escribe.")],
    documents: Annotated[bool, typer.Option("--documents", help="Con los documentos que su rol puede abrir.")] = False,
    classes: Annotated[str, typer.Option(help="Clases de datos personales a la vista, si su rol las puede ver.")] = "",
    purpose: Annotated[str, typer.Option(help="Para qué: código de la lista access_purpose (audit, …).")] = "",
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Escribe el paquete de evidencia de un caso. Requiere control interno, subdirección o protección de datos."""
    asked = {name: value for name, value in (("classes", classes), ("documents", "true" * documents)) if value}
    with session(None if data is None else Path(data), url, user, password) as api:
        content = api.download(
            f"/api/cases/{case}/evidence" + (f"?{urlencode(asked)}" if asked else ""), purpose=purpose
        )
    try:
        output.write_bytes(content)
    except OSError as error:
        raise CommandError(f"No se puede escribir «{output}»: {error.strerror}.", Exit.FAILED, "OUTPUT") from error
    told: dict[str, Any] = {"file": str(output), "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    answer(told, as_json, lambda: _tell(told))


def _tell(told: dict[str, Any]) -> None:
    say(f"Evidencia en {told['file']} ({told['size']} bytes). SHA-256: {told['sha256']}")
    say("Se comprueba con el programa que trae: vea VERIFICAR.txt.")
