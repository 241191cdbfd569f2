"""Sealing: what goes in comes out, only for its person, only in its place, and not at all once erased."""

from __future__ import annotations

import enum
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.privacy.keys import KeyDestroyed, KeyRing, MasterKey
from shared.privacy.personal import KINDS, Personal
from shared.privacy.sealing import (
    SEALED,
    SealBroken,
    UnassignedPersonal,
    UnsealableValue,
    open_sealed,
    open_tree,
    place,
    seal,
    seal_tree,
)

ANA, BEN = UUID(int=1), UUID(int=2)  # fixed: they name tests, which every worker must call the same
HERE = place("intake", ANA, 3, "intake.CandidateIdentified")


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyRing]:
    folder: Path = tmp_path_factory.mktemp("keys")
    ring = KeyRing(f"sqlite:///{folder}/keys.db", MasterKey(bytes(range(32))), "intake")
    ring.create_tables()
    yield ring
    ring.close()


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters())
    | st.dates()
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-5))))
    | st.times()
    | st.decimals(allow_nan=False)
    | st.uuids()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.just("$"), inner, max_size=4),
    max_leaves=12,
)
personals = st.builds(Personal, st.sampled_from([ANA, BEN]), st.sampled_from(KINDS), values)
states = st.recursive(
    scalars | personals,
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(state=states)
def test_a_state_comes_back_as_it_was(ring: KeyRing, state: Any) -> None:
    opened = open_tree(ring, seal_tree(ring, state, HERE), HERE)
    assert opened == state
    assert repr(opened) == repr(state), "and of the same types"


@settings(max_examples=100, deadline=None)
@given(value=values)
def test_a_single_value_comes_back_from_one_column(ring: KeyRing, value: Any) -> None:
    personal = Personal(ANA, "s", value)
    opened = open_sealed(ring, seal(ring, personal, HERE), HERE)
    assert opened == personal
    assert type(opened.value) is type(value)


def test_types_that_look_alike_stay_apart(ring: KeyRing) -> None:
    alike = [
        1,
        True,
        "1",
        Decimal("1.00"),
        "true",
        None,
        "",
        date(2026, 1, 1),
        datetime(2026, 1, 1),
        "2026-01-01",
        time(8),
    ]
    opened = open_tree(ring, seal_tree(ring, [Personal(ANA, "i", one) for one in alike], HERE), HERE)
    assert [(type(one.value), one.value) for one in opened] == [(type(one), one) for one in alike]
    assert str(opened[3].value) == "1.00"


def test_personal_inside_personal_is_sealed_under_its_own_person(ring: KeyRing) -> None:
    household = Personal(ANA, "s", [{"name": Personal(BEN, "i", "Benjamín"), "kinship": "hijo"}])
    sealed = seal_tree(ring, {"household": household}, HERE)
    assert open_tree(ring, sealed, HERE) == {"household": household}


def test_nothing_of_a_value_is_left_in_the_sealed_state(ring: KeyRing) -> None:
    state = {
        "name": Personal(ANA, "i", "Quiñones"),
        "call": "C-01",
        "rows": [{"phone": Personal(ANA, "c", "3001234567")}],
    }
    text = json.dumps(seal_tree(ring, state, HERE))
    assert "C-01" in text
    for secret in ("Quiñones", "Qui", "3001234567"):
        assert secret not in text
        assert b64encode(secret.encode()).decode().rstrip("=")[:-1] not in text


def test_the_length_of_a_sealed_value_does_not_tell_short_values_apart(ring: KeyRing) -> None:
    answers = [True, False, None, "F", "M", "CC", "PPT", 0, 5, "María Fernanda"]
    assert len({len(seal(ring, Personal(ANA, "p", answer), HERE)) for answer in answers}) == 1


def test_the_same_value_never_looks_the_same_twice(ring: KeyRing) -> None:
    sealed = [seal(ring, Personal(ANA, "i", "1032456789"), HERE) for _ in range(100)]
    assert len(set(sealed)) == 100


def test_a_state_without_personal_values_is_left_alone(ring: KeyRing) -> None:
    state = {"call": "C-01", "rows": [1, (2, None)], "on": date(2026, 10, 15)}
    assert seal_tree(ring, state, HERE) == state
    assert open_tree(ring, state, HERE) == state


@pytest.mark.parametrize("personal", [Personal(None, "i", "Ana"), Personal(ANA, "x", "Ana")])  # type: ignore[arg-type]
def test_a_value_without_person_or_class_is_refused_and_not_shown(ring: KeyRing, personal: Personal) -> None:
    with pytest.raises(UnassignedPersonal, match="/form/name") as refused:
        seal_tree(ring, {"form": {"name": personal}}, HERE)
    assert "Ana" not in str(refused.value)
    with pytest.raises(UnassignedPersonal):
        seal_tree(ring, Personal(ANA, "s", [personal]), HERE)


class Colour(enum.IntEnum):
    RED = 1


@pytest.mark.parametrize("value", [1.5, b"bytes", {1: "a"}, {1, 2}, Colour.RED, object(), [{"a": 1.5}]])
def test_a_value_that_would_not_come_back_equal_is_refused(ring: KeyRing, value: Any) -> None:
    with pytest.raises(UnsealableValue):
        seal(ring, Personal(ANA, "i", value), HERE)


def test_a_state_may_not_pretend_to_be_sealed(ring: KeyRing) -> None:
    forged = {SEALED: [ANA.hex, "i", ""]}
    for state in (forged, [forged], Personal(ANA, "s", forged)):
        with pytest.raises(ValueError, match=SEALED):
            seal_tree(ring, {"a": state}, HERE)


def test_any_changed_bit_is_noticed(ring: KeyRing) -> None:
    sealed = seal_tree(ring, Personal(ANA, "i", "Ana"), HERE)
    subject, kind, text = sealed[SEALED]
    raw = b64decode(text)
    for position in range(len(raw)):
        changed = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        with pytest.raises(SealBroken):
            open_tree(ring, {SEALED: [subject, kind, b64encode(changed).decode()]}, HERE)


def relabel(position: int, value: Any) -> Callable[[list[Any]], Any]:
    return lambda token: [*token[:position], value, *token[position + 1 :]]


@pytest.mark.parametrize(
    "damage",
    [
        relabel(0, BEN.hex),
        relabel(0, "nadie"),
        relabel(0, None),
        relabel(1, "c"),
        relabel(1, "x"),
        relabel(2, ""),
        relabel(2, "AAAA"),
        relabel(2, "¡no es base64!"),
        relabel(2, 7),
        lambda token: token[:2],
        lambda token: "texto",
        lambda token: None,
        lambda token: {"a": 1},
    ],
)
def test_a_damaged_or_relabelled_token_is_noticed(ring: KeyRing, damage: Callable[[list[Any]], Any]) -> None:
    ring.ensure([(ANA, "c"), (BEN, "i"), (BEN, "c")])
    sealed = seal_tree(ring, Personal(ANA, "i", "Ana"), HERE)
    with pytest.raises(SealBroken):
        open_tree(ring, {SEALED: damage(sealed[SEALED])}, HERE)


def test_two_values_of_one_person_cannot_change_places(ring: KeyRing) -> None:
    sealed = seal_tree(ring, {"a": Personal(ANA, "s", True), "b": Personal(ANA, "s", False)}, HERE)
    with pytest.raises(SealBroken, match="/a"):
        open_tree(ring, {"a": sealed["b"], "b": sealed["a"]}, HERE)


def test_rows_of_a_list_cannot_change_places_nor_deceive_by_their_names(ring: KeyRing) -> None:
    sealed = seal_tree(ring, [Personal(ANA, "s", 1), Personal(ANA, "s", 2)], HERE)
    with pytest.raises(SealBroken):
        open_tree(ring, sealed[::-1], HERE)
    nested = seal_tree(ring, {"a": {"b": Personal(ANA, "s", 1)}}, HERE)
    with pytest.raises(SealBroken):
        open_tree(ring, {"a/b": nested["a"]["b"]}, HERE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("profiling", ANA, 3, "intake.CandidateIdentified"),
        place("intake", BEN, 3, "intake.CandidateIdentified"),
        place("intake", ANA, 4, "intake.CandidateIdentified"),
        place("intake", ANA, 3, "intake.CandidateUpdated"),
        place("intake", ANA, "3intake.CandidateIdentified"),
        b"",
    ],
)
def test_a_value_does_not_open_in_another_log_aggregate_version_or_topic(ring: KeyRing, elsewhere: bytes) -> None:
    sealed = seal_tree(ring, {"name": Personal(ANA, "i", "Ana")}, HERE)
    with pytest.raises(SealBroken):
        open_tree(ring, sealed, elsewhere)


