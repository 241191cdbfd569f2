"""The use cases of reporting: one method a command, named as the command."""

from __future__ import annotations

from services.reporting.application.base import PROCEDURE, ReportingBase
from services.reporting.application.hemi import HemiUseCases
from services.reporting.application.reports import ReportUseCases
from services.reporting.domain.catalogue_version import CatalogueCopy, CatalogueVersion
from services.reporting.views import VIEWS
from shared.editing.acts import CatalogueActs


class ReportingApplication(HemiUseCases, ReportUseCases, CatalogueActs):
    """Reporting over its own store."""

    name = "reporting"
    views = VIEWS
    version_class = CatalogueVersion
    copy_class = CatalogueCopy


__all__ = ["PROCEDURE", "ReportingApplication", "ReportingBase"]
