"""Where the tests' dice start.

A run says of the code and not of luck: the same seed each time, unless ``CHAOS_SEED`` names another.
``IMPULSO_PROVE=1`` looks further, from another place every time, and a failure names its seed.
"""

from __future__ import annotations

import os
import time

from tests.figures import IN_FULL

USUAL = 20_201


def seed_of_run() -> int:
    """The seed of this run of the tests."""
    return int(os.environ.get("CHAOS_SEED", str(time.time_ns() % 100_000 if IN_FULL else USUAL)))
