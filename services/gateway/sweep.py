"""Work that the gateway does without being asked: old drafts, and ways that nobody asks for again, are deleted."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import anyio
import structlog
from starlette.applications import Starlette

from services.gateway.door import Door

EVERY_S = 60 * 60
log = structlog.get_logger("impulso.gateway")


def sweeping(door: Door) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """The application's life: a sweep at its start and every `EVERY_S`, until it stops."""

    @contextlib.asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(_sweep_on, door)
            yield
            group.cancel_scope.cancel()

    return life


async def _sweep_on(door: Door) -> None:
    while True:
        try:
            gone = await anyio.to_thread.run_sync(door.drafts.sweep)
            await anyio.to_thread.run_sync(door.ways.sweep)
        except Exception as error:
            # The store may be away for a while; the next sweep takes what this one left.
            log.error("drafts_not_swept", error=type(error).__name__)
        else:
            log.info("drafts_swept", gone=gone)
        await anyio.sleep(EVERY_S)
