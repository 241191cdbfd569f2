"""The Merkle tree of RFC 9162 over SHA-256: leaf and node hashes, proofs made and proofs verified.

A tree is never held as a whole. Whoever makes a proof gives a `Nodes`: a way to the hash of a complete subtree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Nodes = Callable[[int, int], bytes]
"""``nodes(level, number)``: hash of the complete subtree of leaves ``number << level`` to ``(number + 1) << level``."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf's content. The prefix keeps a leaf from ever standing for a node."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of the node over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtrees(first: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees ``(level, number)`` of leaves ``first`` to ``end`` (exclusive), the largest first.

    ``first`` is a multiple of a power of two that is not smaller than the range, as in every subtree of RFC 9162.
    """
    found = []
    while first < end:
        level = (end - first).bit_length() - 1
        found.append((level, first >> level))
        first += 1 << level
    return found


def hash_of(first: int, end: int, nodes: Nodes) -> bytes:
    """Hash of the subtree over leaves ``first`` to ``end`` (exclusive, not empty; see `subtrees`)."""
    return joined([nodes(level, number) for level, number in subtrees(first, end)])


def joined(complete: Sequence[bytes]) -> bytes:
    """One hash over complete subtrees that shrink from left to right; `EMPTY_ROOT` for none."""
    if not complete:
        return EMPTY_ROOT
    *rest, found = complete
    for left in reversed(rest):
        found = node_hash(left, found)
    return found


def root(size: int, nodes: Nodes) -> bytes:
    """Root of the tree over the first ``size`` leaves."""
    return joined([nodes(level, number) for level, number in subtrees(0, size)])


def prove_inclusion(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """The hashes that lead from leaf ``index`` (from 0) to the root over ``size`` leaves, its sibling first.

    Raises `ValueError` unless ``0 <= index < size``.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    return [hash_of(first, end, nodes) for first, end in _beside(index, size)]


def prove_consistency(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """The hashes that show the tree over ``old`` leaves to be the beginning of that over ``new`` leaves.

    Raises `ValueError` unless ``0 < old <= new``: the empty tree is the beginning of any.
    """
    if not 0 < old <= new:
        raise ValueError(f"no proof leads from {old} leaves to {new}")
    return [hash_of(first, end, nodes) for first, end in _between(old, new)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether ``proof`` leads from the leaf hash ``leaf`` at ``index`` to the root ``expected`` over ``size`` leaves.

    RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size or not _hashes(leaf, expected, *proof):
        return False
    number, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and found == expected


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows ``old_root`` over ``old`` leaves to be the beginning of ``new_root`` over ``new``.

    RFC 9162, 2.1.4.2. The empty tree has no proof: False for ``old == 0``.
    """
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if not _hashes(old_root, new_root, *proof):
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            found_old = node_hash(sibling, found_old)
            found_new = node_hash(sibling, found_new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


def _hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _half(leaves: int) -> int:
    """The largest power of two that is smaller than ``leaves``: where RFC 9162 divides a tree."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _beside(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The subtrees beside the way from a leaf to the root, the leaf's sibling first."""
    found, first, end = [], 0, size
    while end - first > 1:
        middle = first + _half(end - first)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    return reversed(found)


def _between(old: int, new: int) -> Iterator[tuple[int, int]]:
    """The subtrees of a proof of consistency, the innermost first."""
    found, first, end = [], 0, new
    while end != old:
        middle = first + _half(end - first)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    if first:
        # Of the old tree itself the verifier holds the root already; of a part of it, it does not.
        found.append((first, end))
    return reversed(found)
