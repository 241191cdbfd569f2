"""The recovery that the documentation promises, rehearsed: backups by schedule, all destroyed, the latest point back.

What is lost was decided after the latest finished point had begun; what was acknowledged earlier is there, once.
Whoever repeats with its key what was lost loses nothing, and what was not lost is not done again.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from shared.cli.api import Api
from shared.cli.exits import CommandError
from shared.cli.system import ADMINISTRATOR, OFFICE
from tests.e2e.nameko.test_one_request import call_of
from tests.e2e.serving import Served
from tests.figures import IN_FULL, record
from tests.waiting import until

EVERY_S = 20 if IN_FULL else 2
POINTS = 3
RUN_AT_MOST_S = 60
"""With a run that is shorter, `impulso backup --every 4m` loses five minutes at the most."""
RECOVERED_WITHIN_S = 30 * 60


class Deciding:
    """Two people whose clients send one command after the other, until nobody answers any more.

    ``acknowledged`` says when which command was answered: its name and its key.
    """

    def __init__(self) -> None:
        self.acknowledged: list[tuple[datetime, str, UUID]] = []

    def send(self, api: Api, name: str, key: UUID) -> None:
        """One command: a call of that code, or an account of that log-in."""
        if name.startswith("C-"):
            api.act("/api/calls/open-call", call_of(name), key=key)
        else:
            api.act("/api/accounts/create-account", {"login": name, "display_name": "Ana Rojas"}, key=key)

    def since(self, moment: datetime) -> int:
        return sum(at >= moment for at, _, _ in list(self.acknowledged))

    @contextmanager
    def busy(self, served: Served) -> Iterator[None]:
        threads = [
            threading.Thread(target=self._decide, args=(served, login, form))
            for login, form in ((OFFICE, "C-{}"), (ADMINISTRATOR, "a{}"))
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            served.kill()
            for thread in threads:
                thread.join(60)

    def _decide(self, served: Served, login: str, form: str) -> None:
        with served.session(login) as api:
            number = 0
            while True:
                number, key = number + 1, uuid4()
                try:
                    self.send(api, form.format(number), key)
                except CommandError:
                    return
                self.acknowledged.append((datetime.now(UTC), form.format(number), key))


def test_what_a_scheduled_backup_does_not_hold_was_decided_since_it_began(tmp_path: Path) -> None:
    served, copy, deciding = Served(tmp_path / "first"), tmp_path / "copy", Deciding()
    served.start()
    with (
        deciding.busy(served),
        served.running("backup", str(copy), "--every", f"{EVERY_S}s", "--keep", "400") as schedule,
    ):
        until(lambda: len(_points(copy)) >= POINTS, "the schedule has made its points", 120 + POINTS * EVERY_S)
        # The worst moment: nearly a whole interval since the latest point began, and the next is not finished.
        until(lambda: list((copy / "datos").glob("*.unfinished")), "the next backup is under way", 60 + EVERY_S)
        schedule.kill()
        schedule.wait(60)
        point, begun, _ = _points(copy)[-1]
        decided = len(deciding.acknowledged)
        until(lambda: len(deciding.acknowledged) > decided, "something is decided that no point holds", 60)
        served.kill()
        destroyed_at = datetime.now(UTC)
    points = _points(copy)
    again = Served(tmp_path / "again")
    again.data.mkdir()
    for name in ("master.key", "accesos.json"):
        shutil.copy(served.data / name, again.data / name)
    shutil.rmtree(served.data)

    began = time.monotonic()
    restored = _document(again, "restore", str(copy))
    assert restored["point"] == point
    again.start()
    try:
        with again.session(OFFICE) as office, again.session(ADMINISTRATOR) as administrator:
            recovered_s = time.monotonic() - began
            assert _document(again, "doctor")["sound"] is True
            kept = Counter(_names(office, administrator))
            lost = [(at, name, key) for at, name, key in deciding.acknowledged if name not in kept]
            assert lost, "nothing was at stake"
            assert min(at for at, _, _ in lost) >= begun
            for _, name, key in deciding.acknowledged:
                deciding.send(office if name.startswith("C-") else administrator, name, key)
            whole = Counter(_names(office, administrator))
            assert {name: whole[name] for _, name, _ in deciding.acknowledged} == {
                name: 1 for _, name, _ in deciding.acknowledged
            }
    finally:
        assert again.stop() == 0
    exposed_s = (destroyed_at - begun).total_seconds()
    longest_s = max((finished - started).total_seconds() for _, started, finished in points)
    assert exposed_s <= EVERY_S + RUN_AT_MOST_S
    assert recovered_s <= RECOVERED_WITHIN_S
    record(
        "recovery",
        backup_every_s=EVERY_S,
        points=len(points),
        longest_run_s=round(longest_s, 2),
        decided=len(deciding.acknowledged),
        lost=len(lost),
        exposed_s=round(exposed_s, 2),
        recovered_s=round(recovered_s, 2),
    )


def _points(copy: Path) -> list[tuple[str, datetime, datetime]]:
    """Every finished point: its name, when it began, when it was finished."""
    found = []
    for path in sorted((copy / "datos" / "points").glob("*.json")):
        begun = datetime.strptime(path.stem, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
        found.append((path.stem, begun, datetime.fromtimestamp(path.stat().st_mtime, UTC)))
    return found


def _names(office: Api, administrator: Api) -> Iterator[str]:
    yield from (one["code"] for one in office.pages("/api/calls"))
    yield from (one["login"] for one in administrator.pages("/api/accounts"))


def _document(served: Served, *arguments: str) -> dict[str, Any]:
    done = served.run(*arguments)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    document: dict[str, Any] = json.loads(done.stdout)
    return document
