"""Two processes on one key database, and a process that is killed: nobody gets a key that is not durable."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

from shared.privacy.keys import KeyRing, MasterKey

ROOT = Path(__file__).resolve().parents[3]

RACER = """
import json, sys
from uuid import UUID
from shared.privacy.keys import KeyRing, MasterKey
url, master, people = sys.argv[1], sys.argv[2], [UUID(one) for one in json.loads(sys.argv[3])]
ring = KeyRing(url, MasterKey(bytes.fromhex(master)), "intake")
ring.create_tables()
print("ready", flush=True)
sys.stdin.readline()
ring.ensure([(person, "c") for person in people])
print(json.dumps([ring.key(person, "i", create=True).hex() for person in people]
               + [ring.key(person, "c").hex() for person in people] + [ring.service_key("files").hex()]), flush=True)
sys.stdin.readline()
"""


def started(url: str, secret: bytes, people: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RACER, url, secret.hex(), json.dumps(people)]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )


def say(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_two_processes_that_race_get_the_same_keys_and_a_kill_loses_none(url: str) -> None:
    secret, people = os.urandom(32), [str(uuid4()) for _ in range(40)]
    processes = [started(url, secret, people), started(url, secret, people[::-1])]
    try:
        assert [hear(process) for process in processes] == ["ready\n", "ready\n"]
        for process in processes:
            say(process)
        forward, backward = (json.loads(hear(process)) for process in processes)
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    assert forward[:40] == backward[:40][::-1]
    assert forward[40:80] == backward[40:80][::-1]
    assert forward[80] == backward[80]
    ring = KeyRing(url, MasterKey(secret), "intake")
    assert [ring.key(UUID(person), "i") for person in people] == [bytes.fromhex(key) for key in forward[:40]]
    ring.close()
