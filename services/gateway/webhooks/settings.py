"""What an installation allows its webhooks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from shared.runtime.config import ConfigurationError


@dataclass(frozen=True)
class WebhookSettings:
    """How webhooks are delivered.

    ========================== ==========================================================================
    IMPULSO_WEBHOOK_PRIVATE    1: also to http and to private addresses (a test, a receiver in the same network)
    IMPULSO_WEBHOOK_ATTEMPTS   failures in a row after which a webhook is paused (default 15, about two hours)
    IMPULSO_WEBHOOK_LOG_DAYS   days that the log of deliveries is kept (default 30)
    ========================== ==========================================================================
    """

    private: bool = False
    attempts: int = 15
    log_days: int = 30
    poll_s: float = 2.0
    """Seconds between two looks at the logs."""
    first_pause_s: float = 2.0
    most_pause_s: float = 15 * 60.0

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> WebhookSettings:
        """The settings in ``environ``. Raises `ConfigurationError`."""
        numbers = {}
        for name, most in (("attempts", 1000), ("log_days", 3660)):
            variable = f"IMPULSO_WEBHOOK_{name.upper()}"
            if not (text := environ.get(variable, "").strip()):
                continue
            if not text.isdigit() or not 1 <= int(text) <= most:
                raise ConfigurationError(f"{variable} es un número entre 1 y {most}.")
            numbers[name] = int(text)
        return cls(private=environ.get("IMPULSO_WEBHOOK_PRIVATE", "").strip() == "1", **numbers)
