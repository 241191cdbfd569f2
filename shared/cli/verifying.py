"""`impulso verify`: every log held to its seals, by whoever has the public keys and can read the databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from shared.audit.checkpoints import Checkpoint
from shared.audit.errors import AuditProblem
from shared.audit.sealed_log import SealedLog
from shared.audit.verdict import Report
from shared.audit.verifying import verify as hold_to_seals
from shared.audit.witness import divergences_of, last_of, since_acknowledged
from shared.cli.audit_noting import note_run
from shared.cli.audited import Audited, Embedded, Here, definitions
from shared.cli.exits import CommandError, Exit
from shared.cli.keeping import keep_note, kept_notes
from shared.cli.output import Data, Json, answer, errors, guarded, say
from shared.delivery.errors import Away
from shared.eventstore.database import Database
from shared.eventstore.log import Log, access_log_of, access_name, service_of
from shared.runtime.document_check import check_documents
from shared.runtime.log_keys import of_log, of_witnesses
from shared.runtime.readiness import is_away
from shared.runtime.remaking import compare_read_model

CHECKED = (
    "cada evento contra su hoja sellada, en los dos sentidos",
    "que a ningún expediente le falte una versión",
    "la raíz de cada punto de control",
    "la firma de cada punto de control con las claves publicadas",
    "la cadena de puntos de control, los días que cierran y las firmas de testigos",
    "las épocas del registro y los puntos de control guardados fuera",
)
MEMORY = "lo que el testigo recuerda de cada registro"
ROWS = "los modelos de lectura contra lo que dan los eventos"
DOCUMENTS = "los documentos guardados contra los eventos que los nombran"

Told = Callable[[str, int, int], None]


@guarded
def verify(
    service: Annotated[
        str | None, typer.Argument(help="Un servicio, con sus dos registros, o uno de ellos (por defecto, todos).")
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help="Archivo de claves públicas, guardado aparte (por defecto, el de la instalación)."),
    ] = None,
    kept: Annotated[
        Path | None,
        typer.Option("--kept", help="Carpeta de puntos de control guardados fuera: compara y guarda los de hoy."),
    ] = None,
    seals_only: Annotated[
        bool, typer.Option("--seals-only", help="Solo los sellos: ni modelos de lectura ni documentos.")
    ] = False,
    here: Annotated[
        bool, typer.Option("--here", help="Con la configuración de este contenedor: también abre lo que él guarda.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Comprueba que los registros son los que se sellaron; sale con 6 si alguno no es consistente.

    Cada servicio tiene dos: el suyo (intake) y el de accesos a él (intake.access).

    Con --data, la carpeta del sistema embebido, en marcha o no. Con --here, el servicio de este contenedor. Si no, las
    bases de IMPULSO_<SERVICIO>_OWNER_URL con las claves públicas de --keys o de IMPULSO_LOG_KEYS_FILE.
    """
    if here and service is None:
        raise CommandError("Con --here indique el servicio de este contenedor.", Exit.USAGE, "USAGE")
    source = Here(keys) if here else Audited(keys) if data is None else Embedded(keys, Path(data))
    with _bar(quiet=as_json) as told:
        reports = [_verified(name, source, kept, told, whole=not seals_only) for name in _chosen(service)]
    consistent = all(report.consistent for report in reports)
    # Nothing is made from an access log: it has neither a read model nor documents.
    own = [report for report in reports if service_of(report.log) == report.log]
    looked = {
        MEMORY: all(source.memory(service_of(report.log)) is not None for report in reports),
        ROWS: bool(own) and all(report.rows is not None for report in own),
        DOCUMENTS: bool(own) and all(report.documents is not None for report in own),
    }
    by_log = {report.log: report for report in reports}
    services = dict.fromkeys(service_of(log) for log in by_log)
    noted = {name: note_run(name, source, by_log) for name in services}
    document = {
        "consistent": consistent,
        "noted": [name for name, done in noted.items() if done],
        "services": [{**asdict(report), "verdict": report.verdict.value, "words": report.words} for report in reports],
        "checked": [*CHECKED, *(what for what, done in looked.items() if done)],
        "not_checked": [what for what, done in looked.items() if not done],
    }
    answer(document, as_json, partial(_tell, reports, looked, noted))
    if not consistent:
        raise typer.Exit(int(Exit.UNSOUND))


def _chosen(service: str | None) -> Sequence[str]:
    names = list(definitions())
    logs = [log for name in names for log in (name, access_name(name))]
    if service is not None and service not in logs:
        raise CommandError(f"No hay un servicio «{service}»; hay: {', '.join(names)}.", Exit.USAGE, "USAGE")
    return [log for log in logs if service in (None, log, service_of(log))]


