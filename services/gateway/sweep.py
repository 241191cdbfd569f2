"""Work that the gateway does without being asked: webhooks are delivered, what is old is deleted."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import anyio
import structlog
from starlette.applications import Starlette

from services.gateway.door import Door
from services.gateway.webhooks.courier import Courier

EVERY_S = 60 * 60
CARRY_S = 5 * 60
log = structlog.get_logger("impulso.gateway")


def living(door: Door, courier: Courier) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """The application's life: webhooks are delivered; a sweep at its start and every `EVERY_S`, until it stops.

    What a former release noted of accesses is carried over."""

    @contextlib.asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(_sweep_on, door, courier.settings.log_days)
            group.start_soon(_carry_on, door)
            group.start_soon(courier.run)
            yield
            group.cancel_scope.cancel()

    return life


async def _sweep_on(door: Door, log_days: int) -> None:
    while True:
        try:
            gone = await anyio.to_thread.run_sync(door.drafts.sweep)
            await anyio.to_thread.run_sync(door.ways.sweep)
            await anyio.to_thread.run_sync(door.service_tokens.sweep)
            await anyio.to_thread.run_sync(door.webhook_secrets.sweep)
            await anyio.to_thread.run_sync(door.outbox.sweep, log_days)
        except Exception as error:
            # The store may be away for a while; the next sweep takes what this one left.
            log.error("drafts_not_swept", error=type(error).__name__)
        else:
            log.info("drafts_swept", gone=gone)
        await anyio.sleep(EVERY_S)


async def _carry_on(door: Door) -> None:
    while True:
        try:
            while await anyio.to_thread.run_sync(door.carrying.step):
                pass
        except Exception as error:
            log.error("accesses not carried over", error=type(error).__name__)
        await anyio.sleep(CARRY_S)
