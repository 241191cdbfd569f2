"""Asking a service for its counts as reporting does, and numbers to compare them with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.runtime.folds import FIGURES, Asked, question
from tests.services.casework import Office

Counts = dict[tuple[str, ...], tuple[str, frozenset[str]]]
NOVEMBER = ("2026-11-01", "2026-11-30")


def folded(office: Any, *span: str, position: int | None = None, fold: str = FIGURES, cases: Any = None) -> Counts:
    """Figure, line and division → value and cases, through the wire form."""
    first, last = span or NOVEMBER
    at = office.application.log.head() if position is None else position
    asked = Asked(date.fromisoformat(first), date.fromisoformat(last), at, cases)
    [rows] = json.loads(json.dumps(office.desk.figures(question(fold, [asked]))))["answers"]
    return {(row["figure"], row["line"], *row["by"]): (row["value"], frozenset(row["cases"])) for row in rows}


def raw_events(office: Office, *topics: str) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Case, topic, stored facts and day of the events of ``topics``, by SQL on the log alone."""
    names = [f"{office.application.name}.{topic}" for topic in topics]
    query = sa.text("SELECT originator_id, topic, state FROM events ORDER BY id")
    with office.application.database.read() as connection:
        for case, topic, state in connection.execute(query):
            if topic in names:
                body = json.loads(state)
                yield str(UUID(str(case))), topic.partition(".")[2], body["d"], body["m"]["on"]
