"""The keys that sign a service's checkpoints, and that a witness cosigns with: apart from the database, their public
halves pinned outside of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from shared.audit.errors import KeyMalformed
from shared.audit.keys import Kind, Signer, Verifier
from shared.eventstore.log import service_of
from shared.privacy import secret_file
from shared.runtime.settings import ConfigurationError

VARIABLE = "IMPULSO_LOG_KEY"
FILE_VARIABLE = "IMPULSO_LOG_KEY_FILE"
WITNESS_VARIABLE = "IMPULSO_WITNESS_KEY"
WITNESS_FILE_VARIABLE = "IMPULSO_WITNESS_KEY_FILE"
PINNED_VARIABLE = "IMPULSO_LOG_KEYS_FILE"
FOLDER = "log-keys"
WITNESS = "witness"
"""Name of the witness's key, among those of the logs."""


class LogKeyProblem(ConfigurationError):
    """Base of everything that makes a signing key unusable. Its text is Spanish and never shows the key."""

    code: ClassVar[str] = "LOG_KEY_PROBLEM"
    message: ClassVar[str] = "La clave que sella el registro no se puede usar."

    def __init__(self, **parameters: object) -> None:
        super().__init__(self.message.format(**parameters))


class LogKeyMissing(LogKeyProblem):
    code = "LOG_KEY_MISSING"
    message = (
        "No está la clave que sella el registro, «{path}». Póngala de su copia de respaldo; si se perdió, quite "
        "«{public}» de la carpeta (consérvelo aparte: con él se comprueba lo ya sellado) y se hará una nueva."
    )


class LogKeyNotThere(LogKeyProblem):
    code = "LOG_KEY_MISSING"
    message = (
        "No está la clave que sella el registro, «{path}», que nombra {variable}. Corra «make env», que la hace si "
        "nunca la hubo, o póngala de su copia de respaldo."
    )


class LogKeyExposed(LogKeyProblem):
    code = "LOG_KEY_EXPOSED"
    message = (
        "Otras personas de este equipo pueden leer la clave que sella el registro, «{path}» (permisos {mode}). "
        "Ejecute «chmod 600 {path}» y vuelva a intentarlo; si alguien pudo copiarla, cámbiela por una nueva."
    )


class LogKeyInvalid(LogKeyProblem):
    code = "LOG_KEY_INVALID"
    message = (
        "La clave que sella el registro, en {where}, no es válida: se esperan 32 bytes escritos en hexadecimal (64 "
        "caracteres) o en base64. Revise que esté completa o ponga su copia de respaldo."
    )


class LogKeyWrong(LogKeyProblem):
    code = "LOG_KEY_WRONG"
    message = (
        "La clave «{path}» no es la mitad secreta de ninguna de las claves públicas de «{public}». Ponga la clave "
        "original; si la cambió por una nueva, agregue a ese archivo la línea {line}"
    )


def key_name(service: str) -> str:
    """How the key of a service's log is called in its signatures."""
    return f"impulso/{service}"


def log_signer(service: str, environ: Mapping[str, str] = os.environ) -> Signer | None:
    """The signer of ``service`` that `IMPULSO_LOG_KEY` or `IMPULSO_LOG_KEY_FILE` gives; None where neither is set.

    Raises `LogKeyProblem`.
    """
    return _configured(service, Kind.LOG, VARIABLE, FILE_VARIABLE, environ)


def witness_signer(environ: Mapping[str, str] = os.environ) -> Signer | None:
    """The signer of a witness, from `IMPULSO_WITNESS_KEY` or `IMPULSO_WITNESS_KEY_FILE`; None where neither is set.

    Raises `LogKeyProblem`.
    """
    return _configured(WITNESS, Kind.WITNESS, WITNESS_VARIABLE, WITNESS_FILE_VARIABLE, environ)


