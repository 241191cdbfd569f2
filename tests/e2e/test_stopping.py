"""`impulso up` stops when told, however often it is told: make passes a signal on to a process that has it already."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import until

STOP_S = 15
TOLD = 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_storm_of_signals_stops_it_once_and_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    said = tmp_path / "said"
    with said.open("w") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "impulso"), "up", "--data", str(tmp_path / "var"), "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: "http://" in said.read_text() or process.poll() is not None, "it serves", 60)
        assert process.poll() is None, said.read_text()
        with contextlib.suppress(ProcessLookupError):
            for _ in range(TOLD):
                os.kill(process.pid, number)
        assert process.wait(STOP_S) == 0, said.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert "Cerrando" in said.read_text()
    assert not list((tmp_path / "var").rglob("*-wal")), "every database was closed"
