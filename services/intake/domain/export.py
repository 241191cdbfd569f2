"""Text cells on their way out of the system: never a formula (data contract, section 8)."""

from __future__ import annotations

import re

# An apostrophe that was typed before such a sign gets one more, so that what was added can be taken away again.
_LIKE_A_FORMULA = re.compile("['\\s\u00a0]*[=+\\-@]")


def neutralised(cell: str) -> str:
    """``cell`` for a CSV: with a leading apostrophe where a spreadsheet would take it for a formula."""
    return f"'{cell}" if _LIKE_A_FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """What `neutralised` was given."""
    return cell[1:] if cell.startswith("'") and _LIKE_A_FORMULA.match(cell) else cell
