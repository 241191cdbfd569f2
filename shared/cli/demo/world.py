"""What the cases of a demonstration share: its dates, its people, its call, contract and warehouse, and how to ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

from shared.catalogue.catalogue import Catalogue
from shared.cli.api import Api, Refused
from shared.cli.demo.staff import Staff
from shared.cli.exits import CommandError, Exit

T = TypeVar("T")
JSON = dict[str, Any]

NAMESPACE = UUID("5d2f7f6e-0c7a-5c0e-9d55-6f1b3f2d7a10")
"""Of the keys of demonstrations: the same step of the same case of the same seed is the same command."""
DAYS_BACK = 90
"""How long ago a new demonstration began, in days: everything in it has happened by now."""
PATIENCE_S = 120.0
"""How long one service may take to hear from another before the demonstration calls it lost."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.3


class Stopped(Exception):
    """The run was interrupted; the case goes on in the next one."""


class NotAsExpected(CommandError):
    """The system did something else than the procedure says."""

    def __init__(self, text: str) -> None:
        super().__init__(text, Exit.UNSOUND, "NOT_AS_EXPECTED")


@dataclass
class World:
    """One demonstration on one system."""

    seed: int
    staff: Staff
    catalogue: Catalogue
    commands: dict[str, tuple[str, str]]
    """Service and path of every command, as the system's own catalogue gives them; where several services have a
    command of that name, each also as ``service/command``."""
    base: date
    calls: dict[str, str] = field(default_factory=dict)
    contracts: dict[str, str] = field(default_factory=dict)
    field_day: str = ""
    """The field day that candidates name as their source."""
    warehouse: str = ""
    lots: dict[str, str] = field(default_factory=dict)
    """Lots by item and block of cases."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set when the run is to end: no case takes another step."""

    def day(self, number: int) -> date:
        """The day ``number`` of the demonstration."""
        return self.base + timedelta(days=number)

    def key(self, *parts: object) -> UUID:
        """The key of a step: no run of this seed does it twice."""
        return uuid5(NAMESPACE, "/".join(map(str, (self.seed, *parts))))

    def item(self, name: str) -> str:
        """The code of an item of this demonstration's warehouse."""
        return f"DEMO{self.seed}-{name}"

    def service_of(self, command: str) -> str:
        return self.commands[command][0]

    def path(self, command: str, target: str | None = None, service: str | None = None) -> str:
        _, path = self.commands.get(f"{service}/{command}") or self.commands[command]
        return path.replace("{id}", str(target))

    def order(
        self,
        who: str,
        command: str,
        body: JSON | None,
        *,
        key: UUID,
        day: int,
        target: str | None = None,
        version: int | None = None,
        service: str | None = None,
    ) -> JSON:
        """Run a command as ``who``. Raises `Refused`."""
        api = self.staff[who]
        return api.act(self.path(command, target, service), body, on=self.day(day), key=key, version=version)


def commands_of(api: Api) -> dict[str, tuple[str, str]]:
    """Service and path of every command, from the system's catalogue."""
    found = api.get("/api/catalogue")["commands"]
    named = {each["command"]: (each["service"], each["path"]) for each in found}
    return named | {f"{each['service']}/{each['command']}": (each["service"], each["path"]) for each in found}


def until(ask: Callable[[], T | None], what: str, seconds: float = PATIENCE_S) -> T:
    """The first answer of ``ask`` that is not None. Raises `NotAsExpected`, naming ``what``, after ``seconds``."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE_S
    while True:
        answer = ask()
        if answer is not None:
            return answer
        if time.monotonic() > deadline:
            raise NotAsExpected(f"tras {seconds:.0f} s aún no: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_S)


def once_heard(act: Callable[[], T], codes: tuple[str, ...], what: str) -> T:
    """What ``act`` answers once it is no longer refused with one of ``codes``: those say that a service has not heard
    of something yet. Raises any other refusal at once."""

    def ask() -> T | None:
        try:
            return act()
        except Refused as refused:
            if refused.code in codes:
                return None
            raise

    return until(ask, what)
