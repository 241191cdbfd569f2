"""Trees by their definition, slow and plain, for the tests to hold the quick ones against."""

from __future__ import annotations

from collections.abc import Sequence

from shared.audit.merkle import EMPTY_ROOT, Nodes, leaf_hash, node_hash


def leaves(count: int) -> list[bytes]:
    """Hashes of so many different leaves."""
    return [leaf_hash(b"leaf %d" % number) for number in range(count)]


def mth(hashes: Sequence[bytes]) -> bytes:
    """Merkle tree hash as RFC 9162, 2.1.1 defines it."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return node_hash(mth(hashes[:half]), mth(hashes[half:]))


def nodes_of(hashes: Sequence[bytes]) -> Nodes:
    """Every complete subtree of a tree that is held as a whole."""
    return lambda level, number: mth(hashes[number << level : (number + 1) << level])
