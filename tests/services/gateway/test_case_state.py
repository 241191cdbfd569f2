"""Which service a case stands with: a side exit goes there, and a repeated one finds its first answer there."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from services.gateway.cases import Case
from shared.catalogue.catalogue import Catalogue

PROCEDURE = Catalogue.load().procedure("PR-156", date(2026, 3, 2))


def stands(**parts: Any) -> tuple[str | None, str | None]:
    return Case(uuid4(), {service: {"state": None, **part} for service, part in parts.items()}).state(PROCEDURE)


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

    assert stands(intake={"state": "eligible"}, profiling=heard) == ("withdrawn", "profiling")
