"""What happens to a file on its way into the store of a service (X-05)."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.privacy.filestore import FileErased
from shared.privacy.scanner import Clamd
from shared.runtime.desk import Desk
from tests.services.intake.counter import Counter
from tests.unit.privacy.test_photo import LATITUDE, jpeg, tiff
from tests.unit.privacy.test_scanner import INFECTED, daemon

PHOTO = jpeg(b"Exif\0\0" + tiff())


def store(counter: Counter, content: bytes, name: str, desk: Desk | None = None, **head: Any) -> dict[str, Any]:
    about = {"name": name, "media_type": "", "token": "caseworker", **head}
    return (desk or counter.office.desk).store(about, iter([content]))


def kept(counter: Counter) -> list[Path]:
    return [path for path in counter.app.files.directory.rglob("*") if path.is_file()]


def test_a_photo_is_kept_without_its_place_unless_it_is_asked_for(counter: Counter) -> None:
    """X-05: what is stored, its size and its hash are those of the photo without the position."""
    assert LATITUDE in PHOTO
    for asked in (False, True):
        stored = store(counter, PHOTO, "visita.jpg", keep_position=asked)["ok"]
        content = counter.app.files.read(stored["id"])
        assert (LATITUDE in content) is asked
        assert stored["size"] == len(content)


def test_what_the_scanner_refuses_leaves_nothing_behind(counter: Counter) -> None:
    """X-05: not in the store, nor as a draft; with the scanner away nothing is taken in."""
    before, office = kept(counter), counter.office

    def scanned(port: int) -> Desk:
        publication, verify = office.assembled.publication, lambda token: office.people[token]
        return Desk(office.definition, office.application, publication, verify, scanner=Clamd("127.0.0.1", port))

    with daemon() as scanner:
        answer = store(counter, b"%PDF-1.7 " + INFECTED, "carta.pdf", scanned(scanner.port))
    assert answer["refusal"]["code"] == "FILE_INFECTED"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        answer = store(counter, b"%PDF-1.7 ", "carta.pdf", scanned(nobody.getsockname()[1]))
    assert answer["refusal"]["code"] == "SCANNER_UNAVAILABLE"
    assert kept(counter) == before


def test_a_stored_file_is_never_written_again(counter: Counter) -> None:
    """X-05: the same content of one person is the same file; another content is another, whatever its name."""
    whose = str(uuid4())
    first = store(counter, b"%PDF-1.7 one", "carta.pdf", subject=whose)["ok"]
    assert store(counter, b"%PDF-1.7 one", "otra.pdf", subject=whose)["ok"]["id"] == first["id"]
    second = store(counter, b"%PDF-1.7 two", "carta.pdf", subject=whose)["ok"]
    assert second["id"] != first["id"]
    assert counter.app.files.read(first["id"]) == b"%PDF-1.7 one"
    info = counter.app.files.info(first["id"])
    assert (info.name, info.media_type, info.sha256) == ("carta.pdf", "application/pdf", first["sha256"])


def test_a_file_about_nobody_in_particular_can_be_destroyed_alone(counter: Counter) -> None:
    """X-05, X-12: it lies under a key of its own: no copy of it outlives an erasure, and no other file goes with it."""
    first = store(counter, b"%PDF-1.7 lista", "lista.pdf")["ok"]["id"]
    other = store(counter, b"%PDF-1.7 otra", "lista.pdf")["ok"]["id"]
    assert store(counter, b"%PDF-1.7 lista", "otra vez.pdf")["ok"]["id"] == first
    counter.app.files.destroy(first)
    with pytest.raises(FileErased):
        counter.app.files.read(first)
    assert counter.app.files.read(other) == b"%PDF-1.7 otra"
    again = store(counter, b"%PDF-1.7 lista", "lista.pdf")["ok"]["id"]
    assert again != first and counter.app.files.read(again) == b"%PDF-1.7 lista"
