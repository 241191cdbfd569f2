"""Tiles: the whole tree in rows of hashes, from which any proof is made with a few small reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audit.frontier import Frontier
from shared.audit.merkle import node_hash, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion
from shared.audit.tiles import Tile, TileNodes, tiles_of
from tests.unit.audit.trees import leaves, mth

LARGEST = 70_000
HASHES = leaves(LARGEST)


def levels() -> list[list[bytes]]:
    """The hashes of all tiles, by level."""
    found, hashes = [HASHES], HASHES
    while len(hashes) >= 256:
        for _height in range(8):
            hashes = [node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes) - 1, 2)]
        found.append(hashes)
    return found


ROWS = levels()


class Reads:
    """Gives out tiles and counts them."""

    def __init__(self) -> None:
        self.read: list[Tile] = []

    def __call__(self, tile: Tile) -> bytes:
        self.read.append(tile)
        return b"".join(ROWS[tile.level][tile.number * 256 : tile.number * 256 + tile.width])


def test_a_tree_has_the_tiles_of_the_specification() -> None:
    found = list(tiles_of(70_000))
    assert [sum(tile.level == level for tile in found) for level in range(3)] == [274, 2, 1]
    partial = [tile for tile in found if tile.width < 256]
    assert partial == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == []


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 0, 17), "tile/1/000.p/17"),
        (Tile(2, 999), "tile/2/999"),
        (Tile(0, 1000, 1), "tile/0/x001/000.p/1"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.at(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/1",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/٠٠٠",
        "",
    ],
)
def test_another_way_of_writing_names_no_tile(path: str) -> None:
    with pytest.raises(ValueError, match="not the path"):
        Tile.at(path)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, LARGEST), st.data())
def test_any_proof_is_made_from_at_most_two_tiles_a_level(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    reads = Reads()
    proof = prove_inclusion(index, size, TileNodes(size, reads))
    frontier = Frontier.of(size, TileNodes(size, Reads()))
    assert verify_inclusion(HASHES[index], index, size, proof, frontier.root)
    assert len(reads.read) == len(set(reads.read)) <= 2 * 3
    assert set(reads.read) <= set(tiles_of(size))


@settings(max_examples=60, deadline=None)
@given(st.tuples(st.integers(1, LARGEST), st.integers(1, LARGEST)).map(sorted))
def test_any_two_sizes_are_joined_by_a_proof_from_tiles(pair: list[int]) -> None:
    old, new = pair
    proof = prove_consistency(old, new, TileNodes(new, Reads()))
    before = Frontier.of(old, TileNodes(old, Reads())).root
    after = Frontier.of(new, TileNodes(new, Reads())).root
    assert verify_consistency(old, new, before, after, proof)


def test_the_root_out_of_tiles_is_that_of_the_definition() -> None:
    assert Frontier.of(LARGEST, TileNodes(LARGEST, Reads())).root == mth(HASHES)


def test_a_tile_that_is_cut_short_is_noticed() -> None:
    nodes = TileNodes(300, lambda tile: Reads()(tile)[:-1])
    with pytest.raises(ValueError, match="fewer than"):
        nodes(0, 299)
    with pytest.raises(ValueError, match="no complete subtree"):
        TileNodes(300, Reads())(0, 300)