def own_log_signer(data: Path, service: str) -> Signer:
    """The signer of ``service`` in the embedded system's folder: made at the first start, with its public half.

    ``log-keys/SERVICE.key`` is secret; ``log-keys/SERVICE.pub`` has a line for each public key of this log, former ones
    too. A key that is gone is not replaced while its public half stands there. Raises `LogKeyProblem`.
    """
    return _own(data, service, Kind.LOG)


def own_witness_signer(data: Path) -> Signer:
    """The signer of the embedded system's witness, kept as `own_log_signer` keeps those of the logs."""
    return _own(data, WITNESS, Kind.WITNESS)


def own_public_keys(data: Path) -> list[Verifier]:
    """Every public key that the embedded system's folder pins, of logs and witnesses. Raises `LogKeyInvalid`."""
    return folder_keys(data / FOLDER)


def folder_keys(folder: Path) -> list[Verifier]:
    """Every public key in the ``.pub`` files of ``folder``. Raises `LogKeyInvalid`."""
    return [key for path in sorted(folder.glob("*.pub")) for key in public_keys(path)]


def pinned_keys(environ: Mapping[str, str] = os.environ) -> list[Verifier]:
    """The public keys in the file that `IMPULSO_LOG_KEYS_FILE` names; none where it is not set.

    Raises `LogKeyInvalid`, and what opening the file raises.
    """
    named = environ.get(PINNED_VARIABLE, "").strip()
    return public_keys(Path(named)) if named else []


def of_log(keys: Iterable[Verifier], log: str) -> list[Verifier]:
    """Those among ``keys`` that sign the log ``log``: both logs of a service are signed with its one key.

    What tells them apart is the origin of each checkpoint, which is signed along.
    """
    name = key_name(service_of(log))
    return [key for key in keys if key.kind is Kind.LOG and key.name == name]


def of_witnesses(keys: Iterable[Verifier]) -> list[Verifier]:
    """Those among ``keys`` that are a witness's."""
    return [key for key in keys if key.kind is Kind.WITNESS]


def public_keys(path: Path) -> list[Verifier]:
    """The public keys that a file pins, one a line; empty lines and those that begin with ``#`` say nothing.

    Raises `LogKeyInvalid` for a line that is none, and what opening the file raises.
    """
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    try:
        return [Verifier.parse(line) for line in lines if line and not line.startswith("#")]
    except KeyMalformed as problem:
        raise LogKeyInvalid(where=f"«{path}»: {problem}") from None


def _configured(name: str, kind: Kind, variable: str, file_variable: str, environ: Mapping[str, str]) -> Signer | None:
    if text := environ.get(variable, "").strip():
        return _signer(name, kind, text, variable)
    if not (named := environ.get(file_variable, "").strip()):
        return None
    path = Path(named)
    try:
        return _signer(name, kind, secret_file.read(path), f"«{path}»")
    except FileNotFoundError:
        raise LogKeyNotThere(path=path, variable=file_variable) from None
    except secret_file.Exposed as exposed:
        raise LogKeyExposed(path=path, mode=exposed.mode) from None


def _own(data: Path, name: str, kind: Kind) -> Signer:
    path, public = data / FOLDER / f"{name}.key", data / FOLDER / f"{name}.pub"
    if not path.exists():
        if public.exists():
            raise LogKeyMissing(path=path, public=public)
        secret_file.create(path)
    signer = _configured(name, kind, "", "file", {"file": str(path)})
    assert signer is not None
    if not public.exists():
        # After the key: cut off in between, the next start writes it.
        public.write_text(signer.verifier.text + "\n", "utf-8")
    elif signer.verifier not in public_keys(public):
        raise LogKeyWrong(path=path, public=public, line=signer.verifier.text)
    return signer


def _signer(name: str, kind: Kind, text: str, where: str) -> Signer:
    try:
        return Signer(key_name(name), secret_file.parse(text), kind)
    except ValueError:
        raise LogKeyInvalid(where=where) from None
