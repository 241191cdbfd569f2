"""Files pass a virus scanner on their way into the store (ClamAV's daemon, by its own protocol)."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared.privacy.scanner import Clamd, FileInfected, NoScanner, ScannerAway
from shared.runtime.config import ConfigurationError, scanner_of

INFECTED = b"a test text that this daemon takes for a virus"


class Daemon:
    """Answers one connection as clamd does: INSTREAM, pieces with their length, an empty one, one line."""

    def __init__(self, answer: bytes | None = None) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.received = b""
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            line, _ = self._socket.accept()
        except OSError:
            return
        with line, line.makefile("rb") as said:
            assert said.read(10) == b"zINSTREAM\0"
            while len(head := said.read(4)) == 4 and (length := struct.unpack(">I", head)[0]):
                self.received += said.read(length)
            if len(head) < 4:
                return  # the client went away in the middle
            found = b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if INFECTED in self.received else b"stream: OK\0"
            line.sendall(found if self._answer is None else self._answer)

    def close(self) -> None:
        self._socket.close()
        self._thread.join(60)


@contextmanager
def daemon(answer: bytes | None = None) -> Iterator[Daemon]:
    one = Daemon(answer)
    try:
        yield one
    finally:
        one.close()


def test_a_clean_file_passes_piece_by_piece() -> None:
    with daemon() as scanner:
        pieces = [b"one", b"", b"two" * 100_000]
        assert list(Clamd("127.0.0.1", scanner.port).passing(pieces)) == pieces
        scanner.close()
        assert scanner.received == b"".join(pieces)


def test_what_is_found_is_refused_by_its_name() -> None:
    with daemon() as scanner, pytest.raises(FileInfected) as refused:
        list(Clamd("127.0.0.1", scanner.port).passing([INFECTED]))
    assert "Win.Test.EICAR_HDB-1" in refused.value.text


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0"])
def test_no_verdict_is_no_pass(answer: bytes) -> None:
    with daemon(answer) as scanner, pytest.raises(ScannerAway):
        list(Clamd("127.0.0.1", scanner.port).passing([b"content"]))


def test_nothing_is_received_while_the_scanner_is_away() -> None:
    # Bound and not listening: nobody else takes the port meanwhile.
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(ScannerAway):
            list(Clamd("127.0.0.1", nobody.getsockname()[1], seconds=5).passing([b"content"]))


def test_a_source_that_breaks_is_not_blamed_on_the_scanner() -> None:
    def broken() -> Iterator[bytes]:
        yield b"one"
        raise ConnectionResetError

    with daemon() as scanner, pytest.raises(ConnectionResetError):
        list(Clamd("127.0.0.1", scanner.port).passing(broken()))


def test_the_environment_names_it() -> None:
    assert isinstance(scanner_of({}), NoScanner)
    assert isinstance(scanner_of({"IMPULSO_CLAMAV": "clamav:3310"}), Clamd)
    assert isinstance(scanner_of({"IMPULSO_CLAMAV": "clamav"}), Clamd)
    for wrong in (":3310", "clamav:port"):
        with pytest.raises(ConfigurationError):
            scanner_of({"IMPULSO_CLAMAV": wrong})
