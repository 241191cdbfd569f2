"""A load of real commands over HTTP, each repeated with its own key until it is answered, and what came of each."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

JSON = dict[str, Any]
PATIENCE_S = 120.0
REPEATABLE = frozenset({502, 503, 504})
"""What an edge answers when it cannot know whether the command was done: the same key asks again."""


@dataclass(frozen=True)
class Kind:
    """One command that makes one thing: where it goes, under whose log-in, and a body that is new each time.

    ``then`` gives the commands that follow on the thing that was made, one after the other.
    """

    service: str
    path: str
    token: str
    body: Callable[[], JSON]
    then: Callable[[str], Sequence[Kind]] = lambda _made: ()


@dataclass
class Outcome:
    """The keys of each service whose commands were answered with success, and everything else that happened."""

    done: dict[str, dict[UUID, str]] = field(default_factory=dict)
    followed: dict[str, set[UUID]] = field(default_factory=dict)
    """The keys of the commands that were sent after others, on what those had made."""
    answers: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


class Load:
    """Threads that send commands, and questions in between, until told to stop."""

    def __init__(self, url: str, kinds: list[Kind], questions: Mapping[str, str], threads: int) -> None:
        self._url = url
        self._kinds = kinds
        self._questions = questions
        self._stop = threading.Event()
        self._lock = threading.Lock()
        services = {kind.service for kind in kinds}
        self.outcome = Outcome({each: {} for each in services}, {each: set() for each in services})
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> Outcome:
        """No new command begins; those in hand are repeated until they are answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_S + 10)
        return self.outcome

    @property
    def made(self) -> int:
        with self._lock:
            answered = (*self.outcome.done.values(), *self.outcome.followed.values())
            return sum(len(keys) for keys in answered)

    def _run(self, number: int) -> None:
        dice = random.Random(number)
        with httpx.Client(base_url=self._url, timeout=10, trust_env=False) as client:
            while not self._stop.is_set():
                kind = dice.choice(self._kinds)
                self._command(client, kind)
                for path, token in self._questions.items():
                    self._settled(client, "GET", path, {"Authorization": f"Bearer {token}"}, None)

    def _command(self, client: httpx.Client, kind: Kind) -> None:
        answer = self._answered(client, kind)
        if answer is None:
            return
        key, made = answer
        with self._lock:
            self.outcome.done[kind.service][key] = made
        for each in kind.then(made):
            if self._stop.is_set() or (answer := self._answered(client, each)) is None:
                return
            with self._lock:
                self.outcome.followed[each.service].add(answer[0])

    def _answered(self, client: httpx.Client, kind: Kind) -> tuple[UUID, str] | None:
        key = uuid4()
        headers = {"Authorization": f"Bearer {kind.token}", "Idempotency-Key": str(key)}
        answer = self._settled(client, "POST", kind.path, headers, kind.body())
        return None if answer is None else (key, str(answer["id"]))

    def _settled(
        self, client: httpx.Client, method: str, path: str, headers: Mapping[str, str], body: JSON | None
    ) -> JSON | None:
        """The answer, however often it has to be asked for; None, and a failure noted, when it is a refusal."""
        deadline = time.monotonic() + PATIENCE_S
        first = True
        while True:
            try:
                answer = client.request(method, path, headers=dict(headers), json=body)
                said, repeatable = str(answer.status_code), answer.status_code in REPEATABLE
            except httpx.TransportError as error:
                answer, said, repeatable = None, type(error).__name__, True
            with self._lock:
                self.outcome.answers[said if first else f"{said} again"] += 1
            if answer is not None and answer.is_success:
                found: JSON = answer.json()
                return found
            if not repeatable or time.monotonic() > deadline:
                with self._lock:
                    self.outcome.failed.append(
                        f"{method} {path}: {said} {answer.text[:300] if answer is not None else ''}"
                    )
                return None
            first = False
            time.sleep(0.2)
