"""The bytes of a value before it is sealed: typed, so that it comes back equal, and padded to hide its length."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

BLOCK = 32
"""Bytes. Without padding the ciphertext's length would tell true from false, or one surname from another."""

_TEXT, _JSON, _END = b"t", b"j", b"\x80"
_TYPE = "$"


class UnsealableValue(TypeError):
    """A value of a type that an event may not hold (a float, bytes, a class of ours)."""


def encode(value: Any) -> bytes:
    """``value`` as padded bytes. Takes str, int, bool, None, date, datetime, time, Decimal, UUID, list and dict.

    A tuple comes back as a list. Raises `UnsealableValue` for anything else.
    """
    if type(value) is str:
        data = _TEXT + value.encode("utf-8", "surrogatepass") + _END
    else:
        data = _JSON + _write(_plain(value)).encode("ascii") + _END
    return data + bytes(-len(data) % BLOCK)


def decode(data: bytes) -> Any:
    """The value that `encode` made ``data`` of."""
    body = data.rstrip(b"\0")[1:-1]
    if data[:1] == _TEXT:
        return body.decode("utf-8", "surrogatepass")
    return _read(body.decode("ascii"))


def _map(value: dict[Any, Any]) -> dict[str, Any]:
    for name in value:
        if type(name) is not str:
            raise UnsealableValue(f"un diccionario sellado solo admite nombres de texto, no {type(name).__name__}")
    items = {name: item if type(item) in _AS_THEY_ARE else _plain(item) for name, item in value.items()}
    return {_TYPE: ["map", list(items.items())]} if _TYPE in value else items


_AS_THEY_ARE = frozenset({str, int, bool, type(None)})
_WRITERS: dict[type, Callable[[Any], Any]] = {
    str: lambda value: value,
    int: lambda value: value,
    bool: lambda value: value,
    type(None): lambda value: value,
    list: lambda value: [_plain(item) for item in value],
    tuple: lambda value: [_plain(item) for item in value],
    dict: _map,
    date: lambda value: {_TYPE: ["date", value.isoformat()]},
    datetime: lambda value: {_TYPE: ["instant", value.isoformat()]},
    time: lambda value: {_TYPE: ["time", value.isoformat()]},
    Decimal: lambda value: {_TYPE: ["decimal", str(value)]},
    UUID: lambda value: {_TYPE: ["uuid", value.hex]},
}

_READERS: dict[str, Callable[[Any], Any]] = {
    "map": dict,
    "date": date.fromisoformat,
    "instant": datetime.fromisoformat,
    "time": time.fromisoformat,
    "decimal": Decimal,
    "uuid": UUID,
}


def _plain(value: Any) -> Any:
    # The exact type: a subclass (an enum, a bool-like) would come back as its base and not compare equal.
    writer = _WRITERS.get(type(value))
    if writer is None:
        raise UnsealableValue(f"un valor personal no puede ser de tipo {type(value).__name__}")
    return writer(value)


def _typed(item: dict[str, Any]) -> Any:
    tagged = item.get(_TYPE)
    return item if tagged is None else _READERS[tagged[0]](tagged[1])


# Made once: json.dumps and json.loads with options build a new one for every value.
_write = json.JSONEncoder(separators=(",", ":")).encode
_read = json.JSONDecoder(object_hook=_typed).decode
