"""The graph of a profile: most, least and difference of each scale, placed by us so that it prints the same always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.documents.spanish import words

PANELS = {"most": "Más", "least": "Menos", "raw": "Diferencia (más − menos)"}
RESULT = {"result": "Resultado"}


def profile_graph(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The part of a document that draws ``rows`` ({``scale``, ``most``, ``least``, ``raw``, ``result``}).

    A result from outside has only its ``result``. A scale without a value has no point.
    """
    wanted = PANELS if any(row.get("raw") is not None for row in rows) else RESULT
    panels = [_panel(title, [(str(row["scale"]), row.get(name)) for row in rows]) for name, title in wanted.items()]
    return {"kind": "profile", "section": "", "title": "Gráfica del perfil", "panels": panels}


def _panel(title: str, values: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Places in hundredths of the panel: from left to right and from top to bottom."""
    numbers = [float(value) for _, value in values if value is not None]
    highest, lowest = max([1.0, *numbers]), min([0.0, *numbers])
    if lowest < 0:
        # A difference is read from the middle line: as much room above as below.
        highest, lowest = max(highest, -lowest), min(lowest, -highest)

    def across(at: int) -> float:
        return round((at + 0.5) * 100 / len(values), 3)

    def down(value: float) -> float:
        return round((highest - value) * 100 / (highest - lowest), 3)

    return {
        "title": title,
        "zero": down(0),
        "scales": [{"x": across(at), "label": scale.partition(" · ")[0]} for at, (scale, _) in enumerate(values)],
        "points": [
            {"x": across(at), "y": down(float(value)), "label": words(value)}
            for at, (_, value) in enumerate(values)
            if value is not None
        ],
    }
