"""A client of the HTTP API for the command line: log-in, keys, problems as errors, bounded retries."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.cli.exits import CommandError, Exit

ATTEMPTS = 5
"""How often a call is repeated, with the same key, while a service is away."""
JSON = dict[str, Any]


class Refused(CommandError):
    """The system refused by a rule: ``problem`` is the RFC 9457 answer."""

    def __init__(self, problem: JSON) -> None:
        self.problem = problem
        super().__init__(
            str(problem.get("detail") or problem.get("title") or "La solicitud fue rechazada."),
            Exit.REFUSED,
            str(problem.get("code") or "REFUSED"),
        )


class Api:
    """A session with the system at ``url``. Use as a context manager."""

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        self.url = url.rstrip("/")
        # Without https there is nothing to verify, and loading the certificates takes a tenth of a second a client.
        verify = self.url.startswith("https:")
        self._client = httpx.Client(base_url=self.url, timeout=timeout, trust_env=False, verify=verify)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    @property
    def authorization(self) -> str | None:
        """The header under which this session's calls go; None before `log_in`."""
        header: str | None = self._client.headers.get("Authorization")
        return header

    def log_in(self, login: str, password: str) -> Api:
        """Open a session; every later call goes under it. Raises `Refused`."""
        answer = self._send("POST", "/api/session", json={"login": login, "password": password})
        self._client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return self

    def get(self, path: str, **params: Any) -> JSON:
        """A query's answer. Raises `Refused` or `CommandError` (unavailable)."""
        shown = {key: value for key, value in params.items() if value is not None}
        answer: JSON = self._send("GET", path, params=shown).json()
        return answer

    def pages(self, path: str, **params: Any) -> Iterator[JSON]:
        """Every item of a paged list."""
        cursor: str | None = None
        while True:
            page = self.get(path, **params, cursor=cursor)
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return

    def post(self, path: str, body: Mapping[str, Any]) -> JSON:
        """A question whose words must not stand in an address."""
        answer: JSON = self._send("POST", path, json=dict(body)).json()
        return answer

    def act(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        on: date | str | None = None,
        key: UUID | None = None,
        version: int | None = None,
    ) -> JSON:
        """Run a command at ``path`` (``/api/cases/<id>/validate-profile``), once however often it has to be sent."""
        headers = {"Idempotency-Key": str(key or uuid4())}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        content = dict(body or {})
        if on is not None:
            content["happened_on"] = on.isoformat() if isinstance(on, date) else on
        answer: JSON = self._send("POST", path, json=content, headers=headers).json()
        return answer

    def upload(self, service: str, path: Path, media_type: str) -> JSON:
        """Store a file with a service; answers its id."""
        with path.open("rb") as file:
            answer: JSON = self._send(
                "POST", f"/api/files/{service}", files={"file": (path.name, file, media_type)}
            ).json()
        return answer

    def upload_bytes(
        self, service: str, name: str, content: bytes, media_type: str, fields: Mapping[str, str] | None = None
    ) -> JSON:
        """`upload` of bytes at hand; ``fields`` say whose the file is (``subject``) and of what class."""
        answer: JSON = self._send(
            "POST", f"/api/files/{service}", data=dict(fields or {}), files={"file": (name, content, media_type)}
        ).json()
        return answer

    def download(self, path: str, *, purpose: str = "") -> bytes:
        """The bytes of a document or file; ``purpose``: what they are taken for, a code of the list of purposes."""
        return self._send("GET", path, headers={"Impulso-Purpose": purpose} if purpose else None).content

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        pause = 0.2
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._client.request(method, path, **request)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise CommandError(
                        f"No hay respuesta en {self.url}. Verifique que el sistema esté en marcha.",
                        Exit.UNAVAILABLE,
                        "UNREACHABLE",
                    ) from error
            else:
                if not _may_pass(answer) or attempt == ATTEMPTS:
                    return self._checked(answer)
                pause = max(pause, min(float(answer.headers.get("Retry-After", 0) or 0), 5.0))
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
        raise AssertionError("the last attempt answers or raises")

    @staticmethod
    def _checked(answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        try:
            problem = answer.json()
        except ValueError:
            problem = {"detail": f"El servidor respondió {answer.status_code} sin explicación."}
        if answer.status_code in (502, 503, 504):
            raise CommandError(str(problem.get("detail")), Exit.UNAVAILABLE, str(problem.get("code", "UNAVAILABLE")))
        raise Refused(problem)


def _may_pass(answer: httpx.Response) -> bool:
    """Whether the same call may succeed in a moment. Too many wrong passwords, 429 as well, last minutes."""
    return answer.status_code in (503, 504) or (answer.status_code == 429 and "RATE_LIMITED" in answer.text)
