"""The folder of a backup: pieces named by their SHA-256, and points, each the list of the pieces of one moment.

    DEST/datos/points/20261121T120500.123456Z.json    one moment of the whole system
    DEST/datos/pieces/ab/abcd…                        rows, compressed; a piece that did not change is shared by points
    DEST/datos/files/<service>/ab/cdef…               the sealed files, as they lie in the service's own store
    DEST/claves/<service>.json                        the wrapped keys, of the latest moment alone (see `keys`)

A piece is written whole or not at all and never over another one, so an interrupted backup goes on where it stopped.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.backup.problems import InUse, NoBackup, PieceBroken, PointBroken
from shared.privacy.secret_file import sync_directory

FORMAT = 1
_LEVEL = 1


class Archive:
    """A backup's folder. Reading needs no lock; who writes takes `writing`."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.points = place / "points"
        self.pieces = place / "pieces"
        self.files = place / "files"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make the folders and keep every other backup out. Raises `InUse`."""
        for folder in (self.place, self.points, self.pieces, self.files):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self.place / "lock", "a", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InUse(place=self.place) from None
            yield

    def add(self, content: bytes) -> str:
        """Keep a piece; its name. The same content again costs its hash alone."""
        name = hashlib.sha256(content).hexdigest()
        path = self._piece(name)
        if not path.exists():
            path.parent.mkdir(exist_ok=True, mode=0o700)
            write_whole(path, zlib.compress(content, _LEVEL))
        return name

    def piece(self, name: str) -> bytes:
        """A piece's content, checked against its name. Raises `PieceBroken`."""
        try:
            content = zlib.decompress(self._piece(name).read_bytes())
        except (OSError, zlib.error):
            raise PieceBroken(name=name[:16]) from None
        if hashlib.sha256(content).hexdigest() != name:
            raise PieceBroken(name=name[:16])
        return content

    def has(self, name: str) -> bool:
        return self._piece(name).exists()

    def add_point(self, point: dict[str, Any], taken_at: datetime) -> str:
        """Keep the list of a moment's pieces: with it the backup is finished. Its name."""
        name = taken_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        body = {**point, "format": FORMAT, "name": name}
        write_whole(self.points / f"{name}.json", _canonical({**body, "seal": _seal(body)}))
        return name

    def names(self) -> list[str]:
        """The finished points, the oldest first."""
        return sorted(path.stem for path in self.points.glob("*.json")) if self.points.is_dir() else []

    def point(self, name: str | None = None) -> dict[str, Any]:
        """One point, by default the latest. Raises `NoBackup` or `PointBroken`."""
        names = self.names()
        chosen = name or (names[-1] if names else "")
        if chosen not in names:
            raise NoBackup(place=self.place if name is None else f"{self.place}: {name}")
        try:
            body: dict[str, Any] = json.loads((self.points / f"{chosen}.json").read_bytes())
            seal = body.pop("seal")
            sound = seal == _seal(body) and body["format"] == FORMAT and body["name"] == chosen
        except (ValueError, KeyError):
            sound = False
        if not sound:
            raise PointBroken(point=chosen, what="su lista de piezas está alterada")
        return body

    def prune(self, keep: int) -> int:
        """Forget all points but the latest ``keep``, and the pieces and files that none of the rest uses; how many."""
        names = self.names()
        for name in names[:-keep]:
            (self.points / f"{name}.json").unlink()
        used = {piece for name in names[-keep:] for piece in pieces_in(self.point(name))}
        gone = 0
        for path in self.pieces.glob("*/*"):
            if path.parent.name + path.name not in used:
                path.unlink()
                gone += 1
        return gone

    def _piece(self, name: str) -> Path:
        return self.pieces / name[:2] / name[2:]


def pieces_in(point: dict[str, Any]) -> Iterator[str]:
    """Names of every piece of a point."""
    for service in point["services"].values():
        yield from (stretch["piece"] for stretch in service["events"])
        for table in service["tables"].values():
            yield from table["pieces"]
        yield from service["files"]["pieces"]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is durable and whole, or not there at all; only its owner can read it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _seal(body: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(body)).hexdigest()
