"""What every document has: issuer, code, version, number, signatures, content hash and its QR."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import rfc8785

from shared.documents.images import Images
from shared.documents.spanish import day, short_day, words
from shared.privacy.personal import Personal, reveal

METHODS = {
    "handwritten_scan": "Firma manuscrita",
    "drawn": "Firma dibujada en pantalla",
    "electronic": "Firma electrónica",
    "fingerprint_witnessed": "Huella con testigo",
}


@dataclass(frozen=True)
class Issuer:
    """Who issues a document; printed in its header."""

    entity: str = "Instituto para la Economía Social – IPES"
    office: str = "Subdirección de Emprendimiento, Servicios Empresariales y Comercialización – SESEC"
    city: str = "Bogotá D. C."


@dataclass(frozen=True)
class Sheet:
    """The heading of one document.

    ``name`` is the official name of the form, ``number`` that of the instance (X-18), ``dated`` the form version's
    date. ``hash`` is the content hash in hexadecimal (`content_hash`). ``verify`` is what the QR says; without it the
    code, number and hash.
    """

    code: str
    name: str
    version: str = ""
    dated: date | None = None
    number: str = ""
    hash: str = ""
    verify: str = ""
    issuer: Issuer = Issuer()

    def data(self, images: Images) -> dict[str, Any]:
        """The heading as the layout takes it."""
        return {
            "code": self.code,
            "name": self.name,
            "version": self.version,
            "dated": short_day(self.dated) if self.dated else "",
            "number": self.number,
            "hash": " ".join(self.hash[at : at + 8] for at in range(0, len(self.hash), 8)),
            "qr": images.code(self.verify or f"{self.code} {self.number} sha256:{self.hash}") if self.hash else "",
            "entity": self.issuer.entity,
            "office": self.issuer.office,
            "city": self.issuer.city,
        }


def content_hash(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of ``facts``: dates as ISO text, decimals as text, images as their hash.

    Whoever holds the same facts gets the same hash, with or without this program.
    """
    return hashlib.sha256(rfc8785.dumps(_plain(reveal(facts)))).hexdigest()


def signature(role: str, sign: Mapping[str, Any] | None, images: Images) -> dict[str, str]:
    """A signature block. ``role`` says what the person signs as (*Entrega*, *Recibe*).

    ``sign`` has ``signer``, ``capacity``, ``method``, ``signed_on`` and optionally ``image`` (PNG or JPEG bytes);
    None leaves a blank line to sign on paper.
    """
    if sign is None:
        return {"role": role, "signer": "", "capacity": "", "how": "", "image": ""}
    signed_on = reveal(sign.get("signed_on"))
    how = METHODS.get(str(reveal(sign.get("method"))), "")
    when = short_day(signed_on) if signed_on else ""
    image = reveal(sign.get("image"))
    return {
        "role": role,
        "signer": words(sign.get("signer")),
        "capacity": words(sign["capacity"]) if sign.get("capacity") else "",
        "how": ", ".join(part for part in (how, when) if part),
        # A reference to a stored image, without its bytes, prints as a signature without image.
        "image": images.add(image) if isinstance(image, bytes) else "",
    }


def rows(*pairs: tuple[str, Any]) -> list[list[str]]:
    """Label and value pairs for a summary; a value that is not there shows as a dash."""
    return [[label, day(value) if type(value) is date else words(value)] for label, value in pairs]


def paragraphs(text: Any) -> list[str]:
    """The paragraphs of a long text; none if there is no text."""
    if isinstance(text, Personal):
        return [words(text)] if text.erased else paragraphs(text.value)
    return [words(line) for line in str(text).splitlines() if line.strip()] if text else []


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def texts(values: Sequence[Any]) -> list[str]:
    """Each value as a person reads it."""
    return [words(each) for each in values]
