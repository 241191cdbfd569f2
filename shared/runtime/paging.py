"""Pages of a list by offset: how its cursor is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.catalogue.refusals import FieldInvalid

_OFFSET = re.compile(r"[0-9]{1,9}")
"""Nine digits: more would not fit the database's integers, and no list is that long."""


def offset_of(params: Mapping[str, Any]) -> int:
    """Where the page starts: ``cursor`` as the page before gave it in ``next``. Raises `FieldInvalid`."""
    cursor = params.get("cursor")
    if cursor in (None, ""):
        return 0
    if not _OFFSET.fullmatch(str(cursor)):
        raise FieldInvalid(field="cursor", explanation="use el cursor tal como vino en la página anterior.")
    return int(str(cursor))
