"""Keeps a copy of a service's public events: subscriber.py QUEUE SERVICE GATEWAY_URL TOKEN AMQP_URL [FROM]"""

import json
import sqlite3
import sys

import httpx
from kombu import Connection, Exchange, Queue


class Subscriber:
    def __init__(self, queue, service, url, token, file="copy.db"):
        self.feed, self.db = f"/api/events/{service}", sqlite3.connect(file)
        self.gateway = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})
        self.queue = Queue(queue, Exchange(f"{service}.public", no_declare=True), "#")
        self.db.execute("CREATE TABLE IF NOT EXISTS copy (sequence PRIMARY KEY, epoch, type, subject)")

    def place(self):  # sequences have leading zeros: they sort as text
        return self.db.execute("SELECT epoch, sequence FROM copy ORDER BY sequence DESC").fetchone() or ("", "0")

    def take(self, *events):
        with self.db:  # what follows from the events belongs into this transaction: the last row is your place
            self.db.executemany("INSERT OR IGNORE INTO copy VALUES (:sequence, :epoch, :type, :subject)", events)

    def repair(self, after=None):
        epoch, last = self.place()
        page = {"epoch": epoch, "next": int(last) if after is None else after, "head": float("inf")}
        while page["next"] < page["head"]:
            answer = self.gateway.get(self.feed, params={"after": page["next"], "epoch": page["epoch"]})
            if answer.status_code == 409:  # restored from a backup, another log under the same numbers: read it anew
                self.db.execute("DELETE FROM copy")
                self.repair(0)
                break
            self.take(*(page := answer.raise_for_status().json())["events"])

    def received(self, message):
        event, (epoch, last) = json.loads(message.body), self.place()
        if event["epoch"] != epoch or event["previous"] > last:
            self.repair()  # something is missing before this one
        elif event["sequence"] > last:
            self.take(event)  # else it has come before
        message.ack()


if __name__ == "__main__":
    subscriber = Subscriber(*sys.argv[1:5])
    with Connection(sys.argv[5]) as connection, connection.Consumer(subscriber.queue, on_message=subscriber.received):
        subscriber.repair(*map(int, sys.argv[6:]))
        while True:
            connection.drain_events()
