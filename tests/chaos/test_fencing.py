"""A process that stands still while another takes over finds, when it goes on, that its turn is over."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.audit import Findings, audit
from tests.chaos.site import Post, site
from tests.waiting import until

TURNS = 3


def applied(post: Post) -> int:
    return int(post.process.health()["followers"]["counter"].get("applied", 0))


def test_the_follower_that_was_stopped_does_not_apply_again_what_the_other_has_applied_since(tmp_path: Path) -> None:
    """SIGSTOP in the middle of a stream, now one, now the other; the position only ever moves by whoever runs."""
    with site(tmp_path) as broken:
        around = broken.around
        counter, watcher = around.assembled("counter"), around.assembled("watcher")
        decider = broken.post("counter", COUNTING_TARGET="1000000", COUNTING_PAUSE="0.002")
        followers = [broken.post("watcher") for _ in range(2)]

        def position() -> int:
            return watcher.inbox.position("counter").position

        until(lambda: position() > 50, "something is applied", 120)
        for _ in range(TURNS):
            active = max(followers, key=applied)
            active.process.pause()
            stood = position()
            # More than was in the hands of the one that stands still.
            until(lambda stood=stood: position() > stood + 200, "the other takes over", 120)  # type: ignore[misc]
            active.process.resume()
            resumed = position()
            until(lambda resumed=resumed: position() > resumed + 100, "both go on", 120)  # type: ignore[misc]
        decider.process.kill()
        decider.process.environment["COUNTING_TARGET"] = "0"
        decider.process.start()
        until(lambda: position() == counter.application.log.head(), "all is applied", 120)
        assert audit(around.databases["counter"], around.databases["watcher"]) == Findings()
        assert watcher.inbox.parking.events() == []
        counter.close()
        watcher.close()
