"""Multipart forms, streamed: fields stay small and in memory, files pass through in pieces and never touch our disk.

(The framework's own parser spools files to a temporary file in the clear.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from services.gateway.bodies import BODY_LIMIT, limited
from services.gateway.port import PIECE
from services.gateway.problems import Problem

MAX_PARTS = 5000


@dataclass(frozen=True)
class FormField:
    """A plain field of the form."""

    name: str
    value: str


@dataclass
class FormFile:
    """A file of the form. Read ``pieces`` to their end before asking for the next part."""

    name: str
    file_name: str
    media_type: str
    pieces: AsyncIterator[bytes]


_Event = tuple[str, bytes]


class MultipartForm:
    """The parts of a multipart body in the order they come."""

    def __init__(self, request: Request, limit: int) -> None:
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise Problem(415, "CONTENT_TYPE_UNSUPPORTED", "Envíe el archivo en un formulario «multipart/form-data».")
        self._events: deque[_Event] = deque()
        self._header: list[bytes] = [b"", b""]
        self._source = limited(request, limit)
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": lambda: self._events.append(("begin", b"")),
                "on_part_data": lambda data, start, end: self._events.append(("data", data[start:end])),
                "on_part_end": lambda: self._events.append(("end", b"")),
                "on_header_field": lambda data, start, end: self._grow(0, data[start:end]),
                "on_header_value": lambda data, start, end: self._grow(1, data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": lambda: self._events.append(("body", b"")),
                "on_end": lambda: self._events.append(("finished", b"")),
            },
        )

    async def parts(self) -> AsyncIterator[FormField | FormFile]:
        """Every part. A file that the consumer does not read is read past."""
        for _ in range(MAX_PARTS):
            headers = await self._next_headers()
            if headers is None:
                return
            disposition, options = parse_options_header(headers.get(b"content-disposition", b""))
            name = options.get(b"name", b"").decode("utf-8", "replace")
            if disposition != b"form-data" or not name:
                raise _broken()
            if b"filename" not in options:
                yield FormField(name, await self._text())
                continue
            kind = headers.get(b"content-type", b"application/octet-stream").decode("latin-1").split(";")[0].strip()
            file_name = options[b"filename"].decode("utf-8", "replace").replace("\\", "/").rsplit("/", 1)[-1][:200]
            pieces = self._pieces()
            yield FormFile(name, file_name, kind, pieces)
            async for _unread in pieces:
                pass
        raise _broken()

    async def _next_headers(self) -> dict[bytes, bytes] | None:
        headers: dict[bytes, bytes] = {}
        while True:
            kind, data = await self._event()
            if kind == "finished":
                return None
            if kind == "header":
                name, _, value = data.partition(b"\0")
                headers[name.lower()] = value
            elif kind == "body":
                return headers

    async def _text(self) -> str:
        value = bytearray()
        while True:
            kind, data = await self._event()
            if kind == "end":
                break
            value += data
            if len(value) > BODY_LIMIT:
                raise _broken()
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            raise _broken() from None

    async def _pieces(self) -> AsyncIterator[bytes]:
        waiting = bytearray()
        while True:
            kind, data = await self._event()
            if kind == "end":
                break
            waiting += data
            while len(waiting) >= PIECE:
                yield bytes(waiting[:PIECE])
                del waiting[:PIECE]
        if waiting:
            yield bytes(waiting)

    async def _event(self) -> _Event:
        while not self._events:
            try:
                chunk = await anext(self._source)
            except StopAsyncIteration:
                raise _broken() from None
            try:
                self._parser.write(chunk)
            except FormParserError:
                raise _broken() from None
        return self._events.popleft()

    def _grow(self, which: int, data: bytes) -> None:
        self._header[which] += data
        if len(self._header[which]) > 4096:
            raise FormParserError("header too long")

    def _header_end(self) -> None:
        self._events.append(("header", b"\0".join(self._header)))
        self._header = [b"", b""]


def _broken() -> Problem:
    return Problem(400, "FORM_BROKEN", "El formulario llegó dañado o incompleto. Vuelva a la página e inténtelo.")
