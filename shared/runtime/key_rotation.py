"""A new master key: every key of people is wrapped anew, no event is touched, and with the former master key die all
copies of the keys that it wrapped, backups and archived logs included.

Two ways, as the hosts are two. The embedded system is stopped: its one master key is replaced in one step once every
service is done. A service in a container goes on: it is given the new key with the former one beside it, and what this
wraps anew it reads from then on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path

import structlog

from shared.eventstore.access_log import AccessLog
from shared.eventstore.commit import Committer
from shared.eventstore.database import Database
from shared.privacy.keys import KeyRing, MasterKey
from shared.privacy.secret_file import sync_directory
from shared.runtime import migrate
from shared.runtime.settings import address

log = structlog.get_logger("impulso.access")

CURRENT, NEXT = "master.key", "master.key.next"
FORMER_VARIABLE = "IMPULSO_FORMER_MASTER_KEY"
FORMER_FILE_VARIABLE = "IMPULSO_FORMER_MASTER_KEY_FILE"
Told = Callable[[str, int], None]
"""``told(service, keys)``: a service is done."""


def rotate_folder(data: Path, services: Iterable[str], told: Told = lambda *_: None) -> dict[str, int]:
    """Wrap the keys of the embedded system over ``data`` with a new master key; how many, by service.

    The caller holds the folder's lock. Interrupted, the same call goes on with the same new key; until it has ended
    the system does not start. The former key stays as ``master.key.former-ID`` for whoever must still read old
    backups: destroying it is what makes those unreadable. Raises `MasterKeyProblem` and what reading the keys raises.
    """
    former = MasterKey.load(data / CURRENT)
    following = data / NEXT
    new = MasterKey.load(following) if following.exists() else MasterKey.create(following)
    done: dict[str, int] = {}
    for name in services:
        path = data / name / "keys.db"
        if path.exists():
            done[name] = rewrap(f"sqlite:///{path}", name, new, former)
            if (events := data / name / "events.db").exists():
                _noted(f"sqlite:///{events}", name, done[name], new, former)
            told(name, done[name])
    kept = data / f"{CURRENT}.former-{former.id}"
    if not kept.exists():
        os.link(data / CURRENT, kept)
    # One step: whatever happens, the folder has a master key that opens everything, or says that it is not done.
    os.replace(following, data / CURRENT)
    sync_directory(data)
    return done


def rewrap(keys_url: str, service: str, new: MasterKey, former: MasterKey) -> int:
    """Wrap every key of ``service`` with ``new``; how many were still under ``former``."""
    ring = KeyRing(keys_url, new, service, former=[former])
    try:
        ring.check_master()
        count = ring.rewrap(new)
        ring.check_master()
    finally:
        ring.close()
    log.info("keys_rotated", service=service, keys=count, former=former.id, master=new.id)
    return count


def rotate_service(service: str, environ: Mapping[str, str] = os.environ) -> tuple[int, str, str]:
    """Wrap the keys of a service with the master key of its environment; how many, and both keys' names.

    It may run meanwhile, with the same environment. Raises `MasterKeyProblem`, `ConfigurationError`.
    """
    new, former = MasterKey.load(environ=environ), former_master(environ)
    if former is None:
        former = new
    keys, store = (
        address(f"IMPULSO_{which}_URL", "IMPULSO_DATABASE_PASSWORD", environ) for which in ("KEYS", "DATABASE")
    )
    count = rewrap(keys, service, new, former)
    _noted(store, service, count, new, former)
    return count, former.id, new.id


def _noted(database_url: str, service: str, count: int, new: MasterKey, former: MasterKey) -> None:
    """Say so in the access log of the service. Interrupted before it, the same command is run again and says so."""
    with closing(Database(database_url, pool_size=1)) as database:
        # A folder that a former release served last has no access log yet.
        if database.dialect == "sqlite":
            migrate.make_new(database, [migrate.STORE])
        access = AccessLog(service, Committer(database))
        facts = {"service": service, "act": "keys rotate", "count": count, "about": f"{former.id} → {new.id}"}
        access.keep([access.entry("keys_rotated", **facts)])


def former_master(environ: Mapping[str, str] = os.environ) -> MasterKey | None:
    """The master key of before, while a rotation is under way; None without one. Raises `MasterKeyProblem`."""
    renamed = {
        "IMPULSO_MASTER_KEY": environ.get(FORMER_VARIABLE, ""),
        "IMPULSO_MASTER_KEY_FILE": environ.get(FORMER_FILE_VARIABLE, ""),
    }
    return MasterKey.load(environ=renamed) if any(renamed.values()) else None
