"""Log lines as a test sees them: each one, whatever level the process was told to write at before."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog


@contextmanager
def lines() -> Iterator[list[MutableMapping[str, Any]]]:
    """Each line's fields, from the lowest level on; how the process logs is as before afterwards."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0))
    try:
        with structlog.testing.capture_logs() as found:
            yield found
    finally:
        structlog.configure(**before)
