"""Sealing: personal values to ciphertext and back, each bound to its person, its class and its place.

The place (log, aggregate, version, topic, path) is associated data: a ciphertext copied elsewhere does not open.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy.keys import KeyDestroyed, KeyMissing, KeyRing, Pair
from shared.privacy.personal import KINDS, Kind, Personal
from shared.privacy.value_form import UnsealableValue, decode, encode

__all__ = [
    "SEALED",
    "LateOpening",
    "SealBroken",
    "UnassignedPersonal",
    "UnsealableValue",
    "may_be_sealed",
    "open_sealed",
    "open_tree",
    "place",
    "seal",
    "seal_tree",
    "sealed_pairs",
]

SEALED = "_sealed_"
"""The name that marks a sealed value in a stored state; no dictionary of a state may use it."""

_MARK = f'"{SEALED}"'.encode()

NONCE_BYTES = 12
# Most of what is walked is one of these: without a path made for each, sealing an event costs a third less.
_LEAVES = frozenset({str, int, bool, type(None), UUID, date, datetime, Decimal})
_NESTS = frozenset({dict, list, tuple})
TAG_BYTES = 16

_subject = lru_cache(maxsize=8192)(UUID)


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
    return _Opener(ring, lambda: context).walk(state, "")


class LateOpening:
    """Opens values of several states when they are first looked at, for whoever looks at few of them.

    They open as in `open_tree`, though later: a value is None when its key is destroyed by then, and whoever looks at
    it meets `SealBroken`. The first of a class has the keys of all of that class fetched.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self.unfetched: dict[Kind, set[str]] = {kind: set() for kind in KINDS}
        """Whose values of a class may be looked at, while their keys are not yet read."""

    def tree(self, state: Any, context: Callable[[], bytes]) -> Any:
        """The state that `seal_tree` got, changed in place. ``context`` is asked for once something opens."""
        return _LateOpener(self._ring, context, self).walk(state, "")

    def fetch(self, kind: Kind) -> None:
        """Have the ring read the keys of everybody who was expected."""
        labels = self.unfetched[kind]
        if labels:
            self.unfetched[kind] = set()
            # One that is missing is of concern to whoever looks at a value of that person.
            with suppress(KeyMissing):
                self._ring.ciphers([(_subject(label), kind) for label in labels])


def may_be_sealed(state: bytes) -> bool:
    """False for a stored state (JSON) without a sealed value."""
    return _MARK in state


def sealed_pairs(state: bytes) -> set[Pair]:
    """Whose data of which class a stored state (JSON) holds, told without any key."""
    pairs: set[Pair] = set()
    if may_be_sealed(state):
        _gather(json.loads(state), pairs)
    return pairs


def _gather(value: Any, pairs: set[Pair]) -> None:
    if isinstance(value, dict):
        token = value.get(SEALED)
        if isinstance(token, list) and len(token) == 3:
            # Without its ciphertext it was erased before it was stored: no key was made for it.
            if token[2]:
                pairs.add((UUID(token[0]), token[1]))
            return
        for each in value.values():
            _gather(each, pairs)
    elif isinstance(value, list):
        for each in value:
            _gather(each, pairs)


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
    def __init__(self, ring: KeyRing, context: Callable[[], bytes]) -> None:
        self._ring = ring
        self._context = context
        self._bound: dict[tuple[str, str], _Bound] = {}

    def walk(self, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            if SEALED in value:
                return self.personal(value[SEALED], path)
            return {
                name: item if type(item) in _LEAVES else self.walk(item, f"{path}/{_step(name)}")
                for name, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            items = [
                item if type(item) in _LEAVES else self.walk(item, f"{path}/{position}")
                for position, item in enumerate(value)
            ]
            return items if isinstance(value, list) else tuple(items)
        return value

    def personal(self, token: Any, path: str) -> Personal:
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
        pair: Pair = (_subject(label), kind)
        bound = self._bound[label, kind] = _Bound.to(pair, self._ring.ciphers([pair])[pair], self._context())
        return bound


class _LateOpener(_Opener):
    """Leaves each value as it is until it is looked at, and what is inside of it until that is."""

    def __init__(self, ring: KeyRing, context: Callable[[], bytes], together: LateOpening) -> None:
        super().__init__(ring, context)
        self._together = together

    def walk(self, value: Any, path: str) -> Any:
        kind = type(value)
        if kind is dict:
            if SEALED in value:
                return self.personal(value[SEALED], path)
            for name, item in value.items():
                # Most of a state is neither: this is half of what reading an event costs beside its parsing.
                if type(item) in _NESTS:
                    value[name] = self.walk(item, f"{path}/{_step(name)}")
        elif kind is list:
            for position, item in enumerate(value):
                if type(item) in _NESTS:
                    value[position] = self.walk(item, f"{path}/{position}")
        elif kind is tuple:
            return tuple(self.walk(list(value), path))
        return value

    def personal(self, token: Any, path: str) -> Personal:
        try:
            label, kind, _ = token
            subject = _subject(label)
        except (ValueError, TypeError):
            raise SealBroken(path) from None
        if kind not in KINDS:
            raise SealBroken(path)
        self._together.unfetched[kind].add(label)
        made = object.__new__(_Unopened)
        _set_subject(made, subject)
        _set_kind(made, kind)
        _set_value(made, _Seal(self, token, path))
        return made

    def open(self, seal: _Seal) -> Any:
        self._together.fetch(seal.token[1])
        return super().personal(seal.token, seal.path).value


@dataclass(slots=True, eq=False)
class _Seal:
    """What stands in the place of a value until it is looked at."""

    opener: _LateOpener
    token: Any
    path: str


class _Unopened(Personal):
    """A `Personal` that opens when its value is first asked for, and is an ordinary one from then on."""

    __slots__ = ()

    @property
    def value(self) -> Any:
        held = _held(self)
        # Two threads may look at once: the second one finds it opened, or opens it to the same value.
        if isinstance(held, _Seal):
            held = held.opener.open(held)
            _set_value(self, held)
            object.__setattr__(self, "__class__", Personal)
        return held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and _fields(self) == _fields(other)

    def __hash__(self) -> int:
        return hash(_fields(self))

    def __reduce__(self) -> Any:
        return Personal, _fields(self)


def _fields(personal: Personal) -> tuple[UUID | None, Kind, Any]:
    return personal.subject, personal.kind, personal.value


_set_subject, _set_kind, _set_value = (vars(Personal)[name].__set__ for name in ("subject", "kind", "value"))
_held = vars(Personal)["value"].__get__


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
