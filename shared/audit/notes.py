"""Signed notes (C2SP signed-note): a text with the signatures of those who vouch for it, readable as it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.audit.encoding import base64_text, from_base64
from shared.audit.errors import NoteMalformed, SignatureMissing, SignatureWrong
from shared.audit.keys import Kind, Signer, Verifier, time_of, well_named

MOST_SIGNATURES = 64
MOST_BYTES = 64 * 1024
_DASH = "— "
_ID_BYTES = 4


@dataclass(frozen=True)
class Signature:
    """One line below a note: who, with which key, and the signature itself."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        return f"{_DASH}{self.name} {base64_text(self.key_id + self.signature)}\n"


@dataclass(frozen=True)
class Verified:
    """A signature that was found to be right. ``time``: when a witness signed, Unix seconds; None for others."""

    key: Verifier
    time: int | None


@dataclass(frozen=True)
class Note:
    """A text that ends in a line feed, and its signatures."""

    text: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def parse(cls, content: bytes) -> Note:
        """The note that ``content`` writes. Raises `NoteMalformed`; no signature is checked here."""
        if len(content) > MOST_BYTES:
            raise NoteMalformed(what="es demasiado larga")
        try:
            written = content.decode("utf-8")
        except UnicodeDecodeError:
            raise NoteMalformed(what="no es texto UTF-8") from None
        if any(ord(char) < 0x20 and char != "\n" for char in written):
            raise NoteMalformed(what="tiene caracteres de control")
        text, divided, below = written.rpartition("\n\n")
        if not divided or not below.endswith("\n"):
            raise NoteMalformed(what="le faltan las firmas")
        lines = below[:-1].split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise NoteMalformed(what="tiene demasiadas firmas")
        return cls(text + "\n", tuple(_signature(line) for line in lines))

    def encode(self) -> bytes:
        """The note as it is kept and sent."""
        return (self.text + "\n" + "".join(each.line for each in self.signatures)).encode()

    def signed(self, signer: Signer, time: int | None = None) -> Note:
        """This note with one more signature. ``time``: Unix seconds, where a witness signs."""
        key = signer.verifier
        return Note(self.text, (*self.signatures, Signature(key.name, key.id, signer.sign(self.text, time))))

    def verify(self, keys: Iterable[Verifier]) -> list[Verified]:
        """The signatures of those ``keys`` that signed; those of unknown keys say nothing and are passed over.

        Raises `SignatureWrong` when one of a known key is not right, `SignatureMissing` when none is of a known key.
        """
        known = {(key.name, key.id): key for key in keys}
        found = []
        for each in self.signatures:
            key = known.get((each.name, each.key_id))
            if key is None:
                continue
            if not key.accepts(self.text, each.signature):
                raise SignatureWrong(name=key.name)
            found.append(Verified(key, time_of(each.signature) if key.kind is Kind.WITNESS else None))
        if not found:
            raise SignatureMissing()
        return found


def _signature(line: str) -> Signature:
    name, divided, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not divided or not well_named(name):
        raise NoteMalformed(what="una línea de firma no dice quién firmó")
    try:
        content = from_base64(encoded)
    except ValueError:
        raise NoteMalformed(what=f"la firma de {name} no está en base64") from None
    if len(content) <= _ID_BYTES:
        raise NoteMalformed(what=f"la firma de {name} está cortada")
    return Signature(name, content[:_ID_BYTES], content[_ID_BYTES:])
