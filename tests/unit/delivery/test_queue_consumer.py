"""A batch that waits for a database keeps its connection: lost, it would come again and wear out its delivery limit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

import pytest

from shared.delivery.errors import Away
from shared.delivery.feed import Feed
from shared.delivery.message import BUNDLE_KEY, Beacon, Message, bundle, encode
from shared.delivery.ports import Outgoing
from shared.runtime import queue_consumer
from shared.runtime.assembly import Assembled
from shared.runtime.queue_consumer import QueueConsumer
from shared.runtime.rabbit import RabbitPublisher
from tests import brokers
from tests.counting import count
from tests.waiting import until


def test_a_batch_that_waits_long_is_not_handed_back(
    counter: Assembled, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # py-amqp gives a connection up when nothing was read from it for two heartbeats, though the broker beats.
    monkeypatch.setattr(queue_consumer, "HEARTBEAT", 3)
    count(counter.application, [1, 2, 3])
    messages = Feed(counter.application.log, counter.publication).page(0).messages
    settled: list[Message | Beacon] = []
    began = time.monotonic()

    def receive(items: Sequence[Message | Beacon]) -> None:
        if time.monotonic() - began < 10:
            raise Away("the database is away")
        settled.extend(items)

    stop = threading.Event()
    with brokers.virtual_host() as url, caplog.at_level(logging.WARNING):
        publisher = RabbitPublisher(url, "counter", ["watcher"])
        publisher.publish(
            [Outgoing("events", each.envelope.routing_key, each.envelope.id, encode(each)) for each in messages]
        )
        consumer = QueueConsumer(url, "watcher", "counter", receive, lambda: None)
        monkeypatch.setattr(queue_consumer.Backoff, "failed", lambda _self: 0.5)
        thread = threading.Thread(target=consumer.run, args=(stop,))
        thread.start()
        until(lambda: len(settled) >= len(messages), "the batch is settled in the end", 30)
        stop.set()
        thread.join(60)
        publisher.close()
    assert [record for record in caplog.records if "lost the queue" in record.getMessage()] == []
    assert settled == messages


def test_a_bundle_is_settled_whole_and_one_that_nobody_can_read_does_not_hold_up_the_next(counter: Assembled) -> None:
    count(counter.application, [1, 2, 3])
    messages = Feed(counter.application.log, counter.publication).page(0).messages
    settled: list[Message | Beacon] = []
    stop = threading.Event()
    with brokers.virtual_host() as url:
        publisher = RabbitPublisher(url, "counter", ["watcher"])
        publisher.publish(
            [
                Outgoing("events", BUNDLE_KEY, "whole", bundle(messages[:4])),
                Outgoing("events", BUNDLE_KEY, "torn", bundle(messages[:2])[:-9]),
                Outgoing("events", BUNDLE_KEY, "rest", bundle(messages[4:])),
            ]
        )
        consumer = QueueConsumer(url, "watcher", "counter", settled.extend, lambda: None, batch=2)
        thread = threading.Thread(target=consumer.run, args=(stop,))
        thread.start()
        until(lambda: len(settled) >= len(messages), "both whole bundles are settled", 30)
        stop.set()
        thread.join(60)
        publisher.close()
    assert settled == messages
