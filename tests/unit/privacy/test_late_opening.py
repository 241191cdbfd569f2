"""A value that opens when it is looked at is the same as one that was opened at once, and stays sealed until then."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings

from shared.privacy.keys import KeyMissing, KeyRing, MasterKey
from shared.privacy.personal import Personal, personal_values, reveal
from shared.privacy.sealing import SEALED, LateOpening, SealBroken, open_tree, seal_tree
from tests.unit.privacy.test_sealing import ANA, BEN, HERE, states


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyRing]:
    folder: Path = tmp_path_factory.mktemp("keys")
    ring = KeyRing(f"sqlite:///{folder}/keys.db", MasterKey(bytes(range(32))), "intake")
    ring.create_tables()
    yield ring
    ring.close()


def late(ring: KeyRing, state: Any) -> Any:
    return LateOpening(ring).tree(state, lambda: HERE)


def never() -> bytes:
    raise AssertionError("nothing was looked at")


@settings(max_examples=150, deadline=None)
@given(state=states)
def test_what_opens_late_is_what_opens_at_once(ring: KeyRing, state: Any) -> None:
    sealed = seal_tree(ring, state, HERE)
    assert repr(late(ring, sealed)) == repr(open_tree(ring, sealed, HERE)), "sealed still"
    assert late(ring, sealed) == open_tree(ring, sealed, HERE) == late(ring, sealed)
    assert reveal(late(ring, sealed)) == reveal(state)


def test_nothing_is_opened_that_nobody_looks_at(ring: KeyRing) -> None:
    sealed = seal_tree(ring, {"identity": Personal(ANA, "i", {"names": "Ana"}), "call": "C-01"}, HERE)
    state = LateOpening(ring).tree(sealed, never)
    person = state["identity"]
    assert (state["call"], person.subject, person.kind, isinstance(person, Personal)) == ("C-01", ANA, "i", True)
    assert [one.kind for one in personal_values(state)] == ["i"]
    assert "Ana" not in f"{person} {person!r} {state}"


def test_once_looked_at_it_is_an_ordinary_value(ring: KeyRing) -> None:
    sealed = seal_tree(ring, [Personal(ANA, "i", "Ana")] * 6, HERE)
    seen, hashed, copied, pickled, changed, again = late(ring, sealed)
    assert (seen.value, type(seen)) == ("Ana", Personal)
    assert hash(hashed) == hash(Personal(ANA, "i", "Ana"))
    assert copy.deepcopy(copied) == copy.copy(copied) == Personal(ANA, "i", "Ana")
    assert pickle.loads(pickle.dumps(pickled)) == Personal(ANA, "i", "Ana")
    assert replace(changed, subject=BEN) == Personal(BEN, "i", "Ana")
    assert again != Personal(ANA, "i", "Eva")
    assert again != "Ana"


def test_it_is_sealed_anew_where_it_is_stored_again(ring: KeyRing) -> None:
    state = {"household": Personal(ANA, "s", [{"name": Personal(BEN, "i", "Benjamín")}])}
    taken = late(ring, seal_tree(ring, state, HERE))
    assert open_tree(ring, seal_tree(ring, taken, b"elsewhere"), b"elsewhere") == state


def test_who_was_erased_meanwhile_reads_as_nothing(ring: KeyRing) -> None:
    person = uuid4()
    sealed = seal_tree(ring, {"identity": Personal(person, "i", "Ana")}, HERE)
    state = late(ring, sealed)
    ring.destroy(person, "i")
    assert (state["identity"].value, state["identity"].erased) == (None, True)


def test_what_was_altered_or_moved_is_noticed_by_whoever_looks(ring: KeyRing) -> None:
    sealed = seal_tree(ring, {"a": Personal(ANA, "i", "Ana"), "b": Personal(ANA, "i", "Eva")}, HERE)
    moved = late(ring, {"a": sealed["b"]})
    for _ in range(2):
        with pytest.raises(SealBroken):
            _ = moved["a"].value


@pytest.mark.parametrize("token", [["x"], ["no uuid", "i", ""], [ANA.hex, "z", ""], 5, [ANA.hex, ["i"], ""]])
def test_what_is_no_sealed_value_is_refused_at_once(ring: KeyRing, token: Any) -> None:
    with pytest.raises(SealBroken):
        late(ring, {"a": {SEALED: token}})


def test_the_keys_of_a_class_are_fetched_together(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [UUID(int=number) for number in range(100, 110)]
    sealed = [seal_tree(ring, [Personal(one, kind, "x") for kind in ("i", "p")], HERE) for one in people]
    ring.close()
    asked: list[set[str]] = []
    read = ring._vault.keys

    def counted(pairs: Any, **how: Any) -> Any:
        asked.append({kind for _, kind in pairs})
        return read(pairs, **how)

    monkeypatch.setattr(ring._vault, "keys", counted)
    together = LateOpening(ring)
    states = [together.tree(one, lambda: HERE) for one in sealed]
    assert [state[0].value for state in states] == ["x"] * 10
    assert asked == [{"i"}]


def test_a_missing_key_is_of_concern_to_whoever_looks_at_that_person(ring: KeyRing) -> None:
    known = json.loads(json.dumps(seal_tree(ring, [Personal(ANA, "i", "Ana")], HERE)))
    nobody = json.loads(json.dumps(known).replace(ANA.hex, uuid4().hex))
    together = LateOpening(ring)
    first, second = together.tree(known, lambda: HERE)[0], together.tree(nobody, lambda: HERE)[0]
    assert first.value == "Ana"
    with pytest.raises(KeyMissing):
        _ = second.value
