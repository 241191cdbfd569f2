"""The way on: for a case in any open state, the next act that takes it nearer to an end, by who may do it."""

from __future__ import annotations

from tests.walks.guide_entry import Entry
from tests.walks.guide_valuation import Valuation
from tests.walks.guide_work import Work
from tests.walks.steps import NoWayOn
from tests.walks.town import CATALOGUE
from tests.walks.walker import Traveller

__all__ = ["Guide", "NoWayOn"]


class Guide(Entry, Valuation, Work):
    """Leads cases on."""

    def step(self, case: Traveller) -> None:
        """One act further. Raises `NoWayOn`, `Refused`."""
        way = getattr(self, f"_{case.story.state}", None)
        if way is None:
            raise NoWayOn(f"no act is known in {case.story.state}")
        way(case)

    def leave(self, case: Traveller) -> None:
        """The person leaves the process: lawful in every open state, once the goods are back."""
        self.give_back(case)
        owner = CATALOGUE.procedure("PR-156", case.day).states[case.story.state].owner
        assert owner is not None
        self._withdraw(case, owner)
