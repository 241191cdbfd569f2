"""The encrypted files of one service: scans, photos, imports, PDFs. Stored once and never overwritten (X-05).

A file's id is a keyed hash of its owner and SHA-256: equal content of one owner has one id, while nobody without the
keys can test a guess at a content, nor see that two people have the same.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count as numbers
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid5

from shared.catalogue.refusals import NotFound, Refusal
from shared.privacy.file_form import (
    PIECE_BYTES,
    FileKey,
    FormBroken,
    Owner,
    read_description,
    read_pieces,
    read_preface,
    write_description,
    write_pieces,
    write_preface,
)
from shared.privacy.keys import KeyDestroyed, KeyRing, derive
from shared.privacy.personal import Kind
from shared.privacy.sealing import SealBroken
from shared.privacy.secret_file import sync_directory

MEGABYTE = 1_000_000
_OWNERS = UUID("b4f0c1de-6f7a-4d55-9a10-5d8c2b7e4a90")


class FileTooLarge(Refusal):
    code = "FILE_TOO_LARGE"
    status = 413
    message = "El archivo supera el máximo de {megabytes} MB. Redúzcalo o divídalo y vuelva a adjuntarlo."


class FileErased(Refusal):
    code = "FILE_ERASED"
    status = 410
    message = "Este archivo fue suprimido a petición de su titular y ya no se puede leer."


class FileBroken(SealBroken):
    """A stored file was altered, cut off, or lies at another file's address."""

    def __init__(self, file_id: str) -> None:
        Exception.__init__(self, f"El archivo guardado {file_id} está alterado. Restáurelo de una copia de respaldo.")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store. ``sha256`` is of the plain content: it confirms a guess at one, so treat it as personal."""

    id: str
    sha256: str = field(repr=False)
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class FileInfo(StoredFile):
    """What the store knows of a file. ``name`` is the one it first came with."""

    name: str = field(repr=False)
    subject: UUID | None
    kind: Kind


class FileStore:
    """The files under ``directory``, sealed with the keys of ``ring``; none larger than ``limit`` bytes.

    Safe under threads and several processes that share the directory.
    """

    def __init__(self, directory: Path | str, ring: KeyRing, *, limit: int = 20 * MEGABYTE) -> None:
        self.directory = Path(directory)
        self.incoming = self.directory / "incoming"
        self.ring = ring
        self.limit = limit
        self.incoming.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, stream: BinaryIO, *, subject: UUID | None, kind: Kind, media_type: str, name: str) -> StoredFile:
        """Store what ``stream`` gives, under the key of ``subject`` and ``kind``, or the service's own without one.

        The same content of the same owner again changes nothing and gives the same id. Durable on return. Raises
        `FileTooLarge`, and `KeyDestroyed` for an erased person.
        """
        return self.keep(_pieces(stream), Owner(subject, kind), media_type, name)

    def keep(self, pieces: Iterable[bytes], owner: Owner, media_type: str, name: str) -> StoredFile:
        """`put`, from plain ``pieces`` of at most 1 MiB."""
        owner_key = owner.key(self.ring, create=True)
        if owner_key is None:
            raise KeyDestroyed(kind=owner.kind)
        return self._keep(pieces, media_type, name, owner, owner_key)

    def keep_alone(self, pieces: Iterable[bytes], kind: Kind, media_type: str, name: str) -> StoredFile:
        """Keep what is about nobody in particular, or about many, under a key of its own: to be destroyed alone.

        The same content again is the same file, so that who repeats an upload gets the same id; once it was destroyed,
        it is a new one. Raises `FileTooLarge`.
        """
        # Whose it is depends on the content, which is known at its end: until then nobody has the key.
        return self._keep(
            pieces, media_type, name, Owner(uuid5(_OWNERS, ""), kind), secrets.token_bytes(32), alone=True
        )

    def _keep(
        self,
        pieces: Iterable[bytes],
        media_type: str,
        name: str,
        owner: Owner,
        owner_key: bytes,
        *,
        alone: bool = False,
    ) -> StoredFile:
        draft = self.incoming / f"{secrets.token_hex(16)}.part"
        try:
            with create_private(draft) as file:
                key = write_preface(file, owner, owner_key)
                measured = _Measured(pieces, self.limit)
                count = write_pieces(file, key, measured)
                sha256, size = measured.sha256.hexdigest(), measured.size
                description = {"name": name, "media_type": media_type, "sha256": sha256, "size": size, "pieces": count}
                write_description(file, key, description)
                if alone:
                    owner, owner_key = self._owner_of(sha256, owner.kind)
                    file.seek(0)
                    write_preface(file, owner, owner_key, key)
                file.flush()
                os.fsync(file.fileno())
            stored = StoredFile(_address(owner, owner_key, sha256), sha256, size, media_type)
            return self._publish(draft, stored)
        finally:
            draft.unlink(missing_ok=True)

    def _owner_of(self, sha256: str, kind: Kind) -> tuple[Owner, bytes]:
        """Whose a file of that content is, and the key: the first owner of it that was not destroyed.

        Found with the service's own key, so that an id says nothing about a content to whoever has only the id.
        """
        shared = Owner(None, kind)
        about = _address(shared, shared.key(self.ring) or b"", sha256)
        for number in numbers():
            owner = Owner(uuid5(_OWNERS, f"{about}/{number}"), kind)
            if (key := owner.key(self.ring, create=True)) is not None:
                return owner, key
        raise AssertionError("never reached: a content was destroyed a bounded number of times")

    def info(self, file_id: str) -> FileInfo:
        """Name, type, size and owner. Raises `NotFound`, `FileErased` or `FileBroken`."""
        file, info, _, _ = self._open(file_id)
        file.close()
        return info

    def open(self, file_id: str) -> Iterator[bytes]:
        """The content in pieces of 1 MiB, each verified before it is given. Raises like `info`, at once or midway."""
        return self._read(file_id, *self._open(file_id))

    def read(self, file_id: str) -> bytes:
        """The whole content. Raises like `info`."""
        return b"".join(self.open(file_id))

    def destroy(self, file_id: str) -> None:
        """Make a file that is no person's own unreadable: here, and with its key in every copy of it.

        A file under the service's own key, which others need, is only taken away here. A person's file stays: it goes
        with the person's key. Raises like `info`, and `KeyRemnant`.
        """
        info = self.info(file_id)
        if info.subject is None:
            self._path(file_id).unlink(missing_ok=True)
        elif is_file_owner(info.subject):
            self.ring.destroy(info.subject, info.kind)

    def discard_abandoned(self, older_than: timedelta) -> int:
        """Delete drafts and uploads that nobody has touched for that long; returns how many."""
        oldest, gone = time.time() - older_than.total_seconds(), 0
        for path in self.incoming.iterdir():
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    gone += 1
            except FileNotFoundError:
                continue  # finished, or discarded by another process, in between
        return gone

    def _publish(self, draft: Path, stored: StoredFile) -> StoredFile:
        path = self._path(stored.id)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        try:
            # A link, not a rename: a rename would silently replace content that is already stored.
            os.link(draft, path)
        except FileExistsError:
            return _stored(self.info(stored.id))
        sync_directory(path.parent)
        sync_directory(self.directory)
        return stored

    def _open(self, file_id: str) -> tuple[BinaryIO, FileInfo, FileKey, int]:
        try:
            file: BinaryIO = self._path(file_id).open("rb")
        except FileNotFoundError:
            raise NotFound(what="el archivo") from None
        try:
            owner, key = read_preface(file, self.ring)
            if key is None:
                raise FileErased
            found = read_description(file, key)
            # A whole file of the same person put in the place of another opens well; its address gives it away.
            if not hmac.compare_digest(file_id, _address(owner, owner.key(self.ring) or b"", found["sha256"])):
                raise FormBroken
        except FormBroken:
            file.close()
            raise FileBroken(file_id) from None
        except BaseException:
            file.close()
            raise
        facts = (found["sha256"], found["size"], found["media_type"], found["name"])
        return file, FileInfo(file_id, *facts, owner.subject, owner.kind), key, found["pieces"]

    def _read(self, file_id: str, file: BinaryIO, _info: FileInfo, key: FileKey, count: int) -> Iterator[bytes]:
        try:
            yield from read_pieces(file, key, count)
        except FormBroken:
            raise FileBroken(file_id) from None
        finally:
            file.close()

    def _path(self, file_id: str) -> Path:
        # Also the guard against ids that climb out of the directory.
        if not re.fullmatch(r"[0-9a-f]{64}", file_id):
            raise NotFound(what="el archivo")
        return self.directory / file_id[:2] / file_id[2:]


def is_file_owner(subject: UUID) -> bool:
    """Whether ``subject`` is a file's own owner (of version 5), not a person (of version 4)."""
    return subject.version == 5


class _Measured:
    """Pieces on their way to disk, counted and hashed; too many are refused before they are written."""

    def __init__(self, pieces: Iterable[bytes], limit: int) -> None:
        self._pieces = pieces
        self._limit = limit
        self.size = 0
        self.sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.size += len(piece)
            if self.size > self._limit:
                raise FileTooLarge(megabytes=self._limit // MEGABYTE)
            self.sha256.update(piece)
            yield piece


def create_private(path: Path) -> BinaryIO:
    """A new file that only this user can read."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """Full pieces, whatever portions a socket's stream comes in."""
    piece = bytearray()
    while portion := stream.read(PIECE_BYTES - len(piece)):
        piece += portion
        if len(piece) == PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _address(owner: Owner, owner_key: bytes, sha256: str) -> str:
    message = f"{owner.subject.hex if owner.subject else ''}|{owner.kind}|{sha256}".encode()
    return hmac.digest(derive(owner_key, "file-address"), message, hashlib.sha256).hex()


def _stored(info: FileInfo) -> StoredFile:
    return StoredFile(info.id, info.sha256, info.size, info.media_type)
