"""The port to a virus scanner. A file passes it on its way into the store: what is refused is never kept.

The one adapter speaks to ClamAV's daemon (``clamd``) over TCP, by its INSTREAM command: pieces, each with its length
before it, an empty one at the end, and one line as the answer.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Protocol

from shared.catalogue.refusals import Refusal


class FileInfected(Refusal):
    code = "FILE_INFECTED"
    status = 422
    message = "El antivirus rechazó el archivo ({finding}). No se guardó. Revise el equipo del que proviene."


class ScannerAway(Refusal):
    code = "SCANNER_UNAVAILABLE"
    status = 503
    message = "El antivirus no responde y sin él no se reciben archivos. Reintente en unos minutos o avise a soporte."


class Scanner(Protocol):
    """Whoever looks through the content of a file."""

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces; raises `FileInfected` or `ScannerAway` before the last one is answered for."""


class NoScanner:
    """Where no scanner is set up, files are stored unseen."""

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        return iter(pieces)


class Clamd:
    """ClamAV's daemon at ``host`` and ``port``; ``seconds`` is the longest that it may be silent.

    When it is away no file is received: a store that lets everything in while nobody looks would be worse.
    """

    def __init__(self, host: str, port: int = 3310, *, seconds: float = 30) -> None:
        self._address = (host, port)
        self._seconds = seconds

    @classmethod
    def at(cls, address: str) -> Clamd:
        """From ``host:port``, or ``host``. Raises `ValueError`."""
        host, _, port = address.strip().partition(":")
        if not host:
            raise ValueError(address)
        return cls(host, int(port or 3310))

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        with self._line() as line:
            _say(line, b"zINSTREAM\0")
            for piece in pieces:
                if piece:
                    _say(line, struct.pack(">I", len(piece)) + piece)
                yield piece
            _say(line, struct.pack(">I", 0))
            said = _answer(line)
        if said.endswith(" FOUND"):
            finding = said.removeprefix("stream: ").removesuffix(" FOUND")
            raise FileInfected(field="file", finding=finding[:100])
        if not said.endswith(" OK"):
            raise ScannerAway(field="file")

    def _line(self) -> socket.socket:
        try:
            return socket.create_connection(self._address, self._seconds)
        except OSError as error:
            raise ScannerAway(field="file") from error


def _say(line: socket.socket, data: bytes) -> None:
    try:
        line.sendall(data)
    except OSError as error:
        raise ScannerAway(field="file") from error


def _answer(line: socket.socket) -> str:
    said = b""
    try:
        while not said.endswith(b"\0") and len(said) < 4096 and (piece := line.recv(4096)):
            said += piece
    except OSError as error:
        raise ScannerAway(field="file") from error
    return said.rstrip(b"\0\n").decode("utf-8", "replace")
