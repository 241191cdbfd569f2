"""`make run`, as a person would: start, go where it says, log in as it says, stop; then once more over the same data.

    python tests/make_run.py

Uses a temporary data folder and a free port. Exit code 0 when everything held.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.waiting import until  # noqa: E402

START_S, STOP_S = 300, 15


class MakeRun:
    """One `make run` in a process group of its own."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        self.said = ""
        self._process = subprocess.Popen(
            ["make", "--no-print-directory", "run", f"DATA={data}", f"PORT={port}"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        until(lambda: self.url or self._process.poll() is not None, "make run says where to go", START_S)
        assert self.url, self.said

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said += line

    @property
    def url(self) -> str:
        found = re.search(r"http://[\w.]+:\d+", self.said)
        return found[0] if found else ""

    @property
    def accounts(self) -> dict[str, str]:
        """Log-ins and passwords as printed."""
        return dict(re.findall(r"usuario\s+(\S+)\s+contraseña\s+(\S+)", self.said))

    def stop(self) -> None:
        """SIGTERM, as a system that shuts down sends it to all. Raises TimeoutExpired."""
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "var"
        accounts: dict[str, str] = {}
        for turn in ("first", "second"):
            running = MakeRun(data)
            try:
                health = httpx.get(f"{running.url}/healthz", timeout=60)
                assert health.status_code == 200, health.text
                assert health.json()["status"] == "ok", health.text
                page = httpx.get(running.url, follow_redirects=True, timeout=60)
                assert page.status_code == 200 and "text/html" in page.headers["content-type"], page.status_code
                until(lambda one=running: len(one.accounts) >= 2, "make run says how to log in")
                accounts = accounts or running.accounts
                assert running.accounts == accounts, "the second start keeps the accounts of the first"
                for login, password in accounts.items():
                    opened = httpx.post(
                        f"{running.url}/api/session", json={"login": login, "password": password}, timeout=10
                    )
                    assert opened.status_code == 201, (login, opened.status_code, opened.text)
            except BaseException:
                print(running.said)
                raise
            finally:
                running.stop()
            print(f"{turn} start: serves at {running.url}, {len(accounts)} accounts log in, stops on SIGTERM")
    return 0


if __name__ == "__main__":
    sys.exit(main())