def _verified(name: str, source: Audited, kept: Path | None, told: Told, *, whole: bool) -> Report:
    service = service_of(name)
    keys = of_log(source.pinned, name)
    if not keys:
        raise CommandError(f"Entre las claves públicas no hay una de {service}.", Exit.USAGE, "LOG_KEYS_MISSING")
    try:
        with ExitStack() as stack:
            database = Database(source.url(service), pool_size=2)
            stack.callback(database.close)
            log = Log(name, database) if name == service else access_log_of(service, database)
            if not _stands(log):
                report = Report(name)
                report.broke("LOG_MISSING", None, f"no están las tablas de {name}; corra «impulso migrate»")
                return report
            remembered = [] if kept is None else kept_notes(kept / name)
            # Before the log: a checkpoint that is cosigned meanwhile is not one that the log lacks.
            memory = stack.enter_context(_memory(source.memory(service)))
            last = None if memory is None else last_of(memory, name)
            seen: Iterator[Checkpoint] = iter(())
            if memory is not None and last is not None:
                seen = since_acknowledged(memory, name, last.number)
            report = hold_to_seals(
                log,
                keys,
                remembered,
                witnesses=of_witnesses(source.pinned),
                seen=seen,
                told=partial(told, name),
            )
            for each in [] if memory is None else divergences_of(memory, name):
                if each.open:
                    what = f"el testigo se negó a firmar lo que este registro mostró ({each.code}): «impulso witness»"
                    report.diverged("WITNESS_REFUSED", None, what)
            if whole and not report.broken and name == service:
                _look_inside(name, source, report, told)
            if kept is not None and report.consistent:
                last_sealed = SealedLog(log).last()
                if last_sealed is not None:
                    keep_note(kept / name, last_sealed.note)
            return report
    except sa.exc.DBAPIError as error:
        if not is_away(error):
            raise
        text = f"La base de datos de {name} no responde. Verifique que esté en marcha y reintente."
        raise CommandError(text, Exit.UNAVAILABLE, "DATABASE_AWAY") from error
    except AuditProblem as problem:
        raise CommandError(str(problem), Exit.UNSOUND, problem.code) from problem


def _stands(log: Log) -> bool:
    """Whether the tables are there: a database of a former release has no access log yet."""
    with log.database.read() as connection:
        there = sa.inspect(connection)
        return all(there.has_table(table.name) for table in log.tables.all)


def _look_inside(name: str, source: Audited, report: Report, told: Told) -> None:
    """Read models and documents, where what opens them is at hand."""
    with source.content(name) as content:
        if content is None:
            return
        application = content.application
        definition = definitions()[name]
        try:
            compare_read_model(application, definition, content.feeds, report, partial(told, f"{name}: modelo"))
        except Away as error:
            text = f"Para comparar el modelo de lectura de {name} deben responder los servicios que sigue. Reintente."
            raise CommandError(text, Exit.UNAVAILABLE, "UPSTREAM_AWAY") from error
        check_documents(application, report, partial(told, f"{name}: documentos"))


@contextmanager
def _memory(url: str | None) -> Iterator[sa.Connection | None]:
    if url is None:
        yield None
        return
    database = Database(url, pool_size=1)
    try:
        with database.read() as connection:
            yield connection
    finally:
        database.close()


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Told]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=quiet or not errors.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def told(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done)

        yield told


def _tell(reports: Sequence[Report], looked: dict[str, bool], noted: dict[str, bool]) -> None:
    for report in reports:
        what = "eventos" if service_of(report.log) == report.log else "anotaciones"
        found = f"{report.entries} {what}, {report.checkpoints} puntos de control"
        if report.unsealed:
            found += f", {report.unsealed} sin sellar desde hace {report.unsealed_s:.0f} s"
        if report.cosigned_until:
            found += f", firmados por un testigo hasta {report.cosigned_until}"
        if report.rows is not None:
            found += f", {report.rows} filas del modelo de lectura"
        if report.documents is not None:
            found += f", {report.documents} documentos"
        say(f"{'✓' if report.consistent else '✗'} {report.log}: {report.words}. {found}.")
        for defect in (*report.broken, *report.divergent):
            say(f"    {defect.text}  [{defect.code}]")
    say(f"Se comprobó: {'; '.join([*CHECKED, *(what for what, done in looked.items() if done)])}.")
    if left := [what for what, done in looked.items() if not done]:
        say(f"No se comprobó: {'; '.join(left)}.")
    if unnoted := [name for name, done in noted.items() if not done]:
        say(f"No quedó anotada en el registro de accesos de {', '.join(unnoted)}: nadie lo atiende, o no se pudo.")
