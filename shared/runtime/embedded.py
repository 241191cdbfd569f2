"""The embedded host: every service in one process, SQLite files in one folder, threads, no broker.

The same applications, reactions and feeds as in containers; only what wakes a follower differs.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from shared.audit.witness import Witness
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.drafting import CatalogueVersionPublished, CatalogueVersionWithdrawn
from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.delivery.telemetry import Counts
from shared.editing.keeper import Keeper
from shared.editing.shelf import TABLE
from shared.eventstore.application import Committed, ServiceApplication
from shared.privacy.keys import MasterKey, MasterKeyProblem
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.config import scanner_of
from shared.runtime.definition import ServiceDefinition, installed_services
from shared.runtime.desk import Desk
from shared.runtime.health import Check, Checks, Readiness, bound
from shared.runtime.instruments import Instruments, Watched
from shared.runtime.key_rotation import CURRENT, NEXT
from shared.runtime.log_keys import of_log, own_log_signer, own_public_keys, own_witness_signer
from shared.runtime.operations import Operations
from shared.runtime.rebuilding import Rebuilding
from shared.runtime.sealing import interval, run_all
from shared.runtime.tokens import TokenInvalid, Who
from shared.runtime.turns import take_turns
from shared.runtime.witnessing import Witnessing

log = structlog.get_logger("impulso.embedded")

PULL_EVERY_S = 5.0
"""Seconds between two looks of a follower that nothing has prompted: a commit prompts, so they only make sure."""
WORK_EVERY_S = 1.0
KEEP_EVERY_S = 30.0
"""Publications prompt the look themselves; this is for what another process left."""


class DataFolderInUse(Exception):
    """Another process serves this data folder; its commands go through that process's URL."""

    def __init__(self, data: Path, url: str) -> None:
        self.url = url
        where = f" en {url}; use --url {url}" if url else ""
        super().__init__(f"La carpeta de datos {data} ya la atiende otro proceso{where}.")


class RotationUnfinished(MasterKeyProblem):
    """A change of the master key was interrupted: some keys are under the new one, the others under the former."""

    message = (
        "El cambio de la clave maestra de «{data}» no terminó. Corra de nuevo «impulso keys rotate --data {data}»."
    )


