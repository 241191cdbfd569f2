"""Walks in pieces, each with its own seed, kept as soon as it is done: an interrupted run goes on where it stopped.

python -m tests.walks.pieces NUMBER ...     walk these pieces again, here, and show what they find
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.walks.walk import walk

ROOT = Path(__file__).parents[2]
PIECE = 250
"""Steps of a piece."""


def in_pieces(pieces: int, place: Path) -> dict[str, int]:
    """Walk pieces 0, 1, ... that ``place`` does not have yet, as many at once as there are cores; their sum.

    A piece counts for the code that it ran on only. Raises AssertionError with what was found, after every piece.
    """
    place.mkdir(parents=True, exist_ok=True)
    code = digest()
    left = [number for number in range(pieces) if _kept(place, number, code) is None]
    workers = int(os.environ.get("IMPULSO_WORKERS") or os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        found = [each for each in pool.map(_piece, left, [place] * len(left), [code] * len(left)) if each]
    assert not found, "\n\n".join(found)
    totals: Counter[str] = Counter()
    for number in range(pieces):
        totals.update(_kept(place, number, code) or {})
    return dict(totals)


def digest() -> str:
    """Of the code that the walks run: the services, what they share, and the walks themselves."""
    found = hashlib.sha256()
    for path in sorted(_files()):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _files() -> Iterator[Path]:
    for folder in ("services", "shared", "tests/walks"):
        for ending in ("py", "yaml"):
            yield from (ROOT / folder).rglob(f"*.{ending}")


def _kept(place: Path, number: int, code: str) -> dict[str, int] | None:
    path = place / f"{number:03d}.json"
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return dict(kept["totals"]) if kept.get("code") == code else None


def _piece(number: int, place: Path, code: str) -> str:
    """Walk one piece and keep it; answers what went wrong, nothing if nothing did."""
    try:
        totals = walk(PIECE, number)
    except BaseException:
        told = f"piece {number}:\n{traceback.format_exc()}"
        (place / f"{number:03d}.found").write_text(told, "utf-8")
        return told
    kept = json.dumps({"code": code, "totals": totals}, ensure_ascii=False, indent=1, sort_keys=True)
    (place / f"{number:03d}.json").write_text(kept + "\n", "utf-8")
    return ""


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(json.dumps(walk(PIECE, int(each)), ensure_ascii=False, indent=1, sort_keys=True))
