"""The use cases of reporting: one method a command, named as the command."""

from __future__ import annotations

from services.reporting.application.base import PROCEDURE, ReportingBase
from services.reporting.application.hemi import HemiUseCases
from services.reporting.application.reports import ReportUseCases
from services.reporting.views import VIEWS


class ReportingApplication(HemiUseCases, ReportUseCases):
    """Reporting over its own store."""

    name = "reporting"
    views = VIEWS


__all__ = ["PROCEDURE", "ReportingApplication", "ReportingBase"]
