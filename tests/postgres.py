"""A PostgreSQL server of a test's own, which it may crash and start again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clocks import Clock

_TOOLS = Path("/usr/lib/postgresql")
_SECONDS = 60


class Server:
    """A cluster in ``folder``, on a port of its own, loopback only, with a clock of its own."""

    def __init__(self, folder: Path) -> None:
        found = sorted(_TOOLS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        assert found, "PostgreSQL's own programs are missing: as root, apt-get install postgresql"
        self._tools = found[-1].parent
        self.clock = Clock(folder / "clock")
        self._data = folder / "data"
        self._log = folder / "log"
        self.port = _free_port()
        if os.geteuid() == 0:
            # PostgreSQL does not run as root.
            shutil.chown(folder, "postgres")
            folder.chmod(0o711)
        self._run(
            "initdb", "-D", str(self._data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"
        )

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start, with recovery after a crash; returns when it answers."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._data} "
            "-c max_connections=200"
        )
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._log), "-o", options, "start")

    def crash(self) -> None:
        """Every process of it ends at once, without a checkpoint: what was committed must be in its log."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._tools / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command,
            check=True,
            timeout=_SECONDS,
            cwd="/",
            env={**os.environ, **self.clock.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def server() -> Iterator[Server]:
    """A running server; it and its data are gone afterwards."""
    # Beside pytest's own folders: those are closed to the user that PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="impulso-postgres-"))
    try:
        made = Server(folder)
        made.start()
        try:
            yield made
        finally:
            made.crash()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
