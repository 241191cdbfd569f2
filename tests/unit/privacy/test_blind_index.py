"""The blind index: equal values meet, different ones do not, and without the key nobody can try."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.privacy.blind_index import BlindIndex

INDEX = BlindIndex(bytes(range(32)))


def test_the_same_value_is_found_again_and_after_a_restart() -> None:
    assert INDEX.of("document", "CC", "1032456789") == BlindIndex(bytes(range(32))).of("document", "CC", "1032456789")
    assert re.fullmatch(r"[0-9a-f]{64}", INDEX.of("document", "CC", "1032456789"))


@given(one=st.lists(st.text(), min_size=1, max_size=4), other=st.lists(st.text(), min_size=1, max_size=4))
def test_only_equal_values_meet(one: list[str], other: list[str]) -> None:
    assert (INDEX.of(*one) == INDEX.of(*other)) == (one == other)


def test_parts_cannot_be_joined_differently_to_the_same_value() -> None:
    assert len({INDEX.of("d", "12", "3"), INDEX.of("d", "1", "23"), INDEX.of("d", "123"), INDEX.of("d1", "23")}) == 4


def test_another_key_gives_another_index_and_no_plain_hash_shows() -> None:
    assert BlindIndex(bytes(32)).of("phone", "300") != INDEX.of("phone", "300")
    assert hashlib.sha256(b"300").hexdigest() != INDEX.of("phone", "300")


def test_a_short_key_is_refused_and_the_key_is_not_shown() -> None:
    with pytest.raises(ValueError):
        BlindIndex(b"corta")
    assert bytes(range(32)).hex() not in repr(INDEX)
