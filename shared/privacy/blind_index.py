"""Blind index: find a document number or telephone without storing it."""

from __future__ import annotations

import hashlib
import hmac


class BlindIndex:
    """Keyed fingerprints of values; without ``key`` nobody can test a guess against them.

    Give it `KeyRing.service_key("blind-index")`. The caller normalises (digits of a document, telephone with country).
    A fingerprint still tells that two rows hold the same value, so erasure deletes the person's rows as well.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < 32:
            raise ValueError("un índice ciego necesita una clave de 32 bytes")
        self._key = key

    def __repr__(self) -> str:
        return "BlindIndex(***)"

    def of(self, kind: str, *parts: str) -> str:
        """The fingerprint, 64 hexadecimal digits, of ``parts`` as values of ``kind`` (``document``, ``phone``)."""
        message = bytearray()
        for part in (kind, *parts):
            encoded = part.encode("utf-8", "surrogatepass")
            # The length first: ("12", "3") and ("1", "23") must not meet.
            message += len(encoded).to_bytes(4, "big") + encoded
        return hmac.digest(self._key, bytes(message), hashlib.sha256).hex()
