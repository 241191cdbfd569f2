"""Which service a case stands with: a side exit goes there, and a repeated one finds its first answer there."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from services.gateway.cases import Case
from shared.catalogue.catalogue import Catalogue

PROCEDURE = Catalogue.load().procedure("PR-156", date(2026, 3, 2))


def stands(*, away: tuple[str, ...] = (), **parts: Any) -> tuple[str | None, str | None]:
    given = {service: {"state": None, **part} for service, part in parts.items()}
    return Case(uuid4(), given, list(away)).state(PROCEDURE)


def test_an_open_case_stands_with_the_last_service_that_has_a_state() -> None:
    assert stands(intake={"state": "eligible"}, profiling={"state": "profiled"}, assistance={}) == (
        "profiled",
        "profiling",
    )


def test_a_final_state_stands_with_the_service_that_entered_it_not_with_those_that_heard_of_it() -> None:
    heard = {"state": "withdrawn", "entered": False}

    assert stands(
        intake={"state": "eligible"}, profiling={"state": "withdrawn", "entered": True}, assistance=heard
    ) == (
        "withdrawn",
        "profiling",
    )
    assert stands(
        intake={"state": "eligible"}, profiling=heard, assistance={"state": "withdrawn", "entered": True}
    ) == (
        "withdrawn",
        "assistance",
    )


def test_a_final_state_is_shown_while_the_service_that_entered_it_is_away() -> None:
    heard = {"state": "withdrawn", "entered": False}

    there = {"intake": {"state": "eligible"}, "profiling": heard}
    assert stands(away=("assistance",), **there) == ("withdrawn", "profiling")


def test_a_case_that_was_opened_again_stands_open_before_every_service_has_heard_of_it() -> None:
    """CASE-6: whoever ended the case says that it is open; that the others still think it ended changes nothing."""
    heard = {"state": "withdrawn", "entered": False}

    assert stands(intake=heard, profiling=heard, assistance={"state": "committed", "entered": True}) == (
        "committed",
        "assistance",
    )
