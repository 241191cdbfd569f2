"""Sealing: personal values to ciphertext and back, each bound to its person, its class and its place.

The place (log, aggregate, version, topic, path) is associated data: a ciphertext copied elsewhere does not open.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy.keys import KeyDestroyed, KeyRing, Pair
from shared.privacy.personal import KINDS, Kind, Personal
from shared.privacy.value_form import UnsealableValue, decode, encode

__all__ = [
    "SEALED",
    "SealBroken",
    "UnassignedPersonal",
    "UnsealableValue",
    "open_sealed",
    "open_tree",
    "place",
    "seal",
    "seal_tree",
]

SEALED = "_sealed_"
"""The name that marks a sealed value in a stored state; no dictionary of a state may use it."""

NONCE_BYTES = 12
# Most of what is walked is one of these: without a path made for each, sealing an event costs a third less.
_LEAVES = frozenset({str, int, bool, type(None), UUID, date, datetime, Decimal})
TAG_BYTES = 16


class UnassignedPersonal(Exception):
    """A personal value without a person, or of an unknown class: nothing says under which key it belongs."""

    def __init__(self, personal: Personal, path: str) -> None:
        super().__init__(f"El dato personal en «{path or '/'}» no tiene persona o clase válida: {personal!r}")


class SealBroken(Exception):
    """A sealed value was altered, or stands where it was not sealed."""

    def __init__(self, path: str) -> None:
        super().__init__(f"El dato sellado en «{path or '/'}» está alterado o no es de este lugar.")


def place(*parts: str | int | UUID) -> bytes:
    """The context of a sealed value: ``place(log, aggregate, version, topic)``. Different parts never give the same."""
    whole = bytearray()
    for part in parts:
        text = (part.hex if isinstance(part, UUID) else str(part)).encode()
        whole += len(text).to_bytes(4, "big") + text
    return bytes(whole)


def seal(ring: KeyRing, personal: Personal, context: bytes) -> str:
    """One value for one column: ``subject:kind:base64``. ``context`` (see `place`) names table, row and column.

    Makes the person's key when there is none. Raises `UnassignedPersonal`, `UnsealableValue`, and `KeyDestroyed`
    for a new value of an erased person.
    """
    sealed: dict[str, list[str]] = seal_tree(ring, personal, context)
    return ":".join(sealed[SEALED])


def open_sealed(ring: KeyRing, sealed: str, context: bytes) -> Personal:
    """The value that `seal` made ``sealed`` of; its ``value`` is None once erased. Raises `SealBroken`."""
    opened: Personal = open_tree(ring, {SEALED: sealed.split(":")}, context)
    return opened


def seal_tree(ring: KeyRing, state: Any, context: bytes) -> Any:
    """``state`` with every nested `Personal` replaced by ``{"_sealed_": [subject, kind, base64]}``.

    Walks dict, list and tuple and leaves everything else as it is. Missing keys are made first, in one transaction.
    Raises like `seal`, and `ValueError` when a dictionary of ``state`` uses the name ``_sealed_`` itself.
    """
    pairs: set[Pair] = set()
    nested = _collect(state, "", pairs)
    if not pairs:
        return state
    ciphers = ring.ciphers(pairs, create=True)
    return _Sealer({pair: _Bound.to(pair, cipher, context) for pair, cipher in ciphers.items()}, nested).walk(state, "")


def open_tree(ring: KeyRing, state: Any, context: bytes) -> Any:
    """The state that `seal_tree` got, erased values as ``Personal(subject, kind, None)``. Raises `SealBroken`."""
    return _Opener(ring, context).walk(state, "")


@dataclass(frozen=True, slots=True)
class _Bound:
    """What all values of one person, class and context share: made once a tree, because it costs as much as sealing."""

    subject: UUID
    kind: Kind
    label: str
    cipher: AESGCM | None
    associated: bytes

    @classmethod
    def to(cls, pair: Pair, cipher: AESGCM | None, context: bytes) -> _Bound:
        subject, kind = pair
        # Length first, fixed sizes next, the path last: no two places share their associated data.
        associated = b"impulso.sealed.v1" + len(context).to_bytes(4, "big") + context + subject.bytes + kind.encode()
        return cls(subject, kind, subject.hex, cipher, associated)


class _Sealer:
    def __init__(self, bound: dict[Pair, _Bound], nested: bool) -> None:
        self._bound = bound
        self._nested = nested

    def walk(self, value: Any, path: str) -> Any:
        if isinstance(value, Personal):
            return {SEALED: self.seal(value, path)}
        if isinstance(value, dict):
            return {
                name: item if type(item) in _LEAVES else self.walk(item, f"{path}/{_step(name)}")
                for name, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            items = [self.walk(item, f"{path}/{position}") for position, item in enumerate(value)]
            return items if isinstance(value, list) else tuple(items)
        return value

    def seal(self, personal: Personal, path: str) -> list[str]:
        bound = self._bound[personal.subject, personal.kind]  # type: ignore[index]  # _collect refused None
        if bound.cipher is None:
            if personal.value is not None:
                raise KeyDestroyed(kind=personal.kind)
            # An erased value that is handed on stays erased: there is nothing to seal, nor a key to seal it with.
            return [bound.label, bound.kind, ""]
        inner = self.walk(personal.value, path + "/") if self._nested else personal.value
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + bound.cipher.encrypt(nonce, encode(inner), bound.associated + path.encode())
        return [bound.label, bound.kind, b64encode(sealed).decode("ascii")]


class _Opener:
    def __init__(self, ring: KeyRing, context: bytes) -> None:
        self._ring = ring
        self._context = context
        self._bound: dict[tuple[str, str], _Bound] = {}

    def walk(self, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            if SEALED in value:
                return self.open(value[SEALED], path)
            return {name: self.walk(item, f"{path}/{_step(name)}") for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            items = [self.walk(item, f"{path}/{position}") for position, item in enumerate(value)]
            return items if isinstance(value, list) else tuple(items)
        return value

    def open(self, token: Any, path: str) -> Personal:
        try:
            label, kind, text = token
            bound = self._bound.get((label, kind)) or self._bind(label, kind, path)
            if bound.cipher is None:
                return Personal(bound.subject, bound.kind, None)
            sealed = b64decode(text, validate=True)
            associated = bound.associated + path.encode()
            value = decode(bound.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated))
        except (InvalidTag, ValueError, TypeError):
            raise SealBroken(path) from None
        return Personal(bound.subject, bound.kind, self.walk(value, path + "/"))

    def _bind(self, label: str, kind: str, path: str) -> _Bound:
        if kind not in KINDS:
            raise SealBroken(path)
        pair: Pair = (UUID(label), kind)
        bound = self._bound[label, kind] = _Bound.to(pair, self._ring.ciphers([pair])[pair], self._context)
        return bound


def _collect(value: Any, path: str, pairs: set[Pair]) -> bool:
    """The persons and classes in ``value``: known before sealing starts, so that missing keys cost one flush.

    True if a value about a person has another one inside.
    """
    if isinstance(value, Personal):
        if value.subject is None or value.kind not in KINDS:
            raise UnassignedPersonal(value, path)
        pairs.add((value.subject, value.kind))
        inside: set[Pair] = set()
        _collect(value.value, path + "/", inside)
        pairs |= inside
        return bool(inside)
    nested = False
    if isinstance(value, dict):
        if SEALED in value:
            raise ValueError(f"el nombre «{SEALED}» en «{path or '/'}» está reservado")
        for name, item in value.items():
            if type(item) not in _LEAVES and _collect(item, f"{path}/{_step(name)}", pairs):
                nested = True
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            if type(item) not in _LEAVES and _collect(item, f"{path}/{position}", pairs):
                nested = True
    return nested


def _step(name: Any) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")
