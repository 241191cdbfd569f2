"""Putting one service together from its description: store, keys, files, application. Both hosts use it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from shared.audit.keys import Signer
from shared.catalogue.catalogue import Catalogue
from shared.delivery.inbox import ApplicationInbox
from shared.delivery.publication import ContractPublication
from shared.editing.living import LivingCatalogue
from shared.editing.shelf import TABLE
from shared.eventstore import guards
from shared.eventstore.application import ServiceApplication
from shared.eventstore.database import Database
from shared.privacy.filestore import FileStore
from shared.privacy.keys import KeyRing, MasterKey
from shared.privacy.shred_list import ShredList
from shared.runtime import migrate
from shared.runtime.definition import ServiceDefinition
from shared.runtime.rebuild import rebuild
from shared.runtime.restoration import refuse_unfinished
from shared.runtime.sealing import EVERY_S, Sealing

log = structlog.get_logger("impulso.assembly")


class SchemaOutdated(Exception):
    """The database was made by other code. Run ``impulso migrate`` as its owner."""

    def __init__(self, service: str) -> None:
        super().__init__(f"la base de datos de {service} es de otra versión: corra «impulso migrate»")


@dataclass(frozen=True)
class Place:
    """Where one service keeps things: the URLs of its two databases and the folder of its encrypted files."""

    database_url: str
    keys_url: str
    files: Path

    @classmethod
    def under(cls, folder: Path) -> Place:
        """SQLite files and a file store in ``folder``."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(f"sqlite:///{folder / 'events.db'}", f"sqlite:///{folder / 'keys.db'}", folder / "files")


@dataclass
class Assembled:
    """One running service without its host: application, inbox for what it follows, what it may publish, its seals."""

    definition: ServiceDefinition
    application: ServiceApplication
    inbox: ApplicationInbox
    publication: ContractPublication
    keys: KeyRing
    place: Place
    sealing: Sealing
    access_sealing: Sealing

    @property
    def sealings(self) -> tuple[Sealing, ...]:
        """The seals of both logs."""
        return self.sealing, self.access_sealing

    def close(self) -> None:
        self.application.database.close()
        self.keys.close()


def assemble(
    definition: ServiceDefinition,
    place: Place,
    master: MasterKey,
    catalogue: Catalogue,
    *,
    create: bool,
    pool_size: int = 10,
    settings: dict[str, Any] | None = None,
    signer: Signer | None = None,
    seal_every: float = EVERY_S,
    former: MasterKey | None = None,
) -> Assembled:
    """Open the service's store and make its application ready to serve.

    ``create``: make missing tables (the embedded host and tests); a server's tables come from ``impulso migrate``.
    ``signer``: the key that the checkpoints of both logs are signed with, every ``seal_every`` seconds; None: they are
    not sealed.
    ``former``: the master key of before, while a rotation is under way.
    Raises `GuardMissing` when history is not protected, `SchemaOutdated` when the tables are of other code, and
    `RestoreUnfinished` when they hold part of a backup.
    """
    database = Database(place.database_url, pool_size=pool_size)
    keys = KeyRing(
        place.keys_url,
        master,
        definition.name,
        former=[former] if former is not None else [],
        shred=ShredList.of(definition.name, place.files),
    )
    views = definition.application.views
    with database.read() as connection:
        refuse_unfinished(connection, definition.name)
    if create:
        migrate.make_new(database, [migrate.STORE, *migrate.extra_schemas(definition.name)])
        migrate.make_views(database, views, definition.name)
        keys.create_tables()
    if again := keys.destroy_again():
        log.warning("erased again", service=definition.name, keys=again)
    with database.read() as connection:
        guards.verify(connection)
        if not views.is_current(connection, definition.name):
            raise SchemaOutdated(definition.name)
        built = views.is_built(connection, definition.name)
    database.expect(definition.name, views.fingerprint())
    files = FileStore(place.files, keys)
    living = LivingCatalogue(catalogue) if TABLE in views.metadata.tables else None
    application = definition.application(database, keys, catalogue=living or catalogue, files=files, **(settings or {}))
    publication = ContractPublication(definition.name, application.mapper)
    application.check_event = publication.check
    if not built:
        rebuild(application, definition)
    if living is not None:
        living.watch(application)
    if definition.prepare is not None:
        definition.prepare(application)
    inbox = ApplicationInbox(application, definition.reactions)
    sealing = Sealing(application.log, signer, seal_every)
    access_sealing = Sealing(application.access.log, signer, seal_every)
    application.log_keys = () if signer is None else (signer.verifier.text,)
    return Assembled(definition, application, inbox, publication, keys, place, sealing, access_sealing)
