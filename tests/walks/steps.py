"""What every step of the way knows: who is there, and how an act is tried."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import Any

from shared.runtime.clock import today
from tests.services import bodies
from tests.walks.town import Refused
from tests.walks.walker import Traveller, Walker


class NoWayOn(Exception):
    """A dead end: an open case for which the guide finds no lawful act."""


class Steps:
    """``draw`` decides where the procedure leaves a choice to people."""

    def __init__(self, walker: Walker, draw: Random) -> None:
        self._walker = walker
        self._draw = draw
        self._town = walker.town

    def _act(self, case: Traveller, who: str, command: str, body: Any = None, service: str | None = None) -> Any:
        """The act by ``who``; now and then somebody with many roles tries it first, whom a rule may keep from it."""
        if self._draw.random() < 0.2 and who not in ("operator", "newcomer"):
            with suppress(Refused):
                willing = self._draw.choice(("jack", "joan"))
                return self._walker.act(case, willing, command, dated(body, case), service=service)
        while True:
            try:
                return self._walker.act(case, who, command, dated(body, case), service=service)
            except Refused as refused:
                # What the step before says of its own day may be later than ours: the day passes, up to today.
                if refused.code != "DATE_BEFORE_PRECONDITION" or case.day >= today():
                    raise
                case.next_day()

    def _other_than(self, case: Traveller, names: tuple[str, ...], *types: str, since: str = "") -> str:
        """One of these people who did none of these acts."""
        facts = case.story.since(since) if since else case.story.facts
        authors = {fact.actor for fact in facts if fact.key in types}
        free = [name for name in names if self._town.people[name].person not in authors]
        if not free:
            raise NoWayOn(f"everybody did {types}")
        return self._draw.choice(free)

    def _person(self, name: str) -> str:
        return str(self._town.people[name].person)

    def _named(self, person: object, otherwise: str = "caseworker") -> str:
        """The name of somebody by their id."""
        return next((name for name, who in self._town.people.items() if str(who.person) == str(person)), otherwise)

    def _withdraw(self, case: Traveller, service: str) -> None:
        self._act(case, "caseworker", "WithdrawCase", bodies.withdrawal(), service)


def dated(body: Any, case: Traveller) -> Any:
    """The body with the day of the case wherever the bodies have theirs."""
    if isinstance(body, dict):
        return {name: dated(value, case) for name, value in body.items()}
    if isinstance(body, list):
        return [dated(value, case) for value in body]
    return case.day.isoformat() if body == bodies.ON else body