@given(parts=st.lists(st.text(), max_size=4), others=st.lists(st.text(), max_size=4))
def test_different_places_never_meet(parts: list[str], others: list[str]) -> None:
    assert (place(*parts) == place(*others)) == (parts == others)


def test_erasure_takes_one_class_of_one_person_and_nothing_else(ring: KeyRing) -> None:
    cora, dario = uuid4(), uuid4()
    state = {
        "name": Personal(cora, "i", "Cora"),
        "score": Personal(cora, "p", 4),
        "witness": Personal(dario, "i", "Darío"),
        "sheet": Personal(dario, "s", [Personal(cora, "i", "Cora")]),
        "call": "C-01",
    }
    sealed, column = seal_tree(ring, state, HERE), seal(ring, state["name"], HERE)  # type: ignore[arg-type]
    ring.destroy(cora, "i")
    gone = Personal(cora, "i", None)
    assert open_tree(ring, sealed, HERE) == state | {"name": gone, "sheet": Personal(dario, "s", [gone])}
    assert open_sealed(ring, column, HERE) == gone and gone.erased


def test_an_erased_value_may_be_handed_on_but_new_data_are_refused(ring: KeyRing) -> None:
    cora = uuid4()
    ring.destroy(cora, "i")
    gone = Personal(cora, "i", None)
    assert open_tree(ring, seal_tree(ring, {"name": gone}, HERE), HERE) == {"name": gone}
    with pytest.raises(KeyDestroyed) as refused:
        seal(ring, Personal(cora, "i", "Cora"), HERE)
    assert "Cora" not in refused.value.text


def test_threads_share_a_ring(ring: KeyRing) -> None:
    failures: list[BaseException] = []

    def work(person: UUID) -> None:
        try:
            for n in range(100):
                state = {"n": Personal(person, "s", n), "shared": Personal(ANA, "i", str(n))}
                assert open_tree(ring, seal_tree(ring, state, HERE), HERE) == state
        except BaseException as failure:
            failures.append(failure)

    threads = [Thread(target=work, args=(uuid4(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_was_sealed_opens_after_a_restart(tmp_path: Path, master: MasterKey) -> None:
    first = KeyRing(f"sqlite:///{tmp_path}/keys.db", master, "intake")
    first.create_tables()
    sealed = seal_tree(first, {"name": Personal(ANA, "i", "Ana")}, HERE)
    first.close()
    second = KeyRing(f"sqlite:///{tmp_path}/keys.db", master, "intake")
    assert open_tree(second, json.loads(json.dumps(sealed)), HERE) == {"name": Personal(ANA, "i", "Ana")}
    second.close()
