"""Handing entries to HEMI: by hand, as files, or over HTTP; failures wait longer each time (HEM-3, HEM-4)."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import httpx
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from services.reporting.application import PROCEDURE, ReportingApplication
from services.reporting.domain.hemi import HemiEntry
from services.reporting.views import hemi_entries, hemi_pauses
from shared.catalogue.refusals import Refusal
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal
from shared.runtime.clock import today
from shared.runtime.definition import BackgroundWork
from shared.runtime.settings import setting

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)
EVERY_S = 5.0
BATCH = 50
TIMEOUT_S = 10.0
RECEIPT = "receipt_id"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger("impulso.hemi")


class HemiAway(Exception):
    """HEMI gave no answer, or none that can be understood; the entry is tried again. Its text is a kind of failure."""


@dataclass(frozen=True)
class Answer:
    """What HEMI said: ``receipt`` when it took the entry at once, ``refusal`` when it will not take it."""

    receipt: str | None = None
    refusal: str | None = None


class Adapter(Protocol):
    name: str

    def send(self, key: str, entry: Mapping[str, Any]) -> Answer:
        """Hand ``entry`` over under ``key``; the same key again is the same entry. Raises `HemiAway`."""


class FileAdapter:
    """One JSON file an entry in a folder that HEMI's people or programs read; the receipt is recorded by hand."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, key: str, entry: Mapping[str, Any]) -> Answer:
        """Write the file whole or not at all."""
        text = json.dumps(entry, ensure_ascii=False, indent=1, sort_keys=True)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = self.folder / f".{key}.partial"
            partial.write_text(text, "utf-8")
            partial.replace(self.folder / f"{key}.json")
        except OSError as error:
            raise HemiAway(type(error).__name__) from error
        return Answer()


