"""Which versions an act was decided under: noted as the catalogue answers, kept with its events (CAT-05)."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_NOTED: ContextVar[MutableMapping[str, str] | None] = ContextVar("versions_used", default=None)


@contextmanager
def noting(into: MutableMapping[str, str]) -> Iterator[None]:
    """Put what the catalogue answers in this block into ``into``: ``parameter:P-03`` → version, ``value:P-03`` → value.

    What ``into`` says already stands.
    """
    token = _NOTED.set(into)
    try:
        yield
    finally:
        _NOTED.reset(token)


def note(kind: str, version: Any) -> None:
    """The catalogue answered with this version of an artefact."""
    noted = _NOTED.get()
    if noted is None:
        return
    code = version.artefact.code
    noted.setdefault(f"{kind}:{code}", version.artefact.version)
    if kind == "parameter":
        noted.setdefault(f"value:{code}", "" if version.value is None else str(version.value))
