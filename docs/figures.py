"""The page of figures: what should be reached beside what was measured, then every proof in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.prove import PROOFS

Table = Callable[[tuple[str, ...], list[tuple[Any, ...]]], str]


def page(figures: dict[str, Any], table: Table) -> str:
    """The page of ``figures`` (what stands in ``docs/figures.json``)."""
    parts = ["# Figures\n\nMeasured by `make prove`, which anyone can run again.\n"]
    if "machine" in figures:
        machine = figures["machine"]
        parts.append(f"\nOn {machine['cores']} cores, Python {machine['python']}, {machine['system']}.\n")
    parts.append("\n## What should be reached\n\n")
    rows, limits = [], []
    for proof in PROOFS:
        for target in proof.targets:
            value = target.value(figures["proofs"].get(proof.name, {}).get("measured", {}))
            kept = None if value is None else target.reached(value)
            shown = "not measured yet" if value is None else f"{_number(value)}{target.unit}"
            rows.append((target.what, target.asked, shown, {None: "—", True: "yes", False: "**no**"}[kept], proof.name))
            if kept is False and target.limits:
                limits.append(f"\n*{target.what}.* {target.limits}\n")
    parts.append(table(("what", "target", "measured", "reached", "proof"), rows))
    parts += limits
    for name, proof in figures["proofs"].items():
        parts.append(f"\n## {name}: {proof['shows']}\n\n`{proof['command']}`, {proof['on']}, {proof['seconds']} s.\n")
        for what, measured in proof["measured"].items():
            parts.append(f"\n### {what}\n\n" if len(proof["measured"]) > 1 else "\n")
            parts.append("\n".join(figure_tables(measured, table)))
    return "".join(parts)


def figure_tables(measured: dict[str, Any], table: Table) -> Iterator[str]:
    """What one script recorded: its single numbers, then a table for each group, with times the baseline beside it."""
    baseline = measured.get("baseline")
    singles = [(_words(name), _number(value)) for name, value in measured.items() if not isinstance(value, dict)]
    if singles:
        yield table(("measured", "value"), singles)
    for name, group in measured.items():
        if not isinstance(group, dict) or not group:
            continue
        if not any(isinstance(value, dict) for value in group.values()):
            known = group.get(baseline)
            head = (_words(name), "value", *(("times the baseline",) if known else ()))
            cells = ((key, _number(value), *((_times(value, known),) if known else ())) for key, value in group.items())
            yield table(head, list(cells))
            continue
        columns = list(dict.fromkeys(key for row in group.values() if isinstance(row, dict) for key in row))
        beside = [key for key in columns if key != baseline] if baseline in columns else []
        rows = [
            (
                key,
                *(_number(row.get(column, "—")) for column in columns),
                *(_times(row.get(column), row.get(baseline)) for column in beside),
            )
            for key, row in ((key, row if isinstance(row, dict) else {columns[0]: row}) for key, row in group.items())
        ]
        yield table((_words(name), *columns, *(f"{column}, times {baseline}" for column in beside)), rows)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _times(value: Any, baseline: Any) -> str:
    return f"{value / baseline:,.2f}" if value is not None and baseline else "—"


def _number(value: Any) -> str:
    if isinstance(value, float) and value == int(value) and abs(value) >= 100:
        value = int(value)
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)
