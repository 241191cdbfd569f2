"""The client port, measured: how long every service took to answer, and how often none came."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from services.gateway.port import DEADLINE_S, Answer, DeadlineExceeded, Method, PortError, ServicePort
from shared.runtime.instruments import Instruments
from shared.tracing import spans


class MeasuredPort:
    """Passes every call on to ``port`` and notes it. Files are requests of the edge, and are measured as such."""

    def __init__(self, port: ServicePort, instruments: Instruments) -> None:
        self._port = port
        self._instruments = instruments

    async def call(self, service: str, method: Method, payload: Answer, deadline_s: float = DEADLINE_S) -> Answer:
        """See `ServicePort.call`."""
        began, failure = time.perf_counter(), ""
        try:
            with spans.span(f"{service}.{method}", "gateway", "client"):
                return await self._port.call(service, method, payload, deadline_s)
        except PortError as error:
            failure = "deadline" if isinstance(error, DeadlineExceeded) else "unavailable"
            raise
        finally:
            self._instruments.call(service, method, time.perf_counter() - began, failure)

    async def upload(self, service: str, head: Answer, pieces: AsyncIterator[bytes]) -> Answer:
        """See `ServicePort.upload`."""
        return await self._port.upload(service, head, pieces)

    async def download(self, service: str, head: Answer) -> tuple[Answer, AsyncIterator[bytes]]:
        """See `ServicePort.download`."""
        return await self._port.download(service, head)
