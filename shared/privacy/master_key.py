"""The master key of a service: the one secret that lives outside its databases and wraps all keys inside."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy import secret_file

VARIABLE = "IMPULSO_MASTER_KEY"
FILE_VARIABLE = "IMPULSO_MASTER_KEY_FILE"
KEY_BYTES = 32
NONCE_BYTES = 12


class MasterKeyProblem(Exception):
    """Base of everything that makes a master key unusable. Its text is Spanish and never shows the key."""

    message: ClassVar[str] = "La clave maestra no se puede usar."

    def __init__(self, **parameters: object) -> None:
        super().__init__(self.message.format(**parameters))


class MasterKeyMissing(MasterKeyProblem):
    message = (
        "No hay clave maestra{where}. Indique su archivo en IMPULSO_MASTER_KEY_FILE (o la clave en IMPULSO_MASTER_KEY)."
    )


class MasterKeyExposed(MasterKeyProblem):
    message = (
        "Otras personas de este equipo pueden leer la clave maestra «{path}» (permisos {mode}). "
        "Ejecute «chmod 600 {path}» y vuelva a intentarlo; si alguien pudo copiarla, cámbiela por una nueva."
    )


class MasterKeyInvalid(MasterKeyProblem):
    message = (
        "La clave maestra de {where} no es válida: se esperan 32 bytes escritos en hexadecimal (64 caracteres) o en "
        "base64. Revise que esté completa o restaure su copia de respaldo."
    )


class MasterKeyExists(MasterKeyProblem):
    message = (
        "Ya existe un archivo en «{path}»; no se reemplaza, porque sin su clave los datos serían ilegibles. "
        "Elija otra ruta o use la clave que ya está allí."
    )


class MasterKeyWrong(MasterKeyProblem):
    message = (
        "La base de claves de «{service}» se cifró con otra clave maestra ({expected}) y se cargó la {given}. "
        "Indique la clave maestra correcta; no cree una nueva."
    )


class MasterKey:
    """32 secret bytes. ``id`` names the key without telling anything about it (16 hexadecimal digits)."""

    __slots__ = ("_cipher", "id")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise MasterKeyInvalid(where="la memoria")
        self._cipher = AESGCM(secret)
        self.id = hmac.new(secret, b"impulso.master.id.v1", hashlib.sha256).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"

    @classmethod
    def load(cls, path: Path | str | None = None, environ: Mapping[str, str] = os.environ) -> MasterKey:
        """The key in the file ``path``; without a path, that of `IMPULSO_MASTER_KEY` or `IMPULSO_MASTER_KEY_FILE`.

        Raises `MasterKeyMissing`, `MasterKeyInvalid`, or `MasterKeyExposed` when group or others have any right
        on the file and it is none that was mounted for this container.
        """
        if path is None:
            if text := environ.get(VARIABLE, "").strip():
                return cls(_parse(text, VARIABLE))
            if not (named := environ.get(FILE_VARIABLE, "").strip()):
                raise MasterKeyMissing(where="")
            path = named
        return cls(_parse(_read_guarded(Path(path)), f"«{path}»"))

    @classmethod
    def create(cls, path: Path | str) -> MasterKey:
        """Write a new random key to ``path``, mode 0600, whole or not at all; never over an existing file.

        Raises `MasterKeyExists`.
        """
        try:
            return cls(secret_file.create(Path(path)))
        except FileExistsError:
            raise MasterKeyExists(path=path) from None

    def wrap(self, key: bytes, associated: bytes) -> bytes:
        """``key`` encrypted under this one: nonce, ciphertext and tag. ``associated`` must be given again to unwrap."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, associated)

    def unwrap(self, wrapped: bytes, associated: bytes) -> bytes | None:
        """The key inside ``wrapped``; None when this key or ``associated`` is not the one that it was wrapped with."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], associated)
        except (InvalidTag, ValueError):
            return None


def _read_guarded(path: Path) -> str:
    try:
        return secret_file.read(path)
    except FileNotFoundError:
        raise MasterKeyMissing(where=f" en «{path}»") from None
    except secret_file.Exposed as exposed:
        raise MasterKeyExposed(path=path, mode=exposed.mode) from None


def _parse(text: str, where: str) -> bytes:
    try:
        return secret_file.parse(text)
    except ValueError:
        raise MasterKeyInvalid(where=where) from None
