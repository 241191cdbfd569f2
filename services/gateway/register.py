"""One list of the console: what it shows, and the acts that start from it and from its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.gateway.console.choices import label

Words = Callable[[str, str], str]
"""``words(list, code)``: the Spanish label of a code."""


@dataclass(frozen=True)
class Register:
    """One list. ``states`` filters it; ``acts`` are those on a row by its state (``*``: whatever its state).

    ``due`` names the row's date that counts, ``also`` more columns (heading → key of the row). A row that belongs to a
    case leads to it: there the acts stand with why they are open or not.
    """

    title: str
    service: str
    query: str
    due: tuple[str, str]
    states: Mapping[str, str] = field(default_factory=dict)
    acts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    creates: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    group: str = "Casos"
    page: str | None = None
    """The page that shows it, where it is not the list page of every register; ``row_page``: that of one row."""
    row_page: str | None = None
    own: str = ""
    """The query's parameter that keeps what is the person's own: then the list begins with that."""
    named: str = "id"
    """The field in which an act that makes something new names the row."""

    def commands(self) -> set[str]:
        """Every act that this list leads to."""
        return {command for commands in self.acts.values() for command in commands} | set(self.creates)

    def row(self, item: Mapping[str, Any], words: Words) -> dict[str, Any]:
        """What the page shows of an item."""
        state = str(item.get("state") or "")
        return {
            "id": item.get("id"),
            "named": self.named,
            "version": item.get("version"),
            "label": NAMES[self.query](item, words) if self.query in NAMES else label(dict(item)),
            "case_id": item.get("case_id"),
            "due": item.get(self.due[1]),
            "state": state,
            "state_label": self.states.get(state, ""),
            "late": state == "overdue" or bool(item.get("overdue")),
            "also": [self._shown(item, key, words) for key in self.also.values()],
            "acts": (*self.acts.get(state, ()), *self.acts.get("*", ())) if item.get("decidable", True) else (),
        }

    @staticmethod
    def _shown(item: Mapping[str, Any], key: str, words: Words) -> Any:
        return words(CODES[key], str(item[key])) if key in CODES and item.get(key) else item.get(key)


CODES = {"reason_code": "movement_reason"}
"""Columns that hold a code, and the list of its words."""
NAMES: dict[str, Callable[[Mapping[str, Any], Words], str]] = {
    "referrals": lambda item, words: f"Remisión a {words('alternative', item['target'])}",
    "executor_follow_ups": lambda _item, _words: "Seguimiento del ejecutor (componente f)",
    "follow_ups": lambda item, words: f"Visita de seguimiento: {words('phase', item['phase'])}",
    "adjustments": lambda item, _: f"Ajuste en {item['warehouse_code']}",
    "write_offs": lambda item, _: f"Baja en {item['warehouse_code']}",
    "corrections": lambda item, _: f"Corrección del movimiento n.º {item.get('number') or item['movement'][:8]}",
    "closed_periods": lambda item, _: f"{item['period']}, {item['warehouse_code']}",
    "reports": lambda item, _: f"Informe {item['period']}",
    "hemi": lambda item, _: f"Actividad {item['activity']}",
    "unmatched": lambda item, _: " ".join(str(item[key]) for key in ("label", "number", "item_code") if item.get(key)),
}
"""How a row is named where its service gives it no label."""
