"""From the commit to a client that listens on the HTTP feed (SSE): prompted by the commit, and by the look alone.

``python -m benchmarks.event_feed``. The embedded system over a folder of its own; without the prompt the gateway
behaves as it does in containers (docs/decisions/0015).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from services.gateway.hosting import LocalSystem
from shared.catalogue.catalogue import Catalogue
from shared.cli.api import Api
from shared.cli.system import OFFICE, install_office
from shared.runtime import logs
from shared.runtime.clock import today
from tests.figures import record
from tests.waiting import until


class Listener(threading.Thread):
    """Reads the stream of one service and notes how old each event is when it arrives."""

    def __init__(self, url: str, authorization: str) -> None:
        super().__init__(daemon=True)
        self.url, self.headers = url, {"Authorization": authorization, "Accept": "text/event-stream"}
        self.ages: list[float] = []
        self.listening = False

    def run(self) -> None:
        with (
            httpx.Client(base_url=self.url, timeout=60) as client,
            client.stream("GET", "/api/events/intake", headers=self.headers) as response,
        ):
            for line in response.iter_lines():
                self.listening = True
                if line.startswith("data: "):
                    recorded = datetime.fromisoformat(json.loads(line.removeprefix("data: "))["time"])
                    self.ages.append((datetime.now(UTC) - recorded).total_seconds())


def measure(folder: Path, events: int, clients: int, *, prompted: bool) -> dict[str, float]:
    """Seconds from the commit to each of ``clients``, over ``events`` calls opened at random moments."""
    system = LocalSystem(folder)
    try:
        system.start()
        install_office(system)
        if not prompted:
            assert system.waiting is not None
            system.waiting.ring = lambda _service: None  # type: ignore[method-assign]
        with Api(system.url) as api:
            api.log_in(OFFICE, system.accesses()[OFFICE])
            listeners = [Listener(system.url, str(api.authorization)) for _ in range(clients)]
            for listener in listeners:
                listener.start()
            until(lambda: all(one.listening for one in listeners), "every client listens")
            body = {
                "name": "Convocatoria de medida",
                "service": "technical_assistance",
                "specifications": Catalogue.load().text("ESPECIFICACION-PR-156", today()).body,
                "product_types": ["textile"],
                "routes": ["strengthening"],
                "opens_on": "2026-01-01",
                "closes_on": "2027-12-31",
                "executor_kind": "ipes_team",
            }
            chance = random.Random(1)
            for number in range(events):
                api.act("/api/calls/open-call", {**body, "code": f"M-{number}"})
                time.sleep(chance.uniform(0, 0.5))
            until(lambda: all(len(one.ages) >= events for one in listeners), "every client has every event", 60)
            ages = sorted(1000 * age for one in listeners for age in one.ages)
    finally:
        system.stop()
    return {
        "p50_ms": round(statistics.median(ages), 1),
        "p99_ms": round(ages[int(len(ages) * 0.99)], 1),
        "worst_ms": round(ages[-1], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--clients", type=int, default=8, help="at most 8: one account")
    chosen = parser.parse_args()
    logs.configure("WARNING", as_json=False)
    found = {}
    for name, prompted in (("prompted by the commit", True), ("by the look alone", False)):
        with tempfile.TemporaryDirectory() as folder:
            found[name] = measure(Path(folder) / "var", chosen.events, chosen.clients, prompted=prompted)
    record("event-feed", clients=chosen.clients, events=chosen.events, committed_to_told=found)


if __name__ == "__main__":
    main()
