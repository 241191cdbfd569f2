"""What must hold when the stories are told: final states, tracks, counts, nothing parked, everybody caught up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from shared.cli.api import Api
from shared.cli.demo.journey import Journey
from shared.cli.demo.world import NotAsExpected, World, until

SETTLE_S = 120.0
NO_STATE = "sin estado"


@dataclass
class Settled:
    """How the services stood when nothing was left to apply."""

    heads: dict[str, int] = field(default_factory=dict)
    parked: int = 0
    findings: list[str] = field(default_factory=list)


def settle(platform: Api) -> Settled:
    """Wait until every service has applied everything of the others, or has parked it."""

    def ask() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = platform.get("/api/operations/status")["items"]
        heads = {one["service"]: one.get("head") for one in found}
        behind = any(
            heads.get(upstream) is None or follower["position"] < heads[upstream]
            for one in found
            for upstream, follower in one.get("followers", {}).items()
        )
        return None if behind or any(one.get("unavailable") for one in found) else found

    try:
        found = until(ask, "que cada servicio aplique todo lo de los demás", SETTLE_S)
    except NotAsExpected as late:
        return Settled(findings=[late.text])
    settled = Settled(heads={one["service"]: one["head"] for one in found})
    for one in found:
        settled.parked += one["parked"]
        if one["parked"]:
            settled.findings.append(f"{one['service']} tiene {one['parked']} eventos apartados.")
    return settled


def check(
    world: World, journeys: list[Journey], failures: dict[int, str]
) -> tuple[list[dict[str, Any]], dict[str, int], list[str]]:
    """The final state of each case, how many stand in each, and what differs from what the plan says."""
    cases: list[dict[str, Any]] = []
    differences: list[str] = []
    for journey in journeys:
        plan, expected = journey.plan, journey.plan.expected
        page = journey.page("coordinadora") if journey.case_id else {"state": None, "tracks": {}}
        state = page["state"] or NO_STATE
        tracks = {name: page["tracks"].get(name) for name in expected.tracks}
        cases.append(
            {
                "index": plan.index,
                "kind": plan.kind.value,
                "case_id": journey.case_id,
                "state": state,
                "tracks": tracks,
            }
        )
        if plan.index in failures:
            differences.append(f"caso {plan.index} ({plan.kind}): {failures[plan.index]}")
        elif (state, tracks) != (expected.state, expected.tracks):
            differences.append(f"caso {plan.index} ({plan.kind}): quedó en {state} {tracks}, no en {expected}")
    counts = dict(sorted(Counter(str(case["state"]) for case in cases).items()))
    differences += _boards(world, journeys, counts)
    return cases, counts, differences


def _boards(world: World, journeys: list[Journey], counts: dict[str, int]) -> list[str]:
    """What the board of reporting counts differently, over the calls of this demonstration."""
    coordinator = world.staff["coordinadora"]
    board: Counter[str] = Counter()
    for call in world.calls.values():
        for item in coordinator.get("/api/counts", call=call)["items"]:
            board[item["state"]] += item["count"]
    # A run with fewer cases than an earlier one of the same seed sees all of theirs on the board.
    if sum(board.values()) > len(journeys):
        return []
    shown = dict(sorted(board.items()))
    return [] if shown == counts else [f"el tablero cuenta {shown} y los casos dan {counts}"]
