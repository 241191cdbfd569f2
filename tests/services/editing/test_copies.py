"""What one service publishes, every other holds: by asking, in its own log, in whatever process (CAT-10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from services.profiling.definition import SERVICE as PROFILING
from services.reporting.definition import SERVICE as REPORTING
from shared.delivery.errors import Away
from shared.editing.keeper import Keeper, keep
from shared.editing.living import LivingCatalogue
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place, assemble
from shared.runtime.rebuild import rebuild
from tests.services.casework import CATALOGUE, Office
from tests.services.editing.press import Press, most_age, office, topics

AFTER = date(2027, 1, 1)


@pytest.fixture
def profiling(tmp_path: Path) -> Iterator[Office]:
    with office(PROFILING, tmp_path / "profiling") as desk:
        yield desk


def most(desk: Office) -> Any:
    return desk.application.catalogue.parameter("P-03", AFTER)


def ask(press: Press) -> Any:
    return lambda _owner, payload: press.desk.desk.catalogue(payload)


def test_another_service_decides_by_it_from_its_date(intake: Press, profiling: Office) -> None:
    """X-03, CAT-10: the content is asked of its owner, and nothing is started anew."""
    intake.publish("parameter", most_age())
    assert most(profiling) == 59
    assert keep(profiling.application, "intake", ask(intake))
    assert most(profiling) == 64
    assert not keep(profiling.application, "intake", ask(intake))


def test_a_draft_is_nobody_elses(intake: Press, profiling: Office) -> None:
    """CAT-04."""
    intake.draft("parameter", most_age())
    assert not keep(profiling.application, "intake", ask(intake))


def test_what_is_withdrawn_before_its_date_is_dropped(intake: Press, profiling: Office) -> None:
    """CAT-04, CAT-10."""
    version = intake.publish("parameter", most_age())
    keep(profiling.application, "intake", ask(intake))
    intake.withdraw(version)
    assert keep(profiling.application, "intake", ask(intake))
    assert most(profiling) == 59


def test_the_copy_survives_a_restart_without_its_owner(intake: Press, tmp_path: Path) -> None:
    """X-03: a service starts with what it holds, whoever is away."""
    intake.publish("parameter", most_age())
    with office(PROFILING, tmp_path / "p") as desk:
        keep(desk.application, "intake", ask(intake))
    with office(PROFILING, tmp_path / "p") as desk:
        assert most(desk) == 64


def test_a_second_process_of_the_service_takes_over_what_the_first_took(intake: Press, tmp_path: Path) -> None:
    """X-03: each process looks at the shelf that they share."""
    place = Place.under(tmp_path / "p")
    two = [assemble(PROFILING, place, MasterKey(bytes(32)), CATALOGUE, create=True) for _ in range(2)]
    try:
        intake.publish("parameter", most_age())
        assert keep(two[0].application, "intake", ask(intake))
        assert not keep(two[1].application, "intake", ask(intake))
        assert [one.application.catalogue.parameter("P-03", AFTER) for one in two] == [64, 64]
    finally:
        for one in two:
            one.close()


@pytest.mark.parametrize("error", [Away("x"), OperationalError("SELECT 1", {}, Exception()), KeyError("versions")])
def test_an_owner_that_fails_holds_up_no_other_and_ends_no_look(
    intake: Press, assistance: Press, profiling: Office, error: Exception
) -> None:
    """X-03."""
    intake.publish("parameter", most_age())
    assistance.publish("code_list", topics())

    def reach(owner: str, payload: dict[str, Any]) -> dict[str, Any]:
        if owner != "assistance":
            raise error
        return assistance.desk.desk.catalogue(payload)

    keeper = Keeper(profiling.application, reach)
    assert keeper.owners == ("intake", "assistance", "inventory", "reporting")
    assert keeper.look()
    assert profiling.application.catalogue.code_list("topic", AFTER).codes == ("costeo",)
    assert most(profiling) == 59


def test_the_shelf_is_made_anew_from_the_log(intake: Press, profiling: Office) -> None:
    """CAT-10: own versions and copies are in the log of who holds them."""
    intake.publish("parameter", most_age())
    keep(profiling.application, "intake", ask(intake))
    for desk in (intake.desk, profiling):
        rebuild(desk.application, desk.definition)
        living = LivingCatalogue(CATALOGUE)
        living.watch(desk.application)
        assert living.parameter("P-03", AFTER) == 64


def test_reporting_made_anew_still_holds_it(intake: Press, tmp_path: Path) -> None:
    """CAT-10: though it pulls the events of the others once more, its copies are its own."""
    intake.publish("parameter", most_age())
    with office(REPORTING, tmp_path / "r") as desk:
        keep(desk.application, "intake", ask(intake))
        rebuild(desk.application, desk.definition)
        assert not keep(desk.application, "intake", ask(intake))
        assert most(desk) == 64


def test_a_stop_is_not_held_up_by_the_owners_that_are_left(profiling: Office) -> None:
    """X-03: a process that stops asks nobody further."""
    asked: list[str] = []

    def reach(owner: str, _payload: dict[str, Any]) -> dict[str, Any]:
        asked.append(owner)
        raise Away(owner)

    Keeper(profiling.application, reach).look(lambda: bool(asked))
    assert asked == ["intake"]
