"""The web server of the edge: its socket, and a stop that waits for nobody who waits."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn


class EdgeServer(uvicorn.Server):
    """Lets those who wait for events go when it is told to stop; a stop would otherwise last as long as they wait."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app: Any = self.config.app
        app.state.waiting.close()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at that address (port 0: any free one)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's algorithm off only where it stands: an answer's body would
    # otherwise wait 40 ms for the acknowledgement of its head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(256)
    return listener
