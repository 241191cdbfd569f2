"""Holding the stored files of a service to the events that name them, and each to the hash that it is stored under."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from shared.audit.verdict import Report
from shared.catalogue.refusals import NotFound
from shared.eventstore.application import ServiceApplication
from shared.eventstore.errors import NewerEventVersion, UnknownTopic
from shared.eventstore.log import Entry
from shared.privacy.filestore import FileBroken, FileErased, FileStore
from shared.privacy.keys import KeyDamaged, KeyMissing
from shared.privacy.personal import Personal

Told = Callable[[int, int], None]
BATCH = 1_000
_ID = re.compile(r"[0-9a-f]{64}")
_MENTIONS = re.compile(rb'file"|image"|photo"')
_NAMES = ("file", "image", "photo")
_HASHES = ("sha256", "file_hash")


def check_documents(application: ServiceApplication, report: Report, told: Told = lambda *_: None) -> None:
    """Read every stored file whole, and look for each that an event names; adds to ``report`` what is not right.

    A file's id is a keyed hash of its content, so that one which was put in another's place is found without the event.
    What was erased is no defect.
    """
    checking = _Checking(application, report)
    paths = application.files.directory.glob("[0-9a-f][0-9a-f]/*")
    # Whatever else lies there is no file of the store, and nobody is given it.
    ids = sorted(name for path in paths if _ID.fullmatch(name := path.parent.name + path.name))
    for number, file_id in enumerate(ids, 1):
        checking.file(file_id, None)
        told(number, len(ids))
    for entry, ids, hashes in _named(application):
        for file_id in ids:
            # Of an event that names one file the hash beside it is that file's.
            checking.file(file_id, entry.sequence, hashes if len(ids) == 1 else ())
    report.documents = checking.whole


class _Checking:
    def __init__(self, application: ServiceApplication, report: Report) -> None:
        self._files: FileStore = application.files
        self._report = report
        self._known: dict[str, str | None] = {}
        """By the id of each file its SHA-256; None for one that is erased, or said to be broken already."""

    @property
    def whole(self) -> int:
        return sum(sha256 is not None for sha256 in self._known.values())

    def file(self, file_id: str, sequence: int | None, hashes: Iterable[str] = ()) -> None:
        if file_id not in self._known:
            self._known[file_id] = self._read(file_id, sequence)
        found = self._known[file_id]
        if found is not None and any(each != found for each in hashes):
            what = f"el archivo {file_id[:12]}… no es el que nombra el evento {sequence}"
            self._report.broke("DOCUMENT_CHANGED", sequence, what)

    def _read(self, file_id: str, sequence: int | None) -> str | None:
        named = "" if sequence is None else f", que nombra el evento {sequence}"
        about = f"el archivo {file_id[:12]}…{named}"
        try:
            info = self._files.info(file_id)
            measured = hashlib.sha256()
            for piece in self._files.open(file_id):
                measured.update(piece)
        except FileErased:
            return None
        except NotFound:
            self._report.broke("DOCUMENT_MISSING", sequence, f"falta {about}")
            return None
        except (FileBroken, OSError):
            self._report.broke("DOCUMENT_CHANGED", sequence, f"{about} está alterado")
            return None
        except (KeyMissing, KeyDamaged):
            self._report.broke("DOCUMENT_KEY_MISSING", sequence, f"{about} no se puede abrir: falta su clave")
            return None
        if measured.hexdigest() != info.sha256:
            self._report.broke("DOCUMENT_CHANGED", sequence, f"{about} tiene otro contenido que el guardado")
            return None
        return info.sha256


def _named(application: ServiceApplication) -> Iterator[tuple[Entry, set[str], set[str]]]:
    """The entries that name files, with the ids of these and the hashes beside them."""
    after = 0
    while entries := application.log.entries(after, BATCH):
        after = entries[-1].sequence
        for entry in entries:
            # Names of fields stand in the clear; most events have none of a file.
            if not _MENTIONS.search(entry.state):
                continue
            found = _of(application, entry)
            if found is not None and found[0]:
                yield entry, *found


def _of(application: ServiceApplication, entry: Entry) -> tuple[set[str], set[str]] | None:
    try:
        event, _meta = application.mapper.open(entry)  # type: ignore[attr-defined]
    except (NewerEventVersion, UnknownTopic):
        return None  # Of another release: the seals vouch for it, its fields are not known here.
    ids: set[str] = set()
    hashes: set[str] = set()
    _gather(vars(event), ids, hashes)
    return ids, hashes


def _gather(value: Any, ids: set[str], hashes: set[str]) -> None:
    if isinstance(value, Personal):
        value = value.value
    if isinstance(value, Mapping):
        for name, each in value.items():
            inner = each.value if isinstance(each, Personal) else each
            if isinstance(inner, str) and _ID.fullmatch(inner):
                if name in _HASHES:
                    hashes.add(inner)
                elif str(name) in _NAMES or str(name).endswith("_file"):
                    ids.add(inner)
            else:
                _gather(inner, ids, hashes)
    elif isinstance(value, (list, tuple)):
        for each in value:
            _gather(each, ids, hashes)
