"""`impulso proof`: proofs that anybody can check without the system, and checkpoints that are kept away from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.audit.errors import AuditProblem, ProofWrong
from shared.audit.keys import Kind
from shared.audit.proof_file import ProofFile
from shared.backup.archive import write_whole
from shared.cli.audited import Audited, Embedded
from shared.cli.exits import CommandError, Exit
from shared.cli.keeping import keep_watch
from shared.cli.output import Data, Json, Password, Url, User, answer, guarded, say
from shared.cli.system import session
from shared.eventstore.log import service_of
from shared.runtime.log_keys import key_name, of_witnesses

proof_app = typer.Typer(help="Pruebas de los registros, que se comprueban sin el sistema.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="Servicio cuyo registro es.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Archivo .tlog-proof que se escribe.")]
Keys = Annotated[
    Path | None, typer.Option("--keys", help="Archivo de claves públicas, o carpeta de ellas, guardado aparte.")
]


@proof_app.command("event")
@guarded
def of_event(
    service: Service,
    sequence: Annotated[int, typer.Argument(min=1, help="Número del evento en ese registro.")],
    output: Output,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Escribe la prueba de que un evento está en su registro."""
    _write(f"/api/audit/{service}/events/{sequence}", output, data, url, user, password, as_json)


@proof_app.command("document")
@guarded
def of_document(
    document: Annotated[str, typer.Argument(help="Identificador del FO-110 o FO-128.")],
    output: Output,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Escribe la prueba del evento que expidió un FO-110 o FO-128."""
    _write(f"/api/audit/documents/{document}", output, data, url, user, password, as_json)


@proof_app.command("checkpoint")
@guarded
def checkpoint(
    service: Service,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Muestra el último punto de control de un registro; el firmado por testigos, si lo hay."""
    with session(None if data is None else Path(data), url, user, password) as api:
        found = api.get(f"/api/audit/{service}/checkpoint")
    shown = found["cosigned"] or found
    answer(found, as_json, lambda: say(shown["note"]))


@proof_app.command("check")
@guarded
def check(
    file: Annotated[Path, typer.Argument(help="Archivo .tlog-proof.")],
    keys: Keys = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Comprueba una prueba con las claves públicas y nada más; sale con 6 si no es buena."""
    source = Audited(keys) if data is None else Embedded(keys, Path(data))
    try:
        found = _checked(file.read_bytes(), source)
    except OSError as error:
        raise CommandError(f"No se puede leer «{file}» ({type(error).__name__}).", Exit.USAGE, "USAGE") from error
    except AuditProblem as problem:
        raise CommandError(str(problem), Exit.UNSOUND, problem.code) from problem

    def words() -> None:
        event = found["event"]
        say(f"✓ El evento {event['sequence']} de {event['log']} ({event['topic']}) está en el registro:")
        say(f"    registrado el {event['recorded_at']}, contenido guardado con SHA-256 {event['sha256']}")
        say(f"    bajo el punto de control de {found['size']} eventos de {found['origin']}")
        for each in found["witnesses"]:
            say(f"    que vio y firmó {each['name']} el {each['at']}")
        say(found["verdict"])

    answer(found, as_json, words)


@proof_app.command("watch")
@guarded
def watch(
    kept: Annotated[Path, typer.Argument(help="Carpeta suya donde se guardan los puntos de control.")],
    keys: Keys = None,
    service: Annotated[str | None, typer.Option("--service", help="Solo este registro.")] = None,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Guarda fuera el último punto de control de cada registro si continúa el que ya tenía; sale con 6 si no.

    Es ser testigo desde otra máquina: córralo allí cada tanto, con las claves públicas copiadas aparte.
    """
    source = Audited(keys) if data is None else Embedded(keys, Path(data))
    with session(None if data is None else Path(data), url, user, password) as api:
        found = keep_watch(api, source.pinned, kept, service)

    def words() -> None:
        for one in found:
            say(f"{'✗' if one['problem'] else '✓'} {one['log']}: {one['problem'] or one['size']}")

    sound = not any(one["problem"] for one in found)
    answer({"consistent": sound, "logs": found}, as_json, words)
    if not sound:
        raise typer.Exit(int(Exit.UNSOUND))


def _write(
    path: str, output: Path, data: Any, url: str | None, user: str | None, password: str | None, as_json: bool
) -> None:
    with session(None if data is None else Path(data), url, user, password) as api:
        content = api.download(path)
    write_whole(output, content)
    found = {"file": str(output), "size": len(content)}
    answer(found, as_json, lambda: say(f"{output}: compruébela con «impulso proof check {output}»."))


def _checked(content: bytes, source: Audited) -> dict[str, Any]:
    """What a proof says. Raises `AuditProblem`."""
    proof, keys = ProofFile.parse(content), source.pinned
    checkpoint, signatures = proof.verify(proof.extra, keys)
    leaf: dict[str, Any] = json.loads(proof.extra)
    # One key signs both logs of a service, and every key is pinned here: which log it is, its name must say twice.
    log, signers = str(leaf.get("log")), {each.key.name for each in signatures}
    if checkpoint.origin.rpartition("/")[0] != key_name(log) or key_name(service_of(log)) not in signers:
        raise ProofWrong()
    seen = [each for each in signatures if each.key.kind is Kind.WITNESS]
    pinned = len(of_witnesses(keys))
    return {
        "event": leaf,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "witnesses": [
            {"name": each.key.name, "at": datetime.fromtimestamp(each.time or 0, UTC).isoformat()} for each in seen
        ],
        "verdict": f"ATESTIGUADO {len(seen)}/{pinned}" if seen else "CONSISTENTE SIN TESTIGO",
    }
