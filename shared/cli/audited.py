"""Where `impulso verify` finds a log: its database and public keys, what the witness remembers, what opens the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from shared.audit.keys import Verifier
from shared.catalogue.catalogue import Catalogue
from shared.cli.exits import CommandError, Exit
from shared.cli.system import edge
from shared.delivery.feed import Feed
from shared.delivery.ports import FeedSource
from shared.delivery.publication import ContractPublication
from shared.eventstore.application import ServiceApplication
from shared.privacy.keys import MasterKey, MasterKeyProblem
from shared.runtime.assembly import Place
from shared.runtime.config import ServiceConfig
from shared.runtime.definition import ServiceDefinition, installed_services
from shared.runtime.log_keys import PINNED_VARIABLE, LogKeyProblem, folder_keys, public_keys
from shared.runtime.looking import looked_into
from shared.runtime.rpc_feed import RpcFeed
from shared.runtime.settings import ConfigurationError, address
from shared.runtime.witnessing import WITNESS_SERVICE


def definitions() -> dict[str, ServiceDefinition]:
    """Every service that has a log, the gateway's too."""
    gateway: ServiceDefinition = edge("definition")
    return {**installed_services(), gateway.name: gateway}


@dataclass(frozen=True)
class Content:
    """What stands behind a log, opened: the service's application and the feeds of those that it follows."""

    application: ServiceApplication
    feeds: Mapping[str, FeedSource]


@dataclass
class Audited:
    """The databases by their owner's addresses (``IMPULSO_<SERVICE>_OWNER_URL``): no key opens what they hold."""

    keys: Path | None = None

    def url(self, name: str) -> str:
        """The database of a log. Raises `CommandError` where there is none."""
        prefix = f"IMPULSO_{name.upper()}"
        try:
            return address(f"{prefix}_OWNER_URL", f"{prefix}_OWNER_PASSWORD")
        except ConfigurationError as error:
            text = f"{error} O indique la carpeta del sistema embebido con --data."
            raise CommandError(text, Exit.USAGE, "USAGE") from error

    def memory(self, _name: str) -> str | None:
        """The database in which the witness remembers; None where it is out of reach."""
        return self.url(WITNESS_SERVICE) if os.environ.get(f"IMPULSO_{WITNESS_SERVICE.upper()}_OWNER_URL") else None

    @contextmanager
    def content(self, _name: str) -> Iterator[Content | None]:
        """What stands behind the log, opened; None where the keys are not at hand."""
        yield None

    @cached_property
    def pinned(self) -> list[Verifier]:
        """The public keys, from outside every database. Raises `CommandError`."""
        path = self.keys or self._pinned_at()
        try:
            return folder_keys(path) if path.is_dir() else public_keys(path)
        except OSError as error:
            text = f"No se pueden leer las claves públicas en «{path}» ({type(error).__name__}). Indíquelas con --keys."
            raise CommandError(text, Exit.USAGE, "LOG_KEYS_MISSING") from error
        except LogKeyProblem as problem:
            raise CommandError(str(problem), Exit.USAGE, problem.code) from problem

    def _pinned_at(self) -> Path:
        return Path(os.environ.get(PINNED_VARIABLE) or "log_keys")


@dataclass
class Embedded(Audited):
    """The data folder of the embedded system, whether it runs or not."""

    data: Path = Path("var")

    def url(self, name: str) -> str:
        path = self.data / name / "events.db"
        if not path.is_file():
            raise CommandError(f"No hay un registro de {name} en «{self.data}».", Exit.USAGE, "USAGE")
        return f"sqlite:///{path}"

    def memory(self, _name: str) -> str | None:
        return self.url(WITNESS_SERVICE) if (self.data / WITNESS_SERVICE / "events.db").is_file() else None

    @contextmanager
    def content(self, name: str) -> Iterator[Content | None]:
        known = definitions()
        with ExitStack() as stack:

            def into(each: str) -> ServiceApplication:
                place = Place.under(self.data / each)
                return stack.enter_context(looked_into(known[each], place, self._master, self._catalogue))

            def feed(each: str) -> Feed:
                upstream = into(each)
                return Feed(upstream.log, ContractPublication(each, upstream.mapper))  # type: ignore[arg-type]

            follows = known[name].follows if known[name].only_reads else ()
            yield Content(into(name), {upstream: feed(upstream) for upstream in follows})

    @cached_property
    def _master(self) -> MasterKey:
        named = os.environ.get("IMPULSO_MASTER_KEY") or os.environ.get("IMPULSO_MASTER_KEY_FILE")
        return _loaded(None if named else self.data / "master.key")

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue.load()

    def _pinned_at(self) -> Path:
        return self.data / "log-keys"


@dataclass
class Here(Audited):
    """The one service whose settings this process has, as its container does."""

    def url(self, _name: str) -> str:
        return self._config.place.database_url

    def memory(self, name: str) -> str | None:
        return self.url(name) if name == WITNESS_SERVICE else None

    @contextmanager
    def content(self, name: str) -> Iterator[Content | None]:
        definition, config = definitions()[name], self._config
        follows = definition.follows if definition.only_reads else ()
        feeds = {upstream: RpcFeed(config.amqp_url, upstream) for upstream in follows}
        try:
            with looked_into(definition, config.place, _loaded(None), Catalogue.load(config.catalogue)) as application:
                yield Content(application, feeds)
        finally:
            for feed in feeds.values():
                feed.close()

    @cached_property
    def _config(self) -> ServiceConfig:
        try:
            return ServiceConfig.read()
        except ConfigurationError as error:
            raise CommandError(str(error), Exit.USAGE, "USAGE") from error


def _loaded(path: Path | None) -> MasterKey:
    try:
        return MasterKey.load() if path is None else MasterKey.load(path)
    except MasterKeyProblem as problem:
        text = f"{problem} Sin ella se comprueban los sellos y nada más: use --seals-only."
        raise CommandError(text, Exit.USAGE, "MASTER_KEY_MISSING") from problem
