"""`impulso migrate`: the tables are made and brought up to date, as their owner."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, answer, guarded, say
from shared.eventstore.database import Database
from shared.runtime import migrate as schemas
from shared.runtime.definition import installed_services
from shared.runtime.readiness import is_away, when_ready
from shared.runtime.settings import ConfigurationError, address


@guarded
def migrate(
    service: Annotated[str | None, typer.Argument(help="Un servicio (por defecto, todos los configurados).")] = None,
    wait: Annotated[float, typer.Option("--wait", help="Segundos que espera a que las bases respondan.")] = 0.0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Crea o actualiza las tablas, como dueño de las bases: con --data, o con IMPULSO_<SERVICIO>_OWNER_URL."""
    done: dict[str, list[str]] = {}
    for name in [service] if service else [*installed_services(), "gateway"]:
        steps: list[str] = []
        for database_url, role, of_keys in _databases(name, None if data is None else Path(data)):
            run = partial(_migrate, name, database_url, role, of_keys=of_keys)
            try:
                steps += when_ready(run, name, may_come=is_away, limit_s=wait)
            except sa.exc.DBAPIError as error:
                if not is_away(error):
                    raise
                text = f"La base de datos de {name} no responde. Verifique que esté en marcha y reintente."
                raise CommandError(text, Exit.UNAVAILABLE, "DATABASE_AWAY") from error
        done[name] = steps

    def words() -> None:
        for name, steps in done.items():
            say(f"{name}: {'; '.join(steps) if steps else 'al día'}")

    answer(done, as_json, words)


def _databases(name: str, data: Path | None) -> list[tuple[str, str | None, bool]]:
    """The databases of a service as its owner: URL, the application's role, and whether it is that of the keys."""
    if data is not None:
        folder = data / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return [(f"sqlite:///{folder / 'events.db'}", None, False), (f"sqlite:///{folder / 'keys.db'}", None, True)]
    prefix = f"IMPULSO_{name.upper()}"
    password = f"{prefix}_OWNER_PASSWORD"
    try:
        owner, keys = address(f"{prefix}_OWNER_URL", password), address(f"{prefix}_KEYS_OWNER_URL", password)
    except ConfigurationError:
        raise CommandError(
            f"Defina {prefix}_OWNER_URL y {prefix}_KEYS_OWNER_URL, o use --data.", Exit.USAGE, "USAGE"
        ) from None
    role = os.environ.get(f"{prefix}_ROLE", name)
    return [(owner, role, False), (keys, role, True)]


def _migrate(name: str, url: str, role: str | None, *, of_keys: bool) -> list[str]:
    database = Database(url)
    try:
        wanted = [schemas.KEYS] if of_keys else [schemas.STORE, *schemas.extra_schemas(name)]
        steps = schemas.upgrade(database, wanted)
        if not of_keys:
            views = _views(name)
            if views is not None and schemas.make_views(database, views, name):
                steps.append("modelo de lectura: se hará de nuevo al iniciar")
        if role is not None:
            schemas.grant(database, role, None if of_keys else _views(name))
        return steps
    finally:
        database.close()


def _views(name: str) -> Any:
    services = installed_services()
    if name in services:
        return services[name].application.views
    from shared.cli.system import edge

    return edge("definition").application.views
