"""The list of every key that was destroyed: kept apart from the databases, so that no copy of them brings one back.

A person's random id and a class of data say nothing about anybody. The list only grows and is never pruned with the
backups: an old copy of the keys may turn up years later.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast
from uuid import UUID

from shared.privacy.personal import Kind
from shared.privacy.secret_file import sync_directory
from shared.privacy.vault import Pair

VARIABLE = "IMPULSO_SHRED_LIST"
NAME = "suprimidas.txt"
_LINE = re.compile(r"([0-9a-f]{32}) ([icsprm])")


class ShredList:
    """The list in the file ``path``, which is made with the first entry. Safe for several processes at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, service: str, files: Path, environ: Mapping[str, str] = os.environ) -> ShredList:
        """The list of ``service``: in the folder that IMPULSO_SHRED_LIST names, else beside its sealed ``files``, which
        no restore sets aside."""
        folder = environ.get(VARIABLE, "").strip()
        return cls(Path(folder) / f"{service}.{NAME}" if folder else files / NAME)

    @classmethod
    def beside_keys(cls, place: Path, service: str) -> ShredList:
        """The copy of the list that lies with the copy of the keys."""
        return cls(place / f"{service}.{NAME}")

    def add(self, pairs: Iterable[Pair]) -> None:
        """Append, durably before this returns: what comes next destroys the key, and must not be forgotten by a crash
        that the key's database does not survive. Raises OSError."""
        # A line that a broken write left unfinished ends here instead of swallowing the next one.
        text = "".join(f"\n{subject.hex} {kind}\n" for subject, kind in pairs)
        if not text:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = not self.path.exists()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, text.encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if new:
            sync_directory(self.path.parent)

    def pairs(self) -> set[Pair]:
        """Everything on the list; nothing where there is none."""
        try:
            text = self.path.read_text("ascii", "replace")
        except FileNotFoundError:
            return set()
        return {
            (UUID(found[1]), cast(Kind, found[2])) for line in text.splitlines() if (found := _LINE.fullmatch(line))
        }

    def merge(self, pairs: Iterable[Pair]) -> int:
        """Add what is not on the list yet; how many."""
        missing = sorted(set(pairs) - self.pairs())
        self.add(missing)
        return len(missing)