class HttpAdapter:
    """POST of the entry as JSON. 2xx with ``receipt_id`` is the receipt, 4xx a refusal, anything else is away."""

    name = "http"

    def __init__(self, url: str, token: str = "", transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(timeout=TIMEOUT_S, headers=headers, transport=transport)
        self._url = url

    def send(self, key: str, entry: Mapping[str, Any]) -> Answer:
        try:
            answer = self._client.post(self._url, json=dict(entry), headers={"Idempotency-Key": key})
            # Busy, too early or an expired credential is no verdict on the entry.
            if answer.status_code in (401, 403, 408, 425, 429) or not 200 <= answer.status_code < 500:
                raise HemiAway(f"HTTP {answer.status_code}")
            body = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise HemiAway(type(error).__name__) from error
        found: dict[str, Any] = body if isinstance(body, dict) else {}
        if answer.status_code >= 300:
            return Answer(refusal=str(found.get("reason") or f"HTTP {answer.status_code}")[:1000])
        return Answer(receipt=str(found[RECEIPT]) if found.get(RECEIPT) else None)


def adapter_from(environ: Mapping[str, str] = os.environ) -> Adapter | None:
    """The adapter that ``IMPULSO_HEMI`` names: an address, a folder, or ``manual`` (the default: no adapter)."""
    where = environ.get("IMPULSO_HEMI", "").strip()
    if where in ("", "manual"):
        return None
    if where.startswith(("http://", "https://")):
        return HttpAdapter(where, setting("IMPULSO_HEMI_TOKEN", environ))
    return FileAdapter(Path(where.removeprefix("file://")))


def send_waiting(app: ReportingApplication, adapter: Adapter, now: datetime, stopping: Callable[[], bool]) -> int:
    """Send every pending entry whose pause is over, the oldest first; how many HEMI answered."""
    table, pauses = hemi_entries.c, hemi_pauses.c
    query = (
        sa.select(table.entry_id)
        .outerjoin_from(hemi_entries, hemi_pauses, table.entry_id == pauses.entry_id)
        .where(table.state == "pending", sa.or_(pauses.next_at.is_(None), pauses.next_at <= _microseconds(now)))
        .order_by(table.queued_on, table.entry_id)
        .limit(BATCH)
    )
    with app.database.read() as connection:
        waiting = connection.scalars(query).all()
    done = 0
    for entry_id in waiting:
        if stopping():
            break
        entry = app.loader.get(HemiEntry, entry_id)
        if entry is None or entry.state != "pending":
            continue
        try:
            answer = adapter.send(f"{entry_id}-{entry.attempt}", as_sent(entry))
            _record(app, entry_id, adapter.name, answer)
            done += 1
        except (HemiAway, Refusal) as failure:
            # A receipt that another entry holds is as unusable as no answer: nobody here can tell whose it is.
            kind = failure.code if isinstance(failure, Refusal) else str(failure)
            _pause(app, entry_id, kind, now)
            log.warning("hemi away", entry=str(entry_id), kind=kind)
    return done


def as_sent(entry: HemiEntry) -> dict[str, Any]:
    """The entry as HEMI gets it: ids, codes and dates, never personal data."""
    return {
        "id": str(entry.id),
        "attempt": entry.attempt,
        "case_id": None if entry.case_id is None else str(entry.case_id),
        "about": str(entry.about),
        "activity": entry.activity,
        "kind": entry.kind,
        "module": entry.module,
        "happened_on": entry.queued_on.isoformat(),
        "payload": dict(entry.payload),
        "mapping_version": entry.mapping_version,
        "source_event": entry.source_event,
        "corrects_receipt": entry.corrects_receipt,
    }


def outbox(every_s: float = EVERY_S) -> BackgroundWork:
    """Background work that sends what waits, through the adapter that the environment names."""
    guard, next_look = threading.Lock(), [0.0]
    adapter = adapter_from()

    def work(application: Any, stopping: Callable[[], bool]) -> bool:
        moment = time.monotonic()
        with guard:
            if adapter is None or moment < next_look[0]:
                return False
            next_look[0] = moment + every_s
        return send_waiting(application, adapter, datetime.now(UTC), stopping) > 0

    return work


def _record(app: ReportingApplication, entry_id: Any, name: str, answer: Answer) -> None:
    day = today()

    def decide(uow: UnitOfWork) -> None:
        entry = uow.get(HemiEntry, entry_id)
        if entry.state != "pending":
            return
        entry.sent(name, day)
        if answer.receipt is not None:
            app.take_receipt(uow, entry, answer.receipt)
            entry.receipted(answer.receipt, day)
        elif answer.refusal is not None:
            entry.rejected(Personal(entry.subject(), "s", answer.refusal), day)
        uow.write(lambda connection: _resume(connection, entry_id))

    version = app.catalogue.procedure(PROCEDURE, day).version
    meta = Meta(
        happened_on=day,
        channel="system",
        command="SendHemiEntry",
        command_id=uuid4(),
        causation_id=f"hemi:{entry_id}",
        procedure_version=version,
    )
    app.transact(meta, decide)


def _pause(app: ReportingApplication, entry_id: Any, kind: str, now: datetime) -> None:
    with app.database.write() as connection:
        failures = connection.scalar(sa.select(hemi_pauses.c.failures).where(_is(entry_id))) or 0
        pause = min(FIRST_PAUSE * 2 ** min(failures, 20), LONGEST_PAUSE)
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        row = {"failures": failures + 1, "next_at": _microseconds(now + pause), "error": kind[:60]}
        insert: Any = dialect.insert(hemi_pauses).values(entry_id=entry_id, **row)  # type: ignore[attr-defined]
        connection.execute(insert.on_conflict_do_update(index_elements=["entry_id"], set_=row))


def _resume(connection: Connection, entry_id: Any) -> None:
    connection.execute(hemi_pauses.delete().where(_is(entry_id)))


def _is(entry_id: Any) -> sa.ColumnElement[bool]:
    return hemi_pauses.c.entry_id == entry_id


def _microseconds(moment: datetime) -> int:
    elapsed = moment - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
