"""Tiles (C2SP tlog-tiles): the tree cut into rows of up to 256 hashes, so that a proof needs a few small reads.

Tile ``number`` of level ``l`` holds the hashes of the complete subtrees of ``256 ** l`` leaves; a tile that is not full
has the width that the size of the tree gives it. The heights in between are hashed when they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.audit.merkle import HASH_BYTES, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
_PATH = re.compile(
    r"tile/(?P<level>0|[1-9]\d?)/(?P<number>(?:x\d{3}/)*\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?", re.ASCII
)
_MAX_LEVEL = 63


@dataclass(frozen=True, order=True)
class Tile:
    """One tile by its place. ``width``: how many hashes of it there are, 1 to 256."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its address below the log's, as in ``tile/0/x001/x234/067`` or ``tile/1/000.p/17``."""
        digits = f"{self.number:03d}"
        digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{self.level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @classmethod
    def at(cls, path: str) -> Tile:
        """The tile at ``path``. Raises `ValueError` for one that names none, or not in the one way there is."""
        if found := _PATH.fullmatch(path):
            number = int(found["number"].replace("x", "").replace("/", ""))
            tile = cls(int(found["level"]), number, int(found["width"] or WIDTH))
            if tile.level <= _MAX_LEVEL and tile.path == path:
                return tile
        raise ValueError(f"not the path of a tile: {path[:100]}")


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a tree of ``size`` leaves, level by level; the last of a level may be partial."""
    level, hashes = 0, size
    while hashes:
        yield from (Tile(level, number) for number in range(hashes // WIDTH))
        if hashes % WIDTH:
            yield Tile(level, hashes // WIDTH, hashes % WIDTH)
        level, hashes = level + 1, hashes // WIDTH


class TileNodes:
    """The `shared.audit.merkle.Nodes` of a tree of ``size`` leaves out of its tiles.

    ``read(tile)`` gives a tile's hashes, one after the other. What is read is kept for the life of this object: make
    one for each proof, or for a few. Raises `ValueError` when a tile is shorter than the tree needs it.
    """

    def __init__(self, size: int, read: Callable[[Tile], bytes]) -> None:
        self._size = size
        self._read = read
        self._held: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, number: int) -> bytes:
        if (number + 1) << level > self._size:
            raise ValueError(f"no complete subtree {number} of level {level} among {self._size} leaves")
        tile_level, height = divmod(level, HEIGHT)
        first = number << height
        tile = self._tile(tile_level, first // WIDTH)
        at = (first % WIDTH) * HASH_BYTES
        hashes = [tile[place : place + HASH_BYTES] for place in range(at, at + (HASH_BYTES << height), HASH_BYTES)]
        while len(hashes) > 1:
            hashes = [node_hash(hashes[place], hashes[place + 1]) for place in range(0, len(hashes), 2)]
        return hashes[0]

    def _tile(self, level: int, number: int) -> bytes:
        held = self._held.get((level, number))
        if held is None:
            width = min((self._size >> (HEIGHT * level)) - number * WIDTH, WIDTH)
            held = self._read(Tile(level, number, width))
            if len(held) < width * HASH_BYTES:
                raise ValueError(f"tile {number} of level {level} has fewer than {width} hashes")
            self._held[level, number] = held
        return held
