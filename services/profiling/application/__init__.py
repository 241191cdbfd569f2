"""The use cases of profiling: one method a command, named as the command (acts 3 to 10)."""

from __future__ import annotations

from services.profiling.application.alternatives import Alternatives
from services.profiling.application.exits import Exits
from services.profiling.application.offers import Offers
from services.profiling.application.profiles import Profiles
from services.profiling.views import VIEWS


class ProfilingApplication(Profiles, Alternatives, Offers, Exits):
    """Profiling over its own store."""

    name = "profiling"
    views = VIEWS


__all__ = ["ProfilingApplication"]
