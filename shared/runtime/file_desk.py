"""Files at a desk: kept piece by piece for who uploads them, handed out to who may read them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from shared.catalogue.refusals import NotFound
from shared.eventstore.application import ServiceApplication
from shared.privacy.content import FIRST_BYTES, check_content
from shared.privacy.file_form import Owner
from shared.privacy.photo import without_position
from shared.privacy.scanner import Scanner
from shared.runtime.answering import Answer, Reception
from shared.runtime.definition import FileAccess
from shared.runtime.heeding import check_file_shown, heeding

PIECE_BYTES = 1024 * 1024


class FileDesk:
    """The files of one service. Safe from many threads."""

    def __init__(
        self, application: ServiceApplication, reception: Reception, may_read: FileAccess | None, scanner: Scanner
    ) -> None:
        self._application = application
        self._reception = reception
        self._may_read = may_read
        self._scanner = scanner

    def store(self, head: Answer, pieces: Iterator[bytes]) -> Answer:
        """See `Desk.store`."""

        def keep() -> Answer:
            self._reception.who(head)
            first = b""
            while len(first) < FIRST_BYTES and (piece := next(pieces, b"")):
                first += piece
            media_type = check_content(head["name"], head.get("media_type"), first)
            kind = head.get("kind", "m")
            content = self._scanner.passing(_chain(first, pieces))
            if not head.get("keep_position"):
                content = without_position(content, media_type)
            files = self._application.files
            if head.get("subject"):
                stored = files.keep(content, Owner(UUID(head["subject"]), kind), media_type, head["name"])
            else:
                stored = files.keep_alone(content, kind, media_type, head["name"])
            return {"id": stored.id, "sha256": stored.sha256, "size": stored.size, "media_type": stored.media_type}

        return self._reception.answered(keep, head)

    def fetch(self, head: Answer) -> tuple[Answer, Iterator[bytes]]:
        """See `Desk.fetch`."""
        pieces: list[Iterator[bytes]] = []

        def find() -> Answer:
            who = self._reception.who(head)
            file_id = str(head.get("id"))
            with heeding(self._application):
                if self._may_read is None or not self._may_read(self._application, who, file_id):
                    raise NotFound(what="el archivo", field="id")
                info = self._application.files.info(file_id)
                check_file_shown(who, info.subject, info.kind)
            self._reception.noting.made("export", "file", who, {}, classes=info.kind, about=file_id)
            pieces.append(self._application.files.open(file_id))
            return {"id": file_id, "name": info.name, "media_type": info.media_type, "size": info.size}

        answer = self._reception.answered(find, head)
        return answer, pieces[0] if pieces else iter(())


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    for start in range(0, len(first), PIECE_BYTES):
        yield first[start : start + PIECE_BYTES]
    yield from rest
