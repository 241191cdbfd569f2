"""The form of an encrypted file: a preface with its wrapped key, sealed pieces, a sealed description at the end.

Each file has a random key of its own, wrapped by the key of its owner, so destroying that one erases the file. Every
piece is bound to its number and to whether it is the last: pieces cannot be dropped, repeated, reordered or mixed.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy.keys import KeyRing, derive
from shared.privacy.personal import KINDS, Kind
from shared.privacy.value_form import decode, encode

PIECE_BYTES = 1 << 20
"""Plain bytes of every piece but the last."""

MAGIC = b"impulso sealed file 1\n"
_NONCE = 12
_TAG = 16
_LENGTH = 4


class FormBroken(Exception):
    """Bytes that are not, or no longer, what was written."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose key a file is under: a person's for one data class, or the service's own (``subject`` None)."""

    subject: UUID | None
    kind: Kind

    def key(self, ring: KeyRing, *, create: bool = False) -> bytes | None:
        """The key that wraps this owner's file keys and addresses; None once destroyed."""
        if self.kind not in KINDS:
            raise ValueError(f"clase de datos desconocida: {self.kind!r}")
        if self.subject is None:
            return derive(ring.service_key("files"), f"files|{self.kind}")
        key = ring.key(self.subject, self.kind, create=create)
        return derive(key, "files") if key else None


@dataclass(frozen=True, slots=True)
class FileKey:
    """The key of one file, and its random ``number``, which every sealed part is bound to."""

    secret: bytes = field(repr=False)
    number: bytes
    cipher: AESGCM = field(repr=False)

    @classmethod
    def new(cls) -> FileKey:
        secret = secrets.token_bytes(32)
        return cls(secret, secrets.token_bytes(16), AESGCM(secret))

    def seal(self, part: str, position: int, data: bytes, *, last: bool = False) -> bytes:
        """One frame: length, nonce, ciphertext. A fresh nonce each time, as a broken upload seals a place twice."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self.cipher.encrypt(nonce, data, self._bound(part, position, last))
        return len(sealed).to_bytes(_LENGTH, "big") + sealed

    def open(self, part: str, position: int, sealed: bytes, *, last: bool = False) -> bytes:
        try:
            return self.cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(part, position, last))
        except (InvalidTag, ValueError):
            raise FormBroken from None

    def _bound(self, part: str, position: int, last: bool) -> bytes:
        return self.number + position.to_bytes(8, "big") + bytes([last]) + part.encode()


def write_preface(file: BinaryIO, owner: Owner, owner_key: bytes, key: FileKey | None = None) -> FileKey:
    """Start a file: whose it is, and its key (a new one unless given) wrapped by ``owner_key``.

    The preface of another owner of the same kind of subject and class is as long: it may be written over.
    """
    key = key or FileKey.new()
    nonce = os.urandom(_NONCE)
    wrapped = nonce + AESGCM(owner_key).encrypt(nonce, key.secret, _about(owner, key.number))
    subject = owner.subject.hex if owner.subject else None
    preface = {"subject": subject, "kind": owner.kind, "number": key.number.hex(), "key": _text(wrapped)}
    data = json.dumps(preface).encode()
    file.write(MAGIC + len(data).to_bytes(_LENGTH, "big") + data)
    return key


def read_preface(file: BinaryIO, ring: KeyRing) -> tuple[Owner, FileKey | None]:
    """Whose file it is and its key, None once erased. Raises `FormBroken`."""
    if file.read(len(MAGIC)) != MAGIC:
        raise FormBroken
    try:
        preface = json.loads(read_frame(file, limit=4096) or b"")
        owner = Owner(UUID(preface["subject"]) if preface["subject"] else None, preface["kind"])
        number, wrapped = bytes.fromhex(preface["number"]), base64.b64decode(preface["key"], validate=True)
        owner_key = owner.key(ring)
        if owner_key is None:
            return owner, None
        secret = AESGCM(owner_key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _about(owner, number))
    except (InvalidTag, ValueError, KeyError, TypeError):
        raise FormBroken from None
    return owner, FileKey(secret, number, AESGCM(secret))


def read_frame(file: BinaryIO, limit: int = PIECE_BYTES + _NONCE + _TAG) -> bytes | None:
    """The next frame's content; None at the end of the file. Raises `FormBroken` when it is cut off."""
    head = file.read(_LENGTH)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH or length > limit or len(content := file.read(length)) < length:
        raise FormBroken
    return content


def write_pieces(file: BinaryIO, key: FileKey, pieces: Iterable[bytes]) -> int:
    """Seal ``pieces``, marking the last one; returns how many. Nothing at all becomes one empty piece."""
    rest = iter(pieces)
    current, position = next(rest, b""), 0
    for following in rest:
        file.write(key.seal("piece", position, current))
        current, position = following, position + 1
    file.write(key.seal("piece", position, current, last=True))
    return position + 1


def read_pieces(file: BinaryIO, key: FileKey, count: int) -> Iterator[bytes]:
    """The ``count`` plain pieces. Raises `FormBroken` at the first that is not the one that was written there."""
    for position in range(count):
        sealed = read_frame(file)
        if sealed is None:
            raise FormBroken
        yield key.open("piece", position, sealed, last=position == count - 1)
    # Nothing may lie between the last piece and the description either.
    key.open("description", 0, read_frame(file) or b"")


def write_description(file: BinaryIO, key: FileKey, description: dict[str, Any]) -> None:
    """End a file: its description, sealed and padded, and the length of that, to be found from the end."""
    frame = key.seal("description", 0, encode(description))
    file.write(frame + len(frame).to_bytes(_LENGTH, "big"))


def read_description(file: BinaryIO, key: FileKey) -> dict[str, Any]:
    """The description at the end of ``file``, whose position stays where it was."""
    here = file.tell()
    end = file.seek(-_LENGTH, os.SEEK_END)
    length = int.from_bytes(file.read(_LENGTH), "big")
    if length > end - here:
        raise FormBroken
    file.seek(end - length)
    sealed = read_frame(file)
    file.seek(here)
    if sealed is None:
        raise FormBroken
    description: dict[str, Any] = decode(key.open("description", 0, sealed))
    return description


def _about(owner: Owner, number: bytes) -> bytes:
    subject = owner.subject.bytes if owner.subject else bytes(16)
    return b"impulso.file.v1" + subject + owner.kind.encode() + number


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
