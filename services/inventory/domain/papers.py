"""What the domain asks of whoever issues its documents: a number, and the paper that bears it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Issued:
    """A document that now exists: its number (X-18), and where its paper is.

    ``document`` has ``file`` (id in the service's file store), ``sha256`` of the file, ``content`` (the hash printed
    on it, INV-15), ``form`` and ``version``.
    """

    number: str
    document: dict[str, Any]


Issue = Callable[[Rows], Issued]
"""Issues the paper over its final lines. Called once all rules have passed, so that no refused act wastes a number."""
