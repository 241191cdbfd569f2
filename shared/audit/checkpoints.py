"""Checkpoints (C2SP tlog-checkpoint): what a log says of itself at a size, to be signed and to be held to."""

from __future__ import annotations

from dataclasses import dataclass

from shared.audit.encoding import base64_text, from_base64, from_decimal
from shared.audit.errors import CheckpointMalformed
from shared.audit.merkle import EMPTY_ROOT, HASH_BYTES
from shared.audit.notes import Note


@dataclass(frozen=True)
class Checkpoint:
    """The root over the first ``size`` leaves of the log that ``origin`` names.

    ``extensions``: further lines that are signed along and mean nothing here; ours have none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, base64_text(self.root), *self.extensions))

    @property
    def note(self) -> Note:
        """This checkpoint as a note that nobody has signed yet."""
        return Note(self.text)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint that a note's text writes. Raises `CheckpointMalformed`."""
        if not text.endswith("\n"):
            raise CheckpointMalformed(what="está cortado")
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise CheckpointMalformed(what="le falta el origen, el tamaño o la raíz")
        try:
            found = cls(lines[0], from_decimal(lines[1]), from_base64(lines[2]), tuple(lines[3:]))
        except ValueError:
            raise CheckpointMalformed(what="el tamaño o la raíz no se puede leer") from None
        if len(found.root) != HASH_BYTES or (found.size == 0 and found.root != EMPTY_ROOT):
            raise CheckpointMalformed(what="la raíz no es de un árbol de ese tamaño")
        return found
