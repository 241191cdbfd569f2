"""Publishing entries to quorum queues: pipelined confirms and bundles against one at a time.

    python -m benchmarks.publish

Needs a RabbitMQ on this host (``IMPULSO_TEST_AMQP``) and `rabbitmqctl`; uses a virtual host of its own.
"""

from __future__ import annotations

import argparse
import time
from uuid import UUID

from shared.delivery.message import BUNDLE_KEY
from shared.delivery.ports import Outgoing
from shared.delivery.relay import BUNDLE
from shared.runtime.rabbit import RabbitPublisher
from tests import brokers
from tests.figures import record

BODY = b'{"specversion":"1.0","data":{' + b"x" * 800 + b"}}"


def outgoing(count: int) -> list[Outgoing]:
    """``count`` messages of the size of an envelope (830 bytes)."""
    return [Outgoing("events", "Counted.v1", str(UUID(int=number)), BODY) for number in range(count)]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--followers", type=int, default=1, help="quorum queues bound to the exchange")
    chosen = parser.parse_args(arguments)
    with brokers.virtual_host() as url:
        publisher = RabbitPublisher(url, "counter", [f"follower{number}" for number in range(chosen.followers)])
        publisher.publish(outgoing(1))
        rates: dict[str, int] = {}
        for batch in (1, 50, 500, 2_000):
            count = chosen.messages if batch > 1 else max(chosen.messages // 20, 200)
            messages = outgoing(count)
            began = time.perf_counter()
            for start in range(0, count, batch):
                publisher.publish(messages[start : start + batch])
            took = time.perf_counter() - began
            rates[f"{batch} at a time"] = round(count / took)
            print(f"{batch:>5} at a time: {count / took:>8,.0f} messages/s ({count:,} in {took:.2f} s)")
        bundles = [Outgoing("events", BUNDLE_KEY, one.id, BODY * BUNDLE) for one in outgoing(chosen.messages // BUNDLE)]
        began = time.perf_counter()
        publisher.publish(bundles)
        rates[f"in bundles of {BUNDLE}"] = round(len(bundles) * BUNDLE / (time.perf_counter() - began))
        print(f"in bundles of {BUNDLE}: {rates[f'in bundles of {BUNDLE}']:>8,} entries/s")
        publisher.close()
    record("publish", entries_per_second=rates, baseline="1 at a time")


if __name__ == "__main__":
    main()
