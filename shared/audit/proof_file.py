"""``.tlog-proof`` files (C2SP tlog-proof): that a leaf is in a log, checked without the log and without us."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.audit.checkpoints import Checkpoint
from shared.audit.encoding import base64_text, from_base64, from_decimal
from shared.audit.errors import CheckpointMalformed, NoteMalformed, ProofMalformed, ProofWrong, SignatureMissing
from shared.audit.keys import Kind, Verifier
from shared.audit.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from shared.audit.notes import Note, Verified

_FIRST = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 63


@dataclass(frozen=True)
class ProofFile:
    """That leaf ``index`` (from 0) is in the log of the signed checkpoint ``note``.

    ``extra`` is carried along and vouched for by nobody.
    """

    index: int
    proof: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    def encode(self) -> bytes:
        """The file's content."""
        lines = [_FIRST, *([f"extra {base64_text(self.extra)}"] if self.extra else []), f"index {self.index}"]
        lines += [base64_text(each) for each in self.proof]
        return "".join(f"{line}\n" for line in [*lines, ""]).encode() + self.note.encode()

    @classmethod
    def parse(cls, content: bytes) -> ProofFile:
        """The proof that a file holds. Raises `ProofMalformed`; nothing is verified here."""
        above, _divided, below = content.partition(b"\n\n")
        try:
            first, *lines = above.decode("ascii").split("\n")
            extra = from_base64(lines.pop(0).removeprefix("extra ")) if lines[0].startswith("extra ") else b""
            word, _space, index = lines[0].partition(" ")
            found = cls(from_decimal(index), tuple(from_base64(line) for line in lines[1:]), Note.parse(below), extra)
        except (ValueError, IndexError, NoteMalformed) as error:
            what = str(error) if isinstance(error, NoteMalformed) else "le falta una parte o una parte no se puede leer"
            raise ProofMalformed(what=what) from None
        sized = len(found.proof) <= _MOST_HASHES and all(len(each) == HASH_BYTES for each in found.proof)
        # The one way of writing it: whatever else stands for the same is a file that somebody changed.
        if first != _FIRST or word != "index" or not sized or found.encode() != content:
            raise ProofMalformed(what="no es un archivo .tlog-proof de la versión 1")
        return found

    def verify(self, leaf: bytes, keys: Iterable[Verifier]) -> tuple[Checkpoint, list[Verified]]:
        """The checkpoint that vouches for ``leaf`` (its content, not its hash), and the signatures below it.

        Raises `SignatureMissing` unless a key of a log signed, `SignatureWrong`, `ProofMalformed` for what is no
        checkpoint, and `ProofWrong` when the proof does not lead from the leaf to the root.
        """
        signatures = self.note.verify(keys)
        if not any(each.key.kind is Kind.LOG for each in signatures):
            raise SignatureMissing()
        try:
            checkpoint = Checkpoint.parse(self.note.text)
        except CheckpointMalformed as error:
            raise ProofMalformed(what=str(error)) from None
        if not verify_inclusion(leaf_hash(leaf), self.index, checkpoint.size, self.proof, checkpoint.root):
            raise ProofWrong()
        return checkpoint, signatures
