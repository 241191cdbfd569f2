"""Running a demonstration: the stage, the identification of everybody, then the stories, a few at a time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

from shared.cli.api import Api, Refused
from shared.cli.demo import acts_data, acts_intake, acts_office, acts_warehouse, story
from shared.cli.demo.check import Settled, check, settle
from shared.cli.demo.desk import Desk
from shared.cli.demo.journey import Journey
from shared.cli.demo.people import Person, lookalike, person
from shared.cli.demo.plan import LIKE_ANOTHER, CasePlan, plans
from shared.cli.demo.staff import Staff
from shared.cli.demo.stage import set_stage
from shared.cli.demo.world import NotAsExpected, Stopped, World

QUOTA_WAIT_S = 600.0
Step = Callable[[str, int], None]
"""Told of progress: what is done, and how many cases of it."""


@dataclass
class Result:
    """What a demonstration came to."""

    seed: int
    cases: list[dict[str, Any]]
    counts: dict[str, int]
    refusals: dict[str, int]
    differences: list[str]
    parked: int
    seconds: float
    heads: dict[str, int] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return not self.differences and not self.parked

    def document(self) -> dict[str, Any]:
        """The JSON document. ``final`` is what is the same on every host for the same seed and number of cases."""
        return {
            "seed": self.seed,
            "sound": self.sound,
            "final": {
                "cases": [{name: case[name] for name in ("index", "kind", "state", "tracks")} for case in self.cases],
                "counts": self.counts,
            },
            "case_ids": [case["case_id"] for case in self.cases],
            "refusals": self.refusals,
            "parked": self.parked,
            "events": self.heads,
            "differences": self.differences,
            "seconds": round(self.seconds, 1),
        }


def people(seed: int, every: list[CasePlan]) -> list[Person]:
    """The candidates of a demonstration; a lookalike resembles the candidate two places before."""
    found = [person(seed, plan.index) for plan in every]
    for plan in every:
        if plan.kind in LIKE_ANOTHER:
            found[plan.index] = lookalike(found[plan.index], found[plan.index - 2])
    return found


class Demonstration:
    """One run against the system at ``url``, with the administrator's session."""

    def __init__(self, administrator: Api, url: str, *, seed: int, cases: int, at_once: int, told: Step) -> None:
        self.seed = seed
        self.plans = plans(cases)
        self.at_once = at_once
        self.told = told
        self._administrator = administrator
        self._staff = Staff(url, seed)
        self._quota_taken = threading.Event()
        self.failures: dict[int, str] = {}
        self.journeys: list[Journey] = []
        self._desk: Desk | None = None
        self._closing: list[str] = []

    def run(self) -> Result:
        """All of it. Raises `CommandError` when the stage cannot be set."""
        started = time.monotonic()
        try:
            self.told("stage", 0)
            world = set_stage(self._administrator, self._staff, self.seed, len(self.plans))
            everybody = people(self.seed, self.plans)
            self.journeys = [Journey(world, plan, everybody[plan.index]) for plan in self.plans]
            for journey in self.journeys:
                if journey.plan.kind in LIKE_ANOTHER:
                    journey.like = self.journeys[journey.plan.index - 2]
            self._identify(world)
            self._tell(world)
            self._close(world)
            settled = settle(self._staff["plataforma"])
            return self._result(world, settled, time.monotonic() - started)
        finally:
            self._staff.close()

    def _identify(self, world: World) -> None:
        # One after the other: who comes first is who the lookalike resembles.
        for number, journey in enumerate(self.journeys, start=1):
            acts_intake.identify(journey)
            self.told("identified", number)
        for call in sorted({plan.call for plan in self.plans}):
            try:
                acts_intake.consolidate(world, call, len(self.plans))
            except Refused as refused:
                # An earlier run with more cases has listed them all.
                if refused.code != "LIST_EMPTY":
                    raise

    def _tell(self, world: World) -> None:
        quota = story.Quota(self._wait_for_quota, self._quota_taken.set)
        done = 0
        with ThreadPoolExecutor(self.at_once, thread_name_prefix="case") as threads:
            waiting = {threads.submit(self._tell_one, journey, quota): journey for journey in self.journeys}
            try:
                for future in as_completed(waiting):
                    future.result()
                    done += 1
                    self.told("told", done)
            except BaseException:
                world.stopped.set()
                threads.shutdown(cancel_futures=True)
                raise

    def _tell_one(self, journey: Journey, quota: story.Quota) -> None:
        try:
            story.tell(journey, quota)
        except (NotAsExpected, Refused) as error:
            self.failures[journey.plan.index] = error.text
        except Stopped:
            return
        finally:
            if journey.plan.index == 0:
                # Whoever waits must not wait for a place that nobody takes any more.
                self._quota_taken.set()

    def _close(self, world: World) -> None:
        """What the office does once the stories are told."""
        desk = self._desk = Desk(world)
        for subject in (
            acts_warehouse.keep_warehouse,
            acts_office.write_programme,
            acts_office.oversee_operator,
            acts_office.report_month,
            self.answer_people,
        ):
            try:
                subject(desk)
            except (NotAsExpected, Refused) as error:
                self._closing.append(f"{subject.__name__}: {error.text}")

    def answer_people(self, desk: Desk) -> None:
        """What the people of the stories ask of their data."""
        acts_data.answer_people(desk, [each for each in self.journeys if each.plan.index not in self.failures])

    def _wait_for_quota(self) -> None:
        if not self._quota_taken.wait(QUOTA_WAIT_S) or 0 in self.failures:
            raise NotAsExpected("el cupo de la convocatoria pequeña no se ocupó.")

    def _result(self, world: World, settled: Settled, seconds: float) -> Result:
        cases, counts, differences = check(world, self.journeys, self.failures)
        refusals = [each for journey in self.journeys for each in journey.provoked]
        refusals += self._desk.provoked if self._desk else []
        provoked = Counter(each.code for each in refusals)
        return Result(
            seed=self.seed,
            cases=cases,
            counts=counts,
            refusals=dict(sorted(provoked.items())),
            differences=[*differences, *self._closing, *settled.findings],
            parked=settled.parked,
            seconds=seconds,
            heads=settled.heads,
        )
