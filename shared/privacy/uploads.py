"""Uploads that survive a broken line: begin, append at an offset, finish. What has arrived lies sealed."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from shared.catalogue.refusals import NotFound, Refusal
from shared.privacy.file_form import (
    PIECE_BYTES,
    FileKey,
    FormBroken,
    Owner,
    read_frame,
    read_preface,
    write_preface,
)
from shared.privacy.filestore import (
    MEGABYTE,
    FileErased,
    FileStore,
    FileTooLarge,
    StoredFile,
    create_private,
)
from shared.privacy.keys import KeyDestroyed
from shared.privacy.personal import Kind
from shared.privacy.value_form import decode, encode


class UploadOutOfStep(Refusal):
    """A portion that does not start where the last one ended: ``expected`` is where to go on."""

    code = "UPLOAD_OUT_OF_STEP"
    message = "Ya se recibieron {expected} bytes de este archivo. Continúe el envío desde allí."

    def __init__(self, *, expected: int) -> None:
        super().__init__(expected=expected)
        self.expected = expected


class Uploads:
    """The uploads under way into ``store``. Portions of about 1 MiB are best: each costs one flush to disk."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def begin(self, *, subject: UUID | None, kind: Kind, media_type: str, name: str) -> str:
        """Start an upload and return its id. Raises `KeyDestroyed` for an erased person."""
        owner = Owner(subject, kind)
        owner_key = owner.key(self._store.ring, create=True)
        if owner_key is None:
            raise KeyDestroyed(kind=kind)
        upload = secrets.token_hex(16)
        with create_private(self._path(upload)) as file:
            key = write_preface(file, owner, owner_key)
            file.write(key.seal("upload", 0, encode({"media_type": media_type, "name": name})))
            file.flush()
            os.fsync(file.fileno())
        return upload

    def received(self, upload: str) -> int:
        """How many bytes have safely arrived: where a broken transfer goes on."""
        with self._locked(upload) as arrived:
            return arrived.size

    def append(self, upload: str, offset: int, data: bytes) -> int:
        """Add ``data`` at ``offset`` and return the new offset, durably.

        Raises `UploadOutOfStep` (ask again from there), `FileTooLarge`, `FileErased`, `NotFound`.
        """
        with self._locked(upload) as arrived:
            if offset != arrived.size:
                raise UploadOutOfStep(expected=arrived.size)
            if offset + len(data) > self._store.limit:
                raise FileTooLarge(megabytes=self._store.limit // MEGABYTE)
            # A portion that the last break cut off ends here.
            arrived.file.truncate(arrived.end)
            arrived.file.seek(arrived.end)
            for start in range(0, len(data), PIECE_BYTES):
                arrived.file.write(arrived.key.seal("portion", offset + start, data[start : start + PIECE_BYTES]))
            arrived.file.flush()
            os.fsync(arrived.file.fileno())
            return offset + len(data)

    def finish(self, upload: str) -> StoredFile:
        """Store what has arrived as a file. Asked again, because the answer was lost, it answers the same."""
        done = self._path(upload).with_suffix(".done")
        try:
            with self._locked(upload) as arrived:
                about = arrived.about
                arrived.file.seek(arrived.start)
                stored = self._store.keep(arrived.pieces(), arrived.owner, about["media_type"], about["name"])
                draft = done.with_suffix(f".{secrets.token_hex(4)}.part")
                with create_private(draft) as file:
                    file.write(stored.id.encode())
                draft.replace(done)
                self._path(upload).unlink()
                return stored
        except NotFound:
            if not done.exists():
                raise
        info = self._store.info(done.read_text())
        return StoredFile(info.id, info.sha256, info.size, info.media_type)

    @contextmanager
    def _locked(self, upload: str) -> Iterator[_Arrived]:
        try:
            file = self._path(upload).open("r+b")
        except FileNotFoundError:
            raise _unknown() from None
        with file:
            # Two requests for one upload, perhaps in two processes, would write over each other.
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink == 0:
                # Finished while this request waited; what it wrote now would be lost.
                raise _unknown()
            try:
                arrived = _Arrived.read(file, self._store)
            except FormBroken:
                raise _unknown() from None
            yield arrived

    def _path(self, upload: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{32}", upload):
            raise _unknown()
        return self._store.incoming / f"{upload}.upload"


@dataclass(frozen=True, slots=True)
class _Arrived:
    """An upload's file, read up to the last portion that is whole."""

    file: BinaryIO
    owner: Owner
    key: FileKey
    about: dict[str, Any]
    start: int
    end: int
    size: int

    @classmethod
    def read(cls, file: BinaryIO, store: FileStore) -> _Arrived:
        owner, key = read_preface(file, store.ring)
        if key is None:
            raise FileErased
        about = decode(key.open("upload", 0, read_frame(file) or b""))
        start = end = file.tell()
        size = 0
        try:
            while (sealed := read_frame(file)) is not None:
                # Opened, not only measured: a power failure can leave a portion's length with other bytes.
                size += len(key.open("portion", size, sealed))
                end = file.tell()
        except FormBroken:
            pass  # the portion that the break cut off; the sender repeats it from ``size``
        return cls(file, owner, key, about, start, end, size)

    def pieces(self) -> Iterator[bytes]:
        """What has arrived, cut into full pieces anew: portions come in whatever size the line allowed."""
        piece, position = bytearray(), 0
        while position < self.size and (sealed := read_frame(self.file)) is not None:
            portion = self.key.open("portion", position, sealed)
            position += len(portion)
            piece += portion
            while len(piece) >= PIECE_BYTES:
                yield bytes(piece[:PIECE_BYTES])
                del piece[:PIECE_BYTES]
        if piece:
            yield bytes(piece)


def _unknown() -> NotFound:
    return NotFound(what="la carga de este archivo (quizá venció); comiéncela de nuevo")
