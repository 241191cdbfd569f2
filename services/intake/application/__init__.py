"""The use cases of intake: one method a command, named as the command."""

from __future__ import annotations

from services.intake.application.calls import Calls
from services.intake.application.imports import Imports
from services.intake.application.reconsiderations import Reconsiderations
from services.intake.views.projection import VIEWS


class IntakeApplication(Calls, Imports, Reconsiderations):
    """Intake over its own store."""

    name = "intake"
    views = VIEWS


__all__ = ["IntakeApplication"]
