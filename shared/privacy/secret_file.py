"""Secrets of 32 bytes in files of their own: written once, and read only where nobody else could have read them."""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import stat
from pathlib import Path

from shared.privacy.mounted import guarded_by_its_mount

SECRET_BYTES = 32


class Exposed(Exception):
    """Others may read the file. ``mode``: its rights, as ``chmod`` writes them."""

    def __init__(self, mode: str) -> None:
        super().__init__(mode)
        self.mode = mode


def read(path: Path) -> str:
    """The text of a secret's file. Raises FileNotFoundError, or `Exposed` when group or others have any right on it
    and it is none that was mounted for this container."""
    descriptor = os.open(path, os.O_RDONLY)
    with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
        # The rights of the open file, not of the path: the path could be exchanged between look and read.
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077 and not guarded_by_its_mount(path):
            raise Exposed(f"{mode:04o}")
        return file.read(1024).strip()


def create(path: Path) -> bytes:
    """Write a new random secret to ``path``, mode 0600, whole or not at all; never over another: FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_bytes(SECRET_BYTES)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: a rename would replace a key that another process made meanwhile.
        os.link(draft, path)
    finally:
        draft.unlink()
    sync_directory(path.parent)
    return secret


def parse(text: str) -> bytes:
    """The 32 bytes that ``text`` writes in hexadecimal or base64. Raises ValueError."""
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text)
    try:
        secret = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise ValueError("neither hexadecimal nor base64") from error
    if len(secret) != SECRET_BYTES:
        raise ValueError("not 32 bytes")
    return secret


def sync_directory(directory: Path) -> None:
    """Make a new name in ``directory`` survive a power failure."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
