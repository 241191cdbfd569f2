"""The right edge of a growing tree: a leaf is added and the root is known in O(log n), without the leaves before."""

from __future__ import annotations

from collections.abc import Iterable

from shared.audit.merkle import Nodes, joined, node_hash, subtrees


class Frontier:
    """The complete subtrees of a tree of ``size`` leaves, the largest first (a *compact range* from 0)."""

    def __init__(self, size: int = 0, complete: Iterable[bytes] = ()) -> None:
        self.size = size
        self._complete = list(complete)
        if len(self._complete) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")

    @classmethod
    def of(cls, size: int, nodes: Nodes) -> Frontier:
        """The frontier of the first ``size`` leaves of a tree that is there already."""
        return cls(size, [nodes(level, number) for level, number in subtrees(0, size)])

    @property
    def root(self) -> bytes:
        """Root of the tree as it is now."""
        return joined(self._complete)

    def append(self, leaf: bytes) -> list[bytes]:
        """Add the hash of a leaf. The hashes of the subtrees that it completes, by level from 0, the leaf itself."""
        completed = [leaf]
        # Each trailing one bit of the size is a complete subtree that waits for its right sibling.
        for _level in range((~self.size & (self.size + 1)).bit_length() - 1):
            completed.append(node_hash(self._complete.pop(), completed[-1]))
        self._complete.append(completed[-1])
        self.size += 1
        return completed

    def copy(self) -> Frontier:
        """Another one like this that grows on its own."""
        return Frontier(self.size, self._complete)
