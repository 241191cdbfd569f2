"""Keeping checkpoints away from the system: what a log says today is held to what it said before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.audit.checkpoints import Checkpoint
from shared.audit.encoding import from_base64
from shared.audit.errors import AuditProblem
from shared.audit.keys import Verifier
from shared.audit.merkle import verify_consistency
from shared.audit.notes import Note
from shared.backup.archive import write_whole
from shared.catalogue.commands import SERVICES
from shared.cli.api import Api, Refused
from shared.cli.exits import CommandError, Exit
from shared.eventstore.log import access_name, service_of
from shared.runtime.log_keys import key_name, of_log

Told = dict[str, Any]


def kept_notes(folder: Path) -> list[Note]:
    """The checkpoints of one log that were kept in ``folder``. Raises `NoteMalformed`."""
    return [Note.parse(path.read_bytes()) for path in sorted(folder.glob("*.checkpoint"))]


def keep_note(folder: Path, note: Note) -> None:
    """Keep a checkpoint, beside those of before: they are what a later log is held to."""
    checkpoint = Checkpoint.parse(note.text)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{checkpoint.size:012d}-{checkpoint.origin.rpartition('/')[2][:8]}.checkpoint"
    if not path.exists():
        write_whole(path, note.encode())


def keep_watch(api: Api, pinned: Sequence[Verifier], kept: Path, service: str | None) -> list[Told]:
    """Keep the latest checkpoint of each log that continues the one kept before; what does not is kept as evidence.

    Raises `CommandError` for a log that there is not.
    """
    logs = [log for name in SERVICES for log in (name, access_name(name))]
    if service is not None and service not in logs:
        raise CommandError(f"No hay un registro «{service}»; hay: {', '.join(logs)}.", Exit.USAGE, "USAGE")
    chosen = [log for log in logs if service in (None, log, service_of(log))]
    return [_watched(api, of_log(pinned, log), kept / log, log) for log in chosen]


def _watched(api: Api, keys: Sequence[Verifier], folder: Path, name: str) -> Told:
    try:
        found = api.get(f"/api/audit/{name}/checkpoint")
    except Refused as refusal:
        if refusal.code != "NOT_SEALED" or kept_notes(folder):
            raise
        return {"log": name, "size": 0, "problem": None}
    try:
        note = Note.parse((found["cosigned"] or found)["note"].encode())
        note.verify(keys)
        now = Checkpoint.parse(note.text)
        if now.origin.rpartition("/")[0] != key_name(name):
            return _told(name, now, "es un punto de control de otro registro")
        before = [Checkpoint.parse(each.text) for each in kept_notes(folder) if each.verify(keys)]
    except AuditProblem as error:
        return {"log": name, "size": None, "problem": str(error)}
    last = max(before, key=lambda each: each.size, default=None)
    problem = None if last is None else _objection(api, name, last, now)
    if problem is None:
        keep_note(folder, note)
    else:
        # Under another ending: it is evidence against the log, not what a later one is held to.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(folder / f"{now.size:012d}-{now.root.hex()[:8]}.divergent", note.encode())
    return _told(name, now, problem)


def _objection(api: Api, name: str, last: Checkpoint, now: Checkpoint) -> str | None:
    about = f"DIVERGENTE: lo guardado aquí llega a {last.size} y el registro muestra {now.size}"
    if now.size < last.size:
        # One that witnesses cosigned may be a little behind the latest, which was kept then.
        proof = _proof(api, name, now.size, last.size)
        return None if verify_consistency(now.size, last.size, now.root, last.root, proof) else about
    if now.size == last.size:
        return None if now.root == last.root else f"{about}, con otro contenido"
    proof = _proof(api, name, last.size, now.size)
    continues = verify_consistency(last.size, now.size, last.root, now.root, proof)
    return None if continues else f"{about}, que no lo continúa"


def _proof(api: Api, name: str, old: int, new: int) -> list[bytes]:
    try:
        return [from_base64(each) for each in api.get(f"/api/audit/{name}/consistency", old=old, new=new)["proof"]]
    except (Refused, ValueError):
        return []


def _told(name: str, now: Checkpoint, problem: str | None) -> Told:
    return {"log": name, "size": now.size, "problem": problem}
