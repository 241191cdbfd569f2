"""Taking a copy of a pair, and following how far it is."""

from __future__ import annotations

from pathlib import Path

from shared.backup.taking import take
from tests.backup.pair import Pair


class Interrupted(Exception):
    """The power goes."""


class Told:
    """Follows the progress, and fails at the call of that number."""

    def __init__(self, at: int | None = None) -> None:
        self.calls: list[tuple[str, int, int]] = []
        self.at = at

    def __call__(self, what: str, done: int, total: int) -> None:
        self.calls.append((what, done, total))
        if self.at is not None and len(self.calls) == self.at:
            raise Interrupted


def taken(living: Pair, place: Path, **options: object) -> str:
    return take([*living.sites.values()], place / "datos", place / "claves", **options).point  # type: ignore[arg-type]
