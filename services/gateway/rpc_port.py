"""The broker adapter of the client port: nameko's RPC wire protocol over aio-pika, files over the internal port.

A call is mandatory (nobody there: known at once), expires with its deadline (nobody computes an answer that no one
waits for), and is never retried here: only the caller knows the key under which a write may be repeated.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, DeliveryError

from services.gateway.breaker import Breaker
from services.gateway.port import (
    DEADLINE_S,
    FILE_DEADLINE_S,
    PIECE,
    Answer,
    DeadlineExceeded,
    Method,
    ServiceUnavailable,
)
from shared.runtime.health import GOOD, Check
from shared.runtime.internal_http import ANSWER, HEAD, pack, unpack
from shared.tracing.passage import current

logger = logging.getLogger(__name__)

RPC_EXCHANGE = "nameko-rpc"
CONNECT_S = 2.0
HEARTBEAT_S = 5
"""Between two signs of life; three that are missed end the connection. The library's default keeps a dead one for three
minutes."""
_BROKEN = (AMQPError, ConnectionError, OSError, asyncio.TimeoutError, RuntimeError)


class RabbitPort:
    """Reaches the services through RabbitMQ at ``url``; ``http`` gives a service's internal address (files).

    Connects when first called and again after a loss; while the broker or a service fails again and again, calls are
    refused at once instead of waiting for their deadline.
    """

    def __init__(self, url: str, http: Callable[[str], str]) -> None:
        self._url = url
        self._http_of = http
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(FILE_DEADLINE_S, connect=CONNECT_S))
        self._connecting = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: Any = None
        self._reply_to = ""
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._broker = Breaker(failures=1, pause_s=1.0)
        self._breakers: dict[str, Breaker] = {}

    async def call(self, service: str, method: Method, payload: Answer, deadline_s: float = DEADLINE_S) -> Answer:
        """See `ServicePort.call`."""
        breaker = self._breakers.setdefault(service, Breaker(failures=5, pause_s=2.0))
        if not breaker.closed:
            raise ServiceUnavailable(service)
        try:
            async with asyncio.timeout(deadline_s):
                answer = await self._call(service, method, payload, deadline_s)
        except TimeoutError:
            breaker.failed()
            raise DeadlineExceeded(service) from None
        breaker.worked()
        return answer

    async def upload(self, service: str, head: Answer, pieces: AsyncIterator[bytes]) -> Answer:
        """See `ServicePort.upload`."""
        try:
            response = await self._http.post(
                f"{self._http_of(service)}/files", content=pieces, headers={HEAD: pack(head)}
            )
            response.raise_for_status()
            answer: Answer = response.json()
            return answer
        except (httpx.HTTPError, ValueError) as error:
            raise ServiceUnavailable(service) from error

    async def download(self, service: str, head: Answer) -> tuple[Answer, AsyncIterator[bytes]]:
        """See `ServicePort.download`."""
        stack = AsyncExitStack()
        try:
            response = await stack.enter_async_context(
                self._http.stream("POST", f"{self._http_of(service)}/files/fetch", json=head)
            )
            response.raise_for_status()
            answer = unpack(response.headers[ANSWER])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            await stack.aclose()
            raise ServiceUnavailable(service) from error

        async def stream() -> AsyncIterator[bytes]:
            async with stack:
                async for piece in response.aiter_bytes(PIECE):
                    yield piece

        return answer, stream()

    def closed_breakers(self) -> dict[str, bool]:
        """Of each service that was called, and of the broker, whether calls may go through."""
        named = {"broker": self._broker, **self._breakers}
        return {name: breaker.closed for name, breaker in named.items()}

    async def reached(self) -> Check:
        """Whether the broker answers; connects to it if need be."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._connected("")
        except (ServiceUnavailable, TimeoutError):
            return Check(False, "el intermediario de mensajes no responde")
        return GOOD

    async def close(self) -> None:
        """Give back the connections; calls that still wait are told that the services are away."""
        await self._http.aclose()
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            await connection.close()

    async def _call(self, service: str, method: Method, payload: Answer, deadline_s: float) -> Answer:
        await self._connected(service)
        call_id = uuid4().hex
        here = current()
        message = aio_pika.Message(
            json.dumps({"args": [payload], "kwargs": {}}).encode(),
            content_type="application/json",
            content_encoding="utf-8",
            reply_to=self._reply_to,
            correlation_id=call_id,
            expiration=deadline_s,
            headers={
                "nameko.deadline": int((time.time() + deadline_s) * 1000),
                "nameko.call_id_stack": [f"gateway.{call_id}"],
                "nameko.request_id": here.request_id,
                "nameko.traceparent": here.traceparent,
            },
        )
        answered = self._waiting[call_id] = asyncio.get_running_loop().create_future()
        try:
            try:
                await self._exchange.publish(message, f"{service}.{method}", mandatory=True)
            except DeliveryError as error:
                # No queue: the service never started, or its queue went with the broker's data.
                raise ServiceUnavailable(service) from error
            except TimeoutError:
                raise
            except _BROKEN as error:
                await self._lost()
                raise ServiceUnavailable(service) from error
            try:
                reply = await answered
            except ConnectionError:
                raise DeadlineExceeded(service) from None
        finally:
            self._waiting.pop(call_id, None)
        if reply.get("error"):
            # The error's own text may quote anything: only its kind is logged.
            logger.error("%s.%s failed: %s", service, method, reply["error"].get("exc_type"))
            raise ServiceUnavailable(service)
        result: Answer = reply["result"]
        return result

    async def _connected(self, service: str) -> None:
        if self._channel is not None and not self._channel.is_closed:
            return
        async with self._connecting:
            if self._channel is not None and not self._channel.is_closed:
                return
            if not self._broker.closed:
                raise ServiceUnavailable(service)
            try:
                await asyncio.wait_for(self._open(), CONNECT_S)
            except _BROKEN as error:
                self._broker.failed()
                logger.warning("the broker is away: %s", type(error).__name__)
                await self._lost()
                raise ServiceUnavailable(service) from error
            self._broker.worked()

    async def _open(self) -> None:
        await self._lost()
        more = "&" if "?" in self._url else "?"
        self._connection = await aio_pika.connect(f"{self._url}{more}heartbeat={HEARTBEAT_S}", timeout=CONNECT_S)
        self._connection.close_callbacks.add(self._fail_waiting)
        channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        self._exchange = await channel.declare_exchange(RPC_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        replies = await channel.declare_queue(exclusive=True, auto_delete=True)
        self._reply_to = uuid4().hex
        await replies.bind(self._exchange, self._reply_to)
        await replies.consume(self._replied, no_ack=True)
        self._channel = channel

    async def _lost(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and not connection.is_closed:
            try:
                await asyncio.wait_for(connection.close(), 0.5)
            except _BROKEN as error:
                logger.debug("closing a broken connection: %s", error)

    async def _replied(self, message: AbstractIncomingMessage) -> None:
        answered = self._waiting.get(message.correlation_id or "")
        if answered is not None and not answered.done():
            answered.set_result(json.loads(message.body))

    def _fail_waiting(self, *_details: Any) -> None:
        # Their answers had a queue that is gone. Whether they were handled, only their own key can tell.
        for answered in self._waiting.values():
            if not answered.done():
                answered.set_exception(ConnectionError("the broker went away"))
