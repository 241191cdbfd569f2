"""Figures that tests measure: how many of everything, and what came out, kept for the pages of the documentation."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

IN_FULL = os.environ.get("IMPULSO_PROVE") == "1"
"""True under ``make prove``: the full numbers instead of the smaller ones of an ordinary run."""


def record(name: str, **measured: Any) -> None:
    """Print what was measured, and keep it under ``name`` where `make prove` collects figures."""
    print(f"{name}: {measured}")
    folder = os.environ.get("IMPULSO_FIGURES")
    if folder:
        path = Path(folder) / f"{name}.json"
        path.write_text(json.dumps(measured, ensure_ascii=False, indent=1) + "\n", "utf-8")
