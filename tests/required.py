"""What a test needs of the machine. Missing, it is skipped where somebody works and fails where changes are checked."""

from __future__ import annotations

import os

import pytest


def required(found: object, lacking: str) -> None:
    """Go on when something was ``found``. ``lacking`` says what is missing and what cures it."""
    if found:
        return
    if os.environ.get("CI"):
        pytest.fail(lacking)
    pytest.skip(lacking)
