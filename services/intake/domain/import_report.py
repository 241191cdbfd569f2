"""The report of an import, in the words of the data contract (section 9)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.intake.domain.columns import FREE_TEXT
from services.intake.domain.list_facts import ROUTES
from services.intake.domain.rejections import Rejection
from services.intake.domain.rows import CandidateRow

_FORMULA = re.compile(r"[=+\-@]")
_OUTCOMES = ("met", "not_met", "not_applicable", "pending")


@dataclass
class ImportReport:
    """Collects what became of each row, in the order of the file."""

    as_of: date
    rows: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    formula_cells: list[dict[str, Any]] = field(default_factory=list)
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepted: int = 0

    def reject(self, rejection: Rejection) -> None:
        """A row that was not imported."""
        self.rows += 1
        self.rejected.append(rejection)

    def repeat(self, row: int, of_row: int | None) -> None:
        """A row of a person who was identified before: by row ``of_row``, None if not by this file."""
        self.rows += 1
        self.duplicates.append({"fila": row, "of_fila": of_row, "kind": "documento"})

    def accept(self, row: CandidateRow) -> None:
        """A row that became a candidate."""
        self.rows += 1
        self.accepted += 1
        for column in FREE_TEXT:
            value = row.values[column]
            if value and _FORMULA.match(value):
                self.formula_cells.append({"fila": row.row, "columna": column})

    def suspect(self, row: int, of_row: int | None) -> None:
        """A candidate who may be the one of row ``of_row``."""
        self.duplicates.append({"fila": row, "of_fila": of_row, "kind": "persona"})

    def judge(
        self, row: CandidateRow, criteria: Mapping[str, str], *, eligible: bool, route: str, measures: Mapping[str, Any]
    ) -> None:
        """What the entry criteria made of a candidate."""
        kind, number = row.document
        self.verdicts[number if number not in self.verdicts else f"{kind} {number}"] = {
            "fila": row.row,
            "tipo_documento": kind,
            "age": measures["age"],
            "months_operating": measures["months_operating"],
            "criteria": dict(criteria),
            "eligible": eligible,
            "route": ROUTES[route],
            "route_warnings": list(measures["route_warnings"]),
        }

    def as_dict(self, criteria_codes: Sequence[str]) -> dict[str, Any]:
        """The report, JSON-like; ``criteria_codes`` in the order of their set."""
        kinds = Counter(duplicate["kind"] for duplicate in self.duplicates)
        routes = Counter(verdict["route"] for verdict in self.verdicts.values())
        outcomes = {code: Counter(v["criteria"][code] for v in self.verdicts.values()) for code in criteria_codes}
        return {
            "evaluation_date": self.as_of.isoformat(),
            "rows": self.rows,
            "accepted": self.accepted,
            "eligible": sum(verdict["eligible"] for verdict in self.verdicts.values()),
            "counts_per_reason": dict(sorted(Counter(each.reason_code for each in self.rejected).items())),
            "counts_per_duplicate_kind": {kind: kinds[kind] for kind in ("documento", "persona")},
            "counts_per_route": {route: routes[route] for route in ("emprendimiento", "fortalecimiento")},
            "counts_per_criterion": {
                code: {outcome: counts[outcome] for outcome in _OUTCOMES} for code, counts in outcomes.items()
            },
            "rejected": [
                {"fila": r.row, "fila_origen": r.row_number, "reason_code": r.reason_code, "columna": r.column}
                for r in self.rejected
            ],
            "duplicates": sorted(self.duplicates, key=lambda duplicate: duplicate["fila"]),
            "formula_cells": self.formula_cells,
            "verdicts": self.verdicts,
        }
