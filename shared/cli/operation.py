"""`impulso parked`, `rebuild`, `doctor` and `migrate`: what operators do."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from shared.cli.api import Api
from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, Password, Url, User, answer, console, guarded, say, table
from shared.cli.system import OPERATION, session
from shared.eventstore.database import Database
from shared.runtime import migrate as schemas
from shared.runtime.definition import installed_services
from shared.runtime.readiness import is_away, when_ready

parked_app = typer.Typer(help="Eventos apartados: los que no se pudieron aplicar.", invoke_without_command=True)
CATCH_UP_S = 600.0


@contextlib.contextmanager
def _operating(data: Any, url: str | None, user: str | None, password: str | None) -> Iterator[Api]:
    with session(None if data is None else Path(data), url, user, password, default_user=OPERATION) as api:
        yield api


@parked_app.callback()
@guarded
def list_parked(
    context: typer.Context,
    service: Annotated[str | None, typer.Option(help="Solo este servicio.")] = None,
    status: Annotated[str, typer.Option(help="parked, applied o discarded.")] = "parked",
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Lista los eventos apartados, con el motivo y el caso."""
    if context.invoked_subcommand is not None:
        return
    with _operating(data, url, user, password) as api:
        items = api.get("/api/operations/parked", service=service, status=status)["items"]
    columns = ("service", "upstream", "sequence", "type", "case_id", "error_code", "attempts", "parked_at")
    names = ("servicio", "de", "n.º", "evento", "caso", "motivo", "intentos", "apartado")

    def words() -> None:
        if not items:
            say("No hay eventos apartados.")
            return
        table("Eventos apartados", names, [[item[column] for column in columns] for item in items])

    answer({"items": items}, as_json, words)


