"""What operators are told of parked events, and how they settle many of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from shared.catalogue.refusals import FieldInvalid
from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.privacy.keys import MasterKey
from shared.runtime import parked_operations
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.operations import Operations
from shared.runtime.parked_operations import FollowerPaused, NothingParked
from shared.runtime.rebuilding import Rebuilding
from tests.counting import COUNTER, NO_DEFECTS, WATCHER, case, count, defects

ANA: Any = SimpleNamespace(person=UUID(int=7), roles=("operations",))


@dataclass
class Scene:
    counter: Assembled
    watcher: Assembled
    follower: Follower
    operations: Operations

    @property
    def app(self) -> Any:
        return self.watcher.application

    def ask(self, name: str, **params: Any) -> dict[str, Any]:
        return self.operations.answer(f"operations.{name}", params, ANA)

    def defects(self) -> dict[str, int]:
        return defects(self.counter.application, self.app)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Twelve cases of three events each; the second of cases 1 to 6 cannot be applied."""
    master = MasterKey.create(tmp_path / "master.key")
    counter = assemble(COUNTER, Place.under(tmp_path / "counter"), master, None, create=True)
    watcher = assemble(WATCHER, Place.under(tmp_path / "watcher"), master, None, create=True)
    follower = Follower("counter", Feed(counter.application.log, counter.publication), watcher.inbox)
    made = Scene(counter, watcher, follower, Operations(watcher, {"counter": follower}, Rebuilding(watcher, {})))
    made.app.distaste = {(case(number), 2) for number in range(1, 7)}
    count(counter.application, list(range(12)) * 3)
    follower.tick()
    yield made
    counter.close()
    watcher.close()


def test_a_parked_event_is_explained_by_what_it_says_what_it_waits_for_and_its_cure(scene: Scene) -> None:
    first, behind = [one for one in scene.ask("parked")["items"] if one["case_id"] == str(case(1))]
    told = scene.ask("explain", upstream="counter", sequence=first["sequence"])
    assert (told["error_code"], told["facts"]) == ("INDIGESTIBLE", {"number": 2})
    assert "INDIGESTIBLE" in told["cure"] and told["waits_behind"] == []
    assert [one["sequence"] for one in told["holds_up"]] == [behind["sequence"]]
    assert "tests/counting.py" in told["error_place"]
    told = scene.ask("explain", upstream="counter", sequence=behind["sequence"])
    assert [one["sequence"] for one in told["waits_behind"]] == [first["sequence"]]
    assert "anterior" in told["cure"] and told["attempts"] == 0
    with pytest.raises(NothingParked):
        scene.ask("explain", upstream="counter", sequence=1)


def test_the_list_narrows_to_a_code_and_a_case_and_comes_in_pages(scene: Scene) -> None:
    everything = scene.ask("parked")["items"]
    assert len(everything) == 12
    assert len(scene.ask("parked", code="INDIGESTIBLE")["items"]) == 6
    assert {one["case_id"] for one in scene.ask("parked", case=str(case(4)))["items"]} == {str(case(4))}
    assert scene.ask("parked", upstream="nobody")["items"] == []
    pages, cursor = [], None
    while True:
        page = scene.ask("parked", limit=5, cursor=cursor)
        pages.append(page["items"])
        cursor = page["next"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [one for page in pages for one in page] == everything
    with pytest.raises(FieldInvalid):
        scene.ask("parked", cursor="counter:many")


def test_all_of_a_code_are_retried_case_by_case_in_order_and_the_rest_goes_on_after_an_interruption(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.app.distaste = {(case(5), 2)}
    # No time at all: each call has its one case, as if the operator were cut off after it.
    monkeypatch.setattr(parked_operations, "AT_ONCE_S", 0.0)
    done = scene.ask("retry", code="INDIGESTIBLE")
    assert (done["applied"], done["cases"], done["waiting"]) == (2, 1, 5)
    applied, failing, cursor = done["applied"], done["failing"], done["next"]
    while cursor is not None:
        done = scene.ask("retry", code="INDIGESTIBLE", cursor=cursor)
        applied, failing, cursor = applied + done["applied"], failing + done["failing"], done["next"]
    assert applied == 10 and [one["case_id"] for one in failing] == [str(case(5))]
    assert scene.defects() == {**NO_DEFECTS, "lost": 2}
    scene.app.distaste = set()
    assert scene.ask("retry")["applied"] == 2
    assert scene.defects() == NO_DEFECTS


def test_a_pause_is_told_with_who_and_why_and_holds_retries_too(scene: Scene) -> None:
    assert scene.ask("pause", upstream="counter", reason="se revisa la regla")["changed"]
    assert not scene.ask("pause", upstream="counter", reason="otra vez")["changed"]
    follower = scene.ask("status")["followers"]["counter"]
    assert follower["state"] == "paused"
    assert (follower["pause"]["by"], follower["pause"]["reason"]) == (str(ANA.person), "se revisa la regla")
    assert scene.operations.sound is False  # twelve are parked
    for params in ({"upstream": "counter", "subject": str(case(1))}, {}):
        with pytest.raises(FollowerPaused):
            scene.ask("retry", **params)
    assert scene.ask("resume", upstream="counter")["changed"]
    follower = scene.ask("status")["followers"]["counter"]
    assert (follower["pause"], follower["state"]) == (None, "following")
    with pytest.raises(FieldInvalid):
        scene.ask("pause", upstream="counter", reason=" ")


def test_what_operators_did_is_kept_with_who_when_and_why(scene: Scene) -> None:
    poison = scene.ask("parked")["items"][0]
    scene.ask("discard", upstream="counter", sequence=poison["sequence"], reason="registrado dos veces")
    scene.ask("pause", upstream="counter", reason="mantenimiento")
    scene.ask("resume", upstream="counter", reason="terminó")
    found = scene.ask("acts")["items"]
    assert [(one["act"], one["about"], one["reason"]) for one in found] == [
        ("resume", "counter", "terminó"),
        ("pause", "counter", "mantenimiento"),
        ("discard", f"counter:{poison['sequence']}", "registrado dos veces"),
    ]
    assert {one["by"] for one in found} == {str(ANA.person)}
    assert all(datetime.fromisoformat(one["at"]) for one in found)
    gone = scene.ask("parked", status="discarded")["items"]
    assert [(one["settled_by"], one["reason"]) for one in gone] == [(str(ANA.person), "registrado dos veces")]
    page = scene.ask("acts", limit=2)
    assert [one["act"] for one in scene.ask("acts", limit=2, cursor=page["next"])["items"]] == ["discard"]
