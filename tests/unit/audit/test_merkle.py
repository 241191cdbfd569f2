"""Proofs of the tree: made from any place, they lead to the root, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.frontier import Frontier
from shared.audit.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
    root,
    verify_consistency,
    verify_inclusion,
)
from tests.unit.audit.trees import leaves, mth, nodes_of

SIZES = st.integers(1, 600)
PAIRS = st.tuples(SIZES, SIZES).map(sorted)


def spoilt(content: bytes, at: int) -> bytes:
    at %= len(content)
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_leaves_and_nodes_never_stand_for_each_other() -> None:
    one, other = leaves(2)
    assert leaf_hash(one + other) != node_hash(one, other)
    assert root(0, nodes_of([])) == EMPTY_ROOT == Frontier().root


@given(SIZES)
def test_a_root_is_the_one_of_the_definition(size: int) -> None:
    hashes = leaves(size)
    assert root(size, nodes_of(hashes)) == mth(hashes)


@given(SIZES, st.data())
def test_every_leaf_of_every_tree_has_a_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    proof = prove_inclusion(index, size, nodes_of(hashes))
    assert verify_inclusion(hashes[index], index, size, proof, mth(hashes))
    assert len(proof) <= (size - 1).bit_length()


@given(PAIRS)
def test_every_tree_is_proved_to_be_the_beginning_of_every_larger_one(pair: list[int]) -> None:
    old, new = pair
    hashes = leaves(new)
    proof = prove_consistency(old, new, nodes_of(hashes))
    assert verify_consistency(old, new, mth(hashes[:old]), mth(hashes), proof)


@given(SIZES, st.data())
def test_one_changed_byte_and_the_leaf_is_not_there(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    proof, top = prove_inclusion(index, size, nodes_of(hashes)), mth(hashes)
    at = data.draw(st.integers(0, 31))
    assert not verify_inclusion(spoilt(hashes[index], at), index, size, proof, top)
    assert not verify_inclusion(hashes[index], index, size, proof, spoilt(top, at))
    assert not verify_inclusion(hashes[index], index, size, [*proof, top], top)
    for place in range(len(proof)):
        wrong = [*proof[:place], spoilt(proof[place], at), *proof[place + 1 :]]
        assert not verify_inclusion(hashes[index], index, size, wrong, top)
        assert not verify_inclusion(hashes[index], index, size, proof[:place] + proof[place + 1 :], top)
    for other in {index - 1, index + 1, index ^ 1, size}:
        assert other == index or not verify_inclusion(hashes[index], other, size, proof, top)


@given(PAIRS, st.integers(0, 31))
def test_one_changed_byte_and_the_trees_do_not_follow(pair: list[int], at: int) -> None:
    old, new = pair
    hashes = leaves(new)
    proof = prove_consistency(old, new, nodes_of(hashes))
    before, after = mth(hashes[:old]), mth(hashes)
    assert not verify_consistency(old, new, spoilt(before, at), after, proof)
    assert not verify_consistency(old, new, before, spoilt(after, at), proof)
    assert not verify_consistency(old, new, before, after, [*proof, after])
    for place in range(len(proof)):
        wrong = [*proof[:place], spoilt(proof[place], at), *proof[place + 1 :]]
        assert not verify_consistency(old, new, before, after, wrong)
        assert not verify_consistency(old, new, before, after, proof[:place] + proof[place + 1 :])


@given(PAIRS, st.data())
def test_a_tree_in_which_any_old_leaf_was_changed_does_not_follow(pair: list[int], data: st.DataObject) -> None:
    old, new = pair
    hashes = leaves(new)
    before = mth(hashes[:old])
    changed = data.draw(st.integers(0, old - 1))
    hashes[changed] = spoilt(hashes[changed], 0)
    proof = prove_consistency(old, new, nodes_of(hashes))
    assert not verify_consistency(old, new, before, mth(hashes), proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3)])
def test_no_proof_is_made_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="is not among"):
        prove_inclusion(index, size, nodes_of(leaves(size)))


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_no_proof_leads_backwards_nor_from_nothing(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no proof leads"):
        prove_consistency(old, new, nodes_of(leaves(new)))
    assert not verify_consistency(old, new, EMPTY_ROOT, mth(leaves(new)), [])


@given(SIZES, SIZES)
def test_a_frontier_grows_as_the_tree_does_wherever_it_is_taken_up(before: int, more: int) -> None:
    hashes = leaves(before + more)
    frontier = Frontier.of(before, nodes_of(hashes))
    kept = frontier.copy()
    for number, leaf in enumerate(hashes[before:], start=before):
        for level, completed in enumerate(frontier.append(leaf)):
            assert completed == nodes_of(hashes)(level, number >> level)
    assert (frontier.size, frontier.root) == (before + more, mth(hashes))
    assert (kept.size, kept.root) == (before, mth(hashes[:before]))


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="complete subtrees"):
        Frontier(3, leaves(1))