class FolderLock:
    """One process a data folder. The lock goes with the process, however it ends; the file says where it serves."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.data = data
        self._handle = open(data / "lock", "a+", encoding="utf-8")  # noqa: SIM115 - held for the host's life
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._handle.seek(0)
            url = self._handle.read().strip()
            self._handle.close()
            raise DataFolderInUse(data, url) from None
        self.announce("")

    def announce(self, url: str) -> None:
        """Write where this process serves, for whoever finds the folder locked."""
        self._handle.seek(0)
        self._handle.truncate()
        self._handle.write(url)
        self._handle.flush()

    def release(self) -> None:
        self._handle.close()


def master_key(data: Path) -> MasterKey:
    """The installation's master key: from the environment, else ``master.key`` in the folder, made at first start.

    Raises `RotationUnfinished` and every other `MasterKeyProblem`.
    """
    path = data / CURRENT
    if (data / NEXT).exists():
        raise RotationUnfinished(data=data)
    if not os.environ.get("IMPULSO_MASTER_KEY") and not os.environ.get("IMPULSO_MASTER_KEY_FILE"):
        return MasterKey.load(path) if path.exists() else MasterKey.create(path)
    return MasterKey.load()


Verify = Callable[[str], Who]


def _nobody(_service: str) -> Verify:
    def refuse(_token: str) -> Who:
        raise TokenInvalid("no verifier")

    return refuse


class EmbeddedHost:
    """Runs every installed service over ``data``. `open` before use, `start` for followers and background work.

    ``verify_for`` gives, for a service, what turns a token for it into who asks; the gateway has it. Raises
    `DataFolderInUse`.
    """

    def __init__(
        self,
        data: Path,
        *,
        verify_for: Callable[[str], Verify] = _nobody,
        services: Mapping[str, ServiceDefinition] | None = None,
        catalogue: Catalogue | None = None,
        settings: Mapping[str, dict[str, Any]] | None = None,
    ) -> None:
        self.data = data
        self.lock = FolderLock(data)
        self.master = master_key(data)
        self.catalogue = catalogue or Catalogue.load()
        self.seal_every = interval()
        scanner = scanner_of()
        self.services: dict[str, Assembled] = {}
        self.desks: dict[str, Desk] = {}
        self.followers: dict[tuple[str, str], Follower] = {}
        self.rebuilding: dict[str, Rebuilding] = {}
        self.telemetry: dict[str, Counts] = {}
        self._readiness: dict[str, Readiness] = {}
        self.instruments = Instruments()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._wakes: dict[str, list[threading.Event]] = {}
        self._works: dict[str, threading.Event] = {}
        self._busy: set[str] = set()
        self._sealed: list[Assembled] = []
        self._witness: Desk | None = None
        self._shows: list[Witnessing] = []
        self._company: list[tuple[str, Callable[[threading.Event], None]]] = []
        self._keepers: list[Keeper] = []
        self._keeping = threading.Event()
        """Set while a publication may not have been taken over by every service: from the start, and at each."""
        self._keeping.set()
        self._look = threading.Event()
        for name, definition in (services if services is not None else installed_services()).items():
            place = Place.under(data / name)
            self.services[name] = assemble(
                definition,
                place,
                self.master,
                self.catalogue,
                create=True,
                settings=(settings or {}).get(name),
                signer=own_log_signer(data, name),
                seal_every=self.seal_every,
            )
            self.seal(self.services[name])
            self.telemetry[name] = Counts()
            one = self.services[name]
            self.desks[name] = Desk(
                definition,
                one.application,
                one.publication,
                verify_for(name),
                scanner=scanner,
                instruments=self.instruments,
            )
            if definition.witnesses:
                self._witness = self.desks[name]
                signer, database = own_witness_signer(data), one.application.database
                self._witness.cosigning = Witness(database, signer, lambda log: of_log(own_public_keys(data), log))
                one.application.log_keys += (signer.verifier.text,)
        for name, one in self.services.items():
            for upstream in one.definition.follows:
                self._follow(name, upstream)
            mine = {upstream: follower for (own, upstream), follower in self.followers.items() if own == name}
            self.rebuilding[name] = Rebuilding(one, {upstream: self._feed(upstream) for upstream in mine})
            self.desks[name].operations = operations = Operations(one, mine, self.rebuilding[name])
            operations.cosigning = self.desks[name].cosigning
            self._readiness[name] = readiness = Readiness(one, mine, lag=bound())
            self.instruments.watch(Watched(one, readiness, mine, self.telemetry[name]))
            one.application.owners = {other: self.desks[other].figures for other in one.definition.asks}
            one.application.committed.append(lambda done, name=name: self._prompt(name, done))
            if TABLE in one.application.views.metadata.tables:
                self.hold_catalogue(one.application)
                one.application.committed.append(self._published)

    def hold_catalogue(self, application: ServiceApplication) -> None:
        """Let ``application``, the gateway's too, hold what the services of this host publish."""
        owners = [name for name, one in self.services.items() if TABLE in one.application.views.metadata.tables]
        self._keepers.append(Keeper(application, lambda owner, payload: self.desks[owner].catalogue(payload), owners))

    def accompany(self, name: str, work: Callable[[threading.Event], None]) -> None:
        """Run ``work`` on a thread of its own from this host's `start` on; it returns soon after the event is set."""
        self._company.append((name, work))

    def seal(self, service: Assembled) -> None:
        """Let this host seal both logs of ``service``, the gateway's too, from its `start` to its `stop`."""
        self._sealed.append(service)

    def start(self) -> None:
        """Start the threads of followers, of background work and of the seals."""
        for (name, upstream), follower in self.followers.items():
            wake = threading.Event()
            self._wakes.setdefault(upstream, []).append(wake)
            self._run(f"{name}<-{upstream}", lambda f=follower, w=wake: f.run(self._stop, w, every=PULL_EVERY_S))
        for name, one in self.services.items():
            if one.definition.work is not None:
                self._works[name] = threading.Event()
                self._run(f"{name} work", lambda n=name: self._work(n))
            self._run(f"{name} rebuild", lambda r=self.rebuilding[name]: r.run(self._stop))
        for one in self._sealed:
            if one.sealing.signer is not None:
                self._run(f"{one.definition.name} seal", lambda s=one.sealings: run_all(s, self._stop))
                if self._witness is not None:
                    ask, logs = self._witness.witness, (one.application.log, one.application.access.log)
                    shows = [Witnessing(each, ask, self.seal_every) for each in logs]
                    self._shows += shows
                    looks = [each.look for each in shows]
                    self._run(f"{one.definition.name} witness", lambda w=looks: take_turns(w, self._stop))
        for name, accompany in self._company:
            self._run(name, lambda w=accompany: w(self._stop))
        self._run("catalogue", self._keep)

    def stop(self, timeout: float = 10.0) -> None:
        """Let each thread finish its transaction, then close everything and give the folder free."""
        self._stop.set()
        for wakes in self._wakes.values():
            for wake in wakes:
                wake.set()
        for wake in self._works.values():
            wake.set()
        self._look.set()
        for rebuilding in self.rebuilding.values():
            rebuilding.wake.set()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for shows in self._shows:
            # What was sealed at the very end would stay without its witness for as long as nobody serves this folder.
            shows.finish()
        for one in self.services.values():
            one.close()
        self.lock.release()

    def settled(self) -> bool:
        """True when no follower has anything left to apply and no background work runs."""
        if any(work.is_set() for work in self._works.values()) or self._busy or self._keeping.is_set():
            return False
        heads = {name: one.application.log.head() for name, one in self.services.items()}
        for name, upstream in self.followers:
            position = self.services[name].inbox.position(upstream).position
            if position < heads.get(upstream, 0):
                return False
        return heads == {name: one.application.log.head() for name, one in self.services.items()}

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until `settled`. Raises TimeoutError, naming who lags."""
        deadline = time.monotonic() + timeout
        while not self.settled():
            if time.monotonic() > deadline:
                lagging = [f"{name}<-{upstream}" for name, upstream in self.followers]
                raise TimeoutError(f"not settled after {timeout:.0f} s: {lagging}, busy {sorted(self._busy)}")
            time.sleep(0.005)

    def checks(self) -> Checks:
        """Whether every service can do its work, as ``{"intake.database": …}``; and whether every thread runs."""
        ended = [thread.name for thread in self._threads if not thread.is_alive()]
        found = {"threads": Check(not ended, f"se detuvo {', '.join(ended)}; reinicie el sistema" if ended else "")}
        for name, readiness in self._readiness.items():
            found.update({f"{name}.{what}": check for what, check in readiness.checks().items()})
        return found

    def pull_all(self) -> None:
        """Without threads (commands on a data folder): follow until nothing is left, in this thread."""
        moved = True
        while moved:
            moved = any([follower.tick() for follower in self.followers.values()])
        if self._keeping.is_set():
            self._hold_all()

    def work_all(self) -> None:
        """Without threads: run background work until nothing is left, in this thread."""
        for one in self.services.values():
            work = one.definition.work
            while work is not None and work(one.application, self._stop.is_set):
                pass

    def _follow(self, name: str, upstream: str) -> None:
        self.followers[name, upstream] = Follower(
            upstream, self._feed(upstream), self.services[name].inbox, telemetry=self.telemetry[name]
        )

    def _feed(self, upstream: str) -> Feed:
        source = self.services[upstream]
        return Feed(source.application.log, source.publication)

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _published(self, done: Committed) -> None:
        if any(isinstance(event, (CatalogueVersionPublished, CatalogueVersionWithdrawn)) for event, _ in done.events):
            self._keeping.set()
            self._look.set()

    def _keep(self) -> None:
        while not self._stop.is_set():
            try:
                self._hold_all()
            except Exception as error:
                log.error("catalogue not held", error=type(error).__name__)
            self._look.wait(KEEP_EVERY_S)

    def _hold_all(self) -> None:
        self._look.clear()
        for keeper in self._keepers:
            keeper.look()
        if not self._look.is_set():
            self._keeping.clear()

    def _prompt(self, name: str, done: Committed) -> None:
        # Most commits move a position and add nothing to the log: nobody who follows it has to look.
        for wake in self._wakes.get(name, ()) if done.ids else ():
            wake.set()
        if name in self._works:
            self._works[name].set()

    def _work(self, name: str) -> None:
        one, wake = self.services[name], self._works[name]
        work = one.definition.work
        assert work is not None
        while not self._stop.is_set():
            # Busy before the prompt is taken: `settled` must never see neither.
            self._busy.add(name)
            wake.clear()
            try:
                did = work(one.application, self._stop.is_set)
            except Exception as error:
                log.error("background work failed", service=name, error=type(error).__name__)
                did = False
            finally:
                self._busy.discard(name)
            if not did:
                wake.wait(WORK_EVERY_S)
