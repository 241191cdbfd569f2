"""Keys of signed notes: the secret half signs, the public half is written down outside the database it vouches for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.audit.encoding import base64_text, from_base64
from shared.audit.errors import KeyMalformed

SEED_BYTES = 32
_PUBLIC_BYTES = 32
_TIME_BYTES = 8


class Kind(IntEnum):
    """What a key signs: the type byte of C2SP signed-note."""

    LOG = 0x01
    """The text of a note (Ed25519)."""
    WITNESS = 0x04
    """A checkpoint that was seen at a time (``cosignature/v1``, Ed25519)."""


@dataclass(frozen=True)
class Verifier:
    """A public key by the name of its holder. Two keys may have one name; ``id`` (4 bytes) tells them apart."""

    name: str
    kind: Kind
    public: bytes

    def __post_init__(self) -> None:
        if not well_named(self.name) or len(self.public) != _PUBLIC_BYTES:
            raise KeyMalformed(text=self.name[:100])

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """The key as it is published and pinned: ``name+id+base64``."""
        return f"{self.name}+{self.id.hex()}+{base64_text(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """The key that ``text`` writes. Raises `KeyMalformed`."""
        try:
            name, _key_id, encoded = text.strip().split("+", 2)
            content = from_base64(encoded)
            found = cls(name, Kind(content[0]), content[1:])
        except (ValueError, IndexError):
            raise KeyMalformed(text=text[:100]) from None
        if found.text != text.strip():
            raise KeyMalformed(text=text[:100])
        return found

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether ``signature`` (without the key's id) is this key's, of this text."""
        message, signed = text.encode(), signature
        if self.kind is Kind.WITNESS:
            message, signed = cosigned(text, time_of(signature)), signature[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signed, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A secret key: 32 random bytes. ``kind`` LOG signs notes, WITNESS cosigns checkpoints."""

    def __init__(self, name: str, seed: bytes, kind: Kind = Kind.LOG) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError("a signing key has 32 bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, kind, self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def __repr__(self) -> str:
        return f"Signer({self.verifier.name}+{self.verifier.id.hex()})"

    def sign(self, text: str, time: int | None = None) -> bytes:
        """The signature of ``text``, without the key's id. ``time``: Unix seconds, for a witness and nobody else."""
        if self.verifier.kind is Kind.LOG:
            if time is not None:
                raise ValueError("only a witness says when")
            return self._key.sign(text.encode())
        if time is None:
            raise ValueError("a witness says when")
        return time.to_bytes(_TIME_BYTES, "big") + self._key.sign(cosigned(text, time))


def cosigned(text: str, time: int) -> bytes:
    """What a witness signs: that this checkpoint was the largest that it had seen at ``time`` (Unix seconds)."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def time_of(cosignature: bytes) -> int:
    """When a witness signed, Unix seconds."""
    return int.from_bytes(cosignature[:_TIME_BYTES], "big")


def well_named(name: str) -> bool:
    """Whether ``name`` may be a key's: not empty, without spaces, plus signs and control characters."""
    return bool(name) and not any(char.isspace() or char == "+" or ord(char) < 0x20 for char in name)