@parked_app.command("retry")
@guarded
def retry_parked(
    service: Annotated[str, typer.Argument(help="Servicio que lo apartó.")],
    upstream: Annotated[str, typer.Argument(help="Servicio de donde viene.")],
    case: Annotated[str, typer.Argument(help="Caso.")],
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Reintenta, en orden, los eventos apartados de un caso."""
    with _operating(data, url, user, password) as api:
        done = api.post(f"/api/operations/{service}/retry", {"upstream": upstream, "subject": case})
    failing = done.get("failing")
    answer(done, as_json, lambda: say(f"Aplicados: {done['applied']}." + (" Uno sigue fallando." if failing else "")))
    if failing:
        raise CommandError(f"El evento {failing['sequence']} falla: {failing['error_code']}.", Exit.UNSOUND, "PARKED")


@parked_app.command("discard")
@guarded
def discard_parked(
    service: Annotated[str, typer.Argument(help="Servicio que lo apartó.")],
    upstream: Annotated[str, typer.Argument(help="Servicio de donde viene.")],
    sequence: Annotated[int, typer.Argument(help="Número del evento en el registro de ese servicio.")],
    reason: Annotated[str, typer.Option("--reason", help="Motivo; queda registrado.")],
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Descarta un evento apartado, con motivo."""
    body = {"upstream": upstream, "sequence": sequence, "reason": reason}
    with _operating(data, url, user, password) as api:
        gone = api.post(f"/api/operations/{service}/discard", body)
    answer(gone, as_json, lambda: say(f"Descartado {upstream}:{sequence}. Queda registrado con su motivo."))


@guarded
def rebuild(
    service: Annotated[str, typer.Argument(help="reporting u otro servicio.")],
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Hace de nuevo el modelo de lectura de un servicio a partir de los eventos."""
    columns = (TextColumn("Reconstruyendo"), BarColumn(), MofNCompleteColumn(), TextColumn("eventos"))
    with _operating(data, url, user, password) as api:
        done = api.post(f"/api/operations/{service}/rebuild", {})
        with Progress(*columns, console=console, disable=as_json or not console.is_terminal) as bar:
            task = bar.add_task("")
            deadline = time.monotonic() + CATCH_UP_S
            while True:
                reached, wanted = _progress(api, service)
                bar.update(task, completed=reached, total=wanted)
                if reached >= wanted:
                    break
                if time.monotonic() > deadline:
                    raise CommandError("La reconstrucción sigue en el servicio.", Exit.INCOMPLETE, "REBUILD_RUNNING")
                time.sleep(0.1)
    result = {"service": service, "entries": done["entries"], "followed": reached}
    answer(result, as_json, lambda: say(f"{service}: {done['entries'] + reached} eventos aplicados de nuevo."))


@guarded
def adopt(
    service: Annotated[str, typer.Argument(help="Servicio que dejó de seguir.")],
    upstream: Annotated[str, typer.Argument(help="Servicio restaurado.")],
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Vuelve a seguir a un servicio restaurado, si su historia contiene lo que ya se aplicó."""
    with _operating(data, url, user, password) as api:
        done = api.post(f"/api/operations/{service}/adopt", {"upstream": upstream})
    answer(done, as_json, lambda: say(f"{service} sigue de nuevo a {upstream}."))


def _progress(api: Api, service: str) -> tuple[int, int]:
    """How many entries of its upstreams the service has applied, and how many there are."""
    found = {one["service"]: one for one in api.get("/api/operations/status")["items"]}
    followers = found[service].get("followers", {})
    reached = sum(one["position"] for one in followers.values())
    return reached, sum(found[upstream]["head"] for upstream in followers)


@guarded
def doctor(
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Revisa el sistema y dice qué está roto y cómo se cura; sale con 6 si encuentra algo."""
    with _operating(data, url, user, password) as api:
        services = api.get("/api/operations/status")["items"]
    findings = [finding for one in services for finding in _findings(one)]
    document = {"sound": not findings, "findings": findings, "services": services}

    def words() -> None:
        rows = [
            (
                one["service"],
                one.get("head", "—"),
                one.get("parked", "—"),
                ", ".join(f"{name} {follower['position']}" for name, follower in one.get("followers", {}).items()),
            )
            for one in services
        ]
        table("Servicios", ("servicio", "eventos", "apartados", "sigue a"), rows)
        for finding in findings:
            say(f"✗ {finding['service']}: {finding['text']}")
        if not findings:
            say("Todo en orden.")

    answer(document, as_json, words)
    if findings:
        raise typer.Exit(int(Exit.UNSOUND))


def _findings(one: dict[str, Any]) -> list[dict[str, str]]:
    service = one["service"]
    found: list[tuple[str, str]] = []
    if one.get("unavailable"):
        found.append(("SERVICE_AWAY", "no responde. Revise su proceso, su base de datos y el intermediario."))
    if one.get("guards_missing"):
        names = ", ".join(one["guards_missing"])
        found.append(("GUARD_MISSING", f"faltan las protecciones de la historia ({names}). Corra «impulso migrate»."))
    if one.get("read_model_built") is False:
        found.append(("READ_MODEL_NOT_BUILT", f"su modelo de lectura no está completo. «impulso rebuild {service}»."))
    if one.get("parked"):
        found.append(("PARKED", f"tiene {one['parked']} eventos apartados. Véalos con «impulso parked»."))
    for upstream, follower in one.get("followers", {}).items():
        if follower["state"] == "stopped":
            found.append(("FOLLOWER_STOPPED", f"dejó de seguir a {upstream}: {follower['explanation']}"))
        elif follower["state"] == "paused":
            found.append(("FOLLOWER_PAUSED", f"espera a {upstream}: {follower['explanation']}"))
    return [{"service": service, "code": code, "text": text} for code, text in found]


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
    owner, keys = os.environ.get(f"{prefix}_OWNER_URL"), os.environ.get(f"{prefix}_KEYS_OWNER_URL")
    if not owner or not keys:
        raise CommandError(f"Defina {prefix}_OWNER_URL y {prefix}_KEYS_OWNER_URL, o use --data.", Exit.USAGE, "USAGE")
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
            schemas.grant(database, role)
        return steps
    finally:
        database.close()


def _views(name: str) -> Any:
    services = installed_services()
    if name in services:
        return services[name].application.views
    from shared.cli.system import edge

    return edge("definition").application.views
