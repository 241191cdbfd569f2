"""Verifying a backup where it lies, without a database and without the master key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from shared.backup import keys, logs
from shared.backup.archive import Archive
from shared.backup.problems import KeysOlder, NoBackup, PieceBroken, PointBroken
from shared.backup.rows import lines_of
from shared.backup.taking import Told, measured
from shared.eventstore.tables import ACCESS
from shared.privacy.sealing import sealed_pairs
from shared.privacy.vault import Pair


@dataclass
class Verdict:
    """What a verification looked at, and every defect that it found (Spanish, one line each)."""

    point: str
    entries: int = 0
    rows: int = 0
    files: int = 0
    people: int = 0
    defects: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.defects

    def document(self) -> dict[str, Any]:
        return {**vars(self), "sound": self.sound}


def verify(place: Path, keys_place: Path, point: str | None = None, *, told: Told = lambda *_: None) -> Verdict:
    """Read everything that a point names: hashes, logs without a hole and chained, positions that their upstream's log
    covers, counts, files, and a key (or its tombstone) for everybody whose data an entry holds.

    Raises `NoBackup` and `PointBroken`; everything else is a defect of the verdict.
    """
    archive = Archive(place)
    found = archive.point(point)
    verdict = Verdict(found["name"])
    for name, service in found["services"].items():
        pairs: set[Pair] = set()
        checks = (
            partial(_log, archive, name, service, verdict, pairs, told),
            partial(_tables, archive, name, service, verdict),
            partial(_files, archive, name, service, verdict, told),
            partial(_keys, keys_place, name, service, pairs),
        )
        for check in checks:
            try:
                check()
            except (PieceBroken, PointBroken, KeysOlder, NoBackup) as problem:
                verdict.defects.append(str(problem))
        verdict.people += len({subject for subject, _ in pairs})
    try:
        verdict.defects += ahead(archive, found)
    except PieceBroken as problem:
        # Said already, of the log that holds the piece.
        if str(problem) not in verdict.defects:
            verdict.defects.append(str(problem))
    return verdict


def ahead(archive: Archive, point: dict[str, Any]) -> Iterator[str]:
    """Every follower whose position the point's own logs do not bear out: after a restore it would stop."""
    services = point["services"]
    for name, service in services.items():
        for upstream, position, epoch, entry_hash in service["tracking"]:
            if upstream not in services or position == 0:
                continue
            log = services[upstream]
            if position > log["head"]:
                yield f"{name} ya aplicó la entrada {position} de {upstream}, cuyo registro termina en {log['head']}"
            elif epoch != log["epoch"]:
                yield f"{name} sigue otra época de {upstream}"
            elif entry_hash and entry_hash != _hash_at(archive, upstream, log, position):
                yield f"{name} aplicó otra entrada {position} de {upstream} que la que hay en su registro"


def _hash_at(archive: Archive, log: str, service: dict[str, Any], sequence: int) -> str:
    for stretch in service["events"]:
        if stretch["first"] <= sequence <= stretch["last"]:
            for entry in logs.entries(archive, log, stretch):
                if entry.sequence == sequence:
                    return entry.hash
    return ""


def _log(archive: Archive, name: str, service: dict[str, Any], verdict: Verdict, pairs: set[Pair], told: Told) -> None:
    chain, expected = "", 1
    for stretch in service["events"]:
        for entry in logs.entries(archive, name, stretch):
            if entry.sequence != expected:
                raise PointBroken(point=verdict.point, what=f"en el registro de {name} falta la entrada {expected}")
            chain = logs.chained(chain, entry)
            pairs |= sealed_pairs(entry.state)
            expected += 1
            verdict.entries += 1
        if chain != stretch["chain"]:
            raise PointBroken(point=verdict.point, what=f"el registro de {name} está alterado antes de {expected}")
        told(name, expected - 1, service["head"])
    if expected - 1 != service["head"] or chain != service["chain"]:
        raise PointBroken(point=verdict.point, what=f"el registro de {name} no llega a {service['head']}")


def _tables(archive: Archive, name: str, service: dict[str, Any], verdict: Verdict) -> None:
    for table, kept in service["tables"].items():
        rows = sum(archive.piece(piece).count(b"\n") for piece in kept["pieces"])
        verdict.rows += rows
        if rows != kept["rows"]:
            raise PointBroken(point=verdict.point, what=f"{name}.{table} tiene {rows} filas de {kept['rows']}")
    head = service.get("access", {"head": 0})["head"]
    entries = service["tables"].get(ACCESS.events.name, {"rows": 0})["rows"]
    if entries != head:
        what = f"el registro de accesos de {name} dice llegar a {head} y tiene {entries} anotaciones"
        raise PointBroken(point=verdict.point, what=what)


def _files(archive: Archive, name: str, service: dict[str, Any], verdict: Verdict, told: Told) -> None:
    broken = 0
    pieces = (archive.piece(piece) for piece in service["files"]["pieces"])
    for file_id, size, digest in (row for piece in pieces for row in lines_of(piece)):
        path = archive.files / name / file_id[:2] / file_id[2:]
        verdict.files += 1
        if not path.is_file() or measured(path) != (size, digest):
            broken += 1
        told(f"{name}: archivos", verdict.files, service["files"]["count"])
    if broken:
        raise PointBroken(point=verdict.point, what=f"{broken} archivos de {name} faltan o están alterados")


def _keys(place: Path, name: str, service: dict[str, Any], pairs: set[Pair]) -> None:
    copy = keys.kept(place, name)
    absent = pairs - copy.pairs
    if absent:
        raise KeysOlder(service=name, what=f"las de {len({subject for subject, _ in absent})} personas")
    if copy.destroyed < service["keys"]["destroyed"]:
        raise KeysOlder(service=name, what="supresiones que ya se habían hecho")
