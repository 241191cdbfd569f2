"""The guarantee under everything at once, on the containers: what can be done to them from outside is done to them.

Under a load of real commands through the proxy containers are killed and stopped, the broker's data wiped, the
database server killed and restarted, lines cut, queues purged and deleted, and an old backup of one service is put
back. Whatever the order: no event lost, none applied twice, all in the order of their case, no answered command
without its one effect, and the other past noticed. In full (``IMPULSO_PROVE=1``) each kind of blow meets each victim,
and the next blow does not wait until the one before is healed.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence

import pytest

from shared.cli.api import Api
from shared.runtime.witnessing import WITNESS_SERVICE
from tests.chaos.commands import kinds, tokens
from tests.chaos.load import Kind, Load, Outcome
from tests.containers.blows import Blow, Blows, Cure
from tests.containers.past import Past
from tests.containers.recount import Recount, heads, positions, reached
from tests.containers.stack import OURS, SERVICES, Failed, Stack, assert_sound, operator
from tests.figures import IN_FULL, record
from tests.seeds import seed_of_run
from tests.waiting import until

EVENTS = 10_000 if IN_FULL else 0
"""At least, since the load began."""
THREADS, ASSIGNMENTS = 6, 4
BETWEEN = 30 if IN_FULL else 10
"""Commands that are answered between two blows, at least."""
DECIDE = ("intake", "assistance", "inventory")
"""The services that have commands of their own in the load: what is restored must be able to grow again."""
RESTORED = DECIDE if IN_FULL else DECIDE[:1]
WHOLE_S, SETTLED_S = 240, 240
LOOK_S = 0.25


class Storm:
    """The load, and what befalls it."""

    def __init__(self, stack: Stack, sent: Sequence[Kind], dice: random.Random) -> None:
        self.stack = stack
        self.dice = dice
        self.blows: Counter[str] = Counter()
        self.back: dict[str, float] = {}
        """Seconds from the end of the blow until every service was ready again, at worst, by the kind of the blow."""
        self.outcome = Outcome()
        self._sent = list(sent)
        self._ailing: list[tuple[float, Cure]] = []
        self._load = self._begun(self._sent)

    def suffer(self, blow: Blow) -> None:
        """One blow, healed, and measured how long it took until everything was as before."""
        cure = self._struck(blow)
        if cure is not None:
            self.decide(BETWEEN, at_most_s=self.dice.uniform(1, 3))
            cure()
        self._measure(blow.name)
        self.decide(BETWEEN)

    def suffer_on(self, blow: Blow) -> None:
        """One blow that goes on while others come."""
        cure = self._struck(blow)
        if cure is not None:
            self._ailing.append((time.monotonic() + self.dice.uniform(1, 8), cure))
        self.decide(BETWEEN)

    def heal(self, *, all_of_it: bool = False) -> None:
        """End what has lasted long enough."""
        due = [each for each in self._ailing if all_of_it or each[0] <= time.monotonic()]
        self._ailing = [each for each in self._ailing if each not in due]
        for _, cure in due:
            try:
                cure()
            except Failed:
                # Another blow has ended it: a container that was killed is not stopped any more, its routes are gone.
                self.blows["ended by another blow"] += 1

    def decide(self, commands: int, at_most_s: float = WHOLE_S) -> None:
        """Wait until that many more were answered, or that long."""
        enough, deadline = self._load.made + commands, time.monotonic() + at_most_s
        while self._load.made < enough and time.monotonic() < deadline:
            self.heal()
            time.sleep(0.05)

    def suffer_an_old_backup(self, service: str, administrator: Api) -> None:
        """It is noticed by everybody who follows, also once it has grown past the place where they stand."""
        past = Past(self.stack, service)
        past.keep()
        self.decide(3 * BETWEEN)
        self._calm()
        self._until_settled()
        followers = [follower for follower, upstream in positions(self.stack) if upstream == service]
        stood, end = positions(self.stack), heads(self.stack)[service]
        containers = [self.stack.container(name) for name in followers]
        # They look away until the other past is longer than theirs: numbers alone would tell them nothing.
        self.stack.docker("pause", *containers)
        past.put_back()
        other = self._begun([kind for kind in self._sent if kind.service == service])
        until(lambda: heads(self.stack)[service] > end + 10, f"{service} grows past {end} again", WHOLE_S, every=LOOK_S)
        other.stop()
        self.stack.docker("unpause", *containers)
        began = time.monotonic()
        until(
            lambda: all(_stopped(self.stack, name, service) for name in followers),
            "everybody notices",
            WHOLE_S,
            every=LOOK_S,
        )
        self._took("other past noticed", began)
        assert _told_by_doctor(self.stack, administrator) >= {(name, service) for name in followers}
        place = positions(self.stack)
        assert {name: place[name, service] for name in followers} == {name: stood[name, service] for name in followers}

        past.undo()
        until(lambda: self._whole(but=followers), f"{service} is back with its true past", WHOLE_S, every=LOOK_S)
        account = operator(administrator)
        with Api(self.stack.url) as operation:
            operation.log_in(account["user"], account["password"])
            for name in followers:
                until(
                    lambda name=name: _stopped(self.stack, name, service),
                    f"{name} meets the new epoch",
                    WHOLE_S,
                    every=LOOK_S,
                )  # type: ignore[misc]
                # What `impulso adopt` sends.
                operation.post(f"/api/operations/{name}/adopt", {"upstream": service})
            if _diverges(operation, service):
                # What `impulso witness --acknowledge SERVICE --returned` sends: the witness had looked meanwhile.
                body = {"log": service, "reason": "La base de antes está de nuevo en su lugar", "returned": True}
                operation.post(f"/api/operations/{WITNESS_SERVICE}/acknowledge", body)
        self.blows["old backup restored"] += 1
        self._measure("old backup restored")
        self._load = self._begun(self._sent)

    def end(self) -> float:
        """Everything is healed and nothing more decided; seconds until the followers had all of it."""
        self.heal(all_of_it=True)
        until(self._whole, "everything is whole after the last blow", WHOLE_S, every=LOOK_S)
        self._calm()
        return self._until_settled()

    def _begun(self, sent: list[Kind]) -> Load:
        load = Load(self.stack.url, sent, {}, THREADS)
        load.start()
        return load

    def _calm(self) -> None:
        outcome = self._load.stop()
        for service, keys in outcome.done.items():
            self.outcome.done.setdefault(service, {}).update(keys)
            self.outcome.followed.setdefault(service, set()).update(outcome.followed[service])
        self.outcome.answers.update(outcome.answers)
        self.outcome.failed += outcome.failed

    def _until_settled(self) -> float:
        began, ends = time.monotonic(), heads(self.stack)
        # A reaction is an event, too, which others follow: settled is what does not grow any more.
        while not (reached(self.stack, ends) and heads(self.stack) == ends):
            assert time.monotonic() < began + SETTLED_S, (ends, positions(self.stack))
            ends = heads(self.stack)
            time.sleep(LOOK_S)
        return round(time.monotonic() - began, 1)

    def _struck(self, blow: Blow) -> Cure | None:
        try:
            cure = blow.strike()
        except Failed:
            if not self._ailing:
                raise
            # What it would have met was down already.
            self.blows["missed"] += 1
            return None
        self.blows[blow.name] += 1
        return cure

    def _measure(self, name: str) -> None:
        began = time.monotonic()
        until(self._whole, f"everything is whole after: {name}", WHOLE_S, every=LOOK_S)
        self._took(name, began)

    def _took(self, name: str, began: float) -> None:
        self.back[name] = max(self.back.get(name, 0.0), round(time.monotonic() - began, 1))

    def _whole(self, but: Sequence[str] = ()) -> bool:
        """The edge reaches every service, and each of them says that it is ready."""
        return self.stack.health() == {"ok"} and all(
            self.stack.ready(name).get("status") == "ok" for name in OURS if name not in but
        )


def _stopped(stack: Stack, follower: str, upstream: str) -> bool:
    check = stack.ready(follower).get("checks", {}).get("followers", {"ok": True})
    return not check["ok"] and f"dejó de seguir a {upstream}" in check["reason"]


def _diverges(operation: Api, service: str) -> bool:
    """Whether the witness has a divergence of that log open."""
    items = operation.get("/api/operations/status")["items"]
    seen = next(one["witness"] for one in items if one["service"] == WITNESS_SERVICE)
    return any(one["log"] == service and one["divergence"] is not None for one in seen)


def _told_by_doctor(stack: Stack, administrator: Api) -> set[tuple[str, str]]:
    """The followers that `impulso doctor` says have stopped, and whom they followed."""
    found = stack.doctor(**operator(administrator))["findings"]
    return {
        (one["service"], upstream)
        for one in found
        for upstream in SERVICES
        if one["code"] == "FOLLOWER_STOPPED" and f"dejó de seguir a {upstream}:" in one["text"]
    }


def test_nothing_is_lost_or_done_twice_whatever_befalls_the_containers(
    stack: Stack, administrator: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = seed_of_run()
    blows = Blows(stack, random.Random(seed))
    held = tokens(stack.url, stack.secrets()["admin_password"])
    sent = kinds(stack.url, held, OURS, ASSIGNMENTS)
    since, began = heads(stack), time.monotonic()
    storm = Storm(stack, sent, random.Random(seed))
    for blow in blows.each_kind():
        storm.suffer(blow)
    for service in RESTORED:
        storm.suffer_an_old_backup(service, administrator)
    if IN_FULL:
        victims = [*blows.each_victim()]
        storm.dice.shuffle(victims)
        for blow in victims:
            storm.suffer_on(blow)
        while sum(heads(stack).values()) - sum(since.values()) < EVENTS:
            storm.decide(100)
    settled = storm.end()
    outcome, seconds = storm.outcome, round(time.monotonic() - began)
    recount = Recount(stack, since)
    keys = {name: {*made, *outcome.followed[name]} for name, made in outcome.done.items()}
    found = recount.examine(keys)
    measured = {
        "events": recount.events,
        "commands": sum(len(each) for each in keys.values()),
        "failed": len(outcome.failed),
        "seconds": seconds,
        "settled_s": settled,
        **found.figures(),
        "answers": dict(sorted(outcome.answers.items())),
        "blows": dict(sorted(storm.blows.items())),
        "back_s": dict(sorted(storm.back.items())),
    }
    record("chaos-containers", **measured)
    with capsys.disabled():
        print(f"\nstorm: seed {seed}, {measured}")
    assert not found.said
    assert not outcome.failed
    assert_sound(stack, administrator)
