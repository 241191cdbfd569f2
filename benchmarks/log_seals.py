"""Seals of a log: how fast a long log is sealed, what one proof takes, how long an event waits for its checkpoint.

``python -m benchmarks.log_seals [EVENTS] [--postgresql]``; a million events by default, on SQLite.
The tables are those of a service.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import threading
import time
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from shared.audit.keys import Signer
from shared.audit.proof_file import ProofFile
from shared.audit.sealed_log import SealedLog
from shared.audit.sealer import Sealer
from shared.audit.verifying import verify
from shared.eventstore.append import append
from shared.eventstore.database import Database
from shared.eventstore.log import Log
from shared.eventstore.schema import create_store
from shared.eventstore.tables import checkpoints, events
from shared.runtime.sealing import EVERY_S, Sealing
from tests.databases import database_url
from tests.figures import record

STATE_BYTES = 600
RATE = 500
PROOFS = 500
SIGNER = Signer("impulso/bench", os.urandom(32))


def write(log: Log, count: int) -> None:
    """Append ``count`` entries in one transaction."""
    stored = [StoredEvent(uuid4(), 1, "intake.CaseOpened", os.urandom(STATE_BYTES)) for _ in range(count)]
    with log.database.write() as connection:
        append(connection, stored)


def fill(log: Log, total: int) -> None:
    for first in range(0, total, 10_000):
        write(log, min(10_000, total - first))


def seal_all(log: Log) -> float:
    """Seal what is there; seconds."""
    sealer, began = Sealer(log, SIGNER), time.perf_counter()
    while sealer.step().more:
        pass
    return time.perf_counter() - began


def proofs(log: Log, total: int) -> dict[str, float]:
    """Proofs of entries all over the log: bytes, milliseconds to make (p95) and to verify (p95)."""
    sealed, made, verified, sizes = SealedLog(log), [], [], []
    for number in range(PROOFS):
        sequence = 1 + number * (total - 1) // (PROOFS - 1)
        began = time.perf_counter()
        content = sealed.proof(sequence).encode()
        made.append(time.perf_counter() - began)
        leaf = log.entries(sequence - 1, 1)[0].leaf
        began = time.perf_counter()
        ProofFile.parse(content).verify(leaf, [SIGNER.verifier])
        verified.append(time.perf_counter() - began)
        sizes.append(len(content))
    return {
        "proof_bytes_most": max(sizes),
        "proof_made_ms_p95": round(percentile(made, 95) * 1000, 2),
        "proof_verified_ms_p95": round(percentile(verified, 95) * 1000, 2),
    }


def verified(log: Log) -> dict[str, float]:
    """The whole log verified: seconds, and how much memory the process had at most by then."""
    began = time.perf_counter()
    report = verify(log, [SIGNER.verifier])
    seconds = time.perf_counter() - began
    assert report.consistent, report
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"whole_log_verified_s": round(seconds, 1), "memory_mb_most": round(most / 1024)}


def lag(log: Log, lasting: float) -> dict[str, float]:
    """`RATE` events a second beside the sealer of a host, for ``lasting`` seconds: seconds from recorded to sealed."""
    start, stop = log.head(), threading.Event()
    thread = threading.Thread(target=Sealing(log, SIGNER).run, args=(stop,))
    thread.start()
    began = time.perf_counter()
    for number in range(round(RATE * lasting)):
        time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        write(log, 1)
    took = time.perf_counter() - began
    stop.set()
    thread.join()
    with log.database.read() as connection:
        recorded = list(connection.scalars(sa.select(events.c.recorded_at).where(events.c.id > start)))
        query = sa.select(checkpoints.c.size, checkpoints.c.signed_at).where(checkpoints.c.size > start)
        signed = connection.execute(query.order_by(checkpoints.c.number)).all()
    waited, at = [], start
    for row in signed:
        waited += [(row.signed_at - moment) / 1e6 for moment in recorded[at - start : row.size - start]]
        at = row.size
    return {
        "events_a_second": round(RATE * lasting / took),
        "lag_s_p50": round(statistics.median(waited), 2),
        "lag_s_p95": round(percentile(waited, 95), 2),
        "lag_s_most": round(max(waited), 2),
    }


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("events", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the steady rate")
    chosen = parser.parse_args()
    dialect = "postgresql" if chosen.postgresql else "sqlite"
    with tempfile.TemporaryDirectory() as folder, database_url(dialect, Path(folder)) as url:
        log = Log("bench", Database(url))
        create_store(log.database)
        fill(log, chosen.events)
        seconds = seal_all(log)
        found = proofs(log, chosen.events)
        record(
            f"log-seals-{dialect}",
            events=chosen.events,
            sealed_a_second=round(chosen.events / seconds),
            **found,
            **verified(log),
            looked_every_s=EVERY_S,
            **lag(log, chosen.seconds),
        )
        log.database.close()


if __name__ == "__main__":
    main()
