"""A whole system in a process of its own, as `impulso up` serves it, and what its folder holds."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from shared.cli.api import Api
from shared.cli.system import ADMINISTRATOR, OFFICE, OPERATION
from shared.eventstore.tables import ACCESS
from tests.waiting import until

ROOT = Path(__file__).parents[2]
STOP_S = 180
NOT_THE_STORE = {
    **{table.name: "denials and log-ins are noted there, and must be" for table in ACCESS.all},
    "witnessed": "what is noted is cosigned in its turn",
    **{
        name: "what was decided before is sealed and cosigned by itself"
        for name in ("tiles", "checkpoints", "cosignatures")
    },
    "sessions": "a log-in opens one",
    "login_failures": "a wrong password counts",
    "credentials": "a log-in may renew the hash",
}
"""Tables that a refused request may rightly touch."""


class Served:
    """The embedded system over ``folder / "var"``; its temporary files and its logs stay inside ``folder``, too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "var"
        self.log = folder / "up.log"
        self.url = ""
        (folder / "tmp").mkdir(parents=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve on a free port."""
        with self.log.open("ab") as log:
            process = self._process = subprocess.Popen(
                self._command("up", "--data", str(self.data), "--port", "0"),
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(lambda: self._announced() or process.poll() is not None, "impulso up announces its URL", 60)
        assert self._announced(), self.log.read_text("utf-8")
        self.url = (self.data / "lock").read_text("utf-8").strip()
        until(lambda: {ADMINISTRATOR, OFFICE, OPERATION} <= self.passwords().keys(), "its accounts are made", 60)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(STOP_S)

    def kill(self) -> None:
        """SIGKILL, as when the power goes."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOP_S)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """The command line on this folder, beside the test, killed at the latest when the block ends."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self._command(*arguments, "--data", str(self.data), "--json"),
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait(STOP_S)

    def run(self, *arguments: str, seconds: float = 1800, on_data: bool = True) -> subprocess.CompletedProcess[str]:
        """The command line on this folder, with ``--json``; it goes through the process that serves it."""
        return subprocess.run(
            self._command(*arguments, *(("--data", str(self.data)) if on_data else ()), "--json"),
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def interrupted(self, *arguments: str, when: Any, what: str) -> tuple[int, str]:
        """Run the command line, press Ctrl+C as soon as ``when`` holds, and give the exit code and what it said."""
        command = self._command(*arguments, "--data", str(self.data), "--json")
        # A shell that runs this in the background lets its children ignore Ctrl+C; this one has a person before it.
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=-1,
            stderr=-1,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            until(lambda: when() or process.poll() is not None, what, 120, every=0.1)
            process.send_signal(signal.SIGINT)
            said = "".join(process.communicate(timeout=STOP_S))
        finally:
            process.kill()
        return process.returncode, said

    @contextmanager
    def session(self, login: str, password: str | None = None) -> Iterator[Api]:
        """A client logged in as one of the folder's own accounts, or with a password."""
        with Api(self.url) as api:
            yield api.log_in(login, password or self.passwords()[login])

    def passwords(self) -> dict[str, str]:
        path = self.data / "accesos.json"
        try:
            kept: dict[str, str] = json.loads(path.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return kept

    def heads(self) -> dict[str, tuple[int, str]]:
        """Of each service's log: its length, and a hash over every entry."""
        return {path.parent.name: _log(path) for path in sorted(self.data.glob("*/events.db"))}

    def store(self) -> dict[str, Any]:
        """Everything stored: the rows of each table of each database, and the files."""
        found: dict[str, Any] = {}
        for path in sorted(self.data.glob("*/*.db")):
            found.update({f"{path.parent.name}/{path.stem}.{table}": rows for table, rows in _tables(path).items()})
        stored = (path for path in self.data.glob("*/files/**/*") if path.is_file())
        return {**found, "files": sorted(str(path.relative_to(self.data)) for path in stored)}

    def _announced(self) -> bool:
        lock = self.data / "lock"
        return lock.exists() and lock.read_text("utf-8").startswith("http")

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "shared.cli.main", *arguments]

    def _environment(self) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if not name.startswith("IMPULSO_")}
        return {**mine, "IMPULSO_LOG_LEVEL": "DEBUG", "TMPDIR": str(self.folder / "tmp"), "PYTHONUNBUFFERED": "1"}


def _log(path: Path) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        for row in database.execute("SELECT * FROM events ORDER BY id"):
            digest.update(repr(row).encode())
            count += 1
    return count, digest.hexdigest()


def _tables(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if name not in NOT_THE_STORE and not name.startswith("sqlite_")]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in kept}
