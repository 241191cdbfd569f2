"""Prints a service's public events from the stream: replay.py SERVICE AMQP_URL [first | last | OFFSET]"""

import json
import sys

from kombu import Connection


def replay(connection, service, offset, tell):
    channel = connection.channel()
    channel.basic_qos(0, 100, False)  # a stream has to be consumed with a prefetch

    def received(message):
        tell(message.headers["x-stream-offset"], json.loads(message.body))
        channel.basic_ack(message.delivery_tag)  # takes nothing away: it asks for more

    channel.basic_consume(f"{service}.public.stream", callback=received, arguments={"x-stream-offset": offset})


if __name__ == "__main__":
    service, broker, *start = sys.argv[1:]
    offset = start[0] if start else "first"
    with Connection(broker) as connection:
        replay(connection, service, int(offset) if offset.isdigit() else offset, print)
        while True:
            connection.drain_events()
